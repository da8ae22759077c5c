"""`migrate bridge` as a process of its own, beside the engines: started after a phase, asked, and always stopped."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType

from msgspec import Struct

from migrator.demo.git import environment
from migrator.demo.say import urls_of
from migrator.errors import MigrateError
from migrator.live.guard import Guard
from migrator.live.http import call
from migrator.live.signals import shielded

PATIENCE = 60.0  # seconds until it carries
GOODBYE = 20.0  # seconds between SIGTERM and SIGKILL: what was read is written first
PAUSE = 0.1

PORT = re.compile(r"^figures at http://[\d.]+:(\d+)/metrics$", re.MULTILINE)
NEEDLESS = re.compile(r"^(.+) needs no bridge after phase \d+: .*$", re.MULTILINE)
FIGURE = re.compile(r'^migrate_bridge_(up|carried_total)\{edge="([^"]*)",[^}]*\} (\d+)$', re.MULTILINE)


class Bridged(Struct, frozen=True):
    """What the bridge said and did at one stage."""

    phase: int
    carried: Mapping[str, int]  # edge in words, as the command has it -> entries
    needless: tuple[str, ...] = ()  # edges that need no bridge any more
    faults: tuple[str, ...] = ()  # of the one before it, which was stopped when this one had said so


class Bridge:
    """One `migrate bridge --phase N`. It runs until it is stopped, or ends by itself where nothing is to be carried."""

    def __init__(self, platform: Path, phase: int, servers: Mapping[str, int], log: Path) -> None:
        self.phase, self.log = phase, log
        urls = [word for url in urls_of(servers) for word in ("--url", url)]
        command = ["bridge", "--phase", str(phase), "--repo", str(platform), "--metrics", "0", *urls]
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-u", "-m", "migrator", *command],
                env=environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C reaches the demo alone, and the demo stops its bridge
            )

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    def wait(self) -> None:
        """Until it carries every edge, or has ended because there is none; MigrateError for any other end."""
        deadline = time.monotonic() + PATIENCE
        while not (self._process.poll() == 0 or self._is_up()):
            if self._process.returncode or time.monotonic() > deadline:
                raise MigrateError(f"migrate bridge --phase {self.phase} does not carry; it said:\n{self._said()}")
            time.sleep(PAUSE)

    def carried(self) -> dict[str, int]:
        """How many entries each edge was carried, by the bridge's own figures."""
        return {edge: int(value) for what, edge, value in self._figures() if what == "carried_total"}

    def needless(self) -> tuple[str, ...]:
        """The edges of which it said that they need no bridge."""
        return tuple(NEEDLESS.findall(self._said()))

    def stop(self) -> str:
        """End it by SIGTERM, or at last by SIGKILL; what is wrong with how it ended, "" where nothing is."""
        with shielded():
            self._process.send_signal(signal.SIGTERM)
            try:
                status = self._process.wait(GOODBYE)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
                return f"migrate bridge --phase {self.phase} did not end on SIGTERM"
        return f"migrate bridge --phase {self.phase} ended with {status}; it said:\n{self._said()}" if status else ""

    def _is_up(self) -> bool:
        up = [value for what, _, value in self._figures() if what == "up"]
        return bool(up) and set(up) == {"1"}

    def _figures(self) -> list[tuple[str, str, str]]:
        port = PORT.search(self._said())
        return FIGURE.findall(call(int(port[1]), "GET", "/metrics")[1].decode()) if port else []

    def _said(self) -> str:
        return self.log.read_text(errors="replace")


class Bridges:
    """The bridge of each stage in its turn; within `with`, so that none is left."""

    def __init__(self, platform: Path, servers: Mapping[str, int]) -> None:
        self.platform, self.servers = platform, servers
        self._running: list[Bridge] = []
        self._guard = Guard()

    def __enter__(self) -> Bridges:
        with shielded():
            self._guard.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with shielded():
            self._stop(len(self._running))
            self._guard.__exit__(kind, error, at)

    def renew(self, phase: int, logs: Path) -> Callable[[], Bridged]:
        """Start the bridge of a phase that is merged. The one before it goes on until this one carries, or has said
        that nothing needs it; gives what tells, later, what it has done by then.
        """
        with shielded():  # no signal comes between the birth of the process and the note of it
            new = Bridge(self.platform, phase, self.servers, logs / "bridge.log")
            self._running.append(new)
            self._guard.add(new.pid)
        new.wait()
        faults = self._stop(len(self._running) - 1)
        return lambda: Bridged(phase, new.carried(), new.needless(), faults)

    def pids(self) -> list[int]:
        """The processes of those that run, the oldest first."""
        return [bridge.pid for bridge in self._running]

    def _stop(self, count: int) -> tuple[str, ...]:
        """Stop the oldest ones; what is wrong with how they ended."""
        faults = [self._running.pop(0).stop() for _ in range(count)]
        return tuple(filter(None, faults))
