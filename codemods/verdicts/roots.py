"""What runs the uses of a client first and once: the coroutine of the one event loop, or what begins an application."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from msgspec import Struct

from codemods.reading import atoms
from codemods.reading.arguments import callees
from codemods.reading.calls import Runner
from codemods.reading.evaluation import Evaluator
from codemods.reading.flow import FunctionFacts
from codemods.reading.scopes import Function, Module, is_test, last_name
from codemods.verdicts.applications import Application, only_application
from codemods.verdicts.cases import Court
from codemods.verdicts.closure import Growth
from codemods.verdicts.runs import SUBMITTERS, dotted, entered, runs_of, servers_of, starts_one_of

SERVED_BY = {
    "fastapi.FastAPI", "fastapi.applications.FastAPI", "fastapi.APIRouter", "fastapi.routing.APIRouter",
    "starlette.applications.Starlette",
}  # fmt: skip
ADDERS = {"add_api_route", "add_api_websocket_route", "add_route", "add_websocket_route", "Depends", "Security"}
"""Calls at the top of a file that hand a function to the application, which calls it for a request."""
ALWAYS = (
    ast.withitem | ast.With | ast.AsyncWith | ast.Try | ast.Expr | ast.Assign | ast.AnnAssign | ast.Await | ast.Return
)


class Root(Struct, frozen=True, eq=False):
    """The functions that run first, each the first thing of which the next is, or the application that begins."""

    chain: tuple[FunctionFacts, ...]
    app: Application | None
    idle: tuple[FunctionFacts, ...]  # functions with uses that nobody is seen to call


class Roots:
    """The root of the uses in some functions of one engine."""

    def __init__(self, court: Court, using: Iterable[FunctionFacts], grown: Growth) -> None:
        self.court, self.grown = court, grown  # what the change makes async
        self.using = list(dict.fromkeys(using))
        self.reaching = court.graph.reaching(self.using) - {None}

    def find(self) -> Root | str:
        """The root; or why there is none, as the end of a sentence."""
        entries = [(module, call) for call, module in self.grown.entries.items()]
        runs = [(m, c) for m, c in (*runs_of(self.court), *entries) if starts_one_of(self.court, m, c, self.reaching)]
        runs = [(m, c) for m, c in runs if not is_test(m) and dotted(self.court, m, c) not in SUBMITTERS]
        if len(runs) > 1:
            places = " and ".join(f"{m.path}:{c.lineno}" for m, c in runs[:2])
            return f"several event loops use it, at {places}"
        return self._of_run(*runs[0]) if runs else self._of_application()

    # an event loop

    def _of_run(self, module: Module, call: ast.Call) -> Root | str:
        where = f"{module.path}:{call.lineno}"
        given = call if call in self.grown.entries else call.args[0] if call.args else None
        called = list(callees(Evaluator(self.court.program, module), given)) if isinstance(given, ast.Call) else []
        inner = [facts for each in ast.iter_child_nodes(given or call) for facts in self._entered(module, each)]
        if len(called) != 1 or not self._is_coroutine(called[0]) or inner:
            return f"what {where} runs first cannot be told"
        root = called[0]
        above = self.court.graph.reaching([root]) - {None, root.node}
        fault = self._run_twice(module, call, root) or next(self._beside(above, root, call), None)
        if fault is not None:
            return fault
        inside = self.court.graph.reached_from([root])
        is_server = any(
            module.function_of(s) in inside for m in {root.module, module} for s in servers_of(self.court, m)
        )
        early = next(self._run_early(inside & self.reaching - above, call), None)
        return early or self._with_rest(root, inside | above, is_server, None)

    def _is_coroutine(self, facts: FunctionFacts) -> bool:
        return isinstance(facts.header, ast.AsyncFunctionDef) or facts in self.grown.functions

    def _entered(self, module: Module, node: ast.AST) -> list[FunctionFacts]:
        """The functions with uses that the calls in an expression enter."""
        calls = [inner for inner in ast.walk(node) if isinstance(inner, ast.Call)]
        return [f for call in calls for f in entered(self.court, module, call) if f.node in self.reaching]

    def _run_twice(self, module: Module, call: ast.Call, root: FunctionFacts) -> str | None:
        """Why a run may happen several times, or its coroutine be awaited elsewhere, too."""
        others = [(m, c) for m, c in [*root.calls, *root.references] if c not in ast.walk(call)]
        if others:
            return f"`{root.header.name}` is also called at {others[0][0].path}:{others[0][1].lineno}"
        return next(self._often(module, call), None)

    def _often(self, module: Module, node: ast.AST) -> Iterator[str]:
        """Where it may happen several times that this node is run."""
        for above in module.ancestors(node):
            if isinstance(above, ast.For | ast.AsyncFor | ast.While):
                yield f"{module.path}:{above.lineno} may run it several times"
            if isinstance(above, Function):
                facts = self.court.program.facts(module, above)
                if facts.references or len(facts.calls) != 1:
                    yield f"`{above.name}` is not called once, and by nobody else"
                else:
                    yield from self._often(*facts.calls[0])
                return

    def _run_early(self, inside: set[Runner], call: ast.Call) -> Iterator[str]:
        """Where something is called at the top of a file, as a task before the loop runs, that the root runs too."""
        given = set(ast.walk(call))
        for facts in self._facts(inside):
            for module, node in self.court.graph.mentioned(facts):
                if module.function_of(node) is None and node not in given and not self._hands_over(module, node):
                    yield f"`{facts.header.name}` is used at {module.path}:{node.lineno}, before any event loop runs"

    def _beside(self, above: set[Runner], root: FunctionFacts, call: ast.Call) -> Iterator[str]:
        """What a function on the way to the run does with the client besides."""
        for facts in self._facts(above):
            for node in self._leading(facts):
                if node is not call and node not in ast.walk(call) and self._leads_elsewhere(facts, node, root):
                    yield f"{facts.module.path}:{node.lineno} uses it outside of `{root.header.name}`"

    def _leads_elsewhere(self, facts: FunctionFacts, node: ast.expr, root: FunctionFacts) -> bool:
        """Whether a node leads to a use by another way than over the root."""
        called = entered(self.court, facts.module, node) if isinstance(node, ast.Call) else []
        way = self.court.graph.reaching([root])
        return not called or any(each.node not in way for each in called if each.node in self.reaching)

    # an application

    def _of_application(self) -> Root | str:
        app = only_application(self.court)
        if app is None:
            return "no event loop is seen that runs its uses"
        if isinstance(app, str):
            return app
        first = next((f for f in (app.lifespan, *app.begins) if f is not None and f in self.reaching), None)
        if first is None:
            return self._with_rest(None, set(), True, app)
        if not isinstance(first, ast.AsyncFunctionDef):
            return f"`{first.name}` is no coroutine"
        root = self.court.program.facts(app.module, first)
        later = self.court.graph.reached_from(self.court.program.facts(app.module, each) for each in app.begins)
        return self._with_rest(root, self.court.graph.reached_from([root]) | later, True, app)

    def _with_rest(
        self, root: FunctionFacts | None, inside: set[Runner], is_server: bool, app: Application | None
    ) -> Root | str:
        """The root, if nobody else comes to the uses on a way past it."""
        idle: list[FunctionFacts] = []
        if any(isinstance(runner, ast.Lambda) for runner in self.reaching - inside):
            return "a lambda that nobody is seen to call uses it"
        for facts in self._facts(self.reaching - inside):
            fault = self._enters_past(facts, inside, is_server, idle)
            if fault is not None:
                return fault
        chain = tuple(self._chain(root)) if root is not None else ()
        return Root(chain, app, tuple(idle))

    def _enters_past(
        self, facts: FunctionFacts, inside: set[Runner], is_server: bool, idle: list[FunctionFacts]
    ) -> str | None:
        """Why a function that leads to uses may be run before the root; one that nobody calls is noted."""
        name = facts.header.name
        served = [self._serves(facts.module, decorator) for decorator in facts.header.decorator_list]
        if any(served) and is_server:
            return None
        if facts.header.decorator_list and not facts.is_method:
            return f"its decorator may run `{name}` before that, at {facts.module.path}:{facts.header.lineno}"
        mentions = self.court.graph.mentioned(facts)
        for module, node in mentions:
            if is_test(module):
                return f"a test calls `{name}` at {module.path}:{node.lineno}"
            if module.function_of(node) is None and not (is_server and self._hands_over(module, node)):
                return f"`{name}` is used at {module.path}:{node.lineno}, before any event loop runs"
        nested = facts.module.function_of(facts.header) is not None
        if mentions or nested:
            return None
        if facts.references:
            module, node = facts.references[0]
            return f"`{name}` may be called at {module.path}:{node.lineno}"
        if name.startswith("__"):
            return f"`{name}` is run where nobody is seen to call it, at {facts.module.path}:{facts.header.lineno}"
        idle.append(facts)
        return None

    def _serves(self, module: Module, decorator: ast.expr) -> bool:
        """Whether a decorator hands a function to an application or a router: `@app.get("/")`."""
        function = decorator.func if isinstance(decorator, ast.Call) else decorator
        if not isinstance(function, ast.Attribute) or not isinstance(function.value, ast.Name):
            return False
        scope = module.scope_of[function.value].find(function.value.id)
        bound = list(module.bound(scope, function.value.id)) if scope is not None else []
        made = module.parent[bound[0]] if len(bound) == 1 else None
        call = made.value if isinstance(made, ast.Assign) else None
        if not isinstance(call, ast.Call):
            return False
        symbols = atoms.of(self.court.program.value(module, call.func), atoms.SYMBOL)
        return any(symbol.name in SERVED_BY for symbol in symbols)

    def _hands_over(self, module: Module, node: ast.expr) -> bool:
        above = module.parent[node]
        return isinstance(above, ast.Call) and above.func is not node and last_name(above.func) in ADDERS

    # the way down

    def _chain(self, root: FunctionFacts) -> Iterator[FunctionFacts]:
        """The root, and each function that is the first thing of the one before, and of nobody else."""
        facts: FunctionFacts | None = root
        seen: set[FunctionFacts] = set()
        while facts is not None and facts not in seen:
            seen.add(facts)
            yield facts
            facts = self._next(facts)

    def _next(self, facts: FunctionFacts) -> FunctionFacts | None:
        if facts in self.using:
            return None
        leading = sorted(self._leading(facts), key=lambda node: (node.lineno, node.col_offset))
        managed = self.court.graph.entered_by(facts.module, leading[0]) if leading else []
        if managed:
            return self._managed(facts, leading[0], managed)
        call = next((node for node in leading if isinstance(node, ast.Call)), None)
        if call is None or leading[0] not in (call, call.func) or not _always(facts, call, call in self.grown.awaited):
            return None
        called = entered(self.court, facts.module, call)
        if len(called) != 1 or not self._is_coroutine(called[0]):
            return None
        return called[0] if len(self.court.graph.mentioned(called[0])) == 1 else None

    def _managed(self, facts: FunctionFacts, given: ast.expr, managed: list[FunctionFacts]) -> FunctionFacts | None:
        """The `__aenter__` that comes first, where `async with` is given one object, made on the spot or before."""
        enters = [each for each in managed if each.header.name == "__aenter__"]
        block = facts.module.statement(given)
        is_first = isinstance(block, ast.AsyncWith) and block.items[0].context_expr is given
        if len(enters) != 1 or len(managed) > 2 or not is_first or not _always(facts, given):
            return None
        return enters[0] if len(self.court.graph.mentioned(enters[0])) == 1 else None

    def _leading(self, facts: FunctionFacts) -> list[ast.expr]:
        """The nodes of a function's own body that lead to a use."""
        return [node for node in self.court.graph.inner(facts) if self._leads(facts.module, node)]

    def _leads(self, module: Module, node: ast.expr) -> bool:
        if isinstance(node, ast.Lambda):
            return node in self.reaching
        if any(facts.node in self.reaching for facts in self.court.graph.entered_by(module, node)):
            return True
        if isinstance(node, ast.Call) and any(f.node in self.reaching for f in entered(self.court, module, node)):
            return True
        held = atoms.of(self.court.program.value(module, node), atoms.FUNCTION)
        return any(self.court.program.functions[a.path, a.name].node in self.reaching for a in held)

    def _facts(self, runners: Iterable[Runner]) -> list[FunctionFacts]:
        found = [f for f in list(self.court.program.functions.values()) if f.header in runners]
        return sorted(found, key=lambda f: (f.module.path, f.header.lineno))


def _always(facts: FunctionFacts, call: ast.expr, is_awaited: bool = False) -> bool:
    """Whether a function always comes to this call, and awaits it there, or to what `async with` is given."""
    module = facts.module
    if not is_awaited and not isinstance(module.parent[call], ast.Await | ast.withitem):
        return False
    below: ast.AST = call
    for above in module.ancestors(call):
        if above is facts.node:
            return True
        if not isinstance(above, ALWAYS):
            return False
        if isinstance(above, ast.Try) and below not in above.body:
            return False
        below = above
    return False
