"""Who publishes what a stream of a server carries, as the code has it: by the stream's name, or by a message type."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

from msgspec import Struct

from migrator.graph import Edge
from migrator.observing.known import Known
from migrator.places import NOW, Point

WORD = re.compile(r"[^a-z0-9]+")


class Source(Struct, frozen=True):
    """One engine that publishes, where it says so, and on which server it does as the base stands."""

    engine: str
    where: str
    server: str


def sources_of(stream: str, known: Known) -> tuple[Source, ...]:
    """Everyone who publishes what this stream carries; nothing where the code does not say."""
    points = [point for edge in known.graph.edges if carries(stream, edge) for point in edge.publishers]
    points += [
        point
        for channel in known.graph.channels
        if channel.kind != "topic" and (channel.name == stream or names_type(stream, channel.name))
        for point in channel.publishers
    ]
    return tuple(dict.fromkeys(source_of(point) for point in points))


def is_told(stream: str, known: Known) -> bool:
    """Whether the code says anything of this stream at all."""
    ends = (channel.name for channel in known.graph.channels)
    return any(name == stream or names_type(stream, name) for name in ends)


def carries(stream: str, edge: Edge) -> bool:
    """Whether an edge goes over this stream: one of its name, or of its message type."""
    if edge.message_type is not None:
        return names_type(stream, edge.message_type)
    return fnmatchcase(stream, edge.name)


def source_of(point: Point) -> Source:
    """The engine of an end, with its server as the base stands."""
    return Source(point.end.engine, point.where, point.server(NOW))


def names_type(stream: str, message_type: str) -> bool:
    """Whether a stream is named after a message type: `engine_logic:risk_metric` is, after RISK_METRIC.

    A client makes the names of its streams, and is not asked; the words of the type stand in them, at their end or
    alone, so that `margin_call` is not taken for `margin_call_extra`.
    """
    words, wanted = words_of(stream), words_of(message_type)
    return bool(wanted) and words[-len(wanted) :] == wanted


def words_of(name: str) -> list[str]:
    """The words of a name, in lower case."""
    return [word for word in WORD.split(name.lower()) if word]


def tell(sources: Iterable[Source]) -> Iterator[str]:
    """A sentence for each source."""
    for source in sources:
        yield f"{source.engine} publishes it on {source.server} ({source.where})"
