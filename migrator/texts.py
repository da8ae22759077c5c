"""The repository's Python files as a mapping, of which nothing is read before it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from migrator.blobs import Blobs
from migrator.repo import Entry, Repository


class Texts(Mapping[str, bytes]):
    """Path -> bytes, in the order of the paths. Only a look at a value reads."""

    def __init__(self, blobs: Blobs, ids: Mapping[str, str]) -> None:
        self._blobs = blobs
        self._paths = tuple(sorted(ids))
        self._ids = ids

    @classmethod
    def of(cls, repository: Repository, entries: Iterable[Entry]) -> Texts:
        """The texts of these files of a commit."""
        ids = {entry.path: entry.blob for entry in entries}
        return cls(Blobs(repository, (ids[path] for path in sorted(ids))), ids)

    def only(self, wanted: Callable[[str], bool]) -> Texts:
        """Those of the wanted paths; what one of the two has read, the other need not read again."""
        return Texts(self._blobs, {path: self._ids[path] for path in self._paths if wanted(path)})

    def __getitem__(self, path: str) -> bytes:
        return self._blobs.read(self._ids[path])

    def walk(self, paths: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """The texts of many paths, in this order; nothing of them is kept."""
        wanted = tuple(paths)
        return zip(wanted, self._blobs.walk(map(self._ids.__getitem__, wanted)), strict=True)

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)

    def __contains__(self, path: object) -> bool:
        return path in self._ids
