"""Evidence: the places that lead from a use back to where its object was made, and to the import that says what it is.

A walk over assignments, calls and returns, against the way that `reading/flow.py` carried the object.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict, deque
from collections.abc import Container, Iterable, Iterator, Mapping
from typing import NamedTuple

from codemods.model import Place
from codemods.reading import atoms
from codemods.reading.atoms import Atom
from codemods.reading.evaluation import Evaluator
from codemods.reading.flow import Cell, Program
from codemods.reading.scopes import Function, Module
from codemods.reading.use import Use
from codemods.reading.walking import children, walk
from codemods.verdicts.cases import place

MOST_STEPS = 400  # a walk that takes more is given up: the use and the construction are evidence still
OBJECTS = (atoms.CLIENT, atoms.CONFIG, atoms.PIPELINE, atoms.PUBSUB)
GIVERS = (".Depends", ".Security")
LOADED = ast.Load()
"""How an expression that cannot be assigned to is used."""
BLOCKS = ("body", "orelse", "finalbody", "handlers")

Places = tuple[Place, ...]
Key = tuple[str, int, int]
"""Path, line and column of the construction: a pipeline has those of its client."""


class Step(NamedTuple):
    """One step back: the places on the way so far, and the expression that held the object there."""

    places: Places
    module: Module
    node: ast.expr


class Origin(NamedTuple):
    """What fills a cell: the node that a reader must see, with what leads to it, and where the object stands in it."""

    before: Places
    module: Module
    node: ast.AST
    among: Iterable[ast.AST]


class Trail:
    """The evidence for the uses of one program."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._ways: dict[tuple[int, Key], Places] = {}
        self._made: dict[Key, Places] = {}
        # What many walks pass: they begin at different uses, and lead to the same few cells.
        self._steps: dict[tuple[int, Key], list[Step]] = {}
        self._fillers: dict[Cell, list[Origin]] = {}
        self._filled_with: dict[tuple[Cell, Key], list[Step]] = {}
        self._bound_by: dict[Cell, list[tuple[Module, ast.AST]]] = {}
        self._shown_by: dict[Cell, Places] = {}
        self._stores: dict[str, list[tuple[Module, ast.Attribute]]] = {}
        self._by_cell: dict[str, dict[Cell, list[tuple[Module, ast.Attribute]]]] = {}

    def evidence(self, use: Use) -> Places:
        """The use itself, each hop back to the construction, and the imports behind them; nothing twice."""
        found = [place(use.module, use.node)]
        for holder in use.holders:
            found += self._way(use.module, use.receiver if use.receiver is not None else use.node, holder)
        if not use.holders:
            found += self._behind(use)
        return tuple(dict.fromkeys(found))

    def _behind(self, use: Use) -> Places:
        """The imports behind what no client holds: a name, a text that names it, or an import by way of a module."""
        module = self.program.modules.get(use.patches, use.module)
        if isinstance(use.node, ast.ImportFrom | ast.Import):
            scope = module.scope_of[use.node]
            words = [(alias.asname or alias.name).split(".")[0] for alias in use.node.names]
        elif isinstance(use.node, ast.Constant):
            scope, words = module.root, re.findall(r"\w+", use.name)
        else:
            return self._imports(module, use.node) if isinstance(use.node, ast.expr) else ()
        cells = [self.program.name_cell(module, scope, word) for word in words]
        return tuple(place for cell in cells if cell is not None for place in self._imports_of(cell, set()))

    def _way(self, module: Module, start: ast.AST, holder: Atom) -> Places:
        key = (holder.path, holder.line, holder.column)
        if (id(start), key) not in self._ways:
            hops = self._hops(module, start, key) if isinstance(start, ast.expr) else ()
            if key not in self._made:
                self._made[key] = tuple(self._construction(holder))
            self._ways[id(start), key] = (*hops, *self._made[key])
        return self._ways[id(start), key]

    def _construction(self, holder: Atom) -> Iterator[Place]:
        """Where the object is made, or promised by an annotation, and the import of what it is."""
        module = self.program.modules.get(holder.path)
        if module is None:
            return
        yield Place(holder.path, holder.line, module.source.line_text(holder.line))
        for node in self._made_at(module, holder.line, holder.column):
            named = node.func if isinstance(node, ast.Call) else node.annotation
            yield from self._imports(module, named) if named is not None else ()

    def _made_at(self, module: Module, line: int, column: int) -> list[ast.Call | ast.arg]:
        """The calls and parameters that begin at a place."""
        regions = module.read_line(line)
        nodes = (node for region in regions for node in walk(region.node)) if regions else list(module.scope_of)
        calls = (node for node in nodes if isinstance(node, ast.Call | ast.arg))
        return [node for node in calls if (node.lineno, node.col_offset) == (line, column)]

    # the walk

    def _hops(self, module: Module, start: ast.expr, key: Key) -> Places:
        """The places on a shortest way from an expression to the construction."""
        pending = deque([Step((), module, start)])
        seen = {id(start)}
        for _ in range(MOST_STEPS):
            if not pending:
                break
            at = pending.popleft()
            if isinstance(at.node, ast.Call) and (at.module.path, at.node.lineno, at.node.col_offset) == key:
                return at.places
            if (id(at.node), key) not in self._steps:
                self._steps[id(at.node), key] = list(self._back(at.module, at.node, key))
            for step in self._steps[id(at.node), key]:
                if id(step.node) not in seen:
                    seen.add(id(step.node))
                    pending.append(step._replace(places=at.places + step.places))
        return ()

    def _back(self, module: Module, node: ast.expr, key: Key) -> Iterator[Step]:
        """Where an expression that holds the object has it from."""
        if isinstance(node, ast.Name):
            cell = self.program.name_cell(module, module.scope_of[node], node.id)
            yield from self._filled(cell, key) if cell is not None else ()
        elif isinstance(node, ast.Attribute):
            yield from self._of_attribute(module, node, key)
        elif isinstance(node, ast.Call):
            yield from self._of_call(module, node, key)
        elif isinstance(node, ast.Constant):  # an attribute by its name
            yield from self._anywhere(str(node.value), key)
        else:
            yield from (Step((), module, inner) for inner in self._outermost(module, _children(node), key))

    def _of_attribute(self, module: Module, node: ast.Attribute, key: Key) -> Iterator[Step]:
        owner = self._bindings(module, node.value)
        for atom in sorted(self.program.value(module, node.value)):
            if atom.kind == atoms.MODULE:
                yield from self._filled(("name", atom.path, "", node.attr), key, owner)
            elif atom.kind in (atoms.INSTANCE, atoms.CLASS):
                method = self.program.method((atom.path, atom.name), node.attr)
                family = self.program.family((atom.path, atom.name))
                held = ("attribute", *family, node.attr)
                yield from self._filled(
                    ("result", method.module.path, method.qualified) if method else held, key, owner
                )
        if isinstance(node.value, ast.Attribute) and node.value.attr == "state":
            yield from self._filled(("state", node.attr), key)
        elif not self._holds(module, node, key):
            yield from self._anywhere(node.attr, key)

    def _anywhere(self, name: str, key: Key) -> Iterator[Step]:
        """Where an attribute of this name is given the object, whatever has the attribute."""
        for module, target in self._stores_of(name):
            statement = module.statement(target)
            for inner in self._outermost(module, _children(statement), key):
                yield Step((place(module, statement),), module, inner)

    def _of_call(self, module: Module, node: ast.Call, key: Key) -> Iterator[Step]:
        """What a function returns, what a dependency's function gives, or the client behind a pipeline."""
        if isinstance(node.func, ast.Attribute):
            yield from (Step((), module, inner) for inner in self._outermost(module, [node.func.value], key))
        called: list[ast.expr] = [node.func]
        if any(atom.name.endswith(GIVERS) for atom in atoms.of(self.program.value(module, node.func), atoms.SYMBOL)):
            called += node.args[:1]
        for function in called:
            for atom in atoms.of(self.program.value(module, function), atoms.FUNCTION):
                yield from self._filled(("result", atom.path, atom.name), key, self._imports(module, function))

    def _filled(self, cell: Cell, key: Key, before: Places = ()) -> Iterator[Step]:
        """The expressions that a cell is filled with, as far as they hold the object."""
        if (cell, key) not in self._filled_with:
            self._filled_with[cell, key] = [
                Step((*origin.before, place(origin.module, origin.node)), origin.module, inner)
                for origin in self._origins(cell)
                for inner in self._outermost(origin.module, origin.among, key)
            ]
        yield from (step._replace(places=before + step.places) for step in self._filled_with[cell, key])

    def _origins(self, cell: Cell) -> list[Origin]:
        if cell not in self._fillers:
            self._fillers[cell] = [*self._bound(cell, set()), *self._stored(cell), *self._given(cell)]
        return self._fillers[cell]

    def _outermost(self, module: Module, nodes: Iterable[ast.AST], key: Key) -> Iterator[ast.expr]:
        """The outermost of these nodes, and of those below them, that hold the object."""
        pending = list(nodes)
        while pending:
            node = pending.pop(0)
            if isinstance(node, ast.expr) and self._holds(module, node, key):
                yield node
            else:
                pending += _children(node)

    def _holds(self, module: Module, node: ast.expr, key: Key) -> bool:
        if not isinstance(getattr(node, "ctx", LOADED), ast.Load) or module.scope_of.get(node) is None:
            return False
        return any(a.kind in OBJECTS and (a.path, a.line, a.column) == key for a in self.program.value(module, node))

    # what fills a cell

    def _bound(self, cell: Cell, seen: set[Cell]) -> Iterator[Origin]:
        """Bindings of a name; what is imported is looked up where it comes from. Imports may go in a circle."""
        seen.add(cell)
        for module, node in self._binders(cell):
            if isinstance(node, ast.Import | ast.ImportFrom):
                for link in self._links(cell, seen):
                    for origin in self._bound(link, seen):
                        yield origin._replace(before=(place(module, node), *origin.before))
            else:
                statement = module.statement(node)
                yield Origin((), module, statement, _children(statement))

    def _binders(self, cell: Cell) -> list[tuple[Module, ast.AST]]:
        """The imports and stored names that bind a cell's name: in its scope, or in the classes of its family."""
        if cell not in self._bound_by:
            self._bound_by[cell] = list(self._binding(cell))
        return self._bound_by[cell]

    def _binding(self, cell: Cell) -> Iterator[tuple[Module, ast.AST]]:
        if cell[0] == "name":
            module = self.program.modules.get(cell[1])  # None: it cannot be read
            scope = self.program.scopes.get((cell[1], cell[2])) if cell[2] or module is None else module.root
            scopes = [(module, scope)] if module is not None and scope is not None else []
        else:
            key = (cell[1], cell[2]) if cell[0] == "attribute" else None
            classes = [self.program.classes[each] for each in self.program.relatives(key)] if key is not None else []
            scopes = [(module, module.inner[node]) for module, node in classes]
        for module, scope in scopes:
            yield from ((module, node) for node in self.program.bindings(module, scope, cell[-1]))

    def _links(self, cell: Cell, seen: Container[Cell]) -> list[Cell]:
        """The names that this one is imported from, without those that were looked up already."""
        held = sorted(atom for atom in self.program.cells.get(cell, ()) if atom.kind == "link")
        return [link for atom in held if (link := ("name", atom.path, "", atom.name)) not in seen]

    def _stored(self, cell: Cell) -> Iterator[Origin]:
        """Assignments to an attribute, of whatever object."""
        if cell[0] == "result" or (cell[0] == "name" and cell[2]):
            return
        for module, target in self._stores_by_cell(cell[-1]).get(cell, ()):
            statement = module.statement(target)
            yield Origin((), module, statement, _children(statement))

    def _stores_by_cell(self, name: str) -> Mapping[Cell, list[tuple[Module, ast.Attribute]]]:
        """Where an attribute of this name is stored, by the cells that this fills."""
        if name not in self._by_cell:
            found: dict[Cell, list[tuple[Module, ast.Attribute]]] = defaultdict(list)
            for module, node in self._stores_of(name):
                for cell in dict.fromkeys(Evaluator(self.program, module).target_cells(node)):
                    found[cell].append((module, node))
            self._by_cell[name] = found
        return self._by_cell[name]

    def _stores_of(self, name: str) -> list[tuple[Module, ast.Attribute]]:
        if name not in self._stores:
            self._stores[name] = found = []
            for module in self.program.where.holding(name):
                module.read_member(name)
                stores = (node for node in module.attributes.get(name, ()) if isinstance(node.ctx, ast.Store))
                found += [(module, node) for node in stores]
        return self._stores[name]

    def _given(self, cell: Cell) -> Iterator[Origin]:
        """What a function returns; and of a parameter, its default and the arguments of all calls."""
        facts = self.program.functions.get((cell[1], cell[2])) if len(cell) > 2 else None
        if facts is None:
            return
        if cell[0] == "result":
            yield from (Origin((), facts.module, node, _children(node)) for node in _returns(facts.node))
        elif cell[0] == "name" and any(argument.arg == cell[3] for argument in _parameters(facts.node)):
            shown = (place(facts.module, facts.node),)
            yield Origin((), facts.module, facts.node, [d for d in _defaults(facts.node) if d is not None])
            yield from (Origin(shown, module, call, _arguments(call)) for module, call in facts.calls)

    # names

    def _imports(self, module: Module, node: ast.expr) -> Places:
        """The imports behind the names of an expression, back to the one that names a module not read here."""
        names = [inner for inner in walk(node) if isinstance(inner, ast.Name)]
        cells = [
            self.program.name_cell(module, module.scope_of[name], name.id)
            for name in names
            if module.scope_of.get(name) is not None
        ]
        return tuple(each for cell in cells if cell is not None for each in self._imports_of(cell, set()))

    def _imports_of(self, cell: Cell, seen: set[Cell]) -> Places:
        """The imports of a name, and those behind what it is imported from; they may go in a circle."""
        seen.add(cell)
        here = [place(m, node) for m, node in self._binders(cell) if isinstance(node, ast.Import | ast.ImportFrom)]
        return (*here, *(each for link in self._links(cell, seen) for each in self._imports_of(link, seen)))

    def _bindings(self, module: Module, owner: ast.expr) -> Places:
        """Where the object is made or imported whose attribute is looked at: `engine = Engine()`."""
        if not isinstance(owner, ast.Name):
            return ()
        cell = self.program.name_cell(module, module.scope_of[owner], owner.id)
        if cell is None:
            return ()
        if cell not in self._shown_by:
            self._shown_by[cell] = tuple(place(m, m.statement(node)) for m, node in self._binders(cell))
        return self._shown_by[cell]


def _children(node: ast.AST) -> list[ast.AST]:
    """What is right below a node; of a statement with blocks, its header alone."""
    if isinstance(node, ast.expr):
        return children(node)
    blocks = {id(child) for name in BLOCKS for child in _listed(getattr(node, name, ()))}
    return [child for child in children(node) if id(child) not in blocks]


def _listed(block: object) -> list[ast.AST]:
    return (
        [child for child in block if isinstance(child, ast.stmt | ast.ExceptHandler)] if isinstance(block, list) else []
    )


def _arguments(call: ast.Call) -> list[ast.AST]:
    return [*call.args, *call.keywords]


def _parameters(function: Function) -> list[ast.arg]:
    arguments = function.args
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]


def _defaults(function: Function) -> list[ast.expr | None]:
    return [*function.args.defaults, *function.args.kw_defaults]


def _returns(function: Function) -> Iterator[ast.Return]:
    """The returns of a function, without those of functions in it."""
    pending: list[ast.AST] = list(function.body)
    while pending:
        node = pending.pop(0)
        if isinstance(node, ast.Return):
            yield node
        if not isinstance(node, Function | ast.ClassDef | ast.Lambda):
            pending += children(node)
