"""File contents that git is asked for when they are looked at, where most of them never are."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, suppress
from itertools import accumulate, islice, pairwise, takewhile
from tempfile import TemporaryFile
from typing import BinaryIO
from weakref import finalize

from migrator.blobs import folder, no_room
from migrator.repo import Repository

LOT = 16
"""Blobs that are asked for at a time. Their ids fit into any pipe, so that git and we never wait for each other."""


class Asked:
    """These blobs of a repository. Each is asked for once, and kept in a file without a name."""

    def __init__(self, repository: Repository, ids: Sequence[str]) -> None:
        self._repository = repository
        self.ids = ids  # a blob's place in this is its number
        self._places: dict[int, tuple[int, int]] = {}  # of those that came: where in the file, and the size
        self._open = ExitStack()
        self._git = self._open.enter_context(ExitStack())
        finalize(self, self._open.close)  # before a collector of cycles takes it apart, and warns
        self._file = self._open.enter_context(TemporaryFile(dir=folder(), buffering=0)).fileno()  # noqa: SIM115
        self._end = 0  # of the file
        self._pipes: tuple[BinaryIO, BinaryIO] | None = None  # to git and from it

    def read(self, number: int) -> bytes:
        """The bytes of a blob."""
        self._fetch([number])
        return self._bytes(number)

    def lots(self, numbers: Iterable[int]) -> Iterator[tuple[bytes, list[tuple[int, int]]]]:
        """The bytes of each, in this order, some at a time; and where in them each begins and ends."""
        rest = iter(numbers)
        while lot := tuple(islice(rest, LOT)):
            self._fetch(lot)
            known = tuple(takewhile(self._places.__contains__, lot))
            ends = tuple(accumulate(self._places[number][1] for number in known))
            if known:
                yield b"".join(map(self._bytes, known)), list(pairwise((0, *ends)))
            if known != lot:
                raise self._repository.missing(self.ids[lot[len(known)]])

    def _bytes(self, number: int) -> bytes:
        if number not in self._places:
            raise self._repository.missing(self.ids[number])
        start, size = self._places[number]
        return os.pread(self._file, size, start)

    def _fetch(self, numbers: Sequence[int]) -> None:
        """Have these blobs in the file. What a new git is at when it ends without an answer, it cannot read."""
        wanted = [number for number in dict.fromkeys(numbers) if number not in self._places]
        while wanted:
            is_new = self._pipes is None
            answered = self._ask(wanted)
            wanted = wanted[answered or is_new :]

    def _ask(self, wanted: Sequence[int]) -> int:
        """How many of these git gave an answer to; it is gone if that is not all."""
        answered = 0
        try:
            if self._pipes is None:
                self._pipes = self._git.enter_context(self._repository.asked())
            asking, telling = self._pipes
            with suppress(BrokenPipeError):
                asking.write("".join(f"{self.ids[number]}\n" for number in wanted).encode())
                asking.flush()
                while answered < len(wanted) and self._take(wanted[answered], telling):
                    answered += 1
        finally:
            if answered < len(wanted):  # whatever comes in between, the next answer is not to be taken for another's
                self._git.close()
                self._pipes = None
        return answered

    def _take(self, number: int, telling: BinaryIO) -> bool:
        """Take git's answer to this one, a line and perhaps bytes and a line end; whether there is one, and whole."""
        header = telling.readline().split()
        if len(header) < 3:
            return bool(header)  # it is missing
        size = int(header[2])
        data = telling.read(size + 1)[:-1]
        if len(data) == size and header[1] == b"blob":
            self._keep(number, data)
        return len(data) == size

    def _keep(self, number: int, data: bytes) -> None:
        try:
            written = 0
            while written < len(data):
                written += os.pwrite(self._file, data[written:], self._end + written)
        except OSError as error:
            raise no_room(error) from error
        self._places[number] = self._end, len(data)
        self._end += len(data)
