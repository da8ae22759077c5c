"""A Dask cluster that is there already, as an executor: looked at first, and left as it was."""

from __future__ import annotations

import logging
import platform
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from migrator import __version__
from migrator.errors import FAILED, WRONG_USAGE, MigrateError
from migrator.workers.cluster_task import obstacle, perform_on_cluster
from migrator.workers.installation import installation
from migrator.workers.pool import Pool, Tell

if TYPE_CHECKING:
    from distributed import Client

SCHEMES = {"dask": "tcp", "dask+tls": "tls"}
PORT = 8786  # Dask's own
PATIENCE = 10  # seconds until a scheduler has answered

CONFIGURATION = {
    "distributed.diagnostics.computations.nframes": 0,  # else each task takes along the source of who submits it
    "distributed.admin.large-graph-warning-threshold": "1 TiB",  # texts travel in the task, so that nothing keeps them
}


def address_of(url: str) -> str:
    """The scheduler's address in Dask's words; MigrateError where the URL is none of a Dask scheduler."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or PORT
    except ValueError:
        parts, host, port = urlsplit(""), None, PORT
    is_more = parts.path.strip("/") or parts.query or parts.username or parts.password
    if parts.scheme not in SCHEMES or not host or is_more:
        raise MigrateError("--executor takes dask://HOST:PORT, or dask+tls://HOST:PORT", WRONG_USAGE)
    return f"{SCHEMES[parts.scheme]}://{f'[{host}]' if ':' in host else host}:{port}"


@contextmanager
def cluster(url: str, tell: Tell) -> Iterator[Pool]:
    """The cluster's workers; MigrateError where it does not answer, has none, or one must not be given code."""
    address = address_of(url)
    with _client(address) as client:
        _check(client, address)
        yield Pool(
            executor=client.get_executor(pure=False),
            width=sum(client.nthreads().values()),
            is_left=partial(_is_left, client),
            perform=partial(perform_on_cluster, installation()),
            tell=tell,
        )


@contextmanager
def _client(address: str) -> Iterator[Client]:
    try:
        import dask
        from distributed import Client
    except ImportError as error:
        sentence = (
            '--executor needs Dask, which is not here; in the clone of migrate, type: python -m pip install ".[dask]"'
        )
        raise MigrateError(sentence, WRONG_USAGE) from error
    _check_keys(address)
    # What matters of it is said in a sentence; its own last words come when it is closed already.
    logging.getLogger("distributed").setLevel(logging.CRITICAL + 1)
    with warnings.catch_warnings(), dask.config.set(CONFIGURATION):
        warnings.simplefilter("ignore")  # on versions: what must be the same is looked at below
        try:
            client = Client(address, timeout=PATIENCE, set_as_default=False, name="migrate")
        except (OSError, ValueError) as error:
            raise _silent(address) from error
        try:
            yield client
        finally:
            client.close()


def _check_keys(address: str) -> None:
    """Raise MigrateError where TLS is asked for, and Dask's own configuration has no keys for it."""
    from distributed.security import Security

    if address.startswith("tls:") and Security().get_connection_args("client")["ssl_context"] is None:
        sentence = "dask+tls:// needs keys; set distributed.comm.tls in Dask's configuration: ca-file, client.cert"
        raise MigrateError(f"{sentence} and client.key", WRONG_USAGE)


def _silent(address: str) -> MigrateError:
    sentence = f'no Dask scheduler answers at {address}; start one with "dask scheduler", or leave --executor out'
    return MigrateError(sentence, FAILED)


def _check(client: Client, address: str) -> None:
    """Raise MigrateError where the cluster cannot do the work as this process would. No code has left it yet."""
    found = {f"the scheduler {address}": _asked_of_scheduler(client)}
    workers = _ask(client, platform.python_version), _ask(client, version, "migrate")
    for worker in workers[0]:
        found[f"the worker {worker}"] = (workers[0][worker], workers[1].get(worker))
    faults = [why for who, what in found.items() if (why := _difference(who, *what))]
    if not faults and len(found) == 1:
        faults = [f'the cluster at {address} has no worker; start one with "dask worker {address}"']
    if not faults:
        told = _ask(client, obstacle, installation())
        faults = [f"the worker {worker} must not do this work: {why}" for worker, why in sorted(told.items()) if why]
    if faults:
        raise MigrateError("\n".join(faults), FAILED)


def _ask(client: Client, call: Any, *given: Any) -> Mapping[str, Any]:
    """What each worker says; the exception where it cannot."""
    answers: Mapping[str, Any] = client.run(call, *given, on_error="return")
    return answers


def _asked_of_scheduler(client: Client) -> tuple[Any, Any]:
    try:
        return client.run_on_scheduler(platform.python_version), client.run_on_scheduler(version, "migrate")
    except Exception as error:
        return platform.python_version(), error


def _difference(who: str, python: Any, tool: Any) -> str:
    """What is another there than here; each is its version, or why there is none."""
    if isinstance(tool, Exception):
        return f"{who} does not have migrate {__version__} ({type(tool).__name__}); install it there"
    if (python, tool) == (platform.python_version(), __version__):
        return ""
    here = f"migrate {__version__} on Python {platform.python_version()}"
    return f"{who} has migrate {tool} on Python {python}, and here is {here}; install the same there"


def _is_left(client: Client) -> bool:
    """Whether the scheduler is there, and a worker."""
    try:
        return client.status == "running" and bool(client.nthreads())
    except Exception:  # whatever Dask makes of a connection that breaks just now
        return False
