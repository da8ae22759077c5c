"""Who reads the streams of a server, and what was delivered to them and never acknowledged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

if TYPE_CHECKING:
    import redis


class Group(Struct, frozen=True):
    """One consumer group of one stream."""

    stream: str
    name: str
    consumers: int
    pending: int
    last_delivered: str


def read_groups(client: redis.Redis) -> tuple[Group, ...]:
    """Every group of every stream, in order; the client must decode responses."""
    streams: Any = sorted(client.scan_iter(_type="stream", count=1000))
    return tuple(group for stream in streams for group in groups_of(client, stream))


def groups_of(client: redis.Redis, stream: str) -> list[Group]:
    """The groups of one stream."""
    answered: Any = client.xinfo_groups(stream)
    found = [
        Group(stream, group["name"], group["consumers"], group["pending"], group["last-delivered-id"])
        for group in answered
    ]
    return sorted(found, key=lambda group: group.name)
