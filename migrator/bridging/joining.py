"""Lets the edges of a lane join it, each when its reader is there, and tells who did."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from migrator.bridging.failing import naming
from migrator.bridging.ids import ZERO, order
from migrator.bridging.lanes import GROUP, Lane, Reader, read_by
from migrator.bridging.parties import Member, Party, encoded, parties_of
from migrator.errors import MigrateError

if TYPE_CHECKING:
    import redis

PAGE = 500  # rows that are asked for at a time
SEEN = b"seen:"  # before a group of the target: up to which entry copies were there when it was first seen
BEGIN = b"begin:"  # before an edge: the id that `begin: $` stood for when a bridge first looked


class Joining:
    """One lane's joining, over the carrier's two connections."""

    def __init__(self, lane: Lane, source: redis.Redis, target: redis.Redis) -> None:
        self.lane = lane
        self._source, self._target = source, target
        self._kept: dict[bytes, bytes] | None = None
        self.parties: list[Party] = []

    def look(self) -> tuple[list[Party], list[Reader]]:
        """The parties whose readers are there, and the readers that have no group on the target, or none any more.

        Whoever's reader has come joins. RedisError where a server fails, and where another bridge was quicker.
        """
        if self._kept is None:
            self._load()
        with naming(self.lane.target):
            groups = groups_of(self._target, self.lane.target_stream)
        names = {name: at for name, at in groups.items() if not name.startswith(GROUP)}
        self._note(names)
        if come := [reader for reader in self._absent() if read_by(reader.groups, names)]:
            self._join(come, names)
        away = [reader for reader in self.lane.readers if not read_by(reader.groups, names)]
        return [party for party in self.parties if party.is_read(names)], away

    def group(self, party: Party) -> str:
        """The group of a party on the source."""
        return f"{self.lane.group}{party.rank}"

    def _load(self) -> None:
        kept: Any = self._source.hgetall(self.lane.joined_key)
        self._kept, self.parties = kept, parties_of(kept)
        there = groups_of(self._source, self.lane.source_stream)
        for party in self.parties:
            if self.group(party) not in there:  # somebody took it away; what was written is known by its id
                self._source.xgroup_create(self.lane.source_stream, self.group(party), id=party.first, mkstream=True)
        for reader in self._absent():
            if reader.begin == "$" and not reader.old_group:
                self._keep(BEGIN + reader.edge.encode(), newest(self._source, self.lane.source_stream))

    def _keep(self, field: bytes, value: bytes) -> None:
        """Keep what is true of the first look, whichever bridge it was that looked."""
        assert self._kept is not None
        if field not in self._kept:
            key = self.lane.joined_key
            self._source.hsetnx(key, field, value)
            kept: Any = self._source.hget(key, field)
            self._kept[field] = kept or value

    def _note(self, names: Mapping[str, bytes]) -> None:
        """Note each group of the target when it is first seen, and forget one that has gone."""
        assert self._kept is not None
        for field in [each for each in self._kept if each.startswith(SEEN) and each not in set(map(seen, names))]:
            self._source.hdel(self.lane.joined_key, field)
            del self._kept[field]
        for name, at in names.items():
            if seen(name) not in self._kept:
                with naming(self.lane.target):
                    written: Any = self._target.hvals(self.lane.written_key)
                # One that was given nothing yet, from the beginning, has all copies before it.
                self._keep(seen(name), ZERO if at == ZERO else max(written, key=order, default=ZERO))

    def _absent(self) -> list[Reader]:
        joined = {member.edge for party in self.parties for member in party.members}
        return [reader for reader in self.lane.readers if reader.edge not in joined]

    def _join(self, readers: Iterable[Reader], names: Mapping[str, bytes]) -> None:
        """Make one party of them: its group and what is known of it come in one transaction."""
        lane, stream = self.lane, self.lane.source_stream
        groups = groups_of(self._source, stream)
        members = tuple(self._member(reader, groups, names) for reader in readers)
        party = Party(len(self.parties) + 1, members)
        with self._source.pipeline(transaction=True) as pipe:
            pipe.watch(lane.joined_key)  # type: ignore[no-untyped-call]
            if pipe.hexists(lane.joined_key, str(party.rank)):
                self._kept = None  # another bridge was quicker
                return
            pipe.multi()
            pipe.xgroup_create(stream, self.group(party), id=party.first, mkstream=True)
            pipe.hset(lane.joined_key, str(party.rank), encoded(members))
            pipe.execute()
        self.parties.append(party)

    def _member(self, reader: Reader, groups: Mapping[str, bytes], names: Mapping[str, bytes]) -> Member:
        begin, pending = self._place(reader, groups)
        missed = self._missed(reader, names) if self.parties else ZERO
        told = tuple(each.decode() for each in pending)
        return Member(reader.edge, reader.form, begin.decode(), told, missed.decode(), reader.groups)

    def _place(self, reader: Reader, groups: Mapping[str, bytes]) -> tuple[bytes, list[bytes]]:
        """The last id that the reader's old group was given, and what it has not acknowledged, in order."""
        assert self._kept is not None
        lane, name = self.lane, reader.old_group
        if not name:
            return self._kept.get(BEGIN + reader.edge.encode(), reader.begin.encode()), []
        if name not in groups:
            raise MigrateError(
                f"{reader.edge}: {lane.source.shown} has no group {name} on {lane.source_stream}; name the right one "
                "as `group` of this edge in engines.yaml, or say with `begin` where to begin"
            )
        return groups[name], all_pending(self._source, lane.source_stream, name)

    def _missed(self, reader: Reader, names: Iterable[str]) -> bytes:
        """Up to which entry copies were there before the reader's group was first seen."""
        assert self._kept is not None
        return max((self._kept[seen(name)] for name in read_by(reader.groups, names)), key=order)


def seen(group: str) -> bytes:
    """The field that holds up to which entry copies were there when a group of the target was first seen."""
    return SEEN + group.encode("utf-8", "surrogateescape")


def groups_of(client: redis.Redis, stream: str) -> dict[str, bytes]:
    """The groups of a stream with the last id that each was given; none where there is no stream."""
    import redis

    try:
        found: list[dict[str, Any]] = client.xinfo_groups(stream)
    except redis.ResponseError as error:
        if "no such key" in str(error):
            return {}
        raise
    return {text(each["name"]): each["last-delivered-id"] for each in found}


def text(name: str | bytes) -> str:
    """A name as text, whatever bytes it has."""
    return name.decode("utf-8", "surrogateescape") if isinstance(name, bytes) else name


def all_pending(client: redis.Redis, stream: str, group: str) -> list[bytes]:
    """The ids of what a group was given and did not acknowledge, in their order; asked for in parts."""
    found: list[bytes] = []
    start = b"-"
    while True:
        rows: list[dict[str, Any]] = client.xpending_range(stream, group, start, "+", PAGE)
        found += [row["message_id"] for row in rows]
        if len(rows) < PAGE:
            return found
        start = b"(" + found[-1]


def newest(client: redis.Redis, stream: str) -> bytes:
    """The id of the last entry of a stream; where there is none, before all."""
    rows: Any = client.xrevrange(stream, count=1)
    return bytes(rows[0][0]) if rows else ZERO
