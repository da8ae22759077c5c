"""The platform's engines as processes: started, asked, and always stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from importlib.resources import files
from pathlib import Path
from types import TracebackType
from typing import Any

from msgspec import Struct

from migrator.errors import MigrateError
from migrator.live.guard import Guard
from migrator.live.http import HOST, call, get_json
from migrator.live.ports import free_ports
from migrator.live.signals import shielded, terminable

PATIENCE = 60.0  # seconds for one engine to answer
GOODBYE = 8.0  # seconds between SIGTERM and SIGKILL
LAST_LINES = 15
INHERITED = ("PATH", "HOME", "LANG", "TMPDIR", "VIRTUAL_ENV")
"""What an engine gets of this environment. No REDIS_HOST of a user's shell can lead the demo to a real server."""


class Engine(Struct, frozen=True):
    """One running engine."""

    name: str
    port: int
    process: subprocess.Popen[bytes]
    log: Path
    started: float


class Engines:
    """The engines of one checkout; they run within `with`, and all of them answer /health when it is entered."""

    def __init__(
        self,
        backend: Path,
        names: Sequence[str],
        redirect: str,
        logs: Path,
        *,
        patience: float = PATIENCE,
        goodbye: float = GOODBYE,
    ) -> None:
        self.backend, self.names, self.redirect, self.logs = backend, tuple(names), redirect, logs
        self.patience, self.goodbye = patience, goodbye
        self.running: dict[str, Engine] = {}
        self.killed: tuple[str, ...] = ()  # those that did not end on SIGTERM
        self._stack = ExitStack()
        self._guard = Guard()

    def __enter__(self) -> Engines:
        self._stack.enter_context(terminable())
        with shielded():
            self._stack.enter_context(self._guard)
        try:
            self._start()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stop()

    def pids(self) -> dict[int, str]:
        """The process of each engine."""
        return {engine.process.pid: engine.name for engine in self.running.values()}

    def stats(self) -> dict[str, Any]:
        """What each engine says on /stats; None for one that does not answer."""
        engines = tuple(self.running.values())
        with ThreadPoolExecutor(len(engines)) as pool:
            answers = pool.map(lambda engine: get_json(engine.port, "/stats"), engines)
            return {engine.name: answer for engine, answer in zip(engines, answers, strict=True)}

    def call(self, name: str, method: str, path: str) -> int:
        """The status with which an engine answers; 0 where it does not."""
        return call(self.running[name].port, method, path)[0]

    def _start(self) -> None:
        # All at once: on two cores 13 engines are up in 4 s, and 2 or 4 at a time take no less.
        self.logs.mkdir(parents=True, exist_ok=True)
        starting = [self._start_one(*pair) for pair in zip(self.names, free_ports(len(self.names)), strict=True)]
        while starting := [engine for engine in starting if not answers_health(engine, self.patience)]:
            time.sleep(0.05)

    def _start_one(self, name: str, port: int) -> Engine:
        log = self.logs / f"{name}.log"
        command = [sys.executable, "-m", "uvicorn", f"engines.{name}.service:app", "--host", HOST, "--port", str(port)]
        # No signal comes between the birth of a process and the note of it.
        with log.open("wb") as output, shielded():
            process = subprocess.Popen(
                [*command, "--no-access-log"],
                cwd=self.backend,
                env=environment(os.environ, self.redirect),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C reaches the demo alone, and the demo stops its engines
            )
            engine = self.running[name] = Engine(name, port, process, log, time.monotonic())
            self._guard.add(process.pid)
        return engine

    def _stop(self) -> None:
        with shielded():
            self.killed = stop_all(self.running.values(), self.goodbye)
            self.running.clear()
            self._stack.close()


def environment(inherited: Mapping[str, str], redirect: str) -> dict[str, str]:
    """The variables that an engine runs with."""
    kept = {name: inherited[name] for name in INHERITED if name in inherited}
    return kept | {
        "MIGRATE_REDIRECT": redirect,
        "PYTHONPATH": str(files("migrator.live") / "redirect"),
        "PYTHONDONTWRITEBYTECODE": "1",  # the checkout stays as git wrote it
        "PYTHONUNBUFFERED": "1",
    }


def answers_health(engine: Engine, patience: float) -> bool:
    """Whether this engine is up; raises where it ended, or takes too long."""
    status = engine.process.poll()
    if status is not None:
        raise MigrateError(f"{engine.name} did not start: exit status {status}; {last_lines(engine.log)}")
    if call(engine.port, "GET", "/health", timeout=2)[0] == 200:
        return True
    if time.monotonic() - engine.started > patience:
        raise MigrateError(f"{engine.name} did not answer /health in {patience:g} s; {last_lines(engine.log)}")
    return False


def last_lines(log: Path) -> str:
    """The end of an engine's log, for a message."""
    lines = log.read_text(errors="replace").splitlines()[-LAST_LINES:]
    return f"the last lines of {log}:\n" + "\n".join(f"    {line}" for line in lines or ["(empty)"])


def stop_all(engines: Iterable[Engine], goodbye: float) -> tuple[str, ...]:
    """Stop every engine and wait for it; gives the names of those that had to be killed."""
    engines = tuple(engines)
    for engine in engines:
        send(engine, signal.SIGTERM)
    deadline = time.monotonic() + goodbye
    while not all(map(has_ended, engines)) and time.monotonic() < deadline:
        time.sleep(0.02)
    killed = tuple(engine.name for engine in engines if not has_ended(engine))
    for engine in engines:
        send(engine, signal.SIGKILL)  # whatever is left of its group
        engine.process.wait()
    return killed


def has_ended(engine: Engine) -> bool:
    """Whether the process has ended; it is not reaped, so that its group's number stays its own."""
    if engine.process.returncode is not None:
        return True
    return os.waitid(os.P_PID, engine.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def send(engine: Engine, number: signal.Signals) -> None:
    """Signal the whole process group of one engine, unless the engine was reaped and the number may be another's."""
    if engine.process.returncode is None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(engine.process.pid, number)
