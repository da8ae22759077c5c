"""What only all clients of an engine show: who closes the shared one, who starts it again, who makes it twice."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from codemods.model import Verdict
from codemods.reading.calls import Call, Runner
from codemods.reading.flow import FunctionFacts
from codemods.reading.scopes import Function, Module, is_test
from codemods.verdicts.cases import Case, Court, is_got, is_stop
from codemods.verdicts.event_loops import EventLoops
from codemods.verdicts.runs import facts_of, runs_once
from codemods.verdicts.several import made_several_times

if TYPE_CHECKING:
    from codemods.verdicts.engine import Unit

LOOPS = ast.For | ast.AsyncFor | ast.While | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


CLOSES = {"close", "stop"}
"""What ends the target's client."""
GOT_TWICE = "its streams are used before the server runs as well, where the shared client would be on another loop"


def judge_together(court: Court, units: list[Unit]) -> None:
    """Hold back what would break once several legacy clients are one shared client."""
    _one_owner_closes(court, units)
    loops = EventLoops(court, units)
    for unit in units:
        for case in unit.cases:
            if case.use.kind == "construct" and (case.moves or is_got(case)):
                fault = (
                    next(_started_again(court, unit, case), None)
                    or next(_closed_on_each_call(court, unit, case), None)
                    or next(_run_again(court, unit, case), None)
                    or next(_used_after_it_is_closed(court, unit, case), None)
                    or next(made_several_times(court, unit, case), None)
                )
                other, moves = loops.judge(unit, case) if fault is None else (fault, [])
                if other is None and moves and is_got(case):
                    other = GOT_TWICE
                if other is not None:
                    case.hold(Verdict.REFUSE, other)
                for move in moves:
                    case.orders += move.orders
                    case.warnings += move.warnings


def _enters(call: Call, functions: set[Runner]) -> bool:
    return any(facts.node in functions for facts in call[2])


def _share_a_loop(module: Module, one: ast.AST, other: ast.AST) -> bool:
    around = {id(above) for above in _loops_around(module, one)}
    return any(id(above) in around for above in _loops_around(module, other))


def _loops_around(module: Module, node: ast.AST) -> Iterator[ast.AST]:
    """The loops around a node, in its own function."""
    for above in module.ancestors(node):
        if isinstance(above, Function | ast.Lambda):
            return
        if isinstance(above, LOOPS):
            yield above


def _is_start(case: Case) -> bool:
    use = case.use
    return use.kind == "call" and use.wrapper is not None and use.wrapper.methods.get(use.name) == "start"


def _begins(unit: Unit, made: Case) -> list[Case]:
    """Where the shared client may be got from the factory."""
    if is_got(made):
        return [case for case in unit.cases if case.moves and case.orders and not is_stop(case)]
    return [case for case in unit.cases if case is made or _is_start(case)]


def _one_owner_closes(court: Court, units: list[Unit]) -> None:
    """Several legacy clients become the same object, which is the target's own too: only one may close it (T13)."""
    shared = [unit for unit in units if not any(case.facts.get("unconnected") for case in unit.cases)]
    closing = [(unit, case) for unit in shared for case in unit.cases if case.moves and is_stop(case)]
    owners = {id(unit) for unit, _ in closing}
    dual = (use for use in court.uses if use.kind == "dual call" and use.name in CLOSES and not is_test(use.module))
    native = next((use for use in dual if court.engine.owns(use.path)), None)
    if len(owners) > 1 or (closing and native is not None):
        first = closing[0][1].use
        for unit, case in closing:
            other = native or (closing[-1][1].use if unit is closing[0][0] else first)
            case.hold(
                Verdict.REFUSE,
                f"closing here would close the shared client for the other owner too, at {other.path}:{other.line}",
            )


def _started_again(court: Court, unit: Unit, made: Case) -> Iterator[str]:
    """A function that stops and then starts the client would be handed the closed one by the factory (T13)."""
    begins = _begins(unit, made)
    starts = [facts for case in begins if (facts := facts_of(court, case)) is not None]
    stopping = [case for case in unit.cases if is_stop(case)]
    stops = [facts for case in stopping if (facts := facts_of(court, case)) is not None]
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
            if stop.use.module is not begin.use.module or stop.use.function is not begin.use.function:
                continue
            if stop.use.line < begin.use.line or _share_a_loop(stop.use.module, stop.use.node, begin.use.node):
                yield f"the client is started again after it was closed at {stop.use.path}:{stop.use.line}"


def _closed_on_each_call(court: Court, unit: Unit, made: Case) -> Iterator[str]:
    """A client that a function makes and closes each time it is called would close the shared one (T13)."""
    for case in unit.cases:
        facts = facts_of(court, case)
        if not is_stop(case) or facts is None or is_generator(facts.node):
            continue  # in a lifespan it is closed once
        here = facts is facts_of(court, made)
        if (here or _is_local(case)) and not is_run_once(court, facts):
            yield f"the client is got and closed each time `{facts.node.name}` is called, and the shared one lives on"


def is_run_once(court: Court, facts: FunctionFacts, seen: tuple[FunctionFacts, ...] = ()) -> bool:
    """Whether a function is called from one place alone, which a program comes to once: `asyncio.run(main())`."""
    if facts.references or facts in seen or not (facts.calls or _is_script(court, facts)):
        return False
    if all(runs_once(court, module, call) for module, call in facts.calls):
        return True
    ((module, call), *more) = facts.calls
    around = module.function_of(call)
    if more or any(True for _ in _loops_around(module, call)) or not isinstance(around, Function):
        return False
    return is_run_once(court, court.program.facts(module, around), (*seen, facts))


def _is_script(court: Court, facts: FunctionFacts) -> bool:
    from codemods.verdicts.scripts import is_script  # of what nothing calls

    return is_script(court, facts)


def _run_again(court: Court, unit: Unit, made: Case) -> Iterator[str]:
    """A function that starts the client and stops it, and may run more than once, would get the closed one (T13)."""
    if made.facts.get("unconnected") and made.use.function is not None:
        return  # each object has a client of its own
    starting = court.graph.reaching(_places(court, _begins(unit, made)))
    stopping = court.graph.reaching(_places(court, [c for c in unit.cases if is_stop(c)]))
    both = [facts for facts in list(court.program.functions.values()) if facts.header in starting & stopping]
    for facts in sorted(both, key=lambda each: (each.module.path, each.header.lineno)):
        again = None if is_test(facts.module) or is_generator(facts.node) else _again(court, facts)
        if again is not None:
            name = facts.header.name
            yield f"`{name}` starts and stops the client, and {again}: the shared one is closed by then"


def _used_after_it_is_closed(court: Court, unit: Unit, made: Case) -> Iterator[str]:
    """redis-py connects again after a close, and the target does not: what uses and closes must run once."""
    commands = [c for c in unit.cases if c.use.wrapper is None and c.use.kind == "call" and c.moves and not is_stop(c)]
    using = court.graph.reaching(_places(court, commands))
    closing = court.graph.reaching(_places(court, [c for c in unit.cases if is_stop(c)])) if commands else set()
    both = [facts for facts in list(court.program.functions.values()) if facts.header in using & closing]
    for facts in sorted(both, key=lambda each: (each.module.path, each.header.lineno)):
        again = None if is_test(facts.module) or is_generator(facts.node) else _again(court, facts)
        if again is not None:
            yield f"`{facts.header.name}` uses and closes the client, and {again}: the target's stays closed"


def _places(court: Court, cases: list[Case]) -> list[FunctionFacts]:
    return [facts for case in cases if (facts := facts_of(court, case)) is not None]


def _again(court: Court, facts: FunctionFacts) -> str | None:
    """How a function may come to run more than once."""
    calls = [(module, call) for module, call in facts.calls if not is_test(module)]
    handed = [(m, node) for m, node in facts.references if not is_test(m) and not _is_thread(m, node)]
    for module, node in [*calls[1:], *handed]:
        return f"may run again at {module.path}:{node.lineno}"
    for module, call in calls:
        loop = next(_loops_around(module, call), None)
        if loop is not None:
            return f"may run again at {module.path}:{call.lineno}"
    is_free = isinstance(facts.header, ast.AsyncFunctionDef) and not facts.header.name.startswith("__")
    return "may be called by anybody" if is_free and not calls and not facts.references else None


def _is_thread(module: Module, node: ast.expr) -> bool:
    """Whether a function is handed to one thread, which runs it once, or is called there on what is not known."""
    above = module.parent[node]
    if isinstance(above, ast.Call) and above.func is node:
        return not list(_loops_around(module, node))
    return isinstance(above, ast.keyword) and above.arg == "target" and not list(_loops_around(module, node))


def is_generator(function: Function) -> bool:
    """Whether a function gives its values one by one, as a lifespan does."""
    return any(isinstance(node, ast.Yield | ast.YieldFrom) for node in ast.walk(function))


def _is_local(case: Case) -> bool:
    """Whether what is closed is held by a variable of the function that closes it."""
    receiver = case.use.receiver
    if not isinstance(receiver, ast.Name):
        return False
    found = case.use.module.scope_of[receiver].find(receiver.id)
    return found is not None and found.node is case.use.function
