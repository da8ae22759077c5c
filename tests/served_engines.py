"""Engines as programs of their own, before and after their change: started on real servers, asked, and ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from platform_clients import BACKEND

from migrator.demo.engines import environment
from migrator.live.http import NO_ANSWER, call
from migrator.live.ports import free_ports
from migrator.live.servers import Servers

PATIENCE = 60.0


@dataclass(frozen=True)
class Served:
    """A running engine that serves HTTP."""

    port: int
    log: Path
    process: subprocess.Popen[bytes]

    def call(self, method: str, path: str) -> tuple[int, str]:
        """The status and the text of its answer."""
        status, body = call(self.port, method, path)
        return status, body.decode()


@contextmanager
def served(folder: Path, text: str, servers: Servers, *command: str, **more: str) -> Iterator[Served]:
    """The engine of this text as `python service.py`, or by another command; it answers when this is entered."""
    port = free_ports(1)[0]
    env = _written(folder, text, servers, more) | {"PORT": str(port)}
    log = folder / "engine.log"
    with log.open("wb") as output:
        arguments = [sys.executable, *(part.format(port=port) for part in command or ("service.py",))]
        process = subprocess.Popen(arguments, cwd=folder, env=env, stdout=output, stderr=subprocess.STDOUT)
    engine = Served(port, log, process)
    try:
        end = time.monotonic() + PATIENCE
        while call(port, "GET", "/health", timeout=2)[0] == NO_ANSWER and process.poll() is None:
            assert time.monotonic() < end, log.read_text()
            time.sleep(0.05)
        assert process.poll() is None, log.read_text()
        yield engine
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)


def run(folder: Path, text: str, servers: Servers, **more: str) -> list[str]:
    """The lines that the engine of this text prints as `python service.py`, which ends by itself and without error."""
    env = _written(folder, text, servers, more)
    command = [sys.executable, "-W", "error", "service.py"]
    ended = subprocess.run(command, check=False, cwd=folder, env=env, capture_output=True, text=True, timeout=PATIENCE)
    assert (ended.returncode, ended.stderr) == (0, "")
    return ended.stdout.splitlines()


def _written(folder: Path, text: str, servers: Servers, more: Mapping[str, str]) -> dict[str, str]:
    """The environment of an engine whose files are written here."""
    for name, content in {"service": text, **more}.items():
        (folder / f"{name}.py").write_text(content)
    env = environment(os.environ, servers.redirect)
    return env | {"PYTHONPATH": os.pathsep.join([env["PYTHONPATH"], str(BACKEND), str(folder)])}
