"""A start under a loop of its own, right before the server: whether it can move into the application's lifespan.

What is moved must run in the same order as before, relative to everything that can be seen. Where that is not plain,
the reason says what stands in the way.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from msgspec import Struct

from codemods.fragments import block_of
from codemods.orders import Order
from codemods.reading.scopes import Function, Module, last_name
from codemods.verdicts.applications import Application, application_of
from codemods.verdicts.cases import Court, is_alone
from codemods.verdicts.lifespans import orders_of
from codemods.verdicts.runs import RUNNER_METHODS, dotted, entered
from codemods.verdicts.servers import is_pure

NEW_LOOPS = {"asyncio.new_event_loop", "asyncio.get_event_loop"}
SIGNALS = ("add_signal_handler", "signal")
ENDS = "what {} starts ended with its loop, before the server began; now it lives as long as the server"
ANYWAY = "every other way of serving `{}` starts the bus too, and fails where a server of the bus is away"


class StayError(Exception):
    """Why a start has to stay where it is."""


class Move(Struct, frozen=True):
    """The orders that move starts and stops into the lifespan, the runs that go with that, and what will be new."""

    orders: tuple[Order, ...]
    runs: tuple[ast.Call, ...]
    warnings: tuple[str, ...]


def move_starts(court: Court, module: Module, server: ast.Call, runs: list[ast.Call]) -> Move | str:
    """The move of these runs into the lifespan of the application that this call serves; else why they must stay."""
    try:
        return _Mover(court, module, server, runs).move()
    except StayError as stays:
        return str(stays)


class _Mover:
    def __init__(self, court: Court, module: Module, server: ast.Call, runs: list[ast.Call]) -> None:
        self.court, self.module, self.server = court, module, server
        self.serving = module.statement(server)
        above = module.parent[self.serving]
        self.around = above if isinstance(above, ast.Try) and _only_ends(above) else None
        self.anchor: ast.stmt = self.around or self.serving  # `try: uvicorn.run(app) finally: ...`
        self.block = block_of(module, self.anchor)
        at = self.block.index(self.anchor)
        places = [*self.block, *(self.around.finalbody if self.around else ())]
        here = {statement: run for run in runs if (statement := module.statement(run)) in places}
        self.starts = {s: run for s, run in here.items() if s in self.block[:at]}
        self.stops = {s: run for s, run in here.items() if s not in self.starts}
        self.between = self.block[self.block.index(min(self.starts, key=self.block.index)) : at] if self.starts else []
        self.inlined: list[ast.stmt] = []

    def move(self) -> Move:
        self._serves_plainly()
        stops = self._stops_at_once()
        gone = {**self.starts, **stops}
        housekeeping = self._housekeeping(list(gone.values()))
        for statement in [s for s in self.between if s not in gone and s not in housekeeping]:
            self._stays_quiet(statement)
        app = application_of(self.court, self.module, self.server)
        if isinstance(app, str):
            raise StayError(app)
        began = [line for statement, run in self.starts.items() for line in self._awaited(statement, run)]
        ended = [line for statement, run in stops.items() for line in self._awaited(statement, run)]
        for run in self.starts.values():
            self._starts_here_alone(run)
        made = orders_of(app, began, ended)
        if isinstance(made, str):
            raise StayError(made)
        removed = [
            self._removal(statement, gone.get(statement))
            for statement in (*gone, *housekeeping, *self.inlined)
            if statement in self.block
        ]
        unwrapped = [self._unwrapping(stops)] if self.around is not None else []
        return Move((*removed, *unwrapped, *made), tuple(gone.values()), tuple(self._warnings(app)))

    def _warnings(self, app: Application) -> Iterator[str]:
        places = " and ".join(f"{self.module.path}:{run.lineno}" for run in self.starts.values())
        yield f"activates: {ENDS.format(places)}"
        yield f"activates: {ANYWAY.format(app.name)}"
        if app.is_named:
            yield "activates: the server imports this module again, and never had the bus that was started here"

    # the statements

    def _serves_plainly(self) -> None:
        """The server is run by `uvicorn.run(...)`, in the block of the start, once, after it."""
        if not self.starts:
            raise StayError(f"it does not stand in the same block as line {self.server.lineno}, before it")
        if dotted(self.court, self.module, self.server) != "uvicorn.run":
            raise StayError(f"line {self.server.lineno} is no `uvicorn.run(...)`")
        if not isinstance(self.serving, ast.Expr) or self.serving.value is not self.server:
            raise StayError(f"line {self.server.lineno} is more than a statement of its own")
        for argument in (*self.server.args, *(keyword.value for keyword in self.server.keywords)):
            self._reads_nothing_of_it(argument)
            if not is_pure(argument):
                raise StayError(f"what line {argument.lineno} computes would then come before it")
        self._runs_once()

    def _runs_once(self) -> None:
        """The block is the module's, or that of a function which is called once and handed to nobody."""
        function = self.module.function_of(self.serving)
        if function is None:
            return
        if not isinstance(function, Function) or self.anchor not in function.body:
            raise StayError(f"line {self.server.lineno} is not what its function always does")
        facts = self.court.program.facts(self.module, function)
        if facts.references or len(facts.calls) != 1:
            raise StayError(f"`{function.name}` is not called once, and by nobody else")

    def _stops_at_once(self) -> dict[ast.stmt, ast.Call]:
        """The runs right after the server; one that comes later stays, and what can be seen between them with it."""
        found: dict[ast.stmt, ast.Call] = {}
        if self.around is not None:
            for statement in self.around.finalbody:
                if statement not in self.stops and not self._is_of_a_loop(statement):
                    raise StayError(f"line {statement.lineno} would then come after it")
            return {s: run for s, run in self.stops.items() if s in self.around.finalbody}
        for statement in self.block[self.block.index(self.serving) + 1 :]:
            if statement in self.stops:
                found[statement] = self.stops[statement]
            elif not self._is_of_a_loop(statement):
                break
        return found

    def _is_of_a_loop(self, statement: ast.stmt) -> bool:
        call = statement.value if isinstance(statement, ast.Expr | ast.Assign) else None
        if not isinstance(call, ast.Call):
            return False
        if isinstance(statement, ast.Assign):
            return dotted(self.court, self.module, call) in NEW_LOOPS
        is_close = isinstance(call.func, ast.Attribute) and call.func.attr == "close" and not call.args
        return is_close or dotted(self.court, self.module, call) == "asyncio.set_event_loop"

    def _housekeeping(self, runs: list[ast.Call]) -> list[ast.stmt]:
        """The statements that only make, set and close the loop of these runs."""
        loops = [run.func.value for run in runs if isinstance(run.func, ast.Attribute) and _is_method(run.func)]
        names = {loop.id for loop in loops if isinstance(loop, ast.Name)}
        found: list[ast.stmt] = []
        for name in sorted(names):
            for node in self.module.named(name):
                statement = self.module.statement(node)
                if any(self.module.statement(run) is statement for run in runs):
                    continue
                ending = self.around.finalbody if self.around is not None else []
                if statement not in [*self.block, *ending] or not self._is_of_a_loop(statement):
                    raise StayError(f"its loop is used again in line {node.lineno}")
                if statement not in found:
                    found.append(statement)
        return found

    def _stays_quiet(self, statement: ast.stmt) -> None:
        """What stands between the start and the server would come before the start."""
        is_quiet = isinstance(statement, ast.Pass | ast.Import | ast.ImportFrom) or (
            isinstance(statement, ast.Assign | ast.AnnAssign)
            and all(isinstance(t, ast.Name) for t in getattr(statement, "targets", None) or [statement.target])  # type: ignore[union-attr]
            and (statement.value is None or is_pure(statement.value))
        )
        if not is_quiet:
            raise StayError(f"line {statement.lineno} would then come before it")
        self._reads_nothing_of_it(statement)

    def _reads_nothing_of_it(self, node: ast.AST) -> None:
        started = {n.id for run in self.starts.values() for arg in run.args for n in ast.walk(arg)
                   if isinstance(n, ast.Name)}  # fmt: skip
        for inner in ast.walk(node):
            if isinstance(inner, ast.Name) and inner.id in started:
                raise StayError(f"line {inner.lineno} needs `{inner.id}`, which it may change")

    def _removal(self, statement: ast.stmt, run: ast.Call | None) -> Order:
        """The statement goes; what it awaits is written again, so its names are still used."""
        if not is_alone(self.module, statement):
            raise StayError(f"line {statement.lineno} holds more than one statement")
        gone: tuple[ast.AST, ...] = (run.func,) if run is not None else ()
        gone = gone if run is not None or statement in self.inlined else (statement,)
        data = {"remove": True, "whole": True}
        return Order("lifespans", self.module, statement, data, consumes=gone, claims=(statement,))

    def _unwrapping(self, stops: dict[ast.stmt, ast.Call]) -> Order:
        """The `try` goes, of which the `finally` has moved; what it tries stays."""
        assert self.around is not None
        gone: list[ast.AST] = [run.func for run in stops.values()]
        gone += [statement for statement in self.around.finalbody if statement not in stops]
        data = {"unwrap": True, "whole": True}
        return Order("lifespans", self.module, self.around, data, consumes=tuple(gone), claims=(self.around,))

    # what is awaited

    def _awaited(self, statement: ast.stmt, run: ast.Call) -> list[str]:
        """What a run is given, as statements where only names of the module are known."""
        coroutine = run.args[0] if len(run.args) == 1 and not run.keywords else None
        if not isinstance(statement, ast.Expr) or statement.value is not run or not isinstance(coroutine, ast.Call):
            raise StayError(f"line {run.lineno} is more than the run of one coroutine")
        held = next((use for use in self.court.uses if use.module is self.module and _is_in(use.node, run)), None)
        if held is not None:
            raise StayError(f"line {run.lineno} uses the client itself")
        inner = self._inner_coroutine(coroutine)
        if inner is not None:
            return self._lines_of(inner)
        for node in ast.walk(coroutine):
            if isinstance(node, ast.Name):
                self._is_everywhere(node)
            elif (isinstance(node, ast.Call) and node is not coroutine and not is_pure(node)) or _computes(node):
                raise StayError(f"line {run.lineno} computes what it is given")
        text = self.module.source.segment(coroutine)
        return [f"await {text if coroutine.lineno == coroutine.end_lineno else ast.unparse(coroutine)}"]

    def _inner_coroutine(self, coroutine: ast.Call) -> ast.AsyncFunctionDef | None:
        """The coroutine that is defined in this block for this run alone, and takes nothing."""
        name = coroutine.func.id if isinstance(coroutine.func, ast.Name) else None
        for function in self.block:
            if isinstance(function, ast.AsyncFunctionDef) and function.name == name and self.block is not self._top:
                named = [node for node in self.module.named(function.name) if isinstance(node, ast.Name)]
                is_plain = not function.decorator_list and not ast.unparse(function.args)
                return function if is_plain and len(named) == 1 else None
        return None

    @property
    def _top(self) -> list[ast.stmt]:
        return self.module.source.tree.body

    def _lines_of(self, function: ast.AsyncFunctionDef) -> list[str]:
        """The statements of a coroutine, which goes with its only run."""
        body = function.body[1:] if ast.get_docstring(function) is not None else function.body
        for statement in body:
            is_plain = isinstance(statement, ast.Expr) and statement.lineno == statement.end_lineno
            if not is_plain or any(isinstance(node, ast.Yield | ast.YieldFrom) for node in ast.walk(statement)):
                raise StayError(f"`{function.name}` does more than to await in line {statement.lineno}")
        for node in ast.walk(function):
            if isinstance(node, ast.Name):
                self._is_everywhere(node)
        if any(use.module is self.module and _is_in(use.node, function) for use in self.court.uses):
            raise StayError(f"`{function.name}` uses the client itself")
        self.inlined.append(function)
        return [self.module.source.segment(statement) for statement in body]

    def _is_everywhere(self, node: ast.Name) -> None:
        """A name means the same in the lifespan: it is the module's own, and bound once, outside of any block."""
        scope = self.module.scope_of[node].find(node.id)
        if scope is None:
            return
        bound = list(self.module.bound(scope, node.id))
        if scope.kind != "module":
            raise StayError(f"`{node.id}` is known in line {node.lineno} only")
        if len(bound) != 1:
            raise StayError(f"`{node.id}` is bound {len(bound)} times")
        if self.module.statement(bound[0]) not in self.module.source.tree.body:
            raise StayError(f"`{node.id}` is bound under a condition")

    def _starts_here_alone(self, run: ast.Call) -> None:
        """Nobody else starts it, and it takes no signals from the server."""
        facts = entered(self.court, self.module, run)
        for each in facts:
            other = next(((m, c) for m, c in each.calls if not _is_in(c, run)), None)
            if other is not None:
                raise StayError(f"`{each.header.name}` is also called at {other[0].path}:{other[1].lineno}")
        reached = self.court.graph.reached_from(facts)
        for module, call in self.court.graph.calls_named(SIGNALS):
            assert isinstance(call, ast.Call)
            takes = last_name(call.func) == SIGNALS[0] or dotted(self.court, module, call) == "signal.signal"
            if takes and module.function_of(call) in reached:
                raise StayError(f"it takes over signals at {module.path}:{call.lineno}, by which the server is stopped")


def _only_ends(block: ast.Try) -> bool:
    """Whether a `try` is there only for what comes last."""
    return len(block.body) == 1 and bool(block.finalbody) and not block.handlers and not block.orelse


def _is_in(node: ast.AST, around: ast.AST) -> bool:
    return any(inner is node for inner in ast.walk(around))


def _is_method(function: ast.Attribute) -> bool:
    return function.attr in RUNNER_METHODS


def _computes(node: ast.AST) -> bool:
    return isinstance(node, ast.Lambda | ast.NamedExpr | ast.Starred | ast.GeneratorExp | ast.ListComp | ast.Await)
