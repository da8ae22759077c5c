"""Counts what went from a stream before a group was given it: trimmed, or deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import redis


class Removed:
    """Of one group: how many entries since the stream began it has been past, where that is known.

    A server before 7.0 does not count, and a group that began in the middle is not placed until it has read to the
    end: nothing is told then. Entries that were read and deleted out of the middle can hide some, and never add any.
    """

    def __init__(self, source: redis.Redis, stream: str, group: str) -> None:
        self._source, self._stream, self._group = source, stream, group
        self._past: int | None = None

    def look(self) -> int:
        """How many went unread since the last look."""
        asked = self._source.pipeline(transaction=True)
        asked.xinfo_stream(self._stream)
        asked.xinfo_groups(self._stream)
        stream, groups = asked.execute()
        read = read_by(groups, self._group)
        if read is not None:
            self._past = max(read, self._past or 0)
        if self._past is None or "entries-added" not in stream:
            return 0
        gone: int = max(stream["entries-added"] - stream["length"] - self._past, 0)
        self._past += gone
        return gone

    def passed(self, count: int) -> None:
        """The group was given so many."""
        if self._past is not None:
            self._past += count


def read_by(groups: list[dict[str, Any]], name: str) -> int | None:
    """How many entries a group has been past, as the server counts."""
    found: list[int | None] = [each.get("entries-read") for each in groups if each["name"] == name.encode()]
    return found[0] if found else None
