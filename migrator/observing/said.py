"""What each engine's code hears and sends at the base, so that what a move has lost can be told afterwards."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from msgspec import Struct

from migrator.graph import Channel
from migrator.observing.known import Known

ROLES = ("publish", "consume")


class Said(Struct, frozen=True):
    """One end of an engine, as its code has it."""

    role: str  # publish or consume
    name: str  # of a topic, a stream or a message type
    names: tuple[str, ...]  # under which it may go on a bus: message types, or the stream's own
    where: str  # path:line


def said_by(known: Known) -> Mapping[str, tuple[Said, ...]]:
    """The ends of each engine, in the order of their names; those of which no route says where they go are left out."""
    found: dict[str, dict[Said, None]] = defaultdict(dict)
    for channel in known.graph.channels:
        names = names_of(channel)
        for role, points in zip(ROLES, (channel.publishers, channel.consumers), strict=True):
            for point in points:
                if names and point.end.engine in known.engines:
                    found[point.end.engine][Said(role, channel.name, names, point.where)] = None
    return {engine: tuple(ends) for engine, ends in sorted(found.items())}


def names_of(channel: Channel) -> tuple[str, ...]:
    """The names under which a channel goes on a bus."""
    own = (channel.name,) if channel.kind == "stream" and channel.name != "*" else ()
    return (*channel.message_types, *own)
