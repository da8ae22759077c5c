"""Engines of ordinary code with legacy code put into it at random, and what must be found on each of their lines."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from generated_engines import Draw, Grammar
from hypothesis import strategies as st
from injected_pieces import (
    ANNOTATED,
    AROUND,
    BOUND,
    CALLS,
    FORMS,
    GUARDED,
    HEADS,
    HOLDERS,
    LIBRARIES,
    NEAR,
    OF_RAW,
    ORDINARY,
    PACKAGE_FORMS,
    SHARED,
    STARS,
    USES,
    WITHIN,
    WORDS,
    Library,
)

HALF, SHARE = 0.5, 0.3
FOLDER = "backend/engines/portfolio"
MARK = "#!"
GRAMMAR: Grammar = {
    **ORDINARY,
    "uses": ("@use", "@use\n@use", "@use\n@use\n@use"),
    "any_use": USES,
    "raw_use": (*USES, *OF_RAW),
    "got": ("@wait@it",),
}
MAKERS = {"construct", "annotation"}  # the kinds of the line that says why something is a client


@dataclass(frozen=True)
class Mark:
    """What must be found on a line, and the number of the client that it is about."""

    client: int
    kinds: tuple[str, ...]


@dataclass(frozen=True, repr=False)
class Injected:
    """The files of an engine with marks at the ends of their lines."""

    marked: Mapping[str, str]

    @cached_property
    def texts(self) -> dict[str, bytes]:
        """The files without the marks."""
        return {
            path: "\n".join(_without_mark(line) for line in _lines(text)).encode() for path, text in self.marked.items()
        }

    @cached_property
    def marks(self) -> dict[tuple[str, int], Mark]:
        """The marked lines by path and number."""
        return {
            (path, number): _mark(line.partition(MARK)[2])
            for path, text in self.marked.items()
            for number, line in enumerate(_lines(text), 1)
            if MARK in line
        }

    @property
    def expected(self) -> Counter[tuple[str, int, str]]:
        """How often each kind must be found on each line."""
        return Counter((*where, kind) for where, mark in self.marks.items() for kind in mark.kinds)

    def found_in(self, path: str) -> int:
        """How much must be found in a file."""
        return sum(count for (own, _, _), count in self.expected.items() if own == path)

    @property
    def makers(self) -> dict[int, set[tuple[str, int]]]:
        """The lines that show, for each client, what makes it one."""
        found: dict[int, set[tuple[str, int]]] = {}
        for where, mark in self.marks.items():
            if MAKERS.intersection(mark.kinds):
                found.setdefault(mark.client, set()).add(where)
        return found

    def __str__(self) -> str:
        return "\n".join(f"---- {path}\n{text}" for path, text in self.marked.items())


def _lines(text: str) -> list[str]:
    return text.split("\n")


def _without_mark(line: str) -> str:
    return line.partition(MARK)[0].rstrip() if MARK in line else line


def _mark(words: str) -> Mark:
    client, *kinds = words.split()
    return Mark(int(client), tuple(kind.replace(".", " ") for kind in kinds))


@dataclass
class File:
    """A module that is being built."""

    stem: str
    bound: dict[str, str] = field(default_factory=dict)  # the names at its top, and the import that binds each
    imports: list[str] = field(default_factory=list)
    items: list[str] = field(default_factory=list)

    @property
    def path(self) -> str:
        return f"{FOLDER}/{self.stem}.py"


class Builder:
    """One engine that these dice build."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.service, self.stores, self.shared, self.package = map(File, ("service", "stores", "shared", "__init__"))
        self.modules = (self.service, self.stores, self.shared)
        self.number = 0

    def engine(self) -> Injected:
        """An engine with up to four clients among ordinary code and look-alikes."""
        for _ in range(self.dice.randint(0, 4)):
            self._client()
        for _ in range(self.dice.randint(0, 3)):
            self.number += 1
            self.put(self.dice.choice(self.modules), ("", self.dice.choice(NEAR)), None, {})
        for file in self.modules:
            for _ in range(self.dice.randint(0, 2)):
                file.items.insert(self.dice.randint(0, len(file.items)), self._drawn("@ordinary", {}))
        return self.built()

    def built(self) -> Injected:
        """The files as they are now; but for the first, those with nothing in them are left out."""
        files = [file for file in (*self.modules, self.package) if file.items or file.imports or file is self.service]
        return Injected({file.path: self._text(file) for file in files})

    def _text(self, file: File) -> str:
        head = self.dice.choice(HEADS) + self.dice.choice(STARS)
        body = "\n".join([*dict.fromkeys(file.imports), *(f"\n\n{item}" for item in file.items), ""])
        return head + body.replace("§", "@")

    def _client(self) -> None:
        self.number += 1
        library = self.dice.choice(LIBRARIES[self.dice.choice(sorted(LIBRARIES))])
        if self.dice.random() < SHARE and not library.bound:
            self._made_elsewhere(library)
        else:
            holder = self.dice.choice([*HOLDERS, *(ANNOTATED if library.type else ())])
            self.put(self.dice.choice(self.modules), holder, library, self.words(library))

    def _made_elsewhere(self, library: Library) -> None:
        """A client that one module makes and another uses, perhaps by way of a third one."""
        words = self.words(library)
        name, made, text = self.dice.choice(SHARED)
        held = self.put(self.stores, ("", text), library, words, inside=False)
        name = self._drawn(name, {"held": held})
        here, stem, forms = self.dice.choice((self.service, self.shared)), "stores", FORMS
        via = self.dice.choice((None, None, self.shared, self.package))
        alias = self.dice.choice((name, f"passed{self.number}"))
        if via is not None and alias not in via.bound:
            via.bound[alias] = passed = f"from .stores import {name} as {alias}"
            via.imports.append(passed)
            here, stem, name = self.service, via.stem, alias
            forms = PACKAGE_FORMS if via is self.package else FORMS
        form, mine = (each.format(stem=stem, name=name, mine="@lib") for each in self.dice.choice(forms))
        given = Library(form, mine + made, kinds="", is_site=False)
        self.put(here, self.dice.choice(HOLDERS), given, {**words, "make": given.made, "kinds": ""})

    def words(self, library: Library) -> dict[str, str]:
        """What the pieces say about a client of this library."""
        call, done = self.dice.choice(CALLS[library.is_wrapper])
        is_async = library.is_async or self.dice.random() < SHARE
        return {
            "make": library.made,
            "type": library.type,
            "kinds": library.kinds,
            "call": call,
            "done": done,
            "def": "async def" if is_async else "def",
            "wait": "await " if library.is_async else "",
            "use": "@any_use" if library.is_wrapper else "@raw_use",
        }

    def put(
        self,
        file: File,
        holder: tuple[str, str],
        library: Library | None,
        words: Mapping[str, str],
        inside: bool | None = None,
    ) -> str:
        """Put a piece and the import that it needs into a file; the name that it calls its client is given."""
        inside = self.dice.random() < HALF if inside is None else inside
        at_top = self.dice.random() < HALF
        if library is not None and file.bound.get(library.bound, library.imports) != library.imports:
            inside, at_top = True, False
        names = {} if inside else file.bound
        imported, lib = "", ""
        if library is not None:
            lib = self._name(library.bound, file.bound if at_top else names, library.imports)
            imported = self._import(library, lib)
        held = self._name("", names, "", lib)
        it, text = holder
        words = {**words, "it": it, "lib": lib, "held": held}
        words["bare"] = self._drawn("@uses", {**words, "wait": ""}) if it else ""
        if at_top and imported:
            file.imports.append(imported)
        elif imported:
            text = f"{imported}\n{text}"
        body = self._drawn(text, words)
        file.items.append(self._drawn(self.dice.choice(WITHIN if inside else AROUND), {"body": body}))
        self._shadow(file, [name for name in (held, lib) if name in WORDS])
        return held

    def _shadow(self, file: File, names: list[str]) -> None:
        """Perhaps a function that binds one of these names for itself."""
        if names and self.dice.random() < HALF:
            shadow = self._drawn(self.dice.choice(BOUND), {"word": self.dice.choice(names)})
            file.items.insert(self.dice.randint(0, len(file.items)), shadow)

    def _name(self, wanted: str, names: dict[str, str], what: str, besides: str = "") -> str:
        """The name that is wanted, or any that is free among these; from now on it is not."""
        free = [word for word in WORDS if word not in names and word != besides]
        name = wanted or (self.dice.choice(free) if free else f"name{self.number}")
        names[name] = what
        return name

    def _import(self, library: Library, lib: str) -> str:
        mark = f" {MARK}import" if library.is_site else ""
        line = self._drawn(f"{library.imports}{mark}", {"lib": lib})
        is_guarded = library.is_site and self.dice.random() < SHARE
        return GUARDED.format(line, lib) if is_guarded else line

    def _drawn(self, text: str, words: Mapping[str, str]) -> str:
        """The text of a piece, its marks with the number of the client."""
        drawn = Draw(GRAMMAR, {**words, "n": str(self.number)}, self.dice).text(text)
        return re.sub(rf"{MARK}(?!\d)", f"{MARK}{self.number} ", drawn)


def with_every_holder(library: Library, turn: int) -> Injected:
    """An engine that keeps a client of this library in every place; each turn has other uses of them."""
    builder = Builder(random.Random(turn))
    uses = USES if library.is_wrapper else (*USES, *OF_RAW)
    for index, holder in enumerate((*HOLDERS, *(ANNOTATED if library.type else ()))):
        builder.number += 1
        two = "\n".join(uses[(index + turn + more) % len(uses)] for more in (0, len(uses) // 2))
        builder.put(builder.service, holder, library, {**builder.words(library), "uses": two}, inside=True)
    return builder.built()


engines = st.randoms(use_true_random=False).map(lambda dice: Builder(dice).engine())
"""Engines with injected code."""
