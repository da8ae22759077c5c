"""The group of a canonical consumer: how it is made, when, and what goes with it, since the target makes its own."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from codemods.reading.flow import FunctionFacts
from codemods.reading.scopes import Function, Module
from codemods.reading.use import Use
from codemods.verdicts.cases import Court
from codemods.verdicts.guards import logs
from codemods.verdicts.sequence import meeting, repeated_at, run_between, way_to


def guarded(use: Use) -> ast.stmt | None:
    """The `try` that makes the group at id 0 and ignores BUSYGROUP, and does nothing else but to log that."""
    statement = use.module.parent[use.module.statement(use.node)]
    if not isinstance(statement, ast.Try) or statement.orelse or statement.finalbody:
        return None
    if statement.body[0] is not use.module.statement(use.node) or not all(map(logs, statement.body[1:])):
        return None
    begins = next((k.value for k in use.call.keywords if k.arg == "id"), None)
    begins = begins or (use.call.args[2] if len(use.call.args) > 2 else None)
    at_zero = isinstance(begins, ast.Constant) and begins.value in ("0", 0, "0-0")
    return statement if at_zero and len(statement.handlers) == 1 and _ignores_busy(statement.handlers[0]) else None


def _ignores_busy(handler: ast.ExceptHandler) -> bool:
    """Whether a handler passes, or raises again whatever is not BUSYGROUP."""
    first, *more = handler.body
    if handler.type is None or not ast.unparse(handler.type).endswith(("ResponseError", "RedisError")):
        return False
    if not all(map(logs, more)):
        return False
    if isinstance(first, ast.Pass):
        return not more
    if not isinstance(first, ast.If) or "BUSYGROUP" not in ast.unparse(first.test):
        return False
    denied = any(isinstance(node, ast.Not | ast.NotIn) for node in ast.walk(first.test))
    raising, other = (first.body, first.orelse) if denied else (first.orelse, first.body)
    quiet = all(logs(statement) or isinstance(statement, ast.Pass) for statement in other)
    return len(raising) == 1 and isinstance(raising[0], ast.Raise) and (not other if denied else quiet)


def going_with(court: Court, module: Module, group: ast.stmt, consumer: FunctionFacts) -> list[ast.stmt] | None:
    """The statements that go with a group: a function that only makes it goes with its call; None where it cannot."""
    function = module.function_of(group)
    body = function.body if isinstance(function, Function) else []
    own = [s for s in body if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))]
    if function is consumer.node or own != [group] or not isinstance(function, Function):
        return [group]
    way = way_to(court, module, group)
    called = way[1] if len(way) > 1 and way[1].module is module else None
    alone = len(court.program.facts(module, function).calls) == 1
    return [function, called.statement] if called is not None and alone else None


def run_in_turn(court: Court, places: Iterable[tuple[Module, ast.stmt]]) -> bool:
    """Whether one coroutine certainly comes to these statements once, one after the other, itself or by its calls."""
    wanted = list(places)
    ways = [way_to(court, *place) for place in wanted]
    met = meeting(ways)
    passed = run_between(ways, met) if met is not None else None
    if met is None or passed is None or any(repeated_at(way) is not None for way in ways):
        return False
    order = [id(statement) for _, statement in passed]
    found = [order.index(id(statement)) if id(statement) in order else -1 for _, statement in wanted]
    function = wanted[-1][0].function_of(wanted[-1][1])
    return isinstance(function, ast.AsyncFunctionDef) and -1 not in found and found == sorted(found)
