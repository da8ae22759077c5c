"""What all texts hold, found in one pass that keeps none of them: who names what matters, and who imports what."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass

from codemods.reading.imported import Imports, dotted
from codemods.settings import Engine, Settings


@dataclass(frozen=True, slots=True)
class Index:
    """Which files are worth a first look, and who imports what. One index serves every engine."""

    words: tuple[bytes, ...]
    named: frozenset[str]  # the files with one of the first words
    imports: Imports
    tops: frozenset[str]  # the first part of every dotted name below the import root
    source_root: str

    def borrowers(self, engine: Engine, texts: Container[str]) -> set[str]:
        """The engine's files that import one with a first word from outside of it, which may give them a client.

        Where the lender is the engine's own, it is read anyway, and tells which names carry a client.
        """
        found: set[str] = set()
        lenders = sorted(path for path in self.named if path in texts and not engine.owns(path))
        for path in lenders:
            name, is_package = dotted(path, self.source_root), path.endswith("/__init__.py")
            if not is_package and any(word in name.rpartition(".")[2].encode() for word in self.words):
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
        return {path for folder in folders for path in self.imports.with_part(folder) if not engine.owns(path)}

    def amended(self, texts: Mapping[str, bytes]) -> Index:
        """The index when these texts took the place of others. What those had still counts, and is more.

        A change adds imports of nothing but the target, which is among the first words.
        """
        named = {path for path, data in texts.items() if any(word in data for word in self.words)}
        return Index(self.words, self.named | named, self.imports, self.tops, self.source_root)


def build_index(texts: Mapping[str, bytes], settings: Settings) -> Index:
    """The index of all these texts; each is read once, in the mapping's own order."""
    root, words, named = settings.source_root, first_words(settings), set()
    imports = Imports(texts.keys(), root)
    for path, data in texts.items():
        for word in words:  # a plain search is many times as fast as a pattern, and as `any` of several
            if word in data:
                named.add(path)
                break
        imports.add(path, data)
    inside = (path for path in texts if not root or path.startswith(f"{root}/"))
    tops = frozenset(dotted(path, root).partition(".")[0] for path in inside)
    return Index(words, frozenset(named), imports, tops, root)


def first_words(settings: Settings) -> tuple[bytes, ...]:
    """What a file must contain one of to be worth a first look. One that holds another is not needed beside it."""
    words = {"redis", "migrate: keep", settings.target.module.rpartition(".")[2]}
    for wrapper in settings.wrappers:
        words |= {wrapper.module.rpartition(".")[2], *wrapper.client, *wrapper.config}
    return tuple(word.encode() for word in sorted(words) if not any(each in word for each in words - {word}))
