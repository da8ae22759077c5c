"""Calls that run an event loop, or a server on a loop of its own, and the functions that they may enter."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from codemods.reading import atoms
from codemods.reading.arguments import callees
from codemods.reading.calls import Runner
from codemods.reading.evaluation import Evaluator
from codemods.reading.flow import FunctionFacts
from codemods.reading.scopes import Function, Module, dotted_name
from codemods.verdicts.entry import is_entry

if TYPE_CHECKING:
    from codemods.verdicts.cases import Case, Court
    from codemods.verdicts.engine import Unit

Run = tuple[Module, ast.Call]
RUNNERS = {"asyncio.run", "asyncio.Runner", "asyncio.run_coroutine_threadsafe"}
RUNNER_METHODS = {"run_until_complete"}
SUBMITTERS = {"asyncio.run_coroutine_threadsafe"}  # to a loop that runs already: how another thread uses its client
RUNNER_NAMES = sorted(RUNNER_METHODS | {name.rsplit(".", 1)[-1] for name in RUNNERS})
SERVERS = {"uvicorn.run", "uvicorn.Server", "aiohttp.web.run_app", "hypercorn.run", "sanic.run"}
SERVER_NAMES = sorted({name.rsplit(".", 1)[-1] for name in SERVERS})


def runs_of(court: Court) -> list[Run]:
    """Every call of the engine that runs an event loop."""
    named = court.graph.calls_named(RUNNER_NAMES)
    return [(m, call) for m, call in named if isinstance(call, ast.Call) and _runs_a_loop(court, m, call)]


def new_runs(units: Iterable[Unit]) -> Iterator[Run]:
    """The entries that get an `asyncio.run` by this change."""
    for order in (order for unit in units for case in unit.cases for order in case.orders):
        if isinstance(order.node, ast.Call) and "run" in order.data:
            yield order.module, order.node


def servers_of(court: Court, module: Module) -> list[ast.Call]:
    """Every call of this module that makes a server, or runs one."""
    named = court.graph.calls_named(SERVER_NAMES)
    return [n for m, n in named if m is module and isinstance(n, ast.Call) and dotted(court, m, n) in SERVERS]


def _runs_a_loop(court: Court, module: Module, call: ast.Call) -> bool:
    method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    return method in RUNNER_METHODS or dotted(court, module, call) in RUNNERS


def runs_once(court: Court, module: Module, call: ast.Call) -> bool:
    """Whether a call is the one that `asyncio.run` is given, or stands where the program begins."""
    above = module.parent[call]
    return is_entry(module, call) or (isinstance(above, ast.Call) and dotted(court, module, above) in RUNNERS)


def dotted(court: Court, module: Module, call: ast.Call) -> str:
    """What is called, by its own name, whatever it was imported as."""
    symbol = atoms.only(court.program.value(module, call.func), atoms.SYMBOL)
    return symbol.name if symbol is not None else dotted_name(call.func)


def entered(court: Court, module: Module, call: ast.Call) -> list[FunctionFacts]:
    """The functions that a call, or a call among its arguments, enters."""
    evaluator = Evaluator(court.program, module)
    return [f for node in ast.walk(call) if isinstance(node, ast.Call) for f in callees(evaluator, node)]


def starts_one_of(court: Court, module: Module, call: ast.Call, functions: set[Runner]) -> bool:
    """Whether what a call is given, or the call itself, may run one of these functions."""
    return any(facts.node in functions for facts in entered(court, module, call))


def is_reached(court: Court, module: Module, node: ast.Call, call: ast.Call) -> bool:
    """Whether a node stands in a function that a call may run."""
    function = module.function_of(node)
    return function is not None and function in court.graph.reached_from(entered(court, module, call))


def is_one_loop(one: ast.Call, other: ast.Call) -> bool:
    """Whether two calls run one loop: `loop.run_until_complete(...)` twice, and not on a new loop each time."""
    receivers = [call.func.value for call in (one, other) if isinstance(call.func, ast.Attribute)]
    shown = {ast.unparse(receiver) for receiver in receivers}
    methods = {call.func.attr for call in (one, other) if isinstance(call.func, ast.Attribute)}
    return len(receivers) == 2 and len(shown) == 1 and methods <= RUNNER_METHODS and "new_event_loop" not in shown.pop()


def facts_of(court: Court, case: Case) -> FunctionFacts | None:
    """The function that a case stands in; None at module level, in a class body and in a lambda."""
    node = case.use.function
    return court.program.facts(case.use.module, node) if isinstance(node, Function) else None
