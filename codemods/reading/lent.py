"""Files that several engines read, such as one that makes a client for all: each is parsed once, and its tree kept."""

from __future__ import annotations

from codemods.reading.source import Source, read_source

LEAST, MOST = 8_000, 50_000
"""Bytes of a file from which on its tree is kept, for less is parsed in a millisecond; and of all that are kept.

Their trees take 45 times as much.
"""


class Lent:
    """Sources of files that their readers do not own. Nobody may give up a part of such a tree."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[bytes, Source]] = {}
        self._left = MOST

    def source(self, path: str, data: bytes) -> Source:
        """The source of these bytes; UnreadableError as of `read_source`."""
        before, known = self._known.get(path, (b"", None))
        if known is not None and before == data:
            return known
        source = read_source(path, data)
        if LEAST <= len(data) <= self._left:
            self._left -= len(data)
            self._known[path] = data, source
        return source

    def __contains__(self, path: str) -> bool:
        return path in self._known

    def __reduce__(self) -> tuple[type[Lent], tuple[()]]:
        return Lent, ()  # what is sent elsewhere begins anew there
