"""All that the checks look at: the engine, its code, what servers did before and do now, and messages they hold."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase

from msgspec import Struct, field

from codemods.checking.rules import Finding as Mistake
from migrator.bridging.lanes import BRIDGE
from migrator.config import EngineConfig
from migrator.graph import Channel, Edge
from migrator.live.measure import BUS
from migrator.live.servers import MAIN
from migrator.observing.known import Known
from migrator.observing.observe import Observed
from migrator.observing.sources import names_type
from migrator.observing.view import GroupView, ServerView, StreamView
from migrator.places import NOW, Point

ENVELOPE = ("message_type", "source_engine", "payload")
"""What every message of the target has, by its interface."""

EARLIEST = 1_000_000_000_000
"""Milliseconds; an id below that is no time."""

Entry = tuple[str, Mapping[str, str]]
"""The id and the fields of a message."""


class End(Struct, frozen=True):
    """One end of the engine on a bus: a message type, or a raw stream."""

    name: str
    is_type: bool
    bus: str
    where: str  # path:line


class Old(Struct, frozen=True):
    """A group of the engine on the main server, from before it moved, with what it was not given."""

    stream: str
    group: GroupView
    waiting: tuple[Entry, ...] = ()
    more: bool = False  # than were looked at
    pending: int = 0  # given to it and not acknowledged, without what a bridge has carried


class Evidence(Struct, frozen=True):
    """Everything about one engine."""

    engine: EngineConfig
    known: Known
    bus_of: Mapping[str, str]  # message type -> bus
    views: Mapping[str, ServerView]  # what the servers do now
    before: Observed | None = None
    mistakes: tuple[Mistake, ...] = ()  # in its use of the target
    newest: Mapping[tuple[str, str], tuple[Entry, ...]] = field(default_factory=dict)  # (server, stream) -> messages
    old: tuple[Old, ...] = ()
    health: Mapping[str, int] = field(default_factory=dict)
    accepted: tuple[tuple[str, str, str], ...] = ()  # publisher, consumer and stream of edges that may lose messages
    bridged: tuple[tuple[str, str, str], ...] = ()  # the same of edges whose messages a bridge carries
    denied: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # server -> commands that its user may not run
    texts: Mapping[str, str] = field(default_factory=dict)  # message type -> as an envelope has it
    lanes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # group of a bridge -> its edges, in words

    def then(self, server: str) -> ServerView | None:
        """What a server did before; None where nobody looked."""
        servers = self.before.servers if self.before else ()
        return next((view for view in servers if view.name == server), None)

    @property
    def is_local(self) -> bool:
        """Whether connections can be told by their processes: the servers are reached from this host directly."""
        return any(held.owner.how == "process" for view in self.views.values() for held in view.holders)

    def nobodys(self, view: ServerView, engine: EngineConfig) -> int:
        """How many connections may be an engine's, whose processes no port tells; 0 where one of its own is known."""
        if any(each.held_by(engine.name) for each in self.views.values()):
            return 0
        unnamed = [held for held in view.holders if held.owner.how == "process" and not held.owner.engine]
        old = [held for held in unnamed if held.name != BRIDGE and held.age >= view.delta.seconds]
        return sum(held.connections for held in old if held.use == BUS)

    def bus_connections(self, server: str) -> int:
        """How many of the engine's connections are at a server; on main, those of a cache do not count."""
        view = self.views.get(server)
        held = view.held_by(self.engine.name) if view else ()
        return sum(each.connections for each in held if server != MAIN or each.use == BUS)

    def ends(self, role: str) -> Iterator[End]:
        """The engine's ends that the code has on a bus; `role` is publish or consume."""
        for channel in self.known.graph.channels:
            if channel.kind != "topic":
                for point in points(channel, role):
                    if point.end.engine == self.engine.name and point.moves == NOW:
                        yield End(channel.name, channel.kind == "message", self.bus(channel, point), point.where)

    def bus(self, channel: Channel, point: Point) -> str:
        """The bus of an end."""
        return self.bus_of.get(channel.name, point.before) if channel.kind == "message" else point.before

    def streams(self, end: End) -> list[StreamView]:
        """The streams of its bus that carry an end's messages."""
        view = self.views.get(end.bus)
        return [stream for stream in view.streams if carries(stream.name, end)] if view else []

    def since(self, server: str) -> int:
        """When the engine came to a server, in milliseconds as ids have them; 0 where that is not known."""
        view = self.views[server]
        ages = [held.age for held in view.held_by(self.engine.name)]
        return int((view.snapshot.clock - max(ages) - 1) * 1000) if ages else 0

    def edges(self, end: End, role: str) -> list[Edge]:
        """The edges that lead from the engine's end (publish), or to it (consume)."""
        return [
            edge
            for edge in self.known.graph.edges
            if self.engine.name == (edge.publisher if role == "publish" else edge.consumer)
            and (edge.message_type == end.name if end.is_type else edge.name == end.name)
        ]

    def accepts(self, publisher: str, consumer: str, *names: str) -> bool:
        """Whether engines.yaml says that an edge between two engines, by one of these names, may lose its messages."""
        return any(
            (sender, receiver) == (publisher, consumer)
            and any(fnmatchcase(name, stream) or fnmatchcase(stream, name) for name in names)
            for sender, receiver, stream in self.accepted
        )

    def found(self, *rules: str, about: str = "") -> list[str]:
        """The mistakes of these rules, each with its place; those alone that name what they are about, where given."""
        return [
            f"{each.path}:{each.line}: {each.message}"
            for each in self.mistakes
            if each.rule in rules and about in each.message
        ]


def points(channel: Channel, role: str) -> tuple[Point, ...]:
    """The ends of a channel in one role."""
    return channel.publishers if role == "publish" else channel.consumers


def carries(stream: str, end: End) -> bool:
    """Whether a stream carries what an end sends or reads."""
    return names_type(stream, end.name) if end.is_type else fnmatchcase(stream, end.name)


def payload_of(entry: Mapping[str, str]) -> object:
    """What an envelope's payload says; None where it is no JSON."""
    try:
        return json.loads(entry.get("payload", ""))
    except ValueError:
        return None
