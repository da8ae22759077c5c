"""What a piece of work asks of the code while it is done: what comes of it is good as long as the answers are these."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from codemods.reading.lots import lots

if TYPE_CHECKING:
    from codemods.reading.imported import Importers
    from codemods.reading.index import Index
    from codemods.reading.lots import Lot
    from migrator.texts import Texts


class Questions(Struct, frozen=True, array_like=True):
    """All that was asked, besides what the index says of all files: that is little, and always counts."""

    read: tuple[str, ...]  # the paths whose bytes were looked at
    sought: tuple[str, ...]  # those that were asked whether there is such a file
    all_paths: bool  # whether somebody went through them
    importers: tuple[str, ...]  # the modules whose importers were asked for
    parts: tuple[str, ...]  # the parts of names whose importers were asked for

    def answers(self, texts: Texts, index: Index) -> str:
        """A digest of what this code answers. Work that asks the same and is told the same comes to the same."""
        whole = sha256()
        for group in self._answers(texts, index):
            answers = tuple(group)
            whole.update("\0".join((str(len(answers)), *answers, "")).encode(errors="surrogateescape"))
        return whole.hexdigest()

    def _answers(self, texts: Texts, index: Index) -> Iterator[Iterable[str]]:
        yield map(texts.blob, self.read)
        yield ("there" if path in texts else "" for path in self.sought)
        yield texts if self.all_paths else ()
        yield sorted(index.named)
        yield sorted(index.tops)
        for name in self.importers:
            yield sorted(index.imports.of(name))
        for part in self.parts:
            yield sorted(index.imports.with_part(part))


class Notes:
    """Notes each question while it is asked."""

    def __init__(self) -> None:
        self.read: set[str] = set()
        self.sought: set[str] = set()
        self.all_paths = False
        self.importers: set[str] = set()
        self.parts: set[str] = set()

    @property
    def questions(self) -> Questions:
        """Those that were asked so far. Whoever knows all paths has nothing to seek."""
        sought = set() if self.all_paths else self.sought - self.read
        return Questions(
            _in_order(self.read), _in_order(sought), self.all_paths, _in_order(self.importers), _in_order(self.parts)
        )

    def of(self, texts: Mapping[str, bytes], index: Index) -> tuple[Mapping[str, bytes], Index]:
        """The same code, of which each question is noted here."""
        return NotedTexts(texts, self), replace(index, imports=NotedImports(index.imports, self))


class NotedTexts(Mapping[str, bytes]):
    """Texts that note what is asked of them."""

    def __init__(self, texts: Mapping[str, bytes], notes: Notes) -> None:
        self._texts, self._notes = texts, notes

    def __getitem__(self, path: str) -> bytes:
        self._notes.read.add(path)
        return self._texts[path]

    def lots(self, paths: Iterable[str]) -> Iterator[Lot]:
        """The texts of many paths, in this order."""
        wanted = tuple(paths)
        self._notes.read.update(wanted)
        return lots(self._texts, wanted)

    def __contains__(self, path: object) -> bool:
        if isinstance(path, str):
            self._notes.sought.add(path)
        return path in self._texts

    def __iter__(self) -> Iterator[str]:
        self._notes.all_paths = True
        return iter(self._texts)

    def __len__(self) -> int:
        self._notes.all_paths = True
        return len(self._texts)


class NotedImports:
    """Imports that note who is asked for."""

    def __init__(self, imports: Importers, notes: Notes) -> None:
        self._imports, self._notes = imports, notes

    def of(self, name: str) -> Sequence[str]:
        """The files that import a module, or something from it."""
        self._notes.importers.add(name)
        return self._imports.of(name)

    def with_part(self, part: str) -> set[str]:
        """The files with an import in whose name this is a part between dots."""
        self._notes.parts.add(part)
        return self._imports.with_part(part)


def _in_order(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(names))
