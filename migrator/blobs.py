"""File contents from one git process that stays open, with a cache that is bounded in bytes."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from io import BufferedReader, BytesIO, FileIO
from sys import getsizeof
from typing import TYPE_CHECKING, BinaryIO
from weakref import finalize

from migrator.git_command import stop
from migrator.repo import Repository

if TYPE_CHECKING:
    from git import Git

AT_ONCE = 30
"""Blobs for which git is asked at a time on a walk, twice: so many lines are in a pipe's 4 kB, whatever their ids."""

MOST_HELD = 1 << 20
"""Bytes that are kept, those that were used last: the files that matter in one engine are looked at in rounds."""


class Blobs:
    """The blobs of a repository, each read when it is asked for. Git is at work on those asked ahead meanwhile."""

    def __init__(self, repository: Repository, most: int = MOST_HELD) -> None:
        self.held = 0  # bytes in the cache
        self._most = most
        self._repository = repository
        self._cache: OrderedDict[str, bytes] = OrderedDict()
        self._asked: deque[str] = deque()  # what git has been told to send, and has not been taken from it
        self._git: Git.AutoInterrupt | None = None
        self._out: BinaryIO = BytesIO()
        self._stop: Callable[[], object] = tuple

    def read(self, blob: str, ahead: Callable[[], Iterable[str]] = tuple) -> bytes:
        """The bytes of a blob. Where git must be asked, it is asked for those that `ahead` gives as well.

        Those are few: git may be busy sending while it is asked, and what a pipe takes then is 4 kB at least.
        """
        if blob in self._cache:
            self._cache.move_to_end(blob)
            return self._cache[blob]
        found = None
        wanted = [blob, *(each for each in ahead() if self._is_new(each))]
        if blob in self._asked or self._ask(dict.fromkeys(wanted)):
            found = self._take(blob)
        if found is None and self._git is None and self._ask([blob]):  # something before it has ended git
            found = self._take(blob)
        if found is None:
            raise self._repository.missing(blob)
        return found

    def walk(self, blobs: Sequence[str]) -> Iterator[bytes]:
        """The bytes of each, in this order and none of them kept: a third of the time of reading them one by one."""
        for number, blob in enumerate(blobs):
            if number % AT_ONCE == 0:  # the next ones, so that git is at work on them while these are looked at
                self._ask(blobs[number + AT_ONCE if number else 0 : number + 2 * AT_ONCE])
            found = None
            if self._asked and self._asked[0] == blob:  # otherwise somebody read another one meanwhile
                self._asked.popleft()
                found = self._next()
            yield self.read(blob) if found is None else found

    def _is_new(self, blob: str) -> bool:
        return blob not in self._cache and blob not in self._asked

    def _ask(self, blobs: Iterable[str]) -> bool:
        """Whether git has been asked for these."""
        if self._git is None:
            self._git = self._repository.git.converse("cat-file", "--batch")
            self._stop = finalize(self, stop, self._git)  # before a collector of cycles takes it apart, and warns
            self._out = BufferedReader(FileIO(self._git.stdout.fileno(), closefd=False), 1 << 16)
        wanted = tuple(blobs)
        try:
            self._git.stdin.write("\n".join([*wanted, ""]).encode())
            self._git.stdin.flush()
        except BrokenPipeError:
            self._end()
            return False
        self._asked.extend(wanted)
        return True

    def _take(self, blob: str) -> bytes | None:
        """A blob that was asked for, with all that git sends before it kept; None where git does not have it."""
        while self._asked:
            current = self._asked.popleft()
            found = self._next()
            if found is not None:
                self._keep(current, found)
            if current == blob:
                return found
        return None

    def _next(self) -> bytes | None:
        """What git sends next; None where it says that there is no such blob, or breaks off."""
        assert self._git is not None
        header = self._out.readline().split()
        if header[1:2] == [b"blob"]:
            size = int(header[2])
            content = self._out.read(size)
            if self._out.read(1):  # the line end after each blob
                return content
        elif header[1:] == [b"missing"]:
            return None
        self._end()
        return None

    def _keep(self, blob: str, content: bytes) -> None:
        self._cache[blob] = content
        self.held += getsizeof(content)
        while self.held > self._most:
            self.held -= getsizeof(self._cache.popitem(last=False)[1])

    def _end(self) -> None:
        self._asked.clear()
        self._stop()
        self._git = None
