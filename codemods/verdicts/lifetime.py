"""What only all clients of an engine show: who closes the shared one, who starts it again, which loop owns it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from codemods.model import Verdict
from codemods.reading import atoms
from codemods.reading.calls import Call, Runner
from codemods.reading.evaluation import Evaluator
from codemods.reading.flow import FunctionFacts
from codemods.reading.scopes import Function, Module, dotted_name
from codemods.verdicts.cases import Case, Court

if TYPE_CHECKING:
    from codemods.verdicts.engine import Unit

Place = tuple[Module, ast.Call]
LOOPS = ast.For | ast.AsyncFor | ast.While | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
RUNNERS = {"asyncio.run", "asyncio.Runner", "asyncio.run_coroutine_threadsafe"}
RUNNER_METHODS = {"run_until_complete"}
SUBMITTERS = {"asyncio.run_coroutine_threadsafe"}  # to a loop that runs already: how another thread uses its client
RUNNER_NAMES = sorted(RUNNER_METHODS | {name.rsplit(".", 1)[-1] for name in RUNNERS})
SERVERS = {"uvicorn.run", "uvicorn.Server", "aiohttp.web.run_app", "hypercorn.run", "sanic.run"}
SERVER_NAMES = sorted({name.rsplit(".", 1)[-1] for name in SERVERS})


def judge_together(court: Court, units: list[Unit]) -> None:
    """Hold back what would break once several legacy clients are one shared client."""
    _one_owner_closes(units)
    named = court.graph.calls_named(RUNNER_NAMES) if units else []
    runs = [(m, call) for m, call in named if isinstance(call, ast.Call) and _runs_a_loop(court, m, call)]
    for unit in units:
        for case in unit.cases:
            if case.moves and case.use.kind == "construct":
                fault = (
                    next(_started_again(court, unit, case), None)
                    or next(_closed_on_each_call(court, unit, case), None)
                    or next(_made_several_times(court, case), None)
                    or next(_two_loops(court, case, runs), None)
                    or next(_used_on_another_loop(court, unit, case, runs), None)
                )
                if fault is not None:
                    case.hold(Verdict.REFUSE, fault)


def _is_stop(case: Case) -> bool:
    return case.codemod == "lifecycle" and any(
        order.data.get("method") == "close" or "bus" in order.data for order in case.orders
    )


def _enters(call: Call, functions: set[Runner]) -> bool:
    return any(facts.node in functions for facts in call[2])


def _share_a_loop(module: Module, one: ast.Call, other: ast.Call) -> bool:
    around = {id(above) for above in module.ancestors(one) if isinstance(above, LOOPS)}
    return any(id(above) in around for above in module.ancestors(other))


def _is_start(case: Case) -> bool:
    use = case.use
    return use.kind == "call" and use.wrapper is not None and use.wrapper.methods.get(use.name) == "start"


def _one_owner_closes(units: list[Unit]) -> None:
    """Several legacy clients become the same object: only one of them may close it (T13)."""
    closing = [(unit, case) for unit in units for case in unit.cases if case.moves and _is_stop(case)]
    owners = {id(unit) for unit, _ in closing}
    if len(owners) > 1:
        first = closing[0][1].use
        for unit, case in closing:
            other = closing[-1][1].use if unit is closing[0][0] else first
            case.hold(
                Verdict.REFUSE,
                f"closing here would close the shared client for the other owner too, at {other.path}:{other.line}",
            )


def _facts_of(court: Court, case: Case) -> FunctionFacts | None:
    node = case.use.function
    if not isinstance(node, Function):
        return None
    return court.program.facts(case.use.module, node)


def _started_again(court: Court, unit: Unit, made: Case) -> Iterator[str]:
    """A function that stops and then starts the client would be handed the closed one by the factory (T13)."""
    begins = [case for case in unit.cases if case is made or _is_start(case)]
    starts = [facts for case in begins if (facts := _facts_of(court, case)) is not None]
    stopping = [case for case in unit.cases if _is_stop(case)]
    stops = [facts for case in stopping if (facts := _facts_of(court, case)) is not None]
    stopping_functions, starting_functions = court.graph.reaching(stops), court.graph.reaching(starts)
    either = stopping_functions | starting_functions
    for function in stopping_functions & starting_functions:
        calls = court.graph.calls(function) if function is not None else court.graph.outer_calls(either)
        stop_calls = [i for i, call in enumerate(calls) if _enters(call, stopping_functions)]
        start_calls = [i for i, call in enumerate(calls) if _enters(call, starting_functions)]
        for index in stop_calls:
            module, call, _ = calls[index]
            for later in start_calls:
                again, start_call, _ = calls[later]
                after = later > index or (later < index and _share_a_loop(module, call, start_call))
                if again is module and after:
                    yield f"the client is started again after a stop at {module.path}:{call.lineno}"
    for stop in stopping:
        for begin in begins:
            if stop.use.function is begin.use.function and stop.use.line < begin.use.line:
                yield f"the client is started again after it was closed at {stop.use.path}:{stop.use.line}"


def _closed_on_each_call(court: Court, unit: Unit, made: Case) -> Iterator[str]:
    """A client that a function makes and closes each time it is called would close the shared one (T13)."""
    for case in unit.cases:
        facts = _facts_of(court, case)
        if not _is_stop(case) or facts is None or any(isinstance(n, ast.Yield) for n in ast.walk(facts.node)):
            continue  # in a lifespan it is closed once
        here = facts is _facts_of(court, made)
        callers = [(m, call) for m, call in facts.calls if not _runs_once(court, m, call)]
        often = callers or not facts.calls or facts.references
        if often and (here or _is_local(case)):
            yield f"the client is got and closed each time `{facts.node.name}` is called, and the shared one lives on"


def _is_local(case: Case) -> bool:
    """Whether what is closed is held by a variable of the function that closes it."""
    receiver = case.use.receiver
    if not isinstance(receiver, ast.Name):
        return False
    found = case.use.module.scope_of[receiver].find(receiver.id)
    return found is not None and found.node is case.use.function


def _made_several_times(court: Court, made: Case) -> Iterator[str]:
    """Instances of the class that makes the client had one each, and would share one now."""
    facts = _facts_of(court, made)
    if facts is None or facts.owner is None:
        return
    family = court.program.family((facts.module.path, facts.owner))
    calls = [(module, node) for module, node in court.graph.made(family) if not _is_test(module)]
    repeated = [(m, n) for m, n in calls if any(isinstance(above, LOOPS) for above in m.ancestors(n))]
    for module, node in (repeated or calls[1:])[:1]:
        yield f"another instance is made at {module.path}:{node.lineno}, and would share the client of the first"


def _is_test(module: Module) -> bool:
    name = module.path.rsplit("/", 1)[-1]
    return name.startswith(("test_", "conftest")) or "/tests/" in f"/{module.path}"


def _runs_once(court: Court, module: Module, call: ast.Call) -> bool:
    """Whether a call is the one that `asyncio.run` is given."""
    above = module.parent[call]
    return isinstance(above, ast.Call) and _dotted(court, module, above) in RUNNERS


def _two_loops(court: Court, made: Case, runs: list[Place]) -> Iterator[str]:
    """A client that one `asyncio.run` makes is dead once another loop serves the engine (T14)."""
    start = _facts_of(court, made)
    if start is None:
        return
    making = court.graph.reaching([start])
    makes = [(module, call) for module, call in runs if _starts_one_of(court, module, call, making)]
    for module, call in makes:
        where = f"{module.path}:{call.lineno}"
        served = court.graph.calls_named(SERVER_NAMES)
        servers = [n for m, n in served if m is module and isinstance(n, ast.Call) and _dotted(court, m, n) in SERVERS]
        outside = [n for n in servers if not _is_reached(court, module, n, call)]
        if outside:
            yield f"{where} makes the client on a loop of its own, and line {outside[0].lineno} serves on another"
        if len(makes) > 1:
            yield f"{where} is one of {len(makes)} event loops that make the client"


def _used_on_another_loop(court: Court, unit: Unit, made: Case, runs: list[Place]) -> Iterator[str]:
    """A client that one event loop makes cannot be awaited on another, as a second `asyncio.run` would (T14)."""
    start = _facts_of(court, made)
    others = [(m, c) for m, c in runs if not _is_test(m) and _dotted(court, m, c) not in SUBMITTERS]
    if start is None or not others:
        return
    making = court.graph.reaching([start])
    makes = [run for run in runs if _starts_one_of(court, *run, making)]
    using = court.graph.reaching([facts for case in unit.cases for facts in _awaiting(court, case)])
    for module, call in others:
        alone = (module, call) not in makes and not any(_is_one_loop(call, other) for _, other in makes)
        if alone and _starts_one_of(court, module, call, using):
            first = f"{makes[0][0].path}:{makes[0][1].lineno}" if makes else f"{made.use.path}:{made.use.line}"
            yield f"{module.path}:{call.lineno} uses the client on a loop of its own, and {first} makes it on another"


def _awaiting(court: Court, case: Case) -> Iterator[FunctionFacts]:
    """The function that asks the server for something here; whether a client is connected can be asked anywhere."""
    use = case.use
    asks = use.wrapper is None or use.wrapper.methods.get(use.name) != "connected"
    facts = _facts_of(court, case) if use.kind == "call" and asks else None
    if facts is not None:
        yield facts


def _is_one_loop(one: ast.Call, other: ast.Call) -> bool:
    """Whether two calls run one loop: `loop.run_until_complete(...)` twice, and not on a new loop each time."""
    receivers = [call.func.value for call in (one, other) if isinstance(call.func, ast.Attribute)]
    shown = {ast.unparse(receiver) for receiver in receivers}
    methods = {call.func.attr for call in (one, other) if isinstance(call.func, ast.Attribute)}
    return len(receivers) == 2 and len(shown) == 1 and methods <= RUNNER_METHODS and "new_event_loop" not in shown.pop()


def _runs_a_loop(court: Court, module: Module, call: ast.Call) -> bool:
    method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    return method in RUNNER_METHODS or _dotted(court, module, call) in RUNNERS


def _starts_one_of(court: Court, module: Module, call: ast.Call, functions: set[Runner]) -> bool:
    """Whether what a call is given, or the call itself, may run one of these functions."""
    evaluator = Evaluator(court.program, module)
    inner = [node for node in ast.walk(call) if isinstance(node, ast.Call)]
    return any(facts.node in functions for node in inner for facts in evaluator.callees(node))


def _dotted(court: Court, module: Module, call: ast.Call) -> str:
    """What is called, by its own name, whatever it was imported as."""
    symbol = atoms.only(court.program.value(module, call.func), atoms.SYMBOL)
    return symbol.name if symbol is not None else dotted_name(call.func)


def _reached_by(court: Court, module: Module, call: ast.Call) -> set[Runner]:
    evaluator = Evaluator(court.program, module)
    start = [f for node in ast.walk(call) if isinstance(node, ast.Call) for f in evaluator.callees(node)]
    return court.graph.reached_from(start)


def _is_reached(court: Court, module: Module, node: ast.Call, call: ast.Call) -> bool:
    function = module.function_of(node)
    return function is not None and function in _reached_by(court, module, call)
