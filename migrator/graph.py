"""Who tells whom what, across engines: the graph of streams and topics, and the edges that each phase cuts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from msgspec import Struct

from codemods.model import StreamEnd
from codemods.reading.globs import covers, overlap
from migrator.ends import is_unknown, position
from migrator.places import NOT_ROUTED, NOW, Point, Terms, phase_of, point_of


class Channel(Struct, frozen=True):
    """A stream, topic or message type, with everything that stands at it."""

    name: str  # a glob where parts are only known at run time, "*" where nothing of it is
    kind: str  # topic, stream or message
    message_types: tuple[str, ...]
    buses: tuple[str, ...]
    mode: str | None  # of a raw stream: message or routed
    publishers: tuple[Point, ...]
    consumers: tuple[Point, ...]
    inspectors: tuple[Point, ...]  # they look at a stream or tend it, and take nothing from it


class Edge(Struct, frozen=True):
    """One engine that publishes and one that consumes, or inspects, what it publishes."""

    publisher: str
    consumer: str
    name: str
    kind: str  # consume or inspect
    message_type: str | None  # None for a stream that stays raw
    bus: str  # where both ends meet after the last phase; "?" where no route tells
    publishers: tuple[Point, ...]
    consumers: tuple[Point, ...]
    cut: tuple[int, ...]  # the stages at which the ends are on different servers; 0 is the base as it stands
    last: int = 0  # the last phase
    joined: int | None = None  # the phase after which an edge that is cut in the base carries its first message


class Graph(Struct, frozen=True):
    """All channels and edges, sorted."""

    channels: tuple[Channel, ...] = ()
    edges: tuple[Edge, ...] = ()

    def cut_at(self, stage: int) -> tuple[Edge, ...]:
        """The edges whose ends are on different servers once the phases up to `stage` are merged."""
        return tuple(edge for edge in self.edges if stage in edge.cut)

    def joined_at(self, stage: int) -> tuple[Edge, ...]:
        """The edges that carry their first message once this phase is merged: what consumes them never ran before."""
        return tuple(edge for edge in self.edges if edge.joined == stage)


class Link(Struct, frozen=True):
    """What joins a publisher's end to a consumer's: the name, and the message type where there is one."""

    name: str
    message_type: str | None = None
    shared: bool = False  # a wrapper's own stream, which carries every topic


def graph_of(ends: Iterable[StreamEnd], terms: Terms) -> Graph:
    """The graph of these ends; the same for every order in which they come."""
    ordered = sorted(set(ends), key=position)
    return Graph(tuple(_channels(ordered, terms)), tuple(_edges(ordered, terms)))


# channels


def _channels(ends: Sequence[StreamEnd], terms: Terms) -> Iterator[Channel]:
    by_name: dict[tuple[str, str], list[StreamEnd]] = defaultdict(list)
    for end in ends:
        by_name[end.name, end.kind].append(end)
    for (name, kind), group in sorted(by_name.items()):
        unknown = all(map(is_unknown, group))
        types = () if unknown else (name,) if kind == "message" else terms.types(name)
        buses = (NOT_ROUTED,) if unknown else _buses(name, kind, terms)
        roles = {role: tuple(point_of(end, buses, terms) for end in group if end.role == role) for role in ROLES}
        mode = terms.modes[name].mode if kind == "stream" and name in terms.modes else None
        yield Channel(name, kind, types, buses, mode, *(roles[role] for role in ROLES))


ROLES = ("publish", "consume", "inspect")


def _buses(name: str, kind: str, terms: Terms) -> tuple[str, ...]:
    return (terms.bus_of.get(name, NOT_ROUTED),) if kind == "message" else terms.buses(name)


# edges


def _edges(ends: Sequence[StreamEnd], terms: Terms) -> list[Edge]:
    found: dict[_Key, tuple[list[StreamEnd], list[StreamEnd]]] = defaultdict(lambda: ([], []))
    publishers = [end for end in ends if end.role == "publish" and not is_unknown(end)]
    consumers = [end for end in ends if end.role == "consume" and not is_unknown(end)]
    for kind, takers in (("consume", consumers), ("inspect", _only_inspect(ends))):
        for publisher in publishers:
            for taker in takers:
                link = LINKS[publisher.kind, taker.kind](publisher.name, taker.name, terms)
                if link is not None:
                    sources, sinks = found[_Key(link, kind, _side(publisher, terms), _side(taker, terms))]
                    sources.append(publisher)
                    sinks.append(taker)
    return sorted((_edge(key, *sides, terms) for key, sides in found.items()), key=_order)


class _Key(NamedTuple):
    """What the ends of one edge have in common; those of an engine that moved in part do not move together."""

    link: Link
    kind: str
    publisher: tuple[str, int | None]
    consumer: tuple[str, int | None]


def _side(end: StreamEnd, terms: Terms) -> tuple[str, int | None]:
    return end.engine, phase_of(end, terms)


def _order(edge: Edge) -> tuple[object, ...]:
    places = (*edge.publishers, *edge.consumers)
    return edge.name, edge.publisher, edge.consumer, edge.message_type or "", edge.kind, [p.where for p in places]


def _only_inspect(ends: Sequence[StreamEnd]) -> list[StreamEnd]:
    """Looks at a stream, such as a dashboard's XLEN, by an engine that is no other end of it."""
    others = [end for end in ends if end.role != "inspect"]
    return [
        end
        for end in ends
        if end.role == "inspect"
        and not is_unknown(end)
        and not any(end.engine == other.engine and overlap(end.name, other.name) for other in others)
    ]


def _by_name(one: str, other: str, terms: Terms) -> Link | None:
    """A topic and a topic, a stream and a stream: both ends move alike."""
    if not overlap(one, other):
        return None
    name = other if covers(one, other) and one != other else one
    types = terms.types(name)
    return Link(name, types[0] if len(types) == 1 else None)


def _by_stream(one: str, other: str, terms: Terms) -> Link | None:
    link = _by_name(one, other, terms)
    return link if link is None or terms.is_message(link.name) else Link(link.name)


def _by_type(one: str, other: str, terms: Terms) -> Link | None:
    return Link(one, one) if one == other else None


def _topic_to_type(topic: str, message_type: str, terms: Terms) -> Link | None:
    return Link(topic, message_type) if message_type in terms.types(topic) else None


def _stream_to_type(stream: str, message_type: str, terms: Terms) -> Link | None:
    return _topic_to_type(stream, message_type, terms) if terms.is_message(stream) else None


def _topic_to_stream(topic: str, stream: str, terms: Terms) -> Link | None:
    """The wrappers put every topic on one stream, and somebody reads or writes that as it is."""
    return Link(stream, shared=True) if stream in terms.shared_streams else None


def _turned(link: Callable[[str, str, Terms], Link | None]) -> Callable[[str, str, Terms], Link | None]:
    return lambda one, other, terms: link(other, one, terms)


LINKS: Mapping[tuple[str, str], Callable[[str, str, Terms], Link | None]] = {
    ("topic", "topic"): _by_name,
    ("stream", "stream"): _by_stream,
    ("message", "message"): _by_type,
    ("topic", "message"): _topic_to_type,
    ("message", "topic"): _turned(_topic_to_type),
    ("stream", "message"): _stream_to_type,
    ("message", "stream"): _turned(_stream_to_type),
    ("topic", "stream"): _topic_to_stream,
    ("stream", "topic"): _turned(_topic_to_stream),
}
"""How ends of two kinds are joined, the publisher's kind first."""


def _edge(key: _Key, sources: Iterable[StreamEnd], sinks: Iterable[StreamEnd], terms: Terms) -> Edge:
    link = key.link
    buses = (terms.bus_of.get(link.message_type, NOT_ROUTED),) if link.message_type else terms.buses(link.name)
    at, to = _points(sources, link, buses, terms), _points(sinks, link, buses, terms)
    cut = stages_cut((*at, *to), terms.stages)
    bus = " and ".join(buses)
    joined = next((stage for stage in terms.stages if stage not in cut), None) if NOW in cut else None
    return Edge(
        key.publisher[0], key.consumer[0], link.name, key.kind, link.message_type, bus, at, to, cut, terms.last, joined
    )


def stages_cut(points: Sequence[Point], stages: Iterable[int]) -> tuple[int, ...]:
    """The stages at which not all of these ends are on one server."""
    return tuple(stage for stage in stages if len({point.server(stage) for point in points}) > 1)


def _points(ends: Iterable[StreamEnd], link: Link, buses: Sequence[str], terms: Terms) -> tuple[Point, ...]:
    """Each end once. A topic takes its own way, and not that of the wrapper's stream which carries it now."""
    return tuple(
        point_of(end, terms.buses(end.name) if link.shared and end.kind == "topic" else buses, terms)
        for end in dict.fromkeys(ends)
    )
