"""The index of all Python files, remembered file by file: only those that are new are read for it."""

from __future__ import annotations

from msgspec import Struct

from codemods.reading.imported import Imports, import_lines
from codemods.reading.index import Index, build_index, first_word_search, first_words, index_of, is_named
from codemods.reading.lots import Search, walk
from codemods.settings import Settings
from migrator.remembered.memory import Memory
from migrator.repo import Repository
from migrator.texts import Texts

FEW = 8
"""Where one file in so many is new, git is asked for all of them at once: one by one it would take as long."""


class FirstLook(Struct, frozen=True, array_like=True):
    """What the index takes from a file's bytes, wherever it is."""

    is_named: bool
    imports: tuple[bytes, ...]  # the lines that import something

    @classmethod
    def at(cls, data: bytes, has_word: Search) -> FirstLook:
        """The first look at these bytes."""
        return cls(is_named(data, has_word), tuple(line for lines in import_lines(data) for line in lines if line))


def remembered_index(memory: Memory, repository: Repository, texts: Texts, settings: Settings) -> tuple[Index, Texts]:
    """The index of these texts, and the texts in the form in which the others are best read."""
    if not memory:
        return build_index(texts, settings), texts
    given = (str(repository.common_dir), first_words(settings))
    looks = memory.load("first looks", given, dict[str, FirstLook]) or {}
    new = [path for path in texts if texts.blob(path) not in looks]
    if len(new) * FEW < len(texts):
        texts = texts.one_by_one(repository)
    if new:
        looks = _with(looks, new, texts, settings)
        memory.save("first looks", given, looks)
    imports, named = Imports(texts.keys(), settings.source_root), set()
    for path in texts:
        look = looks[texts.blob(path)]
        imports.add_lines(path, look.imports)
        if look.is_named:
            named.add(path)
    return index_of(texts, named, imports, settings), texts


def _with(looks: dict[str, FirstLook], new: list[str], texts: Texts, settings: Settings) -> dict[str, FirstLook]:
    """The first looks at all these texts; of others, as many as there are of them, for whoever goes back to those."""
    has_word = first_word_search(settings)
    read = {texts.blob(path): FirstLook.at(data, has_word) for path, data in walk(texts, new)}
    mine = {blob: read.get(blob) or looks[blob] for blob in map(texts.blob, texts)}
    others = [blob for blob in looks if blob not in mine][: len(mine)]
    return mine | {blob: looks[blob] for blob in others}
