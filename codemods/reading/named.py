"""Clients that somebody may reach by a name that is worked out: `getattr(self, name)`, in a loop over names perhaps."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase

from codemods.reading import atoms
from codemods.reading.atoms import Atom
from codemods.reading.contexts import Contexts
from codemods.reading.flow import Program
from codemods.reading.scopes import Module
from codemods.reading.use import Use
from codemods.settings import Wrapper

Kept = dict[str, tuple[Atom, ...]]
"""The attributes of a family of classes that hold clients, by name."""


def named_clients(program: Program, wrappers: Mapping[str, Wrapper]) -> Iterator[Use]:
    """Every `getattr` that may give a client of the object that is asked, by a name that is not written out there."""
    kept: dict[tuple[str, str], Kept] = defaultdict(dict)
    for cell, held in list(program.cells.items()):
        if cell[0] == "attribute" and (clients := tuple(sorted(atoms.of(held, atoms.CLIENT)))):
            kept[cell[1], cell[2]][cell[-1]] = clients
    paths = {path for family in kept for path, _ in program.relatives(family)}
    for module in [module for path, module in program.modules.items() if path in paths]:
        for call, names in list(_asking(program, module)):
            for family in sorted(_families(program, module, call.args[0]) & kept.keys()):
                for attribute, clients in sorted(kept[family].items()):
                    if any(fnmatchcase(attribute, name) for name in names):
                        how = f"may be reached as `{attribute}` by a name that is worked out"
                        yield Use(module, call, "escape", clients, wrappers.get(clients[0].name), how)


def _asking(program: Program, module: Module) -> Iterator[tuple[ast.Call, tuple[str, ...]]]:
    """The calls of `getattr` with a name that is worked out, and what that may be."""
    contexts = Contexts(program, module)
    for node in list(module.named("getattr")):
        call = module.parent[node]
        if not isinstance(call, ast.Call) or call.func is not node or len(call.args) < 2:
            continue
        if not isinstance(call.args[1], ast.Constant) and not contexts.is_only_asked(call):
            yield call, atoms.texts(program.value(module, call.args[1])) or ("*",)


def _families(program: Program, module: Module, owner: ast.expr) -> set[tuple[str, str]]:
    held = [a for a in program.value(module, owner) if a.kind in (atoms.INSTANCE, atoms.CLASS)]
    return {program.family((atom.path, atom.name)) for atom in held}
