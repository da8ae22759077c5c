"""How much is carried at a time: a bound of bytes, whatever an entry weighs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

MOST = 500  # entries in memory at a time
FIRST = 8  # entries of the first portion: what they weigh is not known yet
BYTES = 16_000_000  # of a portion, and of a transaction; more than one entry has them at most once

Value = TypeVar("Value")


class Portion:
    """How many entries are read at a time: more and more, as long as the heaviest of late would fit so often."""

    def __init__(self) -> None:
        self.count = FIRST

    def learn(self, weights: Iterable[int]) -> None:
        """Take what was read as a measure of what comes."""
        heaviest = max(weights, default=0)
        self.count = max(1, min(MOST, 2 * self.count, BYTES // max(heaviest, 1)))


def weight(fields: Mapping[bytes, bytes] | None) -> int:
    """The bytes of an entry; of one that was trimmed, none."""
    return sum(map(len, fields)) + sum(map(len, fields.values())) if fields else 0


def parts(entries: Sequence[Value], weights: Sequence[int]) -> Iterator[Sequence[Value]]:
    """The entries in order, in parts that each stay within the bound, or are one entry."""
    begin, total = 0, 0
    for at, heavy in enumerate(weights):
        if total + heavy > BYTES and at > begin:
            yield entries[begin:at]
            begin, total = at, 0
        total += heavy
    if begin < len(entries):
        yield entries[begin:]
