"""What one stage of the demo showed: frozen values, and the pure comparisons between them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from codemods.settings import ENGINE_LOGIC, MARKETDATA
from migrator.demo.bridge import Bridged
from migrator.demo.edges import Edge
from migrator.demo.say import Said
from migrator.live.measure import CACHE, Connection, Delta, use_of
from migrator.live.servers import MAIN

MARKETDATA_CHANNELS = frozenset({"market.data", "raw-ticks"})
"""What travels on the market data bus; everything else is engine logic."""


READ = "xreadgroup"


class Connections(Struct, frozen=True):
    """Who is connected to one server: engine -> how many, those of a cache apart."""

    bus: Mapping[str, int]
    cache: Mapping[str, int]
    unknown: int = 0  # of no engine


class ServerResult(Struct, frozen=True):
    """What one server counted while the traffic ran."""

    delta: Delta
    connections: Connections
    pending: int  # messages delivered and not acknowledged

    @property
    def reads_per_second(self) -> float:
        """XREADGROUP calls a second."""
        return self.delta.per_second(self.delta.calls(READ).calls)

    @property
    def failed_per_second(self) -> float:
        """XREADGROUP calls that failed, a second."""
        return self.delta.per_second(self.failed_reads)

    @property
    def failed_reads(self) -> int:
        """How many XREADGROUP calls failed."""
        return self.delta.calls(READ).failed


class EdgeResult(Struct, frozen=True):
    """What went over one edge, and on which server each of its ends is."""

    edge: Edge
    published: int
    handled: int
    publisher_server: str
    consumer_server: str
    bridged: bool = False  # it is cut, and a bridge carries its messages

    @property
    def label(self) -> str:
        """The edge as people read it: who publishes what to whom."""
        return f"{self.edge.publisher} -> {self.edge.consumer}  {self.edge.channel}"

    @property
    def way(self) -> tuple[str, str, str, str]:
        """What travels, from where to where."""
        return self.edge.publisher, self.edge.channel, self.publisher_server, self.consumer_server

    @property
    def is_cut(self) -> bool:
        """Whether its two ends are on different servers."""
        return self.publisher_server != self.consumer_server

    @property
    def is_complete(self) -> bool:
        """Whether something was published, and each message was handled exactly once."""
        return self.published == self.handled > 0


class StageResult(Struct, frozen=True):
    """Everything that one stage showed."""

    name: str
    servers: Mapping[str, ServerResult]
    edges: tuple[EdgeResult, ...]
    routes: Mapping[str, int]  # `portfolio GET /health` -> status
    at_rest: bool = True  # no message was under way any more
    killed: tuple[str, ...] = ()  # engines that did not end on SIGTERM
    said: Said = field(default_factory=Said)  # by the operators' own commands
    bridge: Bridged | None = None  # what it did


def server_of(phase: int | None, stage: int, channel: str) -> str:
    """The server on which an engine has this channel once the phases up to `stage` are merged.

    An engine without a phase uses the dual bus already; the others are on the main server until their phase.
    """
    if phase is not None and phase > stage:
        return MAIN
    return MARKETDATA if channel in MARKETDATA_CHANNELS else ENGINE_LOGIC


def compare_edges(
    edges: Iterable[Edge],
    stats: Mapping[str, Any],
    phases: Mapping[str, int | None],
    stage: int,
    bridged: Collection[tuple[str, str, str]] = (),
) -> tuple[EdgeResult, ...]:
    """What went over each edge, as the engines' own counters say; an engine that did not answer counts as zero.

    `bridged` are publisher, consumer and channel of the edges that a bridge carries from the first phase on. It
    carries a channel from one server to another for everyone who reads it there.
    """
    results = [
        EdgeResult(
            edge=edge,
            published=count(stats, edge.publisher, "published", edge.channel),
            handled=count(stats, edge.consumer, "handled", edge.publisher, edge.channel),
            publisher_server=server_of(phases[edge.publisher], stage, edge.channel),
            consumer_server=server_of(phases[edge.consumer], stage, edge.channel),
        )
        for edge in edges
    ]
    named = [each for each in results if (each.edge.publisher, each.edge.consumer, each.edge.channel) in bridged]
    carried = {each.way for each in named if stage and each.is_cut}
    return tuple(replace(each, bridged=each.way in carried) for each in results)


def count(stats: Mapping[str, Any], *keys: str) -> int:
    """One counter out of all the engines' stats; zero where a key on the way is missing."""
    found: Any = stats
    for key in keys:
        found = found.get(key) if isinstance(found, Mapping) else None
    return found if isinstance(found, int) else 0


def count_connections(
    name: str, latest: Iterable[Connection], seen: Mapping[int, Iterable[str]], owner: Mapping[str, str]
) -> Connections:
    """Who is connected now, and for what.

    `seen` are the last commands of each connection as often as it was looked at, and `owner` gives the engine of an
    address. On a bus nobody keeps a cache, so all connections count there.
    """
    bus: Counter[str] = Counter()
    cache: Counter[str] = Counter()
    unknown = 0
    for connection in latest:
        engine = owner.get(connection.addr)
        if engine is None:
            unknown += 1
        elif name == MAIN and use_of(seen.get(connection.id, ())) == CACHE:
            cache[engine] += 1
        else:
            bus[engine] += 1
    return Connections(dict(bus), dict(cache), unknown)
