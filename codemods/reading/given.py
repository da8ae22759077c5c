"""Mocks that tests give to what takes a client: each is followed to wherever it stands in a client's place."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.reading import atoms
from codemods.reading.atoms import EMPTY, Atom
from codemods.reading.flow import Program
from codemods.reading.scopes import Module, is_test

Given = tuple[Module, ast.expr, tuple[Atom, ...], str, str]
"""Where a mock is given, the clients in whose place it stands, the kind of use that this is, and its name."""


def given_mocks(program: Program) -> Iterator[Given]:
    """The mocks that stand in a client's place: given to what takes the client, or handed on to that."""
    for mock, (module, node, cell) in program.mocks.items():
        beside = [held for held in program.cells.values() if mock in held]
        clients = tuple(atoms.of(EMPTY.union(*beside), atoms.CLIENT))
        is_direct = bool(atoms.of(program.held(cell), atoms.CLIENT)) and not is_test(program.modules[cell[1]])
        if clients and is_direct:
            yield module, node, clients, "injected", cell[-1]
        elif clients:
            yield module, node, clients, "escape", f"may be a mock that `{cell[-1]}` hands on"
