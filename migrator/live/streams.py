"""The streams of one server: their groups and consumers, and what was delivered and never acknowledged."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from msgspec import Struct
from msgspec.structs import replace

if TYPE_CHECKING:
    import redis

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")

STEP = 500  # keys for one SCAN; it takes a server some 0.1 ms
MOST_STEPS = 400  # of SCAN in one pass: a server that is also a large cache is not walked to its end
BATCH = 200  # commands sent together


class Consumer(Struct, frozen=True):
    """One reader of a group; `idle` are milliseconds since it last asked."""

    name: str
    pending: int
    idle: int


class Oldest(Struct, frozen=True):
    """The oldest message of a group that was delivered and not acknowledged; `idle` are ms since its last delivery."""

    id: str
    consumer: str
    idle: int
    deliveries: int


class Group(Struct, frozen=True):
    """One consumer group of one stream."""

    stream: str
    name: str
    pending: int
    last_delivered: str
    read: int | None = None  # entries, since the stream began; the server may not know
    undelivered: int | None = None  # entries that wait; the server may not know
    consumers: tuple[Consumer, ...] = ()
    oldest: Oldest | None = None


class Stream(Struct, frozen=True):
    """One stream with its groups. Of its entries only the names of the newest one's fields are kept."""

    name: str
    length: int
    last_id: str
    added: int | None = None  # entries since it began; servers before 7.0 do not say
    fields: tuple[str, ...] = ()
    groups: tuple[Group, ...] = ()


class Streams(Struct, frozen=True):
    """All that were found, by name, and whether every key was looked at."""

    found: tuple[Stream, ...] = ()
    complete: bool = True


def read_streams(client: redis.Redis) -> Streams:
    """Every stream of the client's database; the client must decode responses."""
    names, complete = scan_names(client)
    streams = list(with_answers(client, names, ask_stream, read_stream))
    groups = read_groups(client, [stream.name for stream in streams])
    return Streams(tuple(replace(stream, groups=groups.get(stream.name, ())) for stream in streams), complete)


def scan_names(client: redis.Redis) -> tuple[list[str], bool]:
    """The names of the streams in order, and whether that are all of them: the steps of SCAN are bounded."""
    names: set[str] = set()
    cursor = 0
    for _ in range(MOST_STEPS):
        answered: Any = client.scan(cursor, count=STEP, _type="stream")
        cursor, found = answered
        names.update(found)
        if cursor == 0:
            return sorted(names), True
    return sorted(names), False


def read_groups(client: redis.Redis, streams: Iterable[str]) -> dict[str, tuple[Group, ...]]:
    """The groups of each of these streams by name, with their consumers and the oldest message that is pending."""
    listed = [group for groups in with_answers(client, streams, ask_groups, read_group_list) for group in groups]
    consumers = dict(with_answers(client, listed, ask_consumers, read_consumers))
    oldest = dict(with_answers(client, [each for each in listed if each.pending], ask_oldest, read_oldest))
    found: dict[str, tuple[Group, ...]] = {}
    for group in listed:
        key = group.stream, group.name
        whole = replace(group, consumers=consumers.get(key, ()), oldest=oldest.get(key))
        found[group.stream] = (*found.get(group.stream, ()), whole)
    return found


def with_answers(
    client: redis.Redis,
    asked: Iterable[Asked],
    ask: Callable[[Any, Asked], object],
    read: Callable[[Asked, Any], Answer],
) -> Iterator[Answer]:
    """What the server answers for each, in batches; what is gone meanwhile is passed over, other errors are raised."""
    import redis

    waiting = iter(asked)
    while batch := list(islice(waiting, BATCH)):
        pipeline = client.pipeline(transaction=False)
        for each in batch:
            ask(pipeline, each)
        for each, answered in zip(batch, pipeline.execute(raise_on_error=False), strict=True):
            if isinstance(answered, redis.exceptions.NoPermissionError):
                raise answered
            if not isinstance(answered, Exception):
                yield read(each, answered)


def ask_stream(pipeline: Any, name: str) -> None:
    """XINFO STREAM."""
    pipeline.xinfo_stream(name)


def ask_groups(pipeline: Any, name: str) -> None:
    """XINFO GROUPS."""
    pipeline.xinfo_groups(name)


def ask_consumers(pipeline: Any, group: Group) -> None:
    """XINFO CONSUMERS."""
    pipeline.xinfo_consumers(group.stream, group.name)


def ask_oldest(pipeline: Any, group: Group) -> None:
    """XPENDING, for one entry."""
    pipeline.xpending_range(group.stream, group.name, "-", "+", 1)


def read_stream(name: str, answered: Mapping[str, Any]) -> Stream:
    """The answer of XINFO STREAM, without what the entries say."""
    newest = answered.get("last-entry")
    fields = tuple(newest[1]) if newest and newest[1] else ()
    return Stream(name, answered["length"], answered["last-generated-id"], answered.get("entries-added"), fields)


def read_group_list(stream: str, answered: Iterable[Mapping[str, Any]]) -> list[Group]:
    """The answer of XINFO GROUPS, by name; servers before 7.0 do not count what was read."""
    found = [
        Group(
            stream,
            group["name"],
            group["pending"],
            group["last-delivered-id"],
            group.get("entries-read"),
            group.get("lag"),
        )
        for group in answered
    ]
    return sorted(found, key=lambda group: group.name)


def read_consumers(group: Group, answered: Iterable[Mapping[str, Any]]) -> tuple[tuple[str, str], tuple[Consumer, ...]]:
    """The answer of XINFO CONSUMERS, by name, with the group's key."""
    found = [Consumer(each["name"], each["pending"], each["idle"]) for each in answered]
    return (group.stream, group.name), tuple(sorted(found, key=lambda consumer: consumer.name))


def read_oldest(group: Group, answered: Iterable[Mapping[str, Any]]) -> tuple[tuple[str, str], Oldest | None]:
    """The answer of XPENDING for one entry, with the group's key; nothing where it was acknowledged meanwhile."""
    found = [
        Oldest(each["message_id"], each["consumer"], each["time_since_delivered"], each["times_delivered"])
        for each in answered
    ]
    return (group.stream, group.name), found[0] if found else None
