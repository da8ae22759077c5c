"""The ways by which atoms reach cells: what each assignment, call, return and definition carries where."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from codemods.reading import atoms
from codemods.reading.atoms import ANYTHING, NOTHING, Atom, Value
from codemods.reading.evaluation import Evaluator
from codemods.reading.scopes import Function, Module, Scope

if TYPE_CHECKING:
    from codemods.reading.flow import Cell, Program


@dataclass(eq=False, slots=True)
class Rule:
    """One way by which atoms reach a cell, or by which a call fills parameters."""

    module: Module
    node: ast.AST
    target: ast.expr | Cell | None
    source: ast.expr | Value | None

    def apply(self, program: Program) -> Iterator[tuple[Cell, Value]]:
        """The cells that it reaches now, and what it brings them."""
        evaluator = Evaluator(program, self.module)
        if isinstance(self.node, ast.Call) and self.target is None:
            yield from evaluator.bound_arguments(self.node)
            return
        if self.source is None:
            value = ANYTHING
        else:
            value = evaluator.value(self.source) if isinstance(self.source, ast.expr) else self.source
        if isinstance(self.target, tuple):
            yield self.target, value
        elif self.target is not None:
            for cell in evaluator.target_cells(self.target):
                yield cell, value


def rules_of(program: Program, module: Module, node: ast.AST) -> list[Rule]:
    """The rules of one node; most kinds of node have none."""
    make = MAKERS.get(type(node))
    return list(make(program, module, node, module.scope_of[node])) if make is not None else []


def _pairs(module: Module, node: ast.AST, target: ast.expr, source: ast.expr | None) -> Iterator[Rule]:
    if isinstance(target, ast.Tuple | ast.List):
        values: list[ast.expr | None] = [None] * len(target.elts)
        starred = any(isinstance(item, ast.Starred) for item in target.elts)
        if isinstance(source, ast.Tuple | ast.List) and len(source.elts) == len(values) and not starred:
            values = list(source.elts)
        for item, value in zip(target.elts, values, strict=True):
            yield from _pairs(module, node, item, value)
    elif isinstance(target, ast.Starred):
        yield from _pairs(module, node, target.value, None)
    elif isinstance(target, ast.Name | ast.Attribute):
        yield Rule(module, node, target, source)


def _assign(program: Program, module: Module, node: ast.Assign, scope: Scope) -> Iterator[Rule]:
    for target in node.targets:
        yield from _pairs(module, node, target, node.value)


def _ann_assign(program: Program, module: Module, node: ast.AnnAssign, scope: Scope) -> Iterator[Rule]:
    if node.value is not None:
        yield from _pairs(module, node, node.target, node.value)
    if scope.kind == "class" and isinstance(node.target, ast.Name):
        yield Rule(module, node, node.target, None)  # a dataclass or a model may be given another value


def _aug_assign(program: Program, module: Module, node: ast.AugAssign, scope: Scope) -> Iterator[Rule]:
    yield from _pairs(module, node, node.target, None)


def _walrus(program: Program, module: Module, node: ast.NamedExpr, scope: Scope) -> Iterator[Rule]:
    yield from _pairs(module, node, node.target, node.value)


def _for(program: Program, module: Module, node: ast.For | ast.AsyncFor, scope: Scope) -> Iterator[Rule]:
    display = node.iter if isinstance(node.iter, ast.Tuple | ast.List | ast.Set) else None
    for element in display.elts if display is not None else [None]:
        yield from _pairs(module, node, node.target, element)


def _with(program: Program, module: Module, node: ast.With | ast.AsyncWith, scope: Scope) -> Iterator[Rule]:
    for item in node.items:
        if item.optional_vars is not None:
            yield from _pairs(module, node, item.optional_vars, item.context_expr)


def _comprehension(program: Program, module: Module, node: ast.ListComp, scope: Scope) -> Iterator[Rule]:
    for generator in node.generators:
        yield from _pairs(module, node, generator.target, None)


def _except(program: Program, module: Module, node: ast.ExceptHandler, scope: Scope) -> Iterator[Rule]:
    if node.name and (cell := program.name_cell(module, scope, node.name)):
        yield Rule(module, node, cell, None)


def _lambda(program: Program, module: Module, node: ast.Lambda, scope: Scope) -> Iterator[Rule]:
    inner = module.inner[node]
    for argument in ast.walk(node.args):
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
        yield Rule(module, node, (*base, positional[0].arg), frozenset({this}))
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
    ast.Lambda: _lambda,
    ast.FunctionDef: _function,
    ast.AsyncFunctionDef: _function,
    ast.Return: _return,
    ast.Call: _call,
}


def imported(program: Program, module: Module, node: ast.Import | ast.ImportFrom) -> Iterator[tuple[Cell, Value]]:
    """The cells that an import binds, and what each holds."""
    scope = module.scope_of[node]
    base = absolute_module(module, node) if isinstance(node, ast.ImportFrom) else ""
    for alias in node.names:
        if alias.name == "*":
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


def absolute_module(module: Module, node: ast.ImportFrom) -> str:
    """The dotted name that a `from` import names, relative ones resolved."""
    if not node.level:
        return node.module or ""
    package = module.name.split(".")
    if not module.path.endswith("__init__.py"):
        package = package[:-1]
    package = package[: len(package) - (node.level - 1)]
    return ".".join([*package, *([node.module] if node.module else [])])


def defaults(arguments: ast.arguments) -> Iterator[tuple[ast.arg, ast.expr]]:
    """The parameters that have a default, with it."""
    positional = [*arguments.posonlyargs, *arguments.args]
    yield from zip(positional[len(positional) - len(arguments.defaults) :], arguments.defaults, strict=True)
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if default is not None:
            yield argument, default
