"""The function behind a handler that is given as something else: a lambda, a `functools.partial`, another name."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from codemods.reading import atoms
from codemods.reading.constants import Constants
from codemods.reading.flow import FunctionFacts, Place
from codemods.reading.scopes import Module, last_name
from codemods.verdicts.wording import symbols_of

if TYPE_CHECKING:
    from codemods.verdicts.cases import Court

PARTIAL = "functools.partial"


def behind_lambda(place: Place) -> Place:
    """What a handler calls that is `lambda message: handle(message)`; any other handler is itself."""
    home, node = place
    if not isinstance(node, ast.Lambda) or not isinstance(node.body, ast.Call) or not is_chain(node.body.func):
        return place
    takes, call = node.args, node.body
    only = takes.args[0].arg if len(takes.args) == 1 and ast.unparse(takes) == takes.args[0].arg else None
    gives_it = [ast.unparse(each) for each in call.args] == [only] and not call.keywords
    return (home, call.func) if gives_it and only != ast.unparse(call.func).split(".")[0] else place


def is_chain(node: ast.expr) -> bool:
    """Whether an expression is a name with dots."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name)


def is_plain(value: ast.expr) -> bool:
    """Whether it does not matter when, and how often, an expression is evaluated: a constant, or a name with dots."""
    return isinstance(value, ast.Constant) or is_chain(value)


def partial_of(court: Court, place: Place) -> tuple[Module, ast.Call] | None:
    """The call of `functools.partial` that a handler is, or that the name is bound to by which it is given."""
    home, node = place
    found = place if isinstance(node, ast.Call) else Constants(court.program).source(home, node)
    if found is None or not isinstance(found[1], ast.Call) or not found[1].args:
        return None
    return (found[0], found[1]) if symbols_of(court, found[0], found[1].func) == {PARTIAL} else None


def left_open(court: Court, facts: FunctionFacts, module: Module, partial: ast.Call) -> ast.arg | None:
    """The one parameter that a partial call leaves open, by its place; None where that cannot be told."""
    function, *given = partial.args
    named = {keyword.arg for keyword in partial.keywords}
    takes, owner = facts.header.args, function.value if isinstance(function, ast.Attribute) else None
    is_of_class = owner is not None and bool(atoms.of(court.program.value(module, owner), atoms.CLASS))
    if None in named or any(isinstance(each, ast.Starred) for each in given) or is_of_class:
        return None
    rest = [parameter for parameter in facts.parameters[len(given) :] if parameter.arg not in named]
    by_name = {parameter.arg for parameter in (*takes.args, *takes.kwonlyargs)}
    filled = {parameter.arg for parameter in facts.parameters[: len(given)]}
    fits = named <= by_name - filled and {each.arg for each in takes.kwonlyargs} <= named
    is_next = len(rest) == 1 and facts.parameters.index(rest[0]) == len(given)
    return rest[0] if fits and is_next and not (takes.vararg or takes.kwarg or takes.defaults) else None


def given_as(court: Court, module: Module, node: ast.expr) -> list[Place]:
    """How a function that is named here is given on: as itself, bound by a partial, or by every use of another name."""
    above = module.parent[node]
    if isinstance(above, ast.Call) and above.args[:1] == [node] and symbols_of(court, module, above.func) == {PARTIAL}:
        node, above = above, module.parent[above]
    target = above.targets[0] if isinstance(above, ast.Assign) else None
    constants = Constants(court.program)
    if isinstance(target, ast.Name | ast.Attribute) and constants.source(module, target) == (module, node):
        reads = [place for place in constants.mentions(last_name(target)) if _may_mean(module, target, *place)]
        return reads or [(module, node)]
    return [(module, node)]


def _may_mean(module: Module, target: ast.Name | ast.Attribute, home: Module, node: ast.expr) -> bool:
    """Whether what is read somewhere may be what is bound here: a local name is read in its function alone."""
    scope = module.scope_of[target].find(target.id) if isinstance(target, ast.Name) else None
    if scope is None or scope.kind != "function" or not isinstance(node, ast.Name):
        return scope is None or scope.kind != "function"
    return home is module and module.scope_of[node].find(node.id) is scope
