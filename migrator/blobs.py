"""File contents, written by git into a file without a name: memory holds none, and a second look asks git nothing."""

from __future__ import annotations

import os
from array import array
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from subprocess import Popen
from tempfile import TemporaryFile, gettempdir
from time import sleep
from weakref import finalize

from migrator.errors import FAILED, MigrateError
from migrator.repo import Repository

LOT = 1 << 16
"""Bytes that are read from the file at a time."""

LINE = 100
"""More than what git writes before a blob, and after the one before."""

PATIENCE = 0.002
"""Seconds after which is looked again whether git has written more; it writes a quarter of a megabyte meanwhile."""

LOST = -1
"""In the place of the size of what git does not have, or cannot read."""

ON_DISK = "/var/tmp"
"""Where a /tmp is memory, this is not."""


class Blobs:
    """These blobs of a repository. Git is asked for all of them at the first look, and writes them in this order."""

    def __init__(self, repository: Repository, wanted: Iterable[str]) -> None:
        self._repository = repository
        self.ids = tuple(dict.fromkeys(wanted))  # a blob's place in this is its number
        self._starts, self._sizes = array("q"), array("q")  # in the file, by number, of what was noted
        self._running, self._open = ExitStack(), ExitStack()
        finalize(self, _close, self._running, self._open)  # before a collector of cycles takes them apart, and warns
        self._file = self._open.enter_context(TemporaryFile(dir=folder(), buffering=0)).fileno()  # noqa: SIM115
        self._end = 0  # of the file, when it was looked at last
        self._due = 0  # where in it the next blob's header is
        self._lot, self._first = b"", 0  # what was read last, and where in the file it begins
        self._git: Popen[bytes] | None = None
        self._begun = -1  # the number of the blob at which git was started last

    def read(self, number: int) -> bytes:
        """The bytes of a blob."""
        start, size = self._place(number)
        return os.pread(self._file, size, start)

    def lots(self, numbers: Iterable[int]) -> Iterator[tuple[bytes, list[tuple[int, int]]]]:
        """Bytes with those of each in them, in this order, and from and up to where: at a time what follows each other.

        Between two of them there is no more than the line that git writes before each.
        """
        starts, sizes, lot, first, end = self._starts, self._sizes, b"", 0, 0
        spans: list[tuple[int, int]] = []
        for number in numbers:
            if number >= len(sizes) or starts[number] + sizes[number] > self._end:
                self._come(number)
            start, size = starts[number] - first, sizes[number]
            if not (spans and end <= start <= end + LINE and start + size <= len(lot)) or size == LOST:
                if spans:
                    yield lot, spans
                start, size = self._place(number)
                lot, first = self._around(start, size)
                start, spans = start - first, []
            end = start + size
            spans.append((start, end))
        if spans:
            yield lot, spans

    def _around(self, start: int, size: int) -> tuple[bytes, int]:
        """What holds these bytes of the file and more, and where it begins: what was read last, or what follows."""
        if self._first <= start <= start + size <= self._first + len(self._lot):
            return self._lot, self._first
        return os.pread(self._file, max(size, LOT), start), start

    def _place(self, number: int) -> tuple[int, int]:
        """Where in the file a blob is, and its size."""
        self._come(number)
        if self._sizes[number] == LOST:
            raise self._repository.missing(self.ids[number])
        return self._starts[number], self._sizes[number]

    def _come(self, number: int) -> None:
        """Wait until git has written a blob."""
        while not self._is_here(number):
            has_ended = self._wait()
            if not self._note() and has_ended and not self._is_here(number):
                self._start()

    def _is_here(self, number: int) -> bool:
        return number < len(self._sizes) and self._starts[number] + self._sizes[number] <= self._end

    def _wait(self) -> bool:
        """Wait until git has written another lot, or has ended; says which."""
        while True:
            has_ended = self._git is None or self._git.poll() is not None  # first: then it writes nothing after that
            self._end = os.fstat(self._file).st_size
            if has_ended or self._end - self._due >= LOT:
                return has_ended
            sleep(PATIENCE)

    def _note(self) -> bool:
        """Note where the blobs of the next lot are, those that it holds whole, or a larger one; whether there is any.

        Each has its id, type and size on a line before it, and a line end.
        """
        self._lot = lot = os.pread(self._file, LOT, self._due)
        self._first = first = self._due
        known = len(self._sizes)
        while (stop := lot.find(b"\n", self._due - first)) >= 0:
            header = lot[self._due - first : stop].split()
            start, size = first + stop + 1, int(header[2]) if header[1] == b"blob" else LOST
            due = start + size + 1  # nothing follows what is lost
            if due > first + len(lot) and len(self._sizes) > known:
                break  # it begins the next lot
            self._starts.append(start)
            self._sizes.append(size)
            self._due = due
        return len(self._sizes) > known

    def _start(self) -> None:
        """Start git on what it has not written. What it is at when it ends without anything noted, it cannot read."""
        self._running.close()
        if self._begun >= 0:
            self._look_for_room()
        if self._sizes and not self._is_here(len(self._sizes) - 1):
            del self._starts[-1], self._sizes[-1]
        if self._begun == len(self._sizes):
            self._starts.append(0)
            self._sizes.append(LOST)
        self._begun, self._due = len(self._sizes), self._end
        os.lseek(self._file, self._end, os.SEEK_SET)
        self._git = self._running.enter_context(self._repository.pour(self._file, self.ids[self._begun :]))

    def _look_for_room(self) -> None:
        """Git has ended early: MigrateError where that is because the file cannot grow."""
        try:
            os.pwrite(self._file, bytes(LOT), self._end)
        except OSError as error:
            self._begun = -1  # whoever looks next asks git again
            raise no_room(error) from error
        finally:
            os.ftruncate(self._file, self._end)


def _close(*stacks: ExitStack) -> None:
    for stack in stacks:
        stack.close()


def folder() -> str:
    """Where the file is: a disk, unless somebody chose another place for what is temporary."""
    is_chosen = any(os.environ.get(name) for name in ("TMPDIR", "TEMP", "TMP"))
    return gettempdir() if is_chosen or not os.access(ON_DISK, os.W_OK) else ON_DISK


def no_room(error: OSError) -> MigrateError:
    """What to say where the file cannot grow."""
    sentence = f"the Python files of the base cannot be kept in {folder()} ({error.strerror})"
    advice = "make room there, or set TMPDIR to a folder that has it, then run migrate again"
    return MigrateError(f"{sentence}; {advice}", FAILED)
