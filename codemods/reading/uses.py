"""Every place where something legacy is used, and in which way: what verdicts are given to.

A use that is not understood is an *escape*: it holds its client back, it is never passed over.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, partial

from codemods.reading import atoms, containers, legacy
from codemods.reading.atoms import ANYTHING, Atom, Value
from codemods.reading.contexts import DYNAMIC_CALLS, Contexts, makes_something
from codemods.reading.evaluation import Evaluator
from codemods.reading.flow import Cell, Program, absolute_module
from codemods.reading.generated import made_by_field
from codemods.reading.given import given_mocks
from codemods.reading.lost import lost_commands, may_lose, named_commands
from codemods.reading.named import named_clients
from codemods.reading.patched import Patched, Patches
from codemods.reading.promises import is_annotation, linked, linked_by, type_taken
from codemods.reading.scopes import Function, Module, last_name
from codemods.reading.sightings import Sightings
from codemods.reading.use import Use, is_escape
from codemods.settings import Wrapper

NAMES = (ast.Name, ast.Attribute)
HOLDERS = (
    ast.Name
    | ast.Attribute
    | ast.Call
    | ast.Await
    | ast.IfExp
    | ast.BoolOp
    | ast.NamedExpr
    | ast.Subscript
    | containers.Display
)


def find_uses(program: Program) -> Iterator[Use]:
    """All uses in all modules of the program, in the order of the text."""
    carriers = _carrying_attributes(program)
    escaped: set[ast.expr | None] = set()
    sightings = Sightings(program)
    wrappers = {wrapper.module: wrapper for wrapper in program.settings.wrappers}
    wrapper_of = cache(partial(_wrapper_of, wrappers))
    for module in program.modules.values():
        for use in _Finder(program, module, carriers, wrapper_of).uses():
            if is_escape(use):
                escaped.add(use.receiver)
            sightings.note(use)
            yield use
    yield from named_clients(program, wrappers)
    for module, node, clients, kind, name in given_mocks(program) if program.mocks else ():
        yield Use(module, node, kind, clients, wrappers.get(clients[0].name), name)
    if escaped or may_lose(program):
        for module, call, command in lost_commands(program):
            if command.value not in escaped:
                kind = "call" if isinstance(call, ast.Call) else "attribute"
                yield Use(module, call, kind, name=command.attr, receiver=command.value)
        for module, call, name in named_commands(program):
            yield Use(module, call, "attribute", name=name)
    yield from sightings.unseen()


def _carrying_attributes(program: Program) -> dict[str, tuple[Atom, ...]]:
    """The names of attributes that hold clients or pipelines, with these."""
    found: dict[str, set[Atom]] = {}
    for cell, held in program.cells.items():
        if cell[0] in ("attribute", "state"):
            clients = [atom for kind in (atoms.CLIENT, atoms.PIPELINE) for atom in atoms.of(held, kind)]
            if clients:
                found.setdefault(cell[-1], set()).update(clients)
    return {name: tuple(sorted(clients)) for name, clients in found.items()}


def _escape_of(held: tuple[Atom, ...]) -> str:
    """The kind of a use by which clients, or else pipelines, get lost."""
    return "escape" if any(atom.kind == atoms.CLIENT for atom in held) else "pipeline escape"


def _position(node: ast.stmt | ast.expr) -> tuple[int, int, int, int]:
    """Outer before inner, where both begin at one place."""
    return node.lineno, node.col_offset, -(node.end_lineno or 0), -(node.end_col_offset or 0)


def _wrapper_of(wrappers: Mapping[str, Wrapper], dotted: str) -> Wrapper | None:
    """The wrapper that a dotted name is, or is a part of."""
    for module, wrapper in wrappers.items():
        if dotted == module or dotted.startswith(f"{module}.") or f".{module}." in f".{dotted}.":
            return wrapper
    return None


OBJECTS = (
    atoms.CLIENT, atoms.CONFIG, atoms.PIPELINE, atoms.PUBSUB, atoms.DUAL, atoms.DUAL_RAW, atoms.DUAL_PIPELINE,
)  # fmt: skip


class _Finder:
    def __init__(
        self,
        program: Program,
        module: Module,
        carriers: Mapping[str, tuple[Atom, ...]],
        wrapper_of: Callable[[str], Wrapper | None],
    ) -> None:
        self.program, self.module = program, module
        self.wrappers = {w.module: w for w in program.settings.wrappers}
        self.carriers, self.contexts = carriers, Contexts(program, module)
        self._wrapper_of, self.patches = wrapper_of, Patches(program, module, wrapper_of)

    def uses(self) -> Iterator[Use]:
        for node in self._candidates():
            if isinstance(node, ast.Import | ast.ImportFrom):
                yield from self._imports(node)
            elif isinstance(node, ast.Constant) and is_annotation(self.module, node):
                yield from self._quoted(node)
            elif isinstance(node, ast.Constant):
                yield from self._of_patches(node, self.patches.by_text(node))
                yield from self._by_name(node)
            elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                yield from self._of_patches(node, self.patches.in_owner(node, node.value, node.attr))
            elif isinstance(node, HOLDERS) and self._is_load(node):
                value = self.program.value(self.module, node)
                yield from self._of_objects(node, value)
                yield from self._of_containers(node, value)
                if isinstance(node, ast.Attribute):
                    yield from self._of_unknown_owner(node)
                if isinstance(node, NAMES):
                    yield from self._of_givers(node, value)
                    yield from self._of_symbols(node, value, is_annotation(self.module, node))

    def _candidates(self) -> list[ast.stmt | ast.expr]:
        """Imports, texts, and every expression with the name of something legacy in it, as they stand in the text."""
        found: dict[ast.stmt | ast.expr, None] = dict.fromkeys(self.module.imports)
        found.update(dict.fromkeys(self.module.strings))
        for mentioned in self.program.demand.mentioned_in.get(self.module, ()):
            node: ast.AST = mentioned
            if isinstance(node, ast.Constant):  # a text is looked at anyway, and what it names may be around it
                node = self.module.parent[node]
            while not isinstance(node, ast.stmt) and node not in found:
                if isinstance(node, ast.expr):
                    found[node] = None
                node = self.module.parent[node]
        return sorted(found, key=_position)

    def _is_load(self, node: ast.expr) -> bool:
        return not hasattr(node, "ctx") or isinstance(node.ctx, ast.Load)

    # imports and symbols

    def _imports(self, node: ast.Import | ast.ImportFrom) -> Iterator[Use]:
        base = absolute_module(self.module, node) if isinstance(node, ast.ImportFrom) else None
        names = [f"{base}.{a.name}" if base is not None else a.name for a in node.names]
        if base is not None and base in self.program.by_name and not set(names) & set(self.wrappers):
            yield from self._passed_on(node)
            return
        wrapper = next((w for w in map(self._wrapper_of, names) if w is not None), None)
        if wrapper is not None:
            yield Use(self.module, node, "import", wrapper=wrapper, name=names[0])
        elif any(legacy.flavour(name) for name in names):
            yield Use(self.module, node, "import", name=names[0])

    def _passed_on(self, node: ast.Import | ast.ImportFrom) -> Iterator[Use]:
        """Names of a wrapper that are imported by way of another module of the program."""
        scope = self.module.scope_of[node]
        names = [alias.asname or alias.name for alias in node.names]
        if names == ["*"]:
            names = sorted(
                name for name in self.module.binders if self.module.names.get(name) and self._brings(node, name)
            )
        for name in names:
            cell = self.program.name_cell(self.module, scope, name)
            if type_taken(self.program, linked(self.program, cell)) is not None:
                continue
            value = self.program.held(cell) if cell in self.program.demand.warm else frozenset()
            for atom in atoms.of(value, atoms.SYMBOL):
                if wrapper := self._wrapper_of(atom.name):
                    yield Use(self.module, node, "passed on", wrapper=wrapper, name=atom.name)

    def _brings(self, node: ast.stmt, name: str) -> bool:
        return any(binder is node for binder, _ in self.module.binders[name])

    def _quoted(self, node: ast.Constant) -> Iterator[Use]:
        """An annotation that is a text: of a wrapper by its words, of a raw client by what they stand for."""
        words = set(re.findall(r"\w+", str(node.value)))
        for wrapper in self.wrappers.values():
            named = {*wrapper.client, *wrapper.config, *wrapper.message}
            if words & named or words & self._aliases(named, node):
                yield Use(self.module, node, "quoted", wrapper=wrapper, name=str(node.value))
        if node in self.program.demand.mentioned and not words & {n for w in self.wrappers.values() for n in w.client}:
            held = self._annotated(node)
            if held and all(atom.name not in self.wrappers for atom in held):
                yield Use(self.module, node, "quoted", held, name=str(node.value))

    def _aliases(self, named: set[str], text: ast.Constant) -> set[str]:
        """Other names of these classes, as imports that a text can see give them."""
        scope = self.module.scope_of[text]
        return {
            alias.asname
            for node in self.module.imports
            for alias in node.names
            if alias.asname and alias.name in named and scope.find(alias.asname) is self.module.scope_of[node]
        }

    def _of_patches(self, node: ast.expr, found: Iterable[Patched]) -> Iterator[Use]:
        for name, wrapper, path in found:
            yield Use(self.module, node, "patched", wrapper=wrapper, name=name, patches=path)

    def _by_name(self, node: ast.Constant) -> Iterator[Use]:
        """`getattr(x, "bus")`, `x.__dict__["bus"]`, `attrgetter("bus")`, where some class keeps a client as `bus`."""
        if not isinstance(node.value, str):
            return
        above = self.module.parent[node]
        is_way = isinstance(above, ast.Call) and last_name(above.func) == "attrgetter"
        names = node.value.split(".") if is_way else [node.value]
        if len(names) > 1 and names[-1] in legacy.STREAM_COMMANDS:
            return  # `lost.py` finds it
        if not (held := next((self.carriers[name] for name in names if name in self.carriers), None)):
            return
        if isinstance(above, ast.Call) and last_name(above.func) == "getattr" and self.contexts.is_only_asked(above):
            return
        if isinstance(above, ast.Call):
            named = last_name(above.func) in (DYNAMIC_CALLS - {"hasattr"}) | {
                "attrgetter"
            }  # it asks, and takes nothing
        else:
            named = isinstance(above, ast.Subscript) and (
                isinstance(above.value, ast.Call) or last_name(above.value) == "__dict__"
            )
        if named:
            wrapper = self.wrappers.get(held[0].name)
            yield Use(self.module, node, _escape_of(held), held, wrapper, f"is reached by the name `{node.value}`")

    def _of_givers(self, node: ast.expr, value: Value) -> Iterator[Use]:
        """A function that gives out a client, handed on to somebody who may call it."""
        above = self.module.parent[node]
        if isinstance(above, ast.Call) and (above.func is node or last_name(above.func).endswith("Depends")):
            return
        if made_by_field(self.module.parent, node) is not None:
            return
        for function in atoms.of(value, atoms.FUNCTION):
            held = tuple(atoms.of(self.program.held(("result", function.path, function.name)), atoms.CLIENT))
            if held and not isinstance(above, ast.Attribute):
                wrapper = self.wrappers.get(held[0].name)
                yield Use(self.module, node, "escape", held, wrapper, "is given out by a function that is handed on")

    def _of_unknown_owner(self, node: ast.Attribute) -> Iterator[Use]:
        """`x.bus.publish(...)` where nobody knows what x is, and some class keeps a client as `bus`."""
        held = self.carriers.get(node.attr)
        above = self.module.parent[node]
        if not held or not isinstance(above, ast.Attribute) or self._holds_client(node):
            return
        wrapper = self.wrappers.get(held[0].name)
        methods = set(wrapper.methods) if wrapper is not None else legacy.STREAM_COMMANDS | legacy.CLOSERS
        if above.attr in methods and not self.program.value(self.module, node.value) - ANYTHING:
            shown = f"may be the `{node.attr}` of an object that cannot be followed"
            yield Use(self.module, node, _escape_of(held), held, wrapper, shown, receiver=node)

    def _holds_client(self, node: ast.expr) -> bool:
        return any(atom.kind in (atoms.CLIENT, atoms.PIPELINE) for atom in self.program.value(self.module, node))

    def _of_symbols(self, node: ast.expr, value: Value, annotated: bool) -> Iterator[Use]:
        symbols = [a for a in atoms.of(value, atoms.SYMBOL) if self._wrapper_of(a.name) or legacy.flavour(a.name)]
        above = self.module.parent[node]
        if not symbols or (isinstance(above, ast.Attribute) and self._is_symbol(above)):
            return
        if not self._is_written(node) and not (self.contexts.is_lent(node, symbols[0].name) and not annotated):
            return
        dotted = symbols[0].name
        wrapper = self._wrapper_of(dotted)
        if isinstance(above, ast.Call) and above.func is node and makes_something(self.program, self.module, above):
            return  # the call itself is the use
        if isinstance(above, ast.ClassDef) and (made := self._derived(above)) is not None:
            yield Use(self.module, node, "subclass", (made,), wrapper=wrapper, name=above.name)
            return
        kind = "annotation" if annotated else self._kind_of_symbol(dotted, wrapper)
        if kind == "class":
            kind = self.contexts.of_class(node)
        holders = self._annotated(node) if annotated and wrapper is None else ()
        yield Use(self.module, node, kind, holders, wrapper=wrapper, name=dotted)

    def _derived(self, node: ast.ClassDef) -> Atom | None:
        return self.program.derived((self.module.path, self.module.inner[node].qualified))

    def _annotated(self, node: ast.expr) -> tuple[Atom, ...]:
        """The clients that what is annotated here may hold."""
        inside: ast.AST = node
        for above in self.module.ancestors(node):
            if isinstance(above, ast.AnnAssign):
                cells = list(Evaluator(self.program, self.module).target_cells(above.target))
                return tuple(atom for cell in cells for atom in self._clients(cell))
            if isinstance(above, ast.arg):
                scope = self.module.scope_of[above]
                return self._clients(("name", self.module.path, scope.qualified, above.arg))
            if isinstance(above, Function) and above.returns is inside:
                return self._clients(("result", self.module.path, self.module.inner[above].qualified))
            inside = above
        return ()

    def _clients(self, cell: Cell) -> tuple[Atom, ...]:
        """The clients that a cell holds, or that are in the containers that it holds."""
        held = self.program.held(cell)
        content = containers.content(self.program, held & self.program.peek(containers.KEEPING))
        return tuple(atoms.of(held | content, atoms.CLIENT))

    def _is_written(self, node: ast.expr) -> bool:
        """Whether a symbol is written here, by a name that imports bind, and not only held by a variable."""
        if isinstance(node, ast.Attribute):
            links = linked_by(self.program.value(self.module, node.value), node.attr)
            if type_taken(self.program, links) is not None:
                return False
        while isinstance(node, ast.Attribute):
            node = node.value
        if not isinstance(node, ast.Name):
            return False
        scope = self.module.scope_of[node]
        found = scope.find(node.id)
        bound = self.module.bound(found, node.id) if found is not None else ()
        if not any(isinstance(statement, ast.Import | ast.ImportFrom) for statement in bound):
            return False
        cell = self.program.name_cell(self.module, scope, node.id)
        return type_taken(self.program, linked(self.program, cell)) is None

    def _is_symbol(self, node: ast.Attribute) -> bool:
        return bool(atoms.of(self.program.value(self.module, node), atoms.SYMBOL))

    def _kind_of_symbol(self, dotted: str, wrapper: Wrapper | None) -> str:
        if wrapper is not None:
            return "priority" if f".{dotted}".split(".")[-2] in wrapper.priority else "reference"
        if legacy.is_exception(dotted):
            return "exception"
        return "class" if legacy.is_client_class(dotted) or legacy.is_factory(dotted) else "redis name"

    # clients and configs

    def _of_objects(self, node: ast.expr, value: Value) -> Iterator[Use]:
        there = {atom.kind for atom in value}
        for kind in OBJECTS:
            if kind not in there:
                continue
            held = tuple(atoms.of(value, kind))
            if kind == atoms.CONFIG:
                yield from self._of_config(node, held)
            else:
                yield from self._of_object(node, kind, held)

    def _of_containers(self, node: ast.expr, value: Value) -> Iterator[Use]:
        """A container is followed; where it gets lost, what it holds does."""
        boxes = value & self.program.peek(containers.KEEPING)
        how = self.contexts.of_container(node) if boxes else None
        if how is not None:
            content = containers.content(self.program, boxes)
            held = tuple(atoms.of(content, atoms.CLIENT))
            if held:
                wrapper = self.wrappers.get(held[0].name)
                yield Use(self.module, node, "escape", held, wrapper, f"is in a container that {how}", node)

    def _of_config(self, node: ast.expr, held: tuple[Atom, ...]) -> Iterator[Use]:
        """A config may be made, and given to its client; whatever else is done with it is an escape."""
        wrapper = self.wrappers.get(held[0].name)
        if isinstance(node, ast.Call) and makes_something(self.program, self.module, node):
            yield Use(self.module, node, "config", held, wrapper, self.module.source.segment(node.func))
            if self.contexts.of(node, atoms.CONFIG) is None:
                return
        above = self.module.parent[node]
        call = self.module.parent[above] if isinstance(above, ast.keyword) else above
        if not (isinstance(call, ast.Call) and makes_something(self.program, self.module, call)):
            yield Use(self.module, node, "config escape", held, wrapper, receiver=node)

    def _of_object(self, node: ast.expr, kind: str, held: tuple[Atom, ...]) -> Iterator[Use]:
        wrapper = self.wrappers.get(held[0].name) if kind == atoms.CLIENT else None
        if isinstance(node, ast.Call) and makes_something(self.program, self.module, node) and kind == atoms.CLIENT:
            yield Use(self.module, node, "construct", held, wrapper, name=self.module.source.segment(node.func))
        found = self.contexts.of(node, kind)
        if found is not None:
            how, name, shown = found
            if isinstance(node, ast.expr) and how in ("call", "attribute"):
                held = tuple(client for client in held if not self._is_of_its_own(node, client, name))
            if not held:
                return
            prefix = "" if kind == atoms.CLIENT else f"{kind} "
            other = {a for a in self.program.value(self.module, node) if not self._is_same(a, held)}
            besides = tuple(sorted(other)) if kind in (atoms.CLIENT, atoms.PIPELINE) else ()
            yield Use(self.module, shown, prefix + how, held, wrapper, name, node, besides=besides)

    def _is_of_its_own(self, node: ast.expr, client: Atom, name: str) -> bool:
        """Whether a method is one that a client's derived class defines itself, or that `super()` sets it up with."""
        value = self.program.value(self.module, node)
        if atoms.of(value, atoms.SUPER) and name.startswith("__"):
            return True
        derived = [(a.path, a.name) for a in atoms.of(value, atoms.INSTANCE)]
        mine = [each for each in derived if self.program.derived(each) == client]
        return any(self.program.method(each, name) is not None for each in mine)

    def _is_same(self, atom: Atom, held: tuple[Atom, ...]) -> bool:
        """Whether an atom is one of these objects, or the instance of a derived class that one of them is."""
        if atom.kind in (atoms.INSTANCE, atoms.SUPER):
            return self.program.derived((atom.path, atom.name)) in held
        return atom in held or atom == atoms.NOTHING or atom.kind == atoms.GIVEN
