"""Whether a decorator hands on what a handler is given, and looks at none of it: timers, logs, second attempts."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from codemods.reading import atoms
from codemods.reading.flow import FunctionFacts
from codemods.reading.scopes import Function, Module
from codemods.verdicts.wording import symbols_of

if TYPE_CHECKING:
    from codemods.verdicts.cases import Court

PLAIN = {"staticmethod", "classmethod", "typing.override", "typing_extensions.override"}
"""Decorators that leave the function itself in its place."""
TRANSPARENT = {"tenacity.retry", "backoff.on_exception"}
"""Decorators from outside that call their function with what they are called with, and do nothing else with that."""
NAMES = {"__name__", "__qualname__", "__module__", "__doc__"}


def is_dressed(court: Court, facts: FunctionFacts) -> bool:
    """Whether something else stands in the place of a function that its decorators are given."""
    return any(not _is_plain(court, facts, each) for each in facts.header.decorator_list)


def opaque(court: Court, facts: FunctionFacts) -> ast.expr | None:
    """The decorator of a function that may look at what it is called with, or call it with something else."""
    dressing = (each for each in facts.header.decorator_list if not _is_plain(court, facts, each))
    is_async = isinstance(facts.header, ast.AsyncFunctionDef)
    return next((each for each in dressing if not _hands_on(court, facts.module, each, is_async)), None)


def _is_plain(court: Court, facts: FunctionFacts, decorator: ast.expr) -> bool:
    symbols = symbols_of(court, facts.module, decorator)
    return bool(symbols) and symbols <= PLAIN


def _hands_on(court: Court, module: Module, decorator: ast.expr, is_async: bool) -> bool:
    named = decorator.func if isinstance(decorator, ast.Call) else decorator
    symbols = symbols_of(court, module, named)
    if symbols:
        return symbols <= TRANSPARENT
    atom = atoms.only(court.program.value(module, named), atoms.FUNCTION)
    facts = court.program.functions[atom.path, atom.name] if atom is not None else None
    if facts is None or facts.header.decorator_list:
        return False
    made = _returned(facts.node) if isinstance(decorator, ast.Call) else facts.node
    wrapper = _returned(made) if made is not None else None
    if made is None or wrapper is None or isinstance(made, ast.AsyncFunctionDef):
        return False
    return isinstance(wrapper, ast.AsyncFunctionDef) == is_async and _only_calls(facts.module, made, wrapper)


def _returned(function: Function) -> Function | None:
    """The function that another one defines and returns, whatever it is called with."""
    defined = {each.name: each for each in function.body if isinstance(each, Function)}
    returns = [each for each in _own(function) if isinstance(each, ast.Return)]
    only = returns[0].value if len(returns) == 1 and returns[0] is function.body[-1] else None
    stored = {n.id for n in _own(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    return defined.get(only.id) if isinstance(only, ast.Name) and only.id not in stored else None


def _own(function: Function) -> Iterator[ast.AST]:
    """The nodes of a function's body, without those of functions in it."""
    pending: list[ast.AST] = [*function.body]
    while pending:
        node = pending.pop()
        yield node
        if not isinstance(node, Function | ast.Lambda):
            pending += ast.iter_child_nodes(node)


def _only_calls(module: Module, decorator: Function, wrapper: Function) -> bool:
    """Whether a wrapper does nothing with its function but call it with all that it is given itself, in its order."""
    takes = decorator.args
    if len(takes.args) != 1 or takes.vararg or takes.kwarg or takes.kwonlyargs or takes.posonlyargs:
        return False
    mine = takes.args[0].arg
    calls = []
    for node in ast.walk(decorator):
        if not isinstance(node, ast.Name) or node.id != mine:
            continue
        above = module.parent[node]
        if isinstance(above, ast.Call) and above.func is node and _given_all(above, wrapper.args):
            calls.append(above)
        elif not _is_about(module, node, wrapper):
            return False
    inside = {id(node) for call in calls for node in ast.walk(call)}
    given = {each.arg for each in _parameters(wrapper.args)} - _instance(wrapper.args)
    named = (node for statement in wrapper.body for node in ast.walk(statement) if isinstance(node, ast.Name))
    return bool(calls) and all(id(node) in inside for node in named if node.id in given | {"locals"})


def _parameters(takes: ast.arguments) -> list[ast.arg]:
    more = [each for each in (takes.vararg, takes.kwarg) if each is not None]
    return [*takes.posonlyargs, *takes.args, *takes.kwonlyargs, *more]


def _instance(takes: ast.arguments) -> set[str]:
    """The name of the instance, which a wrapper of methods may use as it likes."""
    plain = [*takes.posonlyargs, *takes.args]
    return {plain[0].arg} if plain and plain[0].arg == "self" else set()


def _given_all(call: ast.Call, takes: ast.arguments) -> bool:
    """Whether a call gives on each parameter, by its place, and what is unpacked."""
    if takes.kwonlyargs or takes.defaults:
        return False
    wanted = [each.arg for each in (*takes.posonlyargs, *takes.args)]
    wanted += [f"*{takes.vararg.arg}"] if takes.vararg else []
    keywords = [f"**{takes.kwarg.arg}"] if takes.kwarg else []
    unpacked = [f"**{ast.unparse(each.value)}" if each.arg is None else each.arg for each in call.keywords]
    return [ast.unparse(each) for each in call.args] == wanted and unpacked == keywords


def _is_about(module: Module, node: ast.Name, wrapper: Function) -> bool:
    """Whether a function is named only for its name, or for `functools.wraps`."""
    above = module.parent[node]
    if isinstance(above, ast.Attribute):
        return above.attr in NAMES and isinstance(above.ctx, ast.Load)
    return isinstance(above, ast.Call) and above in wrapper.decorator_list and above.args == [node]
