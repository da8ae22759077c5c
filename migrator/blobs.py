"""File contents, written by git into a file without a name: memory holds none, and a second look asks git nothing."""

from __future__ import annotations

import fcntl
import os
from array import array
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, suppress
from io import BytesIO
from tempfile import TemporaryFile, gettempdir
from typing import BinaryIO
from weakref import finalize

from migrator.errors import FAILED, MigrateError
from migrator.repo import Repository

LOT = 1 << 16
"""Bytes that are read from the file at a time."""

TAKEN = 1 << 18
"""Bytes that are taken from git at a time: git goes on meanwhile, and fills a pipe that holds four times as many."""

LOST = -1
"""In the place of the size of what git does not have, or cannot read."""

ON_DISK = "/var/tmp"
"""Where a /tmp is memory, this is not."""


class Blobs:
    """These blobs of a repository. Git is asked for all of them at the first look, and sends them in this order."""

    def __init__(self, repository: Repository, wanted: Iterable[str]) -> None:
        self._repository = repository
        self.ids = tuple(dict.fromkeys(wanted))  # a blob's place in this is its number
        self._starts, self._sizes = array("q"), array("q")  # in the file, by number, of what has come
        self._git, self._open = ExitStack(), ExitStack()
        finalize(self, _close, self._git, self._open)  # before a collector of cycles takes them apart, and warns
        self._file = self._open.enter_context(TemporaryFile(dir=folder(), buffering=0)).fileno()  # noqa: SIM115
        self._end = 0  # of the file
        self._due = 0  # where in it the next blob's header is
        self._rest = b""  # of what came last, the part of a header
        self._out: BinaryIO = BytesIO()  # of git
        self._begun = -1  # the number of the blob at which git was started last

    def read(self, number: int) -> bytes:
        """The bytes of a blob."""
        start, size = self._place(number)
        return os.pread(self._file, size, start)

    def walk(self, numbers: Iterable[int]) -> Iterator[bytes]:
        """The bytes of each, in this order; many are read at a time where they follow each other."""
        lot, first, last = b"", 0, 0
        for number in numbers:
            start, size = self._place(number)
            if not first <= start <= start + size <= last:
                lot, first = os.pread(self._file, max(size, LOT), start), start
                last = first + len(lot)
            yield lot[start - first : start - first + size]

    def _place(self, number: int) -> tuple[int, int]:
        """Where in the file a blob is, and its size."""
        while not self._is_here(number):
            self._take()
        if self._sizes[number] == LOST:
            raise self._repository.missing(self.ids[number])
        return self._starts[number], self._sizes[number]

    def _is_here(self, number: int) -> bool:
        return number < len(self._sizes) and self._starts[number] + self._sizes[number] <= self._end

    def _take(self) -> None:
        """Take the next lot from git, which is started if it has not been, or has ended before it was through."""
        lot = self._out.read(TAKEN)
        if not lot:
            self._start()
            return
        try:
            written = 0
            while written < len(lot):
                written += os.pwrite(self._file, lot[written:], self._end + written)
        except OSError as error:
            self._out, self._begun = BytesIO(), -1  # whoever looks next asks git again
            raise _no_room(error) from error
        self._note(lot)

    def _note(self, lot: bytes) -> None:
        """Note where the blobs of a lot are: each has its id, type and size on a line before it, and a line end."""
        data, before = self._rest + lot, self._end - len(self._rest)
        self._end += len(lot)
        self._rest = b""
        while self._due < self._end:
            at = self._due - before
            stop = data.find(b"\n", at)
            if stop < 0:
                self._rest = data[at:]
                return
            header = data[at:stop].split()
            size = int(header[2]) if header[1] == b"blob" else LOST
            self._starts.append(before + stop + 1)
            self._sizes.append(size)
            self._due = before + stop + 1 + size + 1  # nothing follows what is lost

    def _start(self) -> None:
        """Start git on what it has not sent. What it is at when it ends without anything sent, it cannot read."""
        self._git.close()
        if self._sizes and not self._is_here(len(self._sizes) - 1):
            del self._starts[-1], self._sizes[-1]
        if self._begun == len(self._sizes):
            self._starts.append(0)
            self._sizes.append(LOST)
        self._begun, self._due, self._rest = len(self._sizes), self._end, b""
        self._out = self._git.enter_context(self._repository.contents(self.ids[self._begun :]))
        _widen(self._out)


def _widen(pipe: BinaryIO) -> None:
    """Let a pipe hold more, where it can: the two at its ends wait for each other less often, a tenth of their time."""
    if size := getattr(fcntl, "F_SETPIPE_SZ", 0):
        with suppress(OSError):  # a user may have a limit for all pipes together
            fcntl.fcntl(pipe.fileno(), size, 4 * TAKEN)


def _close(*stacks: ExitStack) -> None:
    for stack in stacks:
        stack.close()


def folder() -> str:
    """Where the file is: a disk, unless somebody chose another place for what is temporary."""
    is_chosen = any(os.environ.get(name) for name in ("TMPDIR", "TEMP", "TMP"))
    return gettempdir() if is_chosen or not os.access(ON_DISK, os.W_OK) else ON_DISK


def _no_room(error: OSError) -> MigrateError:
    sentence = f"the Python files of the base cannot be kept in {folder()} ({error.strerror})"
    advice = "make room there, or set TMPDIR to a folder that has it, then run migrate again"
    return MigrateError(f"{sentence}; {advice}", FAILED)
