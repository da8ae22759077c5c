"""What one server was seen to do in a window, as values: what is reported, saved, and compared with later."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from migrator.live.holders import Holder
from migrator.live.measure import Delta, Snapshot, compare
from migrator.live.monitor import Read
from migrator.live.reading import Reading
from migrator.live.streams import Group, Stream

READ = "xreadgroup"

NOTHING_YET = "0-0"
"""The last delivered id of a group that stands at the beginning of its stream."""


class GroupView(Struct, frozen=True):
    """One group as it stands, and what became of it in the window."""

    group: Group
    delivered: int | None = None  # in the window; None where the server does not count
    grew: int = 0  # how many more are pending than at its beginning
    is_new: bool = False  # it came in the window

    @property
    def name(self) -> str:
        """Its name."""
        return self.group.name

    @property
    def acknowledged(self) -> int | None:
        """How many messages were finished in the window."""
        return None if self.delivered is None else max(self.delivered - self.grew, 0)


class StreamView(Struct, frozen=True):
    """One stream as it stands, with its groups."""

    stream: Stream  # its groups are those of `groups`
    added: int | None = None  # entries in the window; None where the server does not count
    groups: tuple[GroupView, ...] = ()

    @property
    def name(self) -> str:
        """Its name."""
        return self.stream.name


class ServerView(Struct, frozen=True):
    """One server in one window."""

    name: str
    shown: str  # its URL without a password
    snapshot: Snapshot  # the last one, without its connections
    delta: Delta
    holders: tuple[Holder, ...] = ()
    streams: tuple[StreamView, ...] = ()
    complete: bool = True  # every key was looked at for streams
    types: Mapping[str, str] = field(default_factory=dict)
    gaps: tuple[str, ...] = ()
    reads: tuple[Read, ...] = ()  # that a monitor saw, where one was asked for

    @property
    def failed_reads(self) -> int:
        """How many XREADGROUP failed in the window."""
        return self.delta.calls(READ).failed

    @property
    def connections(self) -> int:
        """How many there were at the end of the window, without the asker's."""
        return sum(holder.connections for holder in self.holders)

    def delta_total(self, command: str) -> int:
        """How often a command was called since the server's counters began."""
        calls = self.snapshot.commands.get(command)
        return calls.calls if calls else 0

    def held_by(self, engine: str) -> tuple[Holder, ...]:
        """The connections of an engine."""
        return tuple(holder for holder in self.holders if holder.owner.engine == engine)

    def groups(self) -> Iterable[tuple[StreamView, GroupView]]:
        """Each group with its stream."""
        return ((stream, group) for stream in self.streams for group in stream.groups)


def view_of(name: str, shown: str, first: Reading, last: Reading, holders: Iterable[Holder] = ()) -> ServerView:
    """What happened between two readings of one server."""
    before = {stream.name: stream for stream in first.streams.found}
    delta = compare(first.snapshot, last.snapshot)
    known = {} if delta.restarted else before
    return ServerView(
        name=name,
        shown=shown,
        snapshot=replace(last.snapshot, connections=(), asker_addr="", asker_port=0),
        delta=delta,
        holders=tuple(holders),
        streams=tuple(stream_view(stream, known.get(stream.name)) for stream in last.streams.found),
        complete=last.streams.complete,
        types=dict(last.types),
        gaps=last.gaps,
    )


def stream_view(stream: Stream, before: Stream | None) -> StreamView:
    """What became of one stream."""
    groups = {group.name: group for group in before.groups} if before else {}
    return StreamView(
        replace(stream, groups=()),
        difference(stream.added, before.added if before else 0),
        tuple(group_view(group, groups.get(group.name)) for group in stream.groups),
    )


def group_view(group: Group, before: Group | None) -> GroupView:
    """What became of one group."""
    if before is None:
        return GroupView(group, group.read, group.pending, True)
    return GroupView(group, delivered(group, before), group.pending - before.pending)


def delivered(group: Group, before: Group) -> int | None:
    """How many messages a group was given in the window; None where the server does not count.

    A new group has no count before it is given its first message: XGROUP CREATE leaves `entries-read` empty (XINFO
    GROUPS of Redis 7.0 and of Valkey 9.1). Where it stands is known all the same.
    """
    if group.last_delivered == before.last_delivered:
        return 0
    return difference(group.read, 0 if before.last_delivered == NOTHING_YET else before.read)


def difference(now: int | None, before: int | None) -> int | None:
    """How many more; None where one of the counts is not known, or began anew."""
    return None if now is None or before is None or now < before else now - before
