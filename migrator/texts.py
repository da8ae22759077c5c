"""The repository's Python files as a mapping, of which nothing is read before it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from hashlib import sha256
from typing import Protocol

from codemods.reading.lots import Lot
from migrator.asked import Asked
from migrator.blobs import Blobs
from migrator.repo import Entry, Repository


class Contents(Protocol):
    """The bytes of blobs by their numbers, however they are come by."""

    @property
    def ids(self) -> Sequence[str]:
        """The blobs; a blob's place in this is its number."""
        ...

    def read(self, number: int) -> bytes:
        """The bytes of a blob."""
        ...

    def lots(self, numbers: Iterable[int]) -> Iterator[tuple[bytes, Sequence[tuple[int, int]]]]:
        """The bytes of each, in this order, some at a time; and where in them each begins and ends."""
        ...


class Texts(Mapping[str, bytes]):
    """Path -> bytes, in the order of the paths. Only a look at a value reads."""

    def __init__(self, blobs: Contents, numbers: Mapping[str, int]) -> None:
        self._blobs = blobs
        self._numbers = numbers  # of their blobs, in the order of the paths

    @classmethod
    def of(cls, repository: Repository, entries: Iterable[Entry]) -> Texts:
        """The texts of these files of a commit."""
        ids = dict(sorted((entry.path, entry.blob) for entry in entries))
        blobs = Blobs(repository, ids.values())
        numbers = {blob: number for number, blob in enumerate(blobs.ids)}
        return cls(blobs, {path: numbers[blob] for path, blob in ids.items()})

    def only(self, wanted: Callable[[str], bool]) -> Texts:
        """Those of the wanted paths; what one of the two has read, the other need not read again."""
        return Texts(self._blobs, {path: number for path, number in self._numbers.items() if wanted(path)})

    def one_by_one(self, repository: Repository) -> Texts:
        """The same texts for whom looks at few of them: git is asked for no others."""
        return Texts(Asked(repository, self._blobs.ids), self._numbers)

    def blob(self, path: str) -> str:
        """The id of a file's blob, which stands for its bytes; "" where there is no such file."""
        number = self._numbers.get(path)
        return "" if number is None else self._blobs.ids[number]

    @cached_property
    def listing(self) -> str:
        """A digest of all paths and blobs: where it is the same, all texts are."""
        ids = self._blobs.ids
        lines = (f"{path}\0{ids[number]}\0" for path, number in self._numbers.items())
        return sha256("".join(lines).encode(errors="surrogateescape")).hexdigest()

    def __getitem__(self, path: str) -> bytes:
        return self._blobs.read(self._numbers[path])

    def lots(self, paths: Iterable[str]) -> Iterator[Lot]:
        """The texts of many paths, in this order; nothing of them is kept."""
        wanted, at = tuple(paths), 0
        for around, spans in self._blobs.lots(map(self._numbers.__getitem__, wanted)):
            yield Lot(wanted[at : at + len(spans)], spans, around)
            at += len(spans)

    def __iter__(self) -> Iterator[str]:
        return iter(self._numbers)

    def __len__(self) -> int:
        return len(self._numbers)

    def __contains__(self, path: object) -> bool:
        return path in self._numbers
