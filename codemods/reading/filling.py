"""What may fill a cell that was asked for: whatever binds its name, callers, and what annotations promise."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING

from codemods.reading import atoms, promises
from codemods.reading.atoms import ANYTHING
from codemods.reading.callers import CONSTRUCTOR, class_mentions, mentions
from codemods.reading.generated import is_dataclass, taken
from codemods.reading.rules import MAKERS
from codemods.reading.scopes import Function, Module, is_stored

if TYPE_CHECKING:
    from codemods.reading.demand import Demand
    from codemods.reading.flow import Cell, FunctionFacts, Place


class Filling:
    """Works backwards from cells to the rules that may fill them."""

    def __init__(self, demand: Demand) -> None:
        self.demand, self.program = demand, demand.program
        self.opened: dict[FunctionFacts, set[str]] = defaultdict(set)  # parameters whose callers are to be found
        self.promises: list[tuple[Cell, Module, ast.expr, ast.expr]] = []  # annotations that are to be believed
        self._promised: set[Cell] = set()
        self._stores: dict[str, dict[Module, int | None]] = {}  # how many attributes of a name were gone through
        self._fields: set[Cell] = set()  # of dataclasses, whose constructor anybody may call

    def fill(self, cell: Cell) -> None:
        """Activate everything that may fill a cell."""
        fillers = {"name": self._fill_name, "attribute": self._fill_attribute, "state": self._fill_state}
        if cell[0] == "result":
            facts = self.program.functions[cell[1], cell[2]]
            facts.module.read_function(facts.header)
            for node in facts.module.returns.get(facts.module.inner[facts.header], ()):
                self.demand.activate(facts.module, node)
        elif cell[0] in fillers:  # what is inside of a container is carried there, and never asked for backwards
            fillers[cell[0]](cell)

    def _fill_name(self, cell: Cell) -> None:
        module, name = self.program.module(cell[1]), cell[-1]
        if module is None:
            return
        scope = module.root if not cell[2] else self.program.scopes.get((cell[1], cell[2]))
        if scope is None:
            return
        for node in list(module.bound(scope, name)):
            if isinstance(node, ast.arg):
                self._fill_parameter(module, scope.node, cell)
            else:
                self._around(module, node, cell)
        if scope is module.root:
            self._fill_from_stores(name, module)

    def _fill_parameter(self, module: Module, node: ast.AST, cell: Cell) -> None:
        self.demand.activate(module, node, cell)
        if isinstance(node, Function):
            facts = self.program.facts(module, node)
            if any(parameter.arg == cell[-1] for parameter in (*facts.parameters, *node.args.kwonlyargs)):
                self.demand.words.add(_name_of(facts))
                self.opened[facts].add(cell[-1])
                self._activate_calls(mentions(facts))

    def _activate_calls(self, named: Iterable[Place]) -> None:
        """Whatever calls what is named here carries its arguments from now on."""
        for place, mention in list(named):
            above = place.parent[mention]
            if isinstance(above, ast.Call) and above.func is mention:
                self.demand.activate(place, above)
                self.demand.fresh += self.demand.rules[above]
            elif isinstance(above, ast.Assign | ast.AnnAssign):
                self.demand.activate(place, above)

    def _fill_attribute(self, cell: Cell) -> None:
        key, name = (cell[1], cell[2]), cell[-1]
        for path, qualified in self.program.relatives(key):
            module, node = self.program.classes[path, qualified]
            if (path, qualified) == key:
                self.demand.words.add(node.name)
            for binder in list(module.bound(module.inner[node], name)):
                self._around(module, binder, cell)
            if is_dataclass(node) and name in taken([node])[1]:
                self._fill_field(module, node, cell)
        self._fill_from_stores(name)

    def _fill_field(self, module: Module, node: ast.ClassDef, cell: Cell) -> None:
        """Anybody may call the constructor that is written for a dataclass: what its field promises is believed."""
        self._fields.add(cell)
        self._activate_calls(class_mentions(self.program, (module.path, module.inner[node].qualified)))
        for item in node.body:
            if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name) and item.target.id == cell[-1]:
                self.promise([cell], module, item.annotation, item.annotation)

    def _fill_state(self, cell: Cell) -> None:
        self._fill_from_stores(cell[-1])

    def _fill_from_stores(self, name: str, besides: Module | None = None) -> None:
        """Whatever stores an attribute of this name, of any object, in any module but one; each once for all cells."""
        if name not in self._stores:
            self._stores[name] = dict.fromkeys(self.program.where.holding(name))
        for module, done in self._stores[name].items():
            if module is besides:
                continue
            if done is None:
                module.read_stored(name)
            nodes = module.attributes.get(name, [])
            self._stores[name][module] = len(nodes)
            for node in nodes[done:]:
                if isinstance(node.ctx, ast.Store):
                    self._around(module, node, node)

    def _around(self, module: Module, node: ast.AST, target: object) -> None:
        """The rules of the statement or expression that binds a node."""
        wanted = node if isinstance(node, ast.Name | ast.Attribute) else target
        while not isinstance(node, ast.stmt) and (type(node) not in MAKERS or is_stored(node)):
            node = module.parent[node]
        if not isinstance(node, Function | ast.ClassDef):
            self.demand.activate(module, node, wanted)

    # parameters that somebody unknown may fill

    def open_parameters(self) -> None:
        """What annotations and frameworks promise, and UNKNOWN where something besides the known calls may call."""
        before = len(self.demand.asked)
        are_open = {facts: promises.is_open(facts) for facts in self.opened}
        if len(self.demand.asked) > before:
            return  # who calls is known only when what was asked for now has been worked out
        opened, self.opened = self.opened, defaultdict(set)
        for facts, names in opened.items():
            is_open = are_open[facts]
            for parameter in (*facts.parameters, *facts.header.args.kwonlyargs):
                if parameter.arg not in names:
                    continue
                cell = ("name", facts.module.path, facts.qualified, parameter.arg)
                promised = self._keep(cell, facts.module, parameter.annotation, parameter)
                if is_open and not promised and not promises.is_injected(facts, parameter):
                    self.demand.tell(cell, ANYTHING)

    # annotations

    def promise(self, cells: Iterable[Cell], module: Module, annotation: ast.expr, place: ast.expr) -> None:
        """Believe an annotation, once it is known that nothing else says what is there."""
        for cell in cells:
            if cell not in self._promised:
                self._promised.add(cell)
                self.promises.append((cell, module, annotation, place))
                self.demand.ask(cell)

    def keep_promise(self) -> None:
        """What a function gives comes first: an attribute may hold it."""
        first = next((found for found in self.promises if found[0][0] == "result"), self.promises[0])
        self.promises.remove(first)
        if not self._keep(*first) and first[0] in self._fields:
            self.demand.tell(first[0], ANYTHING)

    def _keep(self, cell: Cell, module: Module, annotation: ast.expr | None, place: ast.expr | ast.arg) -> bool:
        """Fill a cell with what an annotation promises, if it has no client; whether anything is promised."""
        if annotation is None:
            return False
        promise = promises.Promise(self.program, module, annotation, place)
        if not any(atom.kind in atoms.CARRIED for atom in self.program.cells[cell]):
            self.demand.tell(cell, promise.value)
            if promise.box is not None:
                self.demand.tell(atoms.inside(promise.box), promise.inside)
        return bool(promise.value)


def _name_of(facts: FunctionFacts) -> str:
    """The name by which a function is called: its class's, if it is a constructor."""
    if facts.header.name != CONSTRUCTOR or facts.owner is None:
        return facts.header.name
    return facts.owner.rpartition("/")[2].partition("@")[0]
