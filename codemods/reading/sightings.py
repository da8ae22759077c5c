"""Where a wrapper's clients are seen, from which it follows what of them may be used out of sight."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator

from codemods.reading import atoms
from codemods.reading.atoms import Atom
from codemods.reading.flow import Program
from codemods.reading.scopes import is_test
from codemods.reading.tracing import keys_of
from codemods.reading.unseen import unseen_uses
from codemods.reading.use import Use


class Sightings:
    """What the uses of all wrappers say together; each is noted as it is found."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._told: set[ast.expr | None] = set()  # where a client is seen to be
        self._clients: dict[str, set[Atom]] = defaultdict(set)  # by the wrapper's module, as all that follow
        self._lent: set[str] = set()  # whose class is given to somebody who may make a client of it
        self._keys: dict[str, set[str]] = defaultdict(set)  # by which a client is stored in what is not known

    def note(self, use: Use) -> None:
        """Take in one use; those of no wrapper say nothing."""
        if use.wrapper is None:
            return
        name = use.wrapper.module
        if use.holders:
            self._told.add(use.receiver)
            self._clients[name].update(atoms.of(frozenset(use.holders), atoms.CLIENT))
        if use.kind == "escape":
            self._keys[name] |= keys_of(self._program, use.module, use.node)
        elif use.kind == "reference" and use.name.rpartition(".")[2] in use.wrapper.client:
            self._lent.add(name)

    def unseen(self) -> Iterator[Use]:
        """The uses on something unknown that may be those of a client; each counts as its escape."""
        for wrapper in self._program.settings.wrappers:
            clients, keys = tuple(sorted(self._clients[wrapper.module])), self._keys[wrapper.module]
            self._program.sought |= keys  # other files have what is kept by them, and need name nothing else
            if not clients and wrapper.module not in self._lent:
                continue
            for each in unseen_uses(self._program, wrapper, keys):
                if each.receiver not in self._told and not is_test(each.module):
                    shown = f"may be what {each.shown}"
                    yield Use(each.module, each.node, "escape", clients, wrapper, shown, receiver=each.receiver)
