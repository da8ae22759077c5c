"""Which files of an engine are read at all: bytes first, then round by round what is found to carry a client."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from codemods.reading import atoms, legacy
from codemods.reading.callers import class_mentions
from codemods.reading.contract import module_candidates
from codemods.reading.flow import Program, follow
from codemods.reading.imported import dotted
from codemods.reading.index import Index
from codemods.reading.lost import has_command
from codemods.reading.lots import having, walk
from codemods.reading.outline import read_module
from codemods.reading.scopes import Module, stored
from codemods.reading.source import Source, UnreadableError, read_source
from codemods.reading.unseen import calls_in_bytes, has_message
from codemods.reading.words import any_alone, search_for, words_in
from codemods.settings import Engine, Settings

LEAN_FROM = 300_000
"""Characters of an engine from which on the trees of functions that are not read are given up: all take 13 MB then.

Each that is read after all is parsed a second time.
"""


class Selection:
    """The files of one engine that matter, read as they turn out to. `index` is of these texts, or of more.

    What is in `known` was read already; a lean selection gives trees up, and is given none.
    """

    def __init__(
        self,
        engine: Engine,
        texts: Mapping[str, bytes],
        settings: Settings,
        index: Index,
        lean: bool = False,
        known: Mapping[str, Source] | None = None,
    ) -> None:
        self.known = {} if known is None or lean else known
        self.engine, self.texts, self.settings, self.index, self.lean = engine, texts, settings, index, lean
        self.names = _Names(engine, texts, settings)
        self.left_out = _implementations(settings) | _copies(engine, settings)
        self.worth = {path for path in index.named if path in texts} - self.left_out
        self.hits = {path for path in self.worth if engine.owns(path)} | index.borrowers(engine, texts) - self.left_out
        self._first = [word.decode() for word in index.words]
        self.modules: dict[str, Module] = {}
        self.bytes = 0  # of what was read
        self.unreadable: dict[str, UnreadableError] = {}
        self._sought: set[str] = set()
        self._may_lose = False
        self._may_tell = False
        self._homes: set[str] = set()
        self._called: set[str] = set()  # the names whose callers were looked for

    @property
    def faults(self) -> list[UnreadableError]:
        """The files that cannot be read, in the order of their paths."""
        return [self.unreadable[path] for path in sorted(self.unreadable)]

    def program(self) -> Program | None:
        """The program of all files that matter so far; None where none does."""
        while True:
            self._read(self.hits | self._lenders())
            if not self.modules:
                return None
            program = follow(self._whole())
            found = self._carrying(program) | self.asked_for(program)
            if not found:
                return program
            program.forget()
            self.hits |= found

    def asked_for(self, program: Program) -> set[str]:
        """The files that somebody asked for, and that were not looked at yet: a program of them too says more."""
        unseen = program.missing - self.left_out - self.modules.keys() - self.unreadable.keys()
        return unseen | self._naming(program.sought)

    def _naming(self, names: set[str]) -> set[str]:
        """The files that were not looked at yet, and that have one of these names."""
        fresh = names - self._called
        if not fresh:
            return set()
        self._called |= fresh
        unseen = self._within - self.hits - self.unreadable.keys()
        has_word = search_for(sorted(name.encode() for name in fresh))
        return {path for path, _ in having(self.texts, sorted(unseen), has_word)}

    def add(self, paths: set[str]) -> None:
        """Have these files in the next program."""
        self.hits |= paths

    def _lenders(self) -> set[str]:
        """Files outside the engine that are worth a look, and that a file of it imports."""
        found: set[str] = set()
        others = {path for path in self.worth if not self.engine.owns(path)}
        while True:
            readers = self.hits | found
            fresh = {path for path in others - found if self._importers(path) & readers}
            if not fresh:
                return found
            found |= fresh

    def _importers(self, path: str) -> set[str]:
        return set(self.index.imports.of(dotted(path, self.settings.source_root)))

    def _read(self, paths: Iterable[str]) -> None:
        fresh = sorted(set(paths) - self.modules.keys() - self.unreadable.keys())
        for left, path in zip(reversed(range(len(fresh))), fresh, strict=True):
            try:
                source = self.known.get(path) or self._source(path)
                self.bytes += len(source.text)
                is_lean = self.lean and self._is_large(left) and path not in self.index.lent
                name = dotted(path, self.settings.source_root)
                self.modules[path] = read_module(source, name, is_lean, self._first)
            except UnreadableError as error:
                self.unreadable[path] = error

    def _is_large(self, left: int) -> bool:
        """Whether the engine is, if the files that are left have the size of those that were read."""
        read = len(self.modules) + 1
        return self.bytes * (read + left) > LEAN_FROM * read

    def _source(self, path: str) -> Source:
        data = self.texts[path]
        return read_source(path, data) if self.engine.owns(path) else self.index.lent.source(path, data)

    def _whole(self) -> Program:
        modules = {path: self.modules[path] for path in sorted(self.modules)}
        return Program(self.settings, modules, self.names, first_party=self.index.tops)

    def _carrying(self, program: Program) -> set[str]:
        """The files that name what carries something, and that were not looked at yet."""
        words, passing = self._fresh_words(program), self._passing_on(program)
        loses, tells = self._loses(program), self._tells(program)
        unseen = self._within - self.hits - self.unreadable.keys()
        found = {path for path, data in walk(self.texts, sorted(unseen & passing)) if b"import *" in data}
        if not (words or loses or tells):
            return found

        find = words_in(sorted(words.union(calls_in_bytes(self.settings) if tells else ())))

        def of_its_own(data: bytes) -> bool:
            return (loses and has_command(data)) or (tells and has_message(self.settings, data))

        for path, data in having(self.texts, sorted(unseen), lambda data: find(data) or (loses and has_command(data))):
            if any_alone(words.intersection(find(data)), data) or (self.engine.owns(path) and of_its_own(data)):
                found.add(path)
        return found

    @cached_property
    def _within(self) -> set[str]:
        """The files that may name what the engine carries."""
        own = self.engine.owned(self.texts)
        return (own | (self.index.importers_of(self.engine) & self.texts.keys())) - self.left_out

    # What no file has that was not looked at yet, is not looked for again.

    def _fresh_words(self, program: Program) -> set[bytes]:
        """The words of this round."""
        fresh = {word for word in _carriers(program) - self._sought if not self._is_first(word)}
        self._sought |= fresh
        return {word.encode() for word in fresh}

    def _loses(self, program: Program) -> bool:
        """Whether a client may get lost from this round on, so that any stream command may be its own."""
        before = self._may_lose
        warm = program.demand.warm
        self._may_lose = before or any(legacy.flavour(atom.name) for cell in warm for atom in program.cells[cell])
        return self._may_lose and not before

    def _tells(self, program: Program) -> bool:
        """Whether a client of a wrapper is there from this round on, so that any message may be its own."""
        before, demand = self._may_tell, program.demand
        names = {wrapper.module for wrapper in self.settings.wrappers}
        held = (atom for cell in demand.warm for atom in program.cells[cell])
        self._may_tell = before or any(atom.kind == atoms.CLIENT and atom.name in names for atom in held)
        return self._may_tell and not before

    def _passing_on(self, program: Program) -> set[str]:
        """The files that import one with a name of what carries something, and so may pass it on without naming it."""
        homes = {cell[1] for cell in program.demand.warm if cell[0] == "name" and not cell[2]} - self._homes
        self._homes |= homes
        return {importer for path in sorted(homes) for importer in self._importers(path)}

    def _is_first(self, word: str) -> bool:
        """Whether a file with this word has one of the first words, and was looked at for it."""
        return any(first in word.encode() for first in self.index.words)


class _Names(Mapping[str, str]):
    """Dotted name -> path, of every module that may be imported; an engine may be started in its own folder."""

    def __init__(self, engine: Engine, texts: Mapping[str, bytes], settings: Settings) -> None:
        self._texts, self._roots = texts, (settings.source_root, *engine.paths)
        self._left_out = _implementations(settings) | _copies(engine, settings)
        self._known: dict[str, str | None] = {}

    def __getitem__(self, name: str) -> str:
        path = self._path(name)
        if path is None:
            raise KeyError(name)
        return path

    def __contains__(self, name: object) -> bool:  # most names that are asked for are not there
        return isinstance(name, str) and self._path(name) is not None

    def _path(self, name: str) -> str | None:
        if name not in self._known:
            files = [path for root in self._roots for path in (module_candidates(name, root) if name else ())]
            self._known[name] = next((p for p in files if p in self._texts and p not in self._left_out), None)
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return (name for name, path in self._known.items() if path is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _implementations(settings: Settings) -> set[str]:
    """The files of the wrappers and of the target themselves."""
    modules = [settings.target.module, *(wrapper.module for wrapper in settings.wrappers)]
    return {path for module in modules for path in module_candidates(module, settings.source_root)}


def _copies(engine: Engine, settings: Settings) -> set[str]:
    """Where an engine that is started in its own folder may keep a copy of a wrapper."""
    return {path for own in engine.paths for w in settings.wrappers for path in module_candidates(w.module, own)}


def _carriers(program: Program) -> set[str]:
    """The names of what holds a client, and of what may decide its streams, wherever they are named."""
    demand = program.demand
    names = set(demand.words)
    for cell in demand.warm:
        if cell[0] == "result":
            names.add(program.functions[cell[1], cell[2]].header.name)
        elif cell[0] != "name" or not cell[2]:  # a local name is not seen from other files
            names.add(cell[-1])
    owners = {(cell[1], cell[2]) for cell in demand.warm if cell[0] == "attribute"} & program.classes.keys()
    for owner in owners:
        names |= {program.classes[key][1].name for key in program.relatives(owner)}  # a derived class makes one, too
        names |= set(_instances(program, owner))
    return names - {"__init__"}


def _instances(program: Program, family: tuple[str, str]) -> Iterator[str]:
    """The names of a module's own instances of a class that keeps a client."""
    for module, node in list(class_mentions(program, family)):
        statement = module.statement(node)
        if isinstance(statement, ast.Assign | ast.AnnAssign) and module.scope_of[statement] is module.root:
            yield from stored(statement)
