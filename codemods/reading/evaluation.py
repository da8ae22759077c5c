"""What an expression may hold, given what the cells hold now."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from codemods.reading import atoms, by_name, containers, legacy, templates
from codemods.reading.atoms import ANYTHING, EMPTY, NOTHING, Atom, Value
from codemods.reading.factories import made_by
from codemods.reading.scopes import last_name
from codemods.settings import ENGINE_LOGIC, MARKETDATA

if TYPE_CHECKING:
    from codemods.reading.flow import Cell, FunctionFacts, Program
    from codemods.reading.scopes import Module

RAW_ATTRIBUTES = {"marketdata_client": MARKETDATA, "engine_logic_client": ENGINE_LOGIC}
MOCKS = ("unittest.mock.", "mock.mock.", "mock.Mock", "mock.MagicMock", "mock.AsyncMock")
CASTS = {"typing.cast", "typing_extensions.cast"}
CHAINED = {ast.Call: "func", ast.Attribute: "value", ast.BinOp: "left", ast.Await: "value", ast.IfExp: "orelse"}
GOES_ON = (ast.Attribute, ast.Assign, ast.AnnAssign, ast.NamedExpr, ast.Return)
"""What does something with the pipeline that a command gives again."""
GIVING_THE_SAME = {
    *("abstractmethod", "cache", "cached_property", "classmethod", "final", "lru_cache", "override", "property"),
    *("setter", "staticmethod"),
}
"""Decorators under which a call gives what the function returns."""
NOTHING_ONLY: Value = frozenset({NOTHING})
MOST_DEEP = 20  # subscripts of subscripts


class Evaluator:
    """Evaluates expressions of one module, as the cells are while it lives."""

    def __init__(self, program: Program, module: Module) -> None:
        self.program, self.module = program, module
        self.known: dict[ast.expr, Value] = program.known if program.is_settled else {}

    @property
    def unfilled(self) -> Value:
        """What nothing fills; on the way to the fixed point, what nothing fills yet."""
        if self.program.rough:
            self.program.lacks = True
            return EMPTY
        return ANYTHING

    def value(self, node: ast.expr) -> Value:
        """What the expression may hold; a chain of calls, sums or choices is followed from its inner end."""
        known = self.known.get(node)
        if known is not None:
            return known
        if type(node) not in CHAINED:  # most are names
            return self._alone(node)
        chain: list[ast.expr] = []
        inner: ast.expr | None = node
        while inner is not None and inner not in self.known:
            chain.append(inner)
            field = CHAINED.get(type(inner))
            inner = getattr(inner, field) if field is not None else None
        for part in reversed(chain):
            value = self._alone(part)
        return value

    def _alone(self, node: ast.expr) -> Value:
        """The value of an expression, when that of the inner end of its chain is known."""
        method = EVALUATORS.get(type(node))
        value = self.known[node] = method(self, node) if method is not None else ANYTHING
        return value

    def _Constant(self, node: ast.Constant) -> Value:
        if node.value is None:
            return frozenset({NOTHING})
        return frozenset({Atom(atoms.TEXT, node.value)}) if isinstance(node.value, str) else ANYTHING

    def _JoinedStr(self, node: ast.JoinedStr) -> Value:
        parts: tuple[str, ...] = ("",)
        filled = {piece: self.value(piece.value) for piece in node.values if isinstance(piece, ast.FormattedValue)}
        if self.program.rough and EMPTY in filled.values():
            return self.unfilled
        for piece in node.values:
            if isinstance(piece, ast.FormattedValue):
                plain = piece.format_spec is None and piece.conversion in (-1, 115)
                choices = (templates.shown(self, piece.value) or ("*",)) if plain else ("*",)
            else:
                choices = (str(piece.value),) if isinstance(piece, ast.Constant) else ("*",)
            parts = templates.joined(parts, choices)
        return frozenset(Atom(atoms.TEXT, part) for part in parts)

    def _BinOp(self, node: ast.BinOp) -> Value:
        if not isinstance(node.op, ast.Add):
            return templates.filled(self, node) if isinstance(node.op, ast.Mod) else ANYTHING
        values = [self.value(side) for side in (node.left, node.right)]
        if self.program.rough and EMPTY in values:
            return self.unfilled
        left, right = map(atoms.texts, values)
        if left is None and right is None:
            return ANYTHING
        return frozenset(Atom(atoms.TEXT, text) for text in templates.joined(left or ("*",), right or ("*",)))

    def _IfExp(self, node: ast.IfExp) -> Value:
        return self.value(node.body) | self.value(node.orelse)

    def _BoolOp(self, node: ast.BoolOp) -> Value:
        values = [self.value(item) for item in node.values]
        if isinstance(node.op, ast.And):
            return values[-1] | (NOTHING_ONLY if any(NOTHING in value for value in values[:-1]) else EMPTY)
        return frozenset().union(*values)

    def _Await(self, node: ast.Await) -> Value:
        """What is awaited; the reply to a command of a pipeline is no pipeline any more."""
        value, call = self.value(node.value), node.value
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
            return value - frozenset(atoms.of(self.value(call.func.value), atoms.PIPELINE))
        return value

    def _NamedExpr(self, node: ast.NamedExpr) -> Value:
        return self.value(node.value)

    def _display(self, node: containers.Display) -> Value:
        return containers.displayed(self, node)

    def _Subscript(self, node: ast.Subscript) -> Value:
        if last_name(node.value) in ("Annotated", "Optional"):  # another name for a type
            return self.value(node.slice.elts[0] if isinstance(node.slice, ast.Tuple) else node.slice)
        if _depth(node) > MOST_DEEP:
            return ANYTHING
        if isinstance(node.slice, ast.Slice):
            return containers.keeping(self, node.value) or ANYTHING
        if isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, int) and node.slice.value >= 0:
            return containers.part(self, node.value, node.slice.value)
        return containers.element(self, node.value)

    def _Name(self, node: ast.Name) -> Value:
        scope = self.module.scope_of[node]
        cell = self.program.name_cell(self.module, scope, node.id)
        if scope.kind == "class" and scope.parent is not None and _is_bound_later(scope.node, node):
            cell = self.program.name_cell(self.module, scope.parent, node.id)
        if cell is None:
            return ANYTHING
        value = self.held(cell)
        if len(value) > 1 and {atoms.CLIENT, atoms.SYMBOL} <= {atom.kind for atom in value}:
            return _in_its_turn(self.module, node, value)
        return value

    def held(self, cell: Cell) -> Value:
        """The atoms of a cell, links to other modules' names resolved."""
        value = self.program.read(cell)
        for _ in range(8):
            links = [atom for atom in value if atom.kind == atoms.LINK]
            if not links:
                return value
            value -= frozenset(links)
            for link in links:
                value |= self._linked(link)
        return frozenset(atom for atom in value if atom.kind != atoms.LINK)

    def _linked(self, link: Atom) -> Value:
        """What another module's name holds; a package's name may be a submodule that is not read."""
        module = self.program.module(link.path)
        if module is None:
            return self.unfilled
        if module.path.endswith("__init__.py") and not module.root.find(link.name):
            return frozenset({Atom(atoms.SYMBOL, f"{module.name}.{link.name}")})
        return self.program.read(("name", link.path, "", link.name)) or self.unfilled

    def _Attribute(self, node: ast.Attribute) -> Value:
        found: Value = EMPTY
        for atom in self.value(node.value):
            found |= self.attribute_of(atom, node.attr)
        if not found - ANYTHING and isinstance(node.value, ast.Attribute) and node.value.attr == "state":
            return self.program.read(("state", node.attr)) or self.unfilled
        return found

    def attribute_of(self, atom: Atom, name: str) -> Value:
        """What the attribute of something may be."""
        if atom.kind == atoms.SYMBOL:
            return self.program.named(f"{atom.name}.{name}")
        if atom.kind == atoms.MODULE:
            inner = f"{atom.name}.{name}"
            if atom.path not in self.program.modules and inner in self.program.by_name:
                return self.program.named(inner)
            held = self.held(("name", atom.path, "", name))
            if not held and inner in self.program.by_name:
                return self.program.named(inner)
            return held or self.unfilled
        if atom.kind in (atoms.INSTANCE, atoms.CLASS):
            if name == "__class__" and atom.kind == atoms.INSTANCE:
                return frozenset({atom._replace(kind=atoms.CLASS)})
            key = (atom.path, atom.name)
            method = self.program.method(key, name)
            if method is not None:
                return self._method_value(method)
            held = self.held(("attribute", *self.program.family(key), name))
            if below := self.program.below(key, name):
                held = held.union(*map(self._method_value, below))
            return held or self.unfilled
        if atom.kind == atoms.MOCK:
            return atoms.A_MOCK
        if atom.kind == atoms.SUPER:
            methods = [self.program.method(base, name) for base in self.program.bases((atom.path, atom.name))]
            known = [self._method_value(method) for method in methods if method is not None]
            return known[0] if known else self.held(("attribute", *self.program.family((atom.path, atom.name)), name))
        if atom.kind == atoms.DUAL and name in RAW_ATTRIBUTES:
            return frozenset({Atom(atoms.DUAL_RAW, RAW_ATTRIBUTES[name])})
        return EMPTY if atom == NOTHING else ANYTHING

    def _method_value(self, facts: FunctionFacts) -> Value:
        """The method itself, or the result of a property."""
        names = {d.id for d in facts.header.decorator_list if isinstance(d, ast.Name)}
        names |= {d.attr for d in facts.header.decorator_list if isinstance(d, ast.Attribute)}
        if names & {"property", "cached_property"}:
            return self._result(facts)
        return frozenset({Atom(atoms.FUNCTION, facts.qualified, facts.module.path)})

    def _result(self, facts: FunctionFacts) -> Value:
        return self.program.read(("result", facts.module.path, facts.qualified))

    def _Call(self, node: ast.Call) -> Value:
        if (special := containers.called(self, node)) is not None:
            return special
        if isinstance(node.func, ast.Name) and node.func.id == "super":
            return self._super(node)
        if instances := self._whose_type(node):
            return frozenset(atom._replace(kind=atoms.CLASS) for atom in instances)
        if text := templates.formatted(self, node):
            return text
        if (named := by_name.reached(self, node)) is not None:
            return named
        found = self._on_object(node.func, node) if isinstance(node.func, ast.Attribute) else EMPTY
        if any(atom.kind == atoms.CLIENT for atom in found) or (found and self._is_only_known(node.func)):
            return found
        for atom in self.value(node.func):
            found |= self._called(atom, node)
        return found or self.unfilled

    def _whose_type(self, node: ast.Call) -> list[Atom]:
        """The instances that `type(x)` gives the classes of."""
        is_type = isinstance(node.func, ast.Name) and node.func.id == "type" and len(node.args) == 1
        return atoms.of(self.value(node.args[0]), atoms.INSTANCE) if is_type else []

    def _called(self, atom: Atom, node: ast.Call) -> Value:
        if atom == NOTHING:
            return EMPTY  # it raises
        if atom.kind == atoms.MOCK or atom.name.startswith(MOCKS):
            return atoms.A_MOCK
        if atom.kind == atoms.FUNCTION:
            facts = self.program.functions[atom.path, atom.name]
            result = self._result(facts)
            return result | ANYTHING if atoms.of(result, atoms.TEXT) and _may_give_another(facts) else result
        if atom.kind == atoms.CLASS:
            return self.with_client(frozenset({Atom(atoms.INSTANCE, atom.name, atom.path)}))
        if atom.kind == atoms.SYMBOL:
            if atom.name.endswith((".Depends", ".Security")) and node.args:  # FastAPI gives what the function returns
                givers = atoms.of(self.value(node.args[0]), atoms.FUNCTION)
                results = frozenset().union(*(self._result(self.program.functions[g.path, g.name]) for g in givers))
                boxes = results & self.program.peek(containers.KEEPING)  # of a function that yields
                return (results - boxes) | containers.content(self.program, boxes)
            if atom.name in CASTS and len(node.args) == 2:
                return self.value(node.args[1])
            made = made_by(self.program.settings.wrappers, self.program.settings.target.module, atom.name)
            if made is not None:
                return frozenset({Atom(made.kind, made.name, self.module.path, node.lineno, node.col_offset)})
        return ANYTHING

    def with_client(self, value: Value) -> Value:
        """These atoms, and a client for each instance of a class that is derived from a client's."""
        clients = (self.program.derived((a.path, a.name)) for a in atoms.of(value, atoms.INSTANCE))
        return value.union(client for client in clients if client is not None)

    def _super(self, node: ast.Call) -> Value:
        scope = self.module.scope_of[node]
        while scope.parent is not None and scope.kind != "class":
            scope = scope.parent
        if scope.kind != "class":
            return ANYTHING
        client = self.program.derived((self.module.path, scope.qualified))
        return frozenset({Atom(atoms.SUPER, scope.qualified, self.module.path), *([client] if client else [])})

    def _on_object(self, method: ast.Attribute, node: ast.Call) -> Value:
        """What a method of a client or a pipeline gives: a connection, a pipeline, a listener."""
        value, name = self.value(method.value), method.attr
        clients = atoms.of(value, atoms.CLIENT)
        if name in legacy.POOL_METHODS and not node.args:
            return frozenset(atom for atom in clients if atom.name == legacy.OLD)
        if name in legacy.GIVES_PIPELINE:
            given = atoms.given_at(self.module.path, node)
            mine = frozenset(Atom(atoms.DUAL_PIPELINE, atom.name) for atom in atoms.of(value, atoms.DUAL_RAW))
            return mine.union(atom._replace(kind=atoms.PIPELINE, given=given) for atom in clients)
        if name == "pubsub":
            return frozenset(atom._replace(kind=atoms.PUBSUB) for atom in clients)
        if name in legacy.OF_PIPELINE:
            return EMPTY
        pipelines = [atom for atom in atoms.of(value, atoms.PIPELINE) if self._gives_itself(atom, method, node)]
        return frozenset([*pipelines, *atoms.of(value, atoms.DUAL_PIPELINE)])

    def _is_only_known(self, method: ast.expr) -> bool:
        """Whether a method is certainly one of a client or a pipeline."""
        value = self.value(method.value) if isinstance(method, ast.Attribute) else ANYTHING
        return all(atom.kind in (atoms.CLIENT, atoms.PIPELINE, atoms.GIVEN) or atom == NOTHING for atom in value)

    def _gives_itself(self, pipeline: Atom, method: ast.Attribute, node: ast.Call) -> bool:
        """Whether a command gives its pipeline again: of a synchronous one, it may be the reply after a watch."""
        if pipeline.name == legacy.ASYNC:
            return isinstance(self.module.parent[node], GOES_ON) or isinstance(method.value, ast.Call)
        above: ast.AST = node
        while isinstance(attribute := self.module.parent[above], ast.Attribute):
            if attribute.attr in legacy.IN_CHAINS:
                return True
            above = self.module.parent[attribute]
            if not isinstance(above, ast.Call):
                return False
        return isinstance(method.value, ast.Call)

    def target_cells(self, target: ast.expr) -> Iterator[Cell]:
        """The cells that an assignment to this expression reaches."""
        if isinstance(target, ast.Name):
            cell = self.program.name_cell(self.module, self.module.scope_of[target], target.id)
            if cell:
                yield cell
        elif isinstance(target, ast.Attribute):
            owners = [a for a in self.value(target.value) if a.kind in (atoms.INSTANCE, atoms.CLASS)]
            for owner in owners:
                yield self.attribute_cell(owner, target.attr)
            for holder in atoms.of(self.value(target.value), atoms.MODULE):
                yield ("name", holder.path, "", target.attr)
            if not owners and isinstance(target.value, ast.Attribute) and target.value.attr == "state":
                yield ("state", target.attr)
        elif isinstance(target, ast.Subscript):
            for box in containers.boxes_in(self.value(target.value)):
                yield atoms.inside(box)

    def attribute_cell(self, owner: Atom, name: str) -> Cell:
        """The cell of an attribute of a class or its instances."""
        return ("attribute", *self.program.family((owner.path, owner.name)), name)


def _may_give_another(facts: FunctionFacts) -> bool:
    """Whether a decorator may have a call give something else than what the function returns."""
    made = {last_name(each.func if isinstance(each, ast.Call) else each) for each in facts.header.decorator_list}
    return not made <= GIVING_THE_SAME


def _is_bound_later(owner: ast.AST, node: ast.Name) -> bool:
    """Whether a class body binds this name in the statement that uses it, or below: `redis = redis.Redis()`."""
    for statement in owner.body if isinstance(owner, ast.ClassDef) else ():
        targets = statement.targets if isinstance(statement, ast.Assign) else []
        if any(isinstance(target, ast.Name) and target.id == node.id for target in targets):
            return node.lineno <= (statement.end_lineno or statement.lineno)
    return False


def _depth(node: ast.expr) -> int:
    depth = 0
    while isinstance(node, ast.Subscript):
        node, depth = node.value, depth + 1
    return depth


def _in_its_turn(module: Module, node: ast.Name, value: Value) -> Value:
    """What a name means here that stands for a module first and is then bound again: `redis = redis.Redis()`."""
    scope = module.scope_of[node].find(node.id)
    binders = list(module.bound(scope, node.id)) if scope is not None else []
    statements = [module.statement(binder) for binder in binders]
    block = getattr(scope.node, "body", None) if scope is not None else None
    if scope is None or not isinstance(block, list) or any(statement not in block for statement in statements):
        return value
    last = max(statements, key=lambda statement: statement.lineno, default=None)
    if not isinstance(last, ast.Assign | ast.AnnAssign) or sum(s.lineno <= last.lineno for s in statements) < 2:
        return value
    is_before = module.scope_of[node] is scope and node.lineno <= (last.end_lineno or last.lineno)
    kinds = {atoms.SYMBOL, atoms.MODULE, atoms.LINK}
    return frozenset(atom for atom in value if (atom.kind in kinds) is is_before)


EVALUATORS: dict[type[ast.AST], Callable[..., Value]] = {
    ast.Constant: Evaluator._Constant,
    ast.JoinedStr: Evaluator._JoinedStr,
    ast.BinOp: Evaluator._BinOp,
    ast.IfExp: Evaluator._IfExp,
    ast.BoolOp: Evaluator._BoolOp,
    ast.Await: Evaluator._Await,
    ast.NamedExpr: Evaluator._NamedExpr,
    **dict.fromkeys(
        (ast.Dict, ast.List, ast.Tuple, ast.Set, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp),
        Evaluator._display,
    ),
    ast.Subscript: Evaluator._Subscript,
    ast.Name: Evaluator._Name,
    ast.Attribute: Evaluator._Attribute,
    ast.Call: Evaluator._Call,
}
