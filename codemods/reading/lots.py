"""Texts looked at some at a time: most have nothing of what is looked for, and one search says so of all of a lot."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Protocol, runtime_checkable

from msgspec import Struct

Search = Callable[[bytes], object]
"""Whether bytes have what is looked for, be it by telling what. Bytes that hold others have whatever those have."""

MANY = 5
"""Texts of a lot from which on one search of all of them takes less than one of each."""


class Lot(Struct, frozen=True):
    """Some texts that follow each other."""

    paths: Sequence[str]
    spans: Sequence[tuple[int, int]]  # of each in the bytes, from and up to where
    around: bytes  # what they are in

    @classmethod
    def of(cls, path: str, data: bytes) -> Lot:
        """One text by itself."""
        return cls((path,), ((0, len(data)),), data)

    def __iter__(self) -> Iterator[tuple[str, bytes]]:
        return ((path, self.around[start:end]) for path, (start, end) in zip(self.paths, self.spans, strict=True))

    def may_have(self, search: Search) -> bool:
        """Whether one of the texts may have what is looked for; a few large ones are no faster to search together."""
        return len(self.paths) < MANY or bool(search(self.around[self.spans[0][0] : self.spans[-1][1]]))


@runtime_checkable
class Lots(Protocol):
    """Texts that can be read some at a time."""

    def lots(self, paths: Iterable[str]) -> Iterator[Lot]:
        """The texts of these paths, in this order."""
        ...


def lots(texts: Mapping[str, bytes], paths: Iterable[str]) -> Iterator[Lot]:
    """The texts of these paths, in this order, each looked at once."""
    if isinstance(texts, Lots):
        return texts.lots(paths)
    return (Lot.of(path, texts[path]) for path in paths)


def walk(texts: Mapping[str, bytes], paths: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """The same, one by one."""
    return (pair for lot in lots(texts, paths) for pair in lot)


def having(texts: Mapping[str, bytes], paths: Iterable[str], search: Search) -> Iterator[tuple[str, bytes]]:
    """Those of these texts that have what is looked for, in this order."""
    for lot in lots(texts, paths):
        if lot.may_have(search):
            yield from (pair for pair in lot if search(pair[1]))
