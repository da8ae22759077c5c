"""What all texts hold, found in one pass that keeps none of them: who names what matters, and who imports what."""

from __future__ import annotations

import codecs
from collections.abc import Container, Iterable, Mapping

from msgspec import Struct, field

from codemods.reading.imported import Importers, Imports, dotted
from codemods.reading.lent import Lent
from codemods.reading.lots import Search, lots
from codemods.reading.source import POINTER
from codemods.reading.words import words_in
from codemods.settings import Engine, Settings

WIDE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)  # UTF-32's other one begins as the first
MARKS = (*WIDE_MARKS, POINTER)


class Index(Struct, frozen=True):
    """Which files are worth a first look, and who imports what. One index serves every engine."""

    words: tuple[bytes, ...]
    named: frozenset[str]  # the files with one of the first words
    imports: Importers
    tops: frozenset[str]  # the first part of every dotted name below the import root
    source_root: str
    lent: Lent = field(default_factory=Lent)

    def borrowers(self, engine: Engine, texts: Container[str]) -> set[str]:
        """The engine's files that import one with a first word from outside of it, which may give them a client.

        Where the lender is the engine's own, it is read anyway, and tells which names carry a client.
        """
        found: set[str] = set()
        lenders = sorted(path for path in self.named if path in texts and not engine.owns(path))
        for path in lenders:
            name, is_package = dotted(path, self.source_root), path.endswith("/__init__.py")
            last = name.rpartition(".")[2].encode(errors="surrogateescape")  # a path may be any bytes
            if not is_package and any(word in last for word in self.words):
                continue  # whoever imports it has the word too
            importers = {each for each in self.imports.of(name) if each in texts}
            own = {each for each in importers if engine.owns(each)}
            found |= own
            # What a package offers may be what it has imported itself.
            lenders += [each for each in importers - own if each.endswith("/__init__.py") and each not in lenders]
        return found

    def importers_of(self, engine: Engine) -> set[str]:
        """Files outside the engine that may import one of its modules: what they import has its folder in its name."""
        folders = {path.rpartition("/")[2].removesuffix(".py") for path in engine.paths}
        found = {path for folder in folders for path in self.imports.with_part(folder)}
        return found - engine.owned(found)

    def amended(self, texts: Mapping[str, bytes]) -> Index:
        """The index when these texts took the place of others. What those had still counts, and is more.

        A change adds imports of nothing but the target, which is among the first words.
        """
        named = {path for path, data in texts.items() if any(word in as_bytes(data) for word in self.words)}
        return Index(self.words, self.named | named, self.imports, self.tops, self.source_root)


def build_index(texts: Mapping[str, bytes], settings: Settings) -> Index:
    """The index of all these texts; each is read once, in the mapping's own order."""
    has_word, named, imports = first_word_search(settings), set(), Imports(texts.keys(), settings.source_root)
    for lot in lots(texts, texts):
        is_likely = lot.may_have(has_word)
        for path, data in lot:
            imports.add(path, data)
            if (is_likely or data.startswith(MARKS)) and is_named(data, has_word):
                named.add(path)
    return index_of(texts, named, imports, settings)


def first_word_search(settings: Settings) -> Search:
    """Says of bytes whether they have a first word, by telling which."""
    return words_in(first_words(settings))


def is_named(data: bytes, has_word: Search) -> bool:
    """Whether a file is worth a first look: what a pointer stands for may use Redis."""
    return bool(has_word(as_bytes(data))) or data.startswith(POINTER)


def index_of(paths: Iterable[str], named: Iterable[str], imports: Importers, settings: Settings) -> Index:
    """The index of the files at these paths, of which so much is known."""
    root = settings.source_root
    inside = f"{root}/" if root else ""
    tops = {path[len(inside) :].partition("/")[0].partition(".")[0] for path in paths if path.startswith(inside)}
    return Index(first_words(settings), frozenset(named), imports, frozenset(tops), root)


def as_bytes(data: bytes) -> bytes:
    """The bytes in which words are looked for: no Python reads UTF-16, but a file of it is not to be passed over."""
    if not data.startswith(WIDE_MARKS):
        return data
    wide = "utf-32" if data.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)) else "utf-16"
    return data.decode(wide, errors="replace").encode()


def first_words(settings: Settings) -> tuple[bytes, ...]:
    """What a file must contain one of to be worth a first look. One that holds another is not needed beside it."""
    words = {"redis", "migrate: keep", settings.target.module.rpartition(".")[2]}
    for wrapper in settings.wrappers:
        words |= {wrapper.module.rpartition(".")[2], *wrapper.client, *wrapper.config}
    return tuple(word.encode() for word in sorted(words) if not any(each in word for each in words - {word}))
