"""Looks at servers for a window: one pass at its beginning, one at its end, and who is connected in between."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Container, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from msgspec.structs import replace

from migrator.errors import MigrateError
from migrator.live.holders import Here, group_connections, owners
from migrator.live.reading import Asker, Reading
from migrator.live.urls import ServerUrl
from migrator.observing.view import ServerView, view_of

Value = TypeVar("Value")

PAUSE = 0.5  # seconds between two looks at who is connected
FEW = 1_000  # connections; a longer CLIENT LIST is asked for at the two passes alone


class Watch:
    """The servers that answer. One that does not, or no longer, becomes a problem, and the others are watched on."""

    def __init__(self, servers: Iterable[ServerUrl], names: Iterable[str] = (), monitor: bool = False) -> None:
        self.problems: list[MigrateError] = []
        self._names, self._monitor = tuple(names), monitor
        self.askers: dict[str, Asker] = {}
        self._readings: dict[str, Reading] = {}
        for server in servers:
            try:
                self.askers[server.name] = Asker(server)
            except MigrateError as error:
                self.problems.append(error)

    def __enter__(self) -> Watch:
        return self

    def __exit__(self, *_: object) -> None:
        for asker in self.askers.values():
            asker.close()

    def begin(self) -> None:
        """The first pass."""
        self._readings = self._each(lambda asker: asker.read(self._names))

    def window(self, seconds: float, here: Callable[[], Here]) -> list[ServerView]:
        """What happened from the last pass to one that many seconds from now; that pass begins the next window."""
        if not self._readings:
            self.begin()
        first = self._readings
        seen = self._look_around(time.monotonic() + seconds)
        reads = self._each(lambda asker: tuple(asker.monitored())) if self._monitor else {}
        self.begin()
        engines = here()
        views: list[ServerView] = []
        for name, last in self._readings.items():
            connections = last.snapshot.connections
            owner_of = owners(connections, last.snapshot.asker_addr, engines, last.snapshot.asker_port)
            held = group_connections(connections, seen[name], owner_of)
            view = view_of(name, self.askers[name].server.shown, first[name], last, held)
            views.append(replace(view, reads=reads.get(name, ())))
        return views

    def _look_around(self, until: float) -> dict[str, defaultdict[int, set[str]]]:
        """The last commands of each connection, by its id, as often as it was looked at before the time is up."""
        seen: dict[str, defaultdict[int, set[str]]] = {name: defaultdict(set) for name in self.askers}
        while (left := until - time.monotonic()) > 0:
            time.sleep(min(PAUSE, left))
            for name, connections in self._each(lambda asker: asker.look(), self._small()).items():
                for connection in connections:
                    seen[name][connection.id].add(connection.cmd)
        return seen

    def _small(self) -> set[str]:
        """The servers whose connections are few enough to be listed often."""
        return {name for name, reading in self._readings.items() if reading.snapshot.connected <= FEW}

    def _each(self, ask: Callable[[Asker], Value], names: Container[str] | None = None) -> dict[str, Value]:
        """What each server answers, all being asked at once; one that gives no answer is closed, and asked no more."""
        wanted = [name for name in self.askers if names is None or name in names]
        with ThreadPoolExecutor(max(len(wanted), 1)) as pool:  # one that hangs does not keep the others waiting
            asked = {name: pool.submit(ask, self.askers[name]) for name in wanted}
        found: dict[str, Value] = {}
        for name, answer in asked.items():
            try:
                found[name] = answer.result()
            except MigrateError as error:
                self.problems.append(error)
                self.askers.pop(name).close()
        return found
