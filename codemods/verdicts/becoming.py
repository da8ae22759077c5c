"""Why a plain function cannot become an `async def`, whoever calls it: what it is, and what it does."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from codemods.reading.flow import FunctionFacts
from codemods.reading.scopes import Module, last_name
from codemods.verdicts.dynamic import given_another_value, reached_by_name
from codemods.verdicts.families import called_from_outside
from codemods.verdicts.handing import serving
from codemods.verdicts.wording import place_of, shown, symbols_of

if TYPE_CHECKING:
    from codemods.verdicts.cases import Court

INDIFFERENT = {
    "staticmethod", "classmethod", "abc.abstractmethod", "functools.wraps", "typing.final", "typing.override",
    "typing_extensions.final", "typing_extensions.override",
}  # fmt: skip
"""Decorators under which an `async def` means the same."""
PROPERTIES = ("property", "cached_property", "setter", "getter", "deleter")


def against(court: Court, facts: FunctionFacts) -> str | None:
    """Why this function cannot become async, whoever calls it; None where nothing in it or around it is in the way."""
    checks: tuple[Callable[[Court, FunctionFacts], str | None], ...] = (
        _outside,
        _special,
        _generator,
        _decorated,
        called_from_outside,
        _runs_a_loop,
        reached_by_name,
        given_another_value,
    )
    return next((said for check in checks if (said := check(court, facts)) is not None), None)


def _outside(court: Court, facts: FunctionFacts) -> str | None:
    if court.engine.owns(facts.module.path):
        return None
    where = place_of(facts.module, facts.header)
    return f"{shown(facts)} at {where} belongs to no path of {court.engine.name}"


def is_special(facts: FunctionFacts) -> bool:
    """Whether Python itself calls a method, by a name like `__init__`."""
    name = facts.header.name
    return name.startswith("__") and name.endswith("__") and facts.owner is not None


def _special(court: Court, facts: FunctionFacts) -> str | None:
    where = place_of(facts.module, facts.header)
    return f"Python itself calls {shown(facts)} at {where}, and awaits nothing" if is_special(facts) else None


def own_nodes(facts: FunctionFacts) -> Iterator[ast.AST]:
    """The nodes of a function's own body, comprehensions included, without what it defines."""
    for node in ast.walk(facts.node):
        scope = facts.module.scope_of.get(node)
        around = scope.function() if scope is not None and node is not facts.node else None
        if around is not None and around.node is facts.node:
            yield node


def _generator(court: Court, facts: FunctionFacts) -> str | None:
    found = next((node for node in own_nodes(facts) if isinstance(node, ast.Yield | ast.YieldFrom)), None)
    return f"{shown(facts)} is a generator, by line {found.lineno}" if found is not None else None


def _runs_a_loop(court: Court, facts: FunctionFacts) -> str | None:
    """Within an event loop, no other one can be run."""
    for where, reaching in court.loops:
        if facts.node in reaching:
            return f"{shown(facts)} may run an event loop of its own, at {where}"
    return None


def _decorated(court: Court, facts: FunctionFacts) -> str | None:
    for decorator in facts.header.decorator_list:
        if last_name(decorator) in PROPERTIES:
            return f"{shown(facts)} is a property"
        if not (_is_indifferent(court, facts.module, decorator) or serving(court, facts.module, decorator)):
            text = " ".join(facts.module.source.segment(decorator).split())
            return f"{shown(facts)} is decorated with `{text}`, under which an `async def` may not mean the same"
    return None


def _is_indifferent(court: Court, module: Module, decorator: ast.expr) -> bool:
    """Whether a decorator means the same for a plain function and for a coroutine."""
    inner = decorator.func if isinstance(decorator, ast.Call) else decorator
    return bool(symbols_of(court, module, inner) & INDIFFERENT)
