"""Texts looked at some at a time: most have nothing of what is looked for, and one search says so of all of a lot."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Protocol, runtime_checkable

from msgspec import Struct

Search = Callable[[bytes], bool]
"""Whether bytes have what is looked for. Bytes that hold others have whatever those have."""


class Lot(Struct, frozen=True):
    """Some texts that follow each other."""

    paths: Sequence[str]
    data: bytes  # all of them, and next to nothing else
    spans: Sequence[tuple[int, int]]  # of each in the data, from and up to where

    def __iter__(self) -> Iterator[tuple[str, bytes]]:
        return ((path, self.data[start:end]) for path, (start, end) in zip(self.paths, self.spans, strict=True))


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
    return (Lot((path,), data, ((0, len(data)),)) for path, data in ((path, texts[path]) for path in paths))


def walk(texts: Mapping[str, bytes], paths: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """The same, one by one."""
    return (pair for lot in lots(texts, paths) for pair in lot)


def having(texts: Mapping[str, bytes], paths: Iterable[str], search: Search) -> Iterator[tuple[str, bytes]]:
    """Those of these texts that have what is looked for, in this order."""
    for lot in lots(texts, paths):
        if search(lot.data):
            yield from lot if len(lot.paths) == 1 else (pair for pair in lot if search(pair[1]))
