"""Which event loop a client belongs to: one that is made under `asyncio.run` is dead for the next loop (T14)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from codemods.reading.calls import Runner
from codemods.reading.flow import FunctionFacts
from codemods.reading.scopes import Function, Module, is_test
from codemods.verdicts.cases import Case, Court, is_got
from codemods.verdicts.runs import (
    SUBMITTERS,
    Run,
    dotted,
    facts_of,
    is_one_loop,
    is_reached,
    new_runs,
    runs_of,
    servers_of,
    starts_one_of,
)

if TYPE_CHECKING:
    from codemods.verdicts.engine import Unit
    from codemods.verdicts.serving import Move


class EventLoops:
    """The calls of an engine that run an event loop, and what of them can move into an application's lifespan."""

    def __init__(self, court: Court, units: list[Unit]) -> None:
        self.court = court
        self.entries = dict.fromkeys(new_runs(units))
        self.runs = [*runs_of(court), *self.entries] if units else []
        self._moves: dict[ast.Call, Move | str] = {}  # by the call of the server
        self._concerned = court.graph.reaching(_concerned(court, units)) if self.runs else set()

    def judge(self, unit: Unit, made: Case) -> tuple[str | None, list[Move]]:
        """Why a client would be on a dead loop; None where it would not, or not once these starts have moved."""
        owning = _owning(self.court, unit, made)
        if not owning:
            return None, []
        makes = self._making(owning)
        moves: list[Move] = []
        for module, call in makes:
            found = self._served_elsewhere(module, call)
            if isinstance(found, str):
                return found, []
            moves += [found] if found is not None else []
        if len(makes) > 1:
            return f"{_shown(*makes[0])} is one of {len(makes)} event loops that make the client", []
        gone = {id(call) for move in moves for call in move.runs}
        fault = next(self._used_elsewhere(unit, made, makes, gone), None)
        return fault, [] if fault is not None else moves

    def _making(self, owning: list[FunctionFacts]) -> list[Run]:
        """The loops that make a client; those of tests are none of the program's."""
        making = self.court.graph.reaching(owning)
        runs = [(module, call) for module, call in self.runs if not is_test(module)]
        return [(module, call) for module, call in runs if starts_one_of(self.court, module, call, making)]

    def _served_elsewhere(self, module: Module, call: ast.Call) -> Move | str | None:
        """The move of a start that is served on another loop, or why it cannot move; None where no server is seen."""
        outside = next((n for n in servers_of(self.court, module) if not self._is_on_loop(module, n, call)), None)
        if outside is None:
            return None
        if outside not in self._moves:
            self._moves[outside] = self._move(module, outside)
        found = self._moves[outside]
        if not isinstance(found, str) and call in found.runs:
            return found
        why = found if isinstance(found, str) else f"it stands in another block than line {outside.lineno}"
        why = "it is no coroutine yet" if (module, call) in self.entries else why
        why = next(self._handed_on(module, call), why)
        where = f"{_shown(module, call)} makes the client on a loop of its own"
        return f"{where}, and line {outside.lineno} serves on another; its start cannot move into the lifespan: {why}"

    def _handed_on(self, module: Module, call: ast.Call) -> Iterator[str]:
        """Who is given the function that runs a loop, and so may run it in another thread."""
        function = module.function_of(call)
        if isinstance(function, Function):
            for place, node in self.court.program.facts(module, function).references:
                yield f"`{function.name}` is handed on at {place.path}:{node.lineno}, perhaps to another thread"

    def _is_on_loop(self, module: Module, server: ast.Call, call: ast.Call) -> bool:
        """Whether a server runs on the loop of this call, as `loop.run_until_complete(server.serve())` has it."""
        served = [c for m, c in self.runs if m is module and is_one_loop(call, c) and _serves(c)]
        is_run = dotted(self.court, module, server) == "uvicorn.run"
        return is_reached(self.court, module, server, call) or (bool(served) and not is_run)

    def _move(self, module: Module, server: ast.Call) -> Move | str:
        from codemods.verdicts.serving import move_starts  # few engines begin on another loop than they serve on

        there = [c for m, c in self.runs if m is module and (m, c) not in self.entries]
        concerned = [c for c in there if starts_one_of(self.court, module, c, self._concerned)]
        return move_starts(self.court, module, server, concerned)

    def _used_elsewhere(self, unit: Unit, made: Case, makes: list[Run], gone: set[int]) -> Iterator[str]:
        """A client that one event loop makes cannot be awaited on another, as a second `asyncio.run` would."""
        left = [(m, c) for m, c in self.runs if id(c) not in gone and not is_test(m)]
        others = [(m, c) for m, c in left if dotted(self.court, m, c) not in SUBMITTERS]
        using: set[Runner] = set()
        if others:
            using = self.court.graph.reaching([f for case in unit.cases for f in _awaiting(self.court, case)])
        for module, call in others:
            alone = (module, call) not in makes and not any(is_one_loop(call, other) for _, other in makes)
            if alone and starts_one_of(self.court, module, call, using):
                first = _shown(*makes[0]) if makes else f"{made.use.path}:{made.use.line}"
                yield f"{_shown(module, call)} uses the client on a loop of its own, and {first} makes it on another"


def _shown(module: Module, call: ast.Call) -> str:
    return f"{module.path}:{call.lineno}"


def _serves(call: ast.Call) -> bool:
    return any(isinstance(node, ast.Attribute) and node.attr == "serve" for node in ast.walk(call))


def _owning(court: Court, unit: Unit, made: Case) -> list[FunctionFacts]:
    """The functions that bind a client to their loop: that which is given it connected, or those that connect it."""
    if isinstance(made.facts.get("owner"), FunctionFacts):
        return [made.facts["owner"]]  # type: ignore[list-item]
    begins = [case for case in unit.cases if case.moves and case.orders] if is_got(made) else [made]
    if made.facts.get("unconnected"):
        begins = [case for case in unit.cases if any(o.data.get("method") == "initialize" for o in case.orders)]
    return [facts for case in begins if (facts := facts_of(court, case)) is not None]


def _concerned(court: Court, units: list[Unit]) -> Iterator[FunctionFacts]:
    """The functions in which a client is made, started, used or stopped."""
    for unit in units:
        for case in unit.cases:
            facts = facts_of(court, case) if case.use.kind in ("construct", "call") else None
            if facts is not None:
                yield facts


def _awaiting(court: Court, case: Case) -> Iterator[FunctionFacts]:
    """The function that asks the server for something here; whether a client is connected can be asked anywhere."""
    use = case.use
    asks = use.wrapper is None or use.wrapper.methods.get(use.name) != "connected"
    facts = facts_of(court, case) if use.kind == "call" and asks else None
    if facts is not None:
        yield facts
