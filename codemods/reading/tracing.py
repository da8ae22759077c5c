"""Where something unknown may come from: traced back to an attribute or a name by which a client is kept somewhere."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection, Iterator
from typing import Any

from codemods.reading import atoms, containers
from codemods.reading.atoms import ANYTHING, NOTHING, Value
from codemods.reading.evaluation import Evaluator
from codemods.reading.flow import FunctionFacts, Program
from codemods.reading.scopes import Function, Module, dotted_name, last_name
from codemods.reading.walking import walk

Given = tuple[Module, ast.expr | None]
CASE = re.compile(r"^\s*case\b", re.MULTILINE)
OBJECTS = {atoms.INSTANCE, atoms.CLASS}
MOST_STEPS = 40
IMPORTERS = {"import_module", "__import__"}
NAMESPACES = {"globals", "locals", "vars"}
PROPERTIES = {"property", "cached_property"}


class Tracer:
    """Says of an expression whether a client of one wrapper may have come to it unseen."""

    def __init__(self, program: Program, wrapper: str, keys: Collection[str] = ()) -> None:
        self.program, self.wrapper = program, wrapper
        self.keys = set(keys)  # by which a client is kept in what is not known: `app["bus"] = Client()`
        self.attributes: set[str] = set()  # by which a client is kept, or a container of clients
        self.globals: set[str] = set()
        self._patterns: dict[Module, bool] = {}  # whether a module has any
        self._seen: set[ast.AST] = set()
        for cell, held in list(program.cells.items()):
            if self._keeps(frozenset(held)):
                self._note(cell)

    def _keeps(self, held: Value) -> bool:
        content = containers.content(self.program, held & self.program.peek(containers.KEEPING))
        return any(atom.kind == atoms.CLIENT and atom.name == self.wrapper for atom in held | content)

    def _note(self, cell: tuple[str, ...]) -> None:
        if cell[0] in ("attribute", "state"):
            self.attributes.add(cell[-1])
        elif cell[0] == "name" and not cell[2]:
            self.globals.add(cell[-1])
        elif cell[0] == "result" and _is_property(self.program.functions[cell[1], cell[2]].header):
            self.attributes.add(self.program.functions[cell[1], cell[2]].header.name)

    def may_be_named(self, text: str) -> bool:
        """Whether a text has any of the names by which a client is kept."""
        return any(name in text for name in self.attributes | self.globals | self.keys)

    def leads_to_client(self, module: Module, node: ast.expr) -> bool:
        """Whether the expression may be what is kept as a client somewhere."""
        self._seen.clear()
        return self._leads(module, node)

    def _leads(self, module: Module, node: ast.AST | None) -> bool:
        step = STEPS.get(type(node))
        if node is None or step is None or node in self._seen or len(self._seen) > MOST_STEPS:
            return False
        self._seen.add(node)
        return step(self, module, node)

    def _is_client(self, module: Module, node: ast.expr) -> bool:
        return self._keeps(self.program.value(module, node))

    # expressions

    def _name(self, module: Module, node: ast.Name) -> bool:
        scope = module.scope_of[node].find(node.id)
        if scope is None:
            return False
        for binder in list(module.bound(scope, node.id)):
            if isinstance(binder, ast.arg) and isinstance(scope.node, Function):
                facts = self.program.facts(module, scope.node)
                if any(self._leads(*given) for given in _arguments(facts, node.id)):
                    return True
            elif isinstance(binder, ast.Name) and self._leads(module, _source(module, binder)):
                return True
        return self._is_captured(module, scope.node, node.id)

    def _is_captured(self, module: Module, block: ast.AST, name: str) -> bool:
        """Whether a pattern binds the name to an attribute by which a client is kept: `case Engine(bus=name)`."""
        if module not in self._patterns:
            self._patterns[module] = CASE.search(module.source.text) is not None
        for pattern in walk(block) if self._patterns[module] and isinstance(block, Function) else ():
            for attribute, inner in zip(*_keywords(pattern), strict=True):
                if attribute in self.attributes and any(getattr(each, "name", "") == name for each in walk(inner)):
                    return True
        return False

    def _attribute(self, module: Module, node: ast.Attribute) -> bool:
        owners = self.program.value(module, node.value) - ANYTHING - {NOTHING}
        stores = list(stored(self.program, module, node)) if owners else []
        is_unfilled = not any(value is not None for _, value in stores)
        if _unmangled(node.attr) in self.attributes and is_unfilled and {owner.kind for owner in owners} <= OBJECTS:
            return True
        if node.attr in self.globals and self._is_module(module, node.value):
            return True
        return any(self._leads(*given) for given in stores) or any(
            self._gives(method)
            for owner in atoms.of(owners, atoms.INSTANCE)
            if (method := self.program.method((owner.path, owner.name), node.attr)) and _is_property(method.header)
        )

    def _is_module(self, module: Module, node: ast.expr | None) -> bool:
        """Whether this is a module that is asked for by a text."""
        if isinstance(node, ast.Name):
            scope = module.scope_of[node].find(node.id)
            bound = module.bound(scope, node.id) if scope is not None else ()
            return any(isinstance(b, ast.Name) and self._is_module(module, _source(module, b, ast.Call)) for b in bound)
        if isinstance(node, ast.Subscript):
            return dotted_name(node.value) == "sys.modules"
        return isinstance(node, ast.Call) and last_name(node.func) in IMPORTERS

    def _subscript(self, module: Module, node: ast.Subscript) -> bool:
        named = node.slice.value if isinstance(node.slice, ast.Constant) else None
        if isinstance(node.value, ast.Call) and last_name(node.value.func) in NAMESPACES:
            return named in self.globals | self.attributes
        if self._is_kept(module, node.value, node.slice):
            return True
        return self._is_client(module, node.value) or self._leads(module, node.value)

    def _is_kept(self, module: Module, owner: ast.expr, key: ast.expr) -> bool:
        """Whether a client is kept by this key in something that is not known either."""
        texts = atoms.texts(self.program.value(module, key)) if self.keys else None
        return not self.keys.isdisjoint(texts or ()) and not self.program.value(module, owner) - ANYTHING - {NOTHING}

    def _call(self, module: Module, node: ast.Call) -> bool:
        name, first = last_name(node.func), node.args[0] if node.args else None
        if name == "eval" and isinstance(first, ast.Constant):
            return bool(self.globals & set(re.findall(r"\w+", str(first.value))))
        if name in PROPERTIES and first is not None:
            return self._is_given_by(module, first)
        if isinstance(node.func, ast.Attribute) and name in containers.GIVES_OR_SAME:
            if first is not None and self._is_kept(module, node.func.value, first):
                return True
            return self._leads(module, node.func.value)
        functions = atoms.of(self.program.value(module, node.func), atoms.FUNCTION)
        return any(self._gives(self.program.functions[each.path, each.name]) for each in functions)

    def _is_given_by(self, module: Module, function: ast.expr) -> bool:
        """Whether the function of `property(function)` gives a client."""
        if isinstance(function, ast.Lambda):
            return self._leads(module, function.body)
        owner = module.scope_of[function].node
        methods = owner.body if isinstance(owner, ast.ClassDef) else []
        named = [each for each in methods if isinstance(each, Function) and each.name == last_name(function)]
        return any(self._gives(self.program.facts(module, method)) for method in named)

    def _gives(self, facts: FunctionFacts) -> bool:
        module = facts.module
        module.read_function(facts.header)
        given = [each.value for each in module.returns.get(module.inner[facts.header], ()) if each.value is not None]
        return any(self._is_client(module, value) or self._leads(module, value) for value in given)

    def _either(self, module: Module, node: ast.expr) -> bool:
        return any(self._leads(module, inner) for inner in ast.iter_child_nodes(node))


STEPS: dict[type[Any], Callable[..., bool]] = {
    ast.Name: Tracer._name,
    ast.Attribute: Tracer._attribute,
    ast.Subscript: Tracer._subscript,
    ast.Call: Tracer._call,
    **dict.fromkeys((ast.Await, ast.IfExp, ast.BoolOp, ast.NamedExpr), Tracer._either),
}


def keys_of(program: Program, module: Module, node: ast.AST) -> set[str]:
    """The keys by which an assignment stores a value where it cannot be followed: `app["bus"] = Client()`."""
    above = module.parent.get(node)
    targets = above.targets if isinstance(above, ast.Assign) else []
    named = [target.slice for target in targets if isinstance(target, ast.Subscript)]
    return {text for key in named for text in atoms.texts(program.value(module, key)) or ()}


def stored(program: Program, module: Module, place: ast.Name | ast.Attribute) -> Iterator[Given]:
    """What is assigned to this name, or to this attribute of an object of this class; None for any other way."""
    name = place.id if isinstance(place, ast.Name) else place.attr
    cells = set(Evaluator(program, module).target_cells(place))
    for other in program.modules.values() if cells else ():
        for node in [*other.named(name), *other.attributes.get(name, ())]:
            if isinstance(node, ast.arg) or isinstance(node.ctx, ast.Load):
                continue
            if cells & set(Evaluator(program, other).target_cells(node)):
                above = other.parent[node]
                yield other, above.value if isinstance(above, ast.Assign | ast.AnnAssign) else None


def _source(module: Module, binder: ast.Name, kind: type[ast.AST] = ast.AST) -> ast.expr | None:
    """What a name is bound to, as far as that is written beside it."""
    above = module.parent[binder]
    if isinstance(above, ast.withitem):
        return above.context_expr
    value = above.value if isinstance(above, ast.Assign | ast.AnnAssign | ast.NamedExpr) else None
    return value if isinstance(value, kind) else None


def _arguments(facts: FunctionFacts, name: str) -> Iterator[tuple[Module, ast.expr]]:
    """What the known calls of a function give to one of its parameters."""
    names = [parameter.arg for parameter in facts.parameters]
    for module, call in facts.calls:
        yield from ((module, given) for own, given in zip(names, call.args, strict=False) if own == name)
        yield from ((module, keyword.value) for keyword in call.keywords if keyword.arg == name)


def _unmangled(name: str) -> str:
    """What Python makes `_Engine__bus` of, where it is written in the class."""
    return re.sub(r"^_[^_]\w*?(?=__)", "", name)


def _keywords(pattern: ast.AST) -> tuple[list[str], list[ast.pattern]]:
    return (pattern.kwd_attrs, pattern.kwd_patterns) if isinstance(pattern, ast.MatchClass) else ([], [])


def _is_property(function: Function) -> bool:
    return any(last_name(each) in PROPERTIES for each in function.decorator_list)
