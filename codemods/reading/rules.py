"""The ways by which atoms reach cells: what each assignment, call, return and definition carries where."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct

from codemods.reading import arguments, atoms, containers, stars
from codemods.reading.atoms import ANYTHING, NOTHING, Atom, Value
from codemods.reading.evaluation import Evaluator
from codemods.reading.generated import default_of, foreign_bases, is_dataclass, is_decorated
from codemods.reading.scopes import Function, Module, Scope
from codemods.reading.stars import absolute_module
from codemods.reading.walking import walk

if TYPE_CHECKING:
    from codemods.reading.flow import Cell, Program


Take = Callable[..., Value]


def _whole(evaluator: Evaluator, source: ast.expr | Value) -> Value:
    return evaluator.value(source) if isinstance(source, ast.expr) else source


class Rule(Struct, eq=False):
    """One way by which atoms reach a cell, or by which a call fills parameters."""

    module: Module
    node: ast.AST
    target: ast.expr | Cell | None
    source: ast.expr | Value | None
    take: Take = _whole  # what of the source reaches it

    def apply(self, program: Program) -> Iterator[tuple[Cell, Value]]:
        """The cells that it reaches now, and what it brings them."""
        evaluator = Evaluator(program, self.module)
        if isinstance(self.node, ast.Call) and self.target is None:
            yield from arguments.bound(evaluator, self.node)
            yield from containers.put(evaluator, self.node)
            return
        if isinstance(self.target, tuple) and self.target[0] == "inside" and self.source not in program.demand.carrying:
            return
        value = ANYTHING if self.source is None else self.take(evaluator, self.source)
        if isinstance(self.target, tuple):
            yield self.target, value
        elif self.target is not None:
            for cell in evaluator.target_cells(self.target):
                yield cell, value


def rules_of(program: Program, module: Module, node: ast.AST) -> list[Rule]:
    """The rules of one node; most kinds of node have none."""
    make = MAKERS.get(type(node))
    return list(make(program, module, node, module.scope_of[node])) if make is not None else []


def _pairs(
    module: Module, node: ast.AST, target: ast.expr, source: ast.expr | None, take: Take = _whole
) -> Iterator[Rule]:
    if isinstance(target, ast.Tuple | ast.List):
        values: list[ast.expr | None] = [None] * len(target.elts)
        starred = any(isinstance(item, ast.Starred) for item in target.elts)
        if isinstance(source, ast.Tuple | ast.List) and len(source.elts) == len(values) and not starred:
            values = list(source.elts)
        elif source is not None and not starred and take is _whole:
            for index, item in enumerate(target.elts):
                yield from _pairs(module, node, item, source, partial(_part, index))
            return
        for item, value in zip(target.elts, values, strict=True):
            yield from _pairs(module, node, item, value)
    elif isinstance(target, ast.Starred):
        yield from _pairs(module, node, target.value, None)
    elif isinstance(target, ast.Name | ast.Attribute | ast.Subscript):
        yield Rule(module, node, target, source, take)


def _part(index: int, evaluator: Evaluator, source: ast.expr) -> Value:
    return containers.part(evaluator, source, index)


def _assign(program: Program, module: Module, node: ast.Assign, scope: Scope) -> Iterator[Rule]:
    for target in node.targets:
        yield from _pairs(module, node, target, node.value)


def _ann_assign(program: Program, module: Module, node: ast.AnnAssign, scope: Scope) -> Iterator[Rule]:
    own = scope.node if isinstance(scope.node, ast.ClassDef) and isinstance(node.target, ast.Name) else None
    if own is not None and is_dataclass(own):  # what its constructor is given, `filling.py` finds
        value, is_made = default_of(node.value)
        if value is not None:
            yield from _pairs(module, node, node.target, value, _made if is_made else _whole)
        return
    if node.value is not None:
        yield from _pairs(module, node, node.target, node.value)
    if own is not None and is_model(module, own):
        yield Rule(module, node, node.target, None)  # a model may be given another value


def _made(evaluator: Evaluator, factory: ast.expr) -> Value:
    """What a field's `default_factory` gives."""
    found: Value = frozenset()
    for atom in evaluator.value(factory):
        if atom.kind == atoms.FUNCTION:
            found |= evaluator.program.read(("result", atom.path, atom.name))
        elif atom.kind == atoms.CLASS:
            found |= evaluator.with_client(frozenset({atom._replace(kind=atoms.INSTANCE)}))
        else:
            found |= ANYTHING
    return found


def _aug_assign(program: Program, module: Module, node: ast.AugAssign, scope: Scope) -> Iterator[Rule]:
    yield from _pairs(module, node, node.target, None)


def _walrus(program: Program, module: Module, node: ast.NamedExpr, scope: Scope) -> Iterator[Rule]:
    yield from _pairs(module, node, node.target, node.value)


def _for(program: Program, module: Module, node: ast.For | ast.AsyncFor, scope: Scope) -> Iterator[Rule]:
    yield from _each(module, node, node.target, node.iter)


def _each(module: Module, node: ast.AST, target: ast.expr, source: ast.expr) -> Iterator[Rule]:
    """What a loop's target gets: each element of a display, or what comes out of a container."""
    if isinstance(source, ast.Tuple | ast.List | ast.Set) and source.elts:
        for element in source.elts:
            yield from _pairs(module, node, target, element)
    elif isinstance(target, ast.Tuple) and len(target.elts) == 2 and (held := _second(source)) is not None:
        yield from _pairs(module, node, target.elts[0], None)
        yield from _pairs(module, node, target.elts[1], held, containers.element)
    elif isinstance(target, ast.Tuple | ast.List):
        yield from _pairs(module, node, target, None)
    else:
        yield from _pairs(module, node, target, source, containers.element)


def _second(source: ast.expr) -> ast.expr | None:
    """What gives the second of each pair: of `d.items()`, and of `enumerate(x)`."""
    if isinstance(source, ast.Call) and isinstance(source.func, ast.Attribute) and source.func.attr == "items":
        return source.func.value
    if isinstance(source, ast.Call) and isinstance(source.func, ast.Name) and source.func.id == "enumerate":
        return source.args[0] if source.args else None
    return None


def _with(program: Program, module: Module, node: ast.With | ast.AsyncWith, scope: Scope) -> Iterator[Rule]:
    for item in node.items:
        if item.optional_vars is not None:
            yield from _pairs(module, node, item.optional_vars, item.context_expr, containers.entered)


def _comprehension(program: Program, module: Module, node: containers.Comprehension, scope: Scope) -> Iterator[Rule]:
    for generator in node.generators:
        yield from _each(module, node, generator.target, generator.iter)
    result = node.value if isinstance(node, ast.DictComp) else node.elt
    yield Rule(module, node, atoms.inside(containers.box_of(program, module, node)), result)


def _display(program: Program, module: Module, node: ast.expr, scope: Scope) -> Iterator[Rule]:
    """What a display holds."""
    values = node.values if isinstance(node, ast.Dict) else getattr(node, "elts", [])
    if not isinstance(getattr(node, "ctx", None), ast.Store) and not isinstance(module.parent[node], ast.Subscript):
        box = containers.box_of(program, module, node)
        cell = atoms.inside(box)
        for index, value in enumerate(values if containers.has_positions(node) else ()):
            yield Rule(module, node, atoms.inside(box, index), value)
        keys = node.keys if isinstance(node, ast.Dict) else [node] * len(values)
        for key, value in zip(keys, values, strict=True):
            if key is None or isinstance(value, ast.Starred):  # what another container holds
                poured = value.value if isinstance(value, ast.Starred) else value
                yield Rule(module, node, cell, poured, containers.element)
            else:
                yield Rule(module, node, cell, value)


def _yield(program: Program, module: Module, node: ast.Yield, scope: Scope) -> Iterator[Rule]:
    """A generator function returns something that holds what it yields."""
    function = scope.function()
    if function is not None and isinstance(function.node, Function) and node.value is not None:
        box = containers.box_of(program, module, function.node)
        yield Rule(module, node, atoms.inside(box), node.value)
        yield Rule(module, node, ("result", module.path, function.qualified), frozenset({box}))


def _except(program: Program, module: Module, node: ast.ExceptHandler, scope: Scope) -> Iterator[Rule]:
    if node.name and (cell := program.name_cell(module, scope, node.name)):
        yield Rule(module, node, cell, None)


def _match(
    program: Program, module: Module, node: ast.MatchAs | ast.MatchStar | ast.MatchMapping, scope: Scope
) -> Iterator[Rule]:
    """What a pattern takes out of its subject is not known."""
    name = node.rest if isinstance(node, ast.MatchMapping) else node.name
    if name and (cell := program.name_cell(module, scope, name)):
        yield Rule(module, node, cell, None)


def _lambda(program: Program, module: Module, node: ast.Lambda, scope: Scope) -> Iterator[Rule]:
    inner = module.inner[node]
    for argument in walk(node.args):
        if isinstance(argument, ast.arg):
            yield Rule(module, node, ("name", module.path, inner.qualified, argument.arg), None)


def _function(program: Program, module: Module, node: Function, scope: Scope) -> Iterator[Rule]:
    """What fills parameters besides callers: the instance, the defaults, whatever else is given."""
    facts = program.facts(module, node)
    base = ("name", module.path, facts.qualified)
    positional = [*node.args.posonlyargs, *node.args.args]
    if facts.is_method and positional:
        is_class = any(isinstance(d, ast.Name) and d.id == "classmethod" for d in node.decorator_list)
        this = Atom(atoms.CLASS if is_class else atoms.INSTANCE, scope.qualified, module.path)
        yield Rule(module, node, (*base, positional[0].arg), frozenset({this}), Evaluator.with_client)
    for argument, default in defaults(node.args):
        yield Rule(module, node, (*base, argument.arg), default)
    for extra in (node.args.vararg, node.args.kwarg):
        if extra is not None:
            yield Rule(module, node, (*base, extra.arg), None)


def _return(program: Program, module: Module, node: ast.Return, scope: Scope) -> Iterator[Rule]:
    function = scope.function()
    if function is not None:
        value: ast.expr | Value = node.value if node.value is not None else frozenset({NOTHING})
        yield Rule(module, node, ("result", module.path, function.qualified), value)


def _call(program: Program, module: Module, node: ast.Call, scope: Scope) -> Iterator[Rule]:
    yield Rule(module, node, None, None)


MAKERS: dict[type[ast.AST], Callable[..., Iterator[Rule]]] = {
    ast.Assign: _assign,
    ast.AnnAssign: _ann_assign,
    ast.AugAssign: _aug_assign,
    ast.NamedExpr: _walrus,
    ast.For: _for,
    ast.AsyncFor: _for,
    ast.With: _with,
    ast.AsyncWith: _with,
    ast.ListComp: _comprehension,
    ast.SetComp: _comprehension,
    ast.GeneratorExp: _comprehension,
    ast.DictComp: _comprehension,
    ast.ExceptHandler: _except,
    ast.MatchAs: _match,
    ast.MatchStar: _match,
    ast.MatchMapping: _match,
    ast.Lambda: _lambda,
    ast.FunctionDef: _function,
    ast.AsyncFunctionDef: _function,
    ast.Return: _return,
    ast.Yield: _yield,
    ast.Call: _call,
    ast.Dict: _display,
    ast.List: _display,
    ast.Tuple: _display,
    ast.Set: _display,
}


def imported(program: Program, module: Module, node: ast.Import | ast.ImportFrom) -> Iterator[tuple[Cell, Value]]:
    """The cells that an import binds, and what each holds."""
    scope = module.scope_of[node]
    base = absolute_module(module, node) if isinstance(node, ast.ImportFrom) else ""
    for alias in node.names:
        if alias.name == "*":
            for name in sorted(stars.brought(program, base)):
                module.bind(name, node)
                yield ("name", module.path, "", name), _member(program, base, name)
            continue
        if isinstance(node, ast.ImportFrom):
            name, value = alias.asname or alias.name, _member(program, base, alias.name)
        else:
            name = (alias.asname or alias.name).split(".")[0]
            value = program.named(alias.name if alias.asname else name)
        cell = program.name_cell(module, scope, name)
        if cell:
            yield cell, value


def _member(program: Program, base: str, name: str) -> Value:
    if f"{base}.{name}" in program.by_name:
        return program.named(f"{base}.{name}")
    path = program.by_name.get(base)
    if path is None:
        return frozenset({Atom(atoms.SYMBOL, f"{base}.{name}")})
    return frozenset({Atom(atoms.LINK, name, path)})


def defaults(arguments: ast.arguments) -> Iterator[tuple[ast.arg, ast.expr]]:
    """The parameters that have a default, with it."""
    positional = [*arguments.posonlyargs, *arguments.args]
    yield from zip(positional[len(positional) - len(arguments.defaults) :], arguments.defaults, strict=True)
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if default is not None:
            yield argument, default


def is_model(module: Module, node: ast.ClassDef) -> bool:
    """Whether a class may have its fields filled by a constructor that it does not write: a dataclass, a model."""
    return is_decorated(node) or any(_is_foreign(module, base, node) for base in foreign_bases(node))


def _is_foreign(module: Module, base: ast.expr, node: ast.ClassDef) -> bool:
    """Whether a base is no plain class that the same module defines above."""
    found = list(module.bound(module.root, base.id)) if isinstance(base, ast.Name) else []
    above = found[0] if len(found) == 1 and module.scope_of[base] is module.root else None
    return not isinstance(above, ast.ClassDef) or above.lineno >= node.lineno or is_model(module, above)
