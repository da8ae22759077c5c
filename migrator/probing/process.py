"""The process in which the client runs: its own folder, no secrets, a limit of time, its output kept."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.resources import files
from pathlib import Path
from typing import Any

from msgspec import Struct

from migrator.errors import WRONG_USAGE, MigrateError
from migrator.live.signals import shielded, terminable
from migrator.probing.client_files import ClientFiles

INHERITED = ("LANG", "LC_ALL", "LD_LIBRARY_PATH", "SYSTEMROOT", "TZ")
"""What the client gets of this environment: nothing that may be a password, or lead it to a real server."""

RUNNER = "probe_inside"
Running = Callable[[Mapping[str, Any]], dict[str, Any]]
"""Runs the client as an order says, and gives what the runner has to say of it."""

LIMIT = 15.0  # seconds for one probe, and for the import
PATIENCE = 300.0  # seconds for all of them: on given servers they go one after another, those that fail twice


class Process(Struct, frozen=True):
    """How the client is run."""

    python: str = sys.executable
    patience: float = PATIENCE


def run_client(client: ClientFiles, order: Mapping[str, Any], log: Path, process: Process) -> dict[str, Any]:
    """What the runner has to say of the client; MigrateError where the client cannot be run at all."""
    with _folder() as folder:
        client.write(folder / "source")
        _write_runner(folder / "runner" / RUNNER)
        (folder / "home").mkdir()
        (folder / "order.json").write_text(json.dumps(order))
        result = folder / "result.json"
        code = _run(folder, result, log, process)
        if code is None:
            raise MigrateError(
                f"{_module(client)} hung: it was ended after {process.patience:g} s; its output is in {log}"
            )
        if not result.exists():
            raise MigrateError(f"{_module(client)} ended its process with exit code {code}; its output is in {log}")
        found: dict[str, Any] = json.loads(result.read_text())
    if "fault" in found:
        raise MigrateError(_fault(found["fault"], client, log, process))
    return found


def _module(client: ClientFiles) -> str:
    return f"the target client {client.module}"


def _fault(fault: str, client: ClientFiles, log: Path, process: Process) -> str:
    """The sentence for a client that does not run."""
    if "ModuleNotFoundError" in fault:
        package = fault.rpartition("'")[0].rpartition("'")[2].partition(".")[0]
        return (
            f"{_module(client)} needs the package {package}, which {process.python} does not have; install it there, "
            "or name another Python with --python"
        )
    return f"{_module(client)} cannot be probed: {fault}; its output is in {log}"


def interpreter(name: str | None) -> str:
    """The whole path of a Python, which runs in another folder; this one unless named; MigrateError for none."""
    found = sys.executable if name is None else shutil.which(name)
    if found is None:
        raise MigrateError(f"there is no program {name}; name the Python that has the client's packages", WRONG_USAGE)
    return str(Path(found).absolute())


@contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="migrate-probe-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _write_runner(folder: Path) -> None:
    """A copy, so that the process finds nothing else of the tool."""
    folder.mkdir(parents=True)
    for source in (files("migrator.probing") / "inside").iterdir():
        if source.name.endswith(".py"):
            (folder / source.name).write_bytes(source.read_bytes())


def _run(folder: Path, result: Path, log: Path, process: Process) -> int | None:
    """The exit code; None where it had to be killed."""
    command = [process.python, "-m", RUNNER, str(folder / "order.json"), str(result)]
    log.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as output, terminable():
        with shielded():  # no signal comes between the birth of the process and the note of it
            running = subprocess.Popen(
                command,
                cwd=folder / "home",
                env=environment(folder, os.environ),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            has_ended = _ends(running.pid, process.patience)
        finally:
            with shielded():
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(running.pid, signal.SIGKILL)  # and whatever it started
                code = running.wait()
        return code if has_ended else None


def _ends(pid: int, patience: float) -> bool:
    """Whether the process ends in time; it is not reaped, so that its group's number stays its own."""
    deadline = time.monotonic() + patience
    while os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def environment(folder: Path, inherited: Mapping[str, str]) -> dict[str, str]:
    """The variables that the client runs with."""
    kept = {name: inherited[name] for name in INHERITED if name in inherited}
    home = str(folder / "home")
    return kept | {
        "HOME": home,
        "TMPDIR": home,
        "PATH": os.defpath,
        "PYTHONPATH": os.pathsep.join([str(folder / "runner"), str(folder / "source")]),
        "PYTHONSAFEPATH": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",
    }
