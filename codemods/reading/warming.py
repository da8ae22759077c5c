"""Which cells hold something legacy, and what of the program is read because they do.

A cell that turns out to hold a client is warm: every place that names it is read, and what holds it, or gives it,
is carried on in turn.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from typing import TYPE_CHECKING

from codemods.reading import atoms, legacy
from codemods.reading.atoms import Atom, Value
from codemods.reading.by_name import IMPORTING
from codemods.reading.containers import ENTRIES, KEEPING
from codemods.reading.factories import TARGET_FACTORIES
from codemods.reading.scopes import Function, Module

if TYPE_CHECKING:
    from codemods.reading.demand import Demand
    from codemods.reading.flow import Cell, FunctionFacts, Program

NAMED = {atoms.FUNCTION, atoms.CLASS, atoms.LINK}


class Warming:
    """Works forwards from what is legacy to the cells that hold it, and to the words by which they are named."""

    def __init__(self, demand: Demand) -> None:
        self.demand, self.program = demand, demand.program
        self.names: dict[str, set[str]] = defaultdict(set)  # by path: names that may carry
        self.attributes: set[str] = _first_attributes(self.program)
        self.modules: frozenset[str] = _named_modules(self.program)
        self.is_warmer = True  # there are names that were not looked for yet
        self.tracked: set[Atom] = set()  # further atoms that are to be carried like clients
        self._links: dict[Cell, list[Cell]] = defaultdict(list)
        self._legacy: dict[str, bool] = {}  # by dotted name

    def take(self, cell: Cell, fresh: Value) -> None:
        """Look at what a cell holds from now on."""
        for atom in fresh:
            if atom.kind == atoms.LINK:
                self._links["name", atom.path, "", atom.name].append(cell)
            if atom.kind in NAMED and cell[0] != "result":
                self.demand.holders[atom].add(cell[-1])
        if any(self.is_carried(atom) for atom in fresh):
            self._heat(cell)

    def is_carried(self, atom: Atom) -> bool:
        """Whether it is legacy, or leads to what is."""
        if atom.kind in atoms.CARRIED or atom in self.tracked:
            return True
        if atom.kind == atoms.FUNCTION:
            return ("result", atom.path, atom.name) in self.demand.warm
        if atom.kind == atoms.LINK:
            return ("name", atom.path, "", atom.name) in self.demand.warm
        if atom.kind == atoms.TEXT:
            return atom.name in self.modules
        return atom.kind == atoms.SYMBOL and self._is_legacy(atom.name)

    def _is_legacy(self, dotted: str) -> bool:
        if dotted not in self._legacy:
            whole, settings = f".{dotted}.", self.program.settings
            modules = (settings.target.module, *(w.module for w in settings.wrappers))
            self._legacy[dotted] = bool(legacy.flavour(dotted)) or any(f".{name}." in whole for name in modules)
        return self._legacy[dotted]

    def _heat(self, cell: Cell) -> None:
        """What a cell holds turned out to be legacy: read what names the cell, or the container that it is within."""
        if cell[0] == "inside":
            self._warm_box(cell)
        elif cell != KEEPING:
            self._warm(cell)

    def _warm(self, cell: Cell) -> None:
        """A cell turned out to hold something legacy: read every place that names it."""
        if cell in self.demand.warm:
            return
        self.demand.warm.add(cell)
        self.is_warmer = True
        self.demand.look_again(cell)
        for linked in self._links.get(cell, ()):
            self._warm(linked)
        if cell[0] == "result":
            self._warm_function(self.program.functions[cell[1], cell[2]])
            return
        name = cell[-1]
        if cell[0] == "name" and cell[2]:
            self.names[cell[1]].add(name)
            scope = self.program.scopes[cell[1], cell[2]]
            if isinstance(scope.node, Function):
                self.program.modules[cell[1]].read_function(scope.node)
        else:
            self.attributes.add(name)
            self.demand.read_word(name)
        if cell[0] != "state":
            self.names[cell[1]].add(name)

    def _warm_function(self, facts: FunctionFacts) -> None:
        name = facts.header.name
        self.attributes.add(name)
        self.names[facts.module.path].add(name)
        self.demand.read_word(name)
        if name in ENTRIES and facts.owner is not None:
            self._warm_class(*self.program.classes[facts.module.path, facts.owner])
        atom = Atom(atoms.FUNCTION, facts.qualified, facts.module.path)
        for cell in [cell for cell, held in self.program.cells.items() if atom in held]:
            self._heat(cell)

    def _warm_box(self, cell: Cell) -> None:
        """Something legacy was put into a container: carry the container as well."""
        box, module, node = self.program.boxes[cell[:3]]  # without a position
        if box not in self.tracked:
            self.carry_on(box)
            if isinstance(node, ast.expr):
                self.demand.mention(module, node)
        self.demand.tell(KEEPING, frozenset({box}))

    def _warm_class(self, module: Module, node: ast.ClassDef) -> None:
        """An instance of this class is a client, or gives one to `with`: carry the class and its instances."""
        name = module.inner[node].qualified
        instance = Atom(atoms.INSTANCE, name, module.path)
        if instance in self.tracked:
            return
        self.attributes.add(node.name)
        self.names[module.path].add(node.name)
        self.demand.read_word(node.name)
        self.is_warmer = True
        self.carry_on(instance)
        self.carry_on(Atom(atoms.CLASS, name, module.path))

    def warm_derived(self, module: Module, node: ast.ClassDef) -> None:
        """A class that is derived from a client's: in its methods, the instance is a client."""
        self._warm_class(module, node)
        self.names[module.path].add("super")
        for item in node.body:
            if isinstance(item, Function):
                facts = self.program.facts(module, item)
                module.read_function(item)
                if facts.is_method and (first := [*item.args.posonlyargs, *item.args.args][:1]):
                    self.demand.ask(("name", module.path, facts.qualified, first[0].arg))

    def carry_on(self, atom: Atom) -> None:
        """Carry an atom as clients are, wherever it is held."""
        self.tracked.add(atom)
        for cell in [cell for cell, held in self.program.cells.items() if atom in held]:
            self._heat(cell)


def _first_attributes(program: Program) -> set[str]:
    """The words by which everything legacy, and everything of the target, is first named."""
    settings = program.settings
    words = {"redis", "aioredis", settings.target.module.rsplit(".", 1)[-1], *TARGET_FACTORIES}
    for wrapper in settings.wrappers:
        words |= {wrapper.module.rsplit(".", 1)[-1], *wrapper.client, *wrapper.config, *wrapper.message}
        words |= set(wrapper.priority)
    return words


def _named_modules(program: Program) -> frozenset[str]:
    """The legacy modules that some text may name, where modules are imported by their names at all."""
    if not any(word in module.source.text for module in program.modules.values() for word in IMPORTING):
        return frozenset()
    return frozenset({*legacy.MODULES, *(wrapper.module for wrapper in program.settings.wrappers)})
