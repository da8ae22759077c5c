"""What must become async for one call to be awaited in a plain function: its callers, up to where awaiting is natural.

A plain function becomes `async def`, each call of it is awaited, and so is each call of the functions around those, to
an `async def` or to the entry of a program, `if __name__ == "__main__": main()`, which gets `asyncio.run`. What a
script of the package starts by its name runs a coroutine of its own.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec import Struct, field

from codemods.orders import Order
from codemods.reading import atoms
from codemods.reading.callers import call_sites
from codemods.reading.flow import FunctionFacts
from codemods.reading.scopes import Function, Module, dotted_name, last_name
from codemods.verdicts.becoming import against, is_special, own_nodes
from codemods.verdicts.blocking import SLEEPS, blocked
from codemods.verdicts.closures import binds_tighter
from codemods.verdicts.entry import is_entry
from codemods.verdicts.families import kin
from codemods.verdicts.handing import handed_on, is_served, runs_in_a_thread, said_of, subscription_of
from codemods.verdicts.interrupts import against_interrupts, caught
from codemods.verdicts.scripts import against_script, is_script, told_of
from codemods.verdicts.wording import place_of, shown, symbols_of

if TYPE_CHECKING:
    from codemods.reading.use import Use
    from codemods.verdicts.cases import Court

THREADED = "{name} ran in a thread for each request, and runs on the event loop now: what blocks in it holds up all"
ASYNCIO = ("asyncio", "")
Call = tuple[Module, ast.Call]


class Growth(Struct, eq=False):
    """What one use makes async."""

    functions: dict[FunctionFacts, None] = field(default_factory=dict)
    awaited: dict[ast.Call, Module] = field(default_factory=dict)
    entries: dict[ast.Call, Module] = field(default_factory=dict)
    handlers: dict[Use, None] = field(default_factory=dict)  # of subscriptions of a wrapper, which await them
    scripts: dict[FunctionFacts, None] = field(default_factory=dict)  # those functions that a script starts

    def add(self, other: Growth) -> None:
        """Take in what another use makes async."""
        self.functions |= other.functions
        self.awaited |= other.awaited
        self.entries |= other.entries
        self.handlers |= other.handlers
        self.scripts |= other.scripts


class Closure:
    """All that uses of one engine make async; each function and each call has one order, whoever asks for it."""

    def __init__(self, court: Court) -> None:
        self.court = court
        self._found: dict[ast.AST, Growth | str] = {}
        self._orders: dict[ast.AST, Order] = {}

    def growth(self, module: Module, node: ast.AST) -> Growth | str:
        """What must become async for this node to be awaited; or why it cannot, ready to follow its place."""
        if node not in self._found:
            self._found[node] = self._grow(module, node)
        return self._found[node]

    def _grow(self, module: Module, node: ast.AST) -> Growth | str:
        grown, first = Growth(), function_around(self.court, module, node)
        if first is None or is_special(first):
            return ""  # whoever names the place has said it all
        if _holds_a_lock(module, node):
            return f": {LOCKED}"
        pending = [first]
        while pending:
            facts = pending.pop()
            if facts not in grown.functions:
                grown.functions[facts] = None
                callers = self._callers(facts)
                if isinstance(callers, str):
                    return f": {callers}"
                grown.handlers |= dict.fromkeys(self._subscriptions(facts))
                grown.scripts |= {facts: None} if is_script(self.court, facts) else {}
                for place, call in callers:
                    around = self._await(grown, facts, place, call)
                    if isinstance(around, str):
                        return f": {around}"
                    pending += around
                pending += kin(self.court, facts)
        threaded = [facts for facts in grown.functions if runs_in_a_thread(self.court, facts)]
        said = blocked(self.court, grown.functions) if threaded else None
        said = said or against_interrupts(self.court, grown.functions, self._is_run_alone(grown))
        return grown if said is None else f": {said}"

    def _subscriptions(self, facts: FunctionFacts) -> Iterator[Use]:
        """The subscriptions that this function is the handler of."""
        found = (subscription_of(self.court, module, node) for module, node in call_sites(facts)[1])
        return (use for use in found if use is not None)

    def _is_run_alone(self, grown: Growth) -> bool:
        """Whether all that becomes async runs in the tasks of entries, and in no other one."""
        calls = [(module, call) for call, module in grown.awaited.items()]
        outside = any(may_await(module, call) for module, call in calls)
        return bool(grown.entries or grown.scripts) and not outside and not any(map(self._is_served, grown.functions))

    def _is_served(self, facts: FunctionFacts) -> bool:
        return is_served(self.court, facts) or bool(call_sites(facts)[1])

    def _callers(self, facts: FunctionFacts) -> list[Call] | str:
        """Every call of a function that can become async; or why it cannot."""
        court = self.court
        if isinstance(facts.header, ast.AsyncFunctionDef):
            return f"{shown(facts)} is async already at {place_of(facts.module, facts.header)}, where a class shares it"
        said = against(court, facts)
        if said is not None:
            return said
        court.program.sought.add(facts.header.name)
        if is_script(court, facts):
            return against_script(facts) or []  # whoever calls it goes on to do so
        calls, references = call_sites(facts)
        stray = handed_on(court, facts, references)
        if stray is not None:
            return said_of(facts, *stray)
        if not (calls or references or any(map(self._is_called, kin(court, facts)))):
            return f"nothing in this engine calls {shown(facts)}, so who does cannot be told"
        return calls

    def _is_called(self, facts: FunctionFacts) -> bool:
        """Whether anybody is seen to call a function, be it a framework."""
        return bool(call_sites(facts)[0]) or self._is_served(facts)

    def _await(self, grown: Growth, facts: FunctionFacts, module: Module, call: ast.Call) -> list[FunctionFacts] | str:
        """Await one call of a function; the plain functions that must become async for it, or why it cannot be."""
        others = self._entered(module, call)
        where = place_of(module, call)
        if others is None:
            return f"what is called at {where} is not always {shown(facts)}"
        said = _against_call(self.court, module, call)
        if said is not None:
            return f"{shown(facts)} is called at {where}{said}"
        if is_entry(module, call):
            grown.entries[call] = module
            return others
        grown.awaited[call] = module
        if may_await(module, call):
            return others
        around = function_around(self.court, module, call)
        if around is None:
            return f"{shown(facts)} is called at {where}, {standing(module, call)}, where nothing can be awaited"
        return [*others, around]

    def _entered(self, module: Module, call: ast.Call) -> list[FunctionFacts] | None:
        """The plain functions that a call may enter; None where it may enter something else as well."""
        program = self.court.program
        value = program.value(module, call.func) - {atoms.NOTHING}
        if any(atom.kind != atoms.FUNCTION for atom in value):
            return None
        found = [program.functions[atom.path, atom.name] for atom in sorted(value)]
        return found if all(isinstance(facts.header, ast.FunctionDef) for facts in found) else None

    # orders

    def orders_of(self, grown: Growth) -> Iterator[Order]:
        """The orders by which all of it becomes async."""
        for facts in grown.functions:
            threaded = {"told": THREADED.format(name=shown(facts))} if runs_in_a_thread(self.court, facts) else {}
            becomes = told_of(facts) if facts in grown.scripts else {"async": True, **threaded}
            yield self._order(facts.module, facts.node, becomes)
            for call in _sleeps(self.court, facts):
                yield self._order(facts.module, call, {"sleep": True, "parentheses": False}, (call.func,))
        for facts, node, numbers in caught(grown.functions):
            yield self._order(facts.module, node, {"cancelled": numbers})
        for call, module in grown.awaited.items():
            yield self._order(module, call, {"parentheses": binds_tighter(module, call)})
        for call, module in grown.entries.items():
            yield self._order(module, call, {"run": True})

    def _order(
        self, module: Module, node: ast.expr | ast.stmt, data: dict[str, object], consumes: tuple[ast.AST, ...] = ()
    ) -> Order:
        if node not in self._orders:
            needs = (ASYNCIO,) if data.keys() & {"run", "sleep", "cancelled", "script"} else ()
            self._orders[node] = Order("asynchrony", module, node, data, needs, consumes)
        return self._orders[node]


def may_await(module: Module, node: ast.AST) -> bool:
    """Whether an `await` may stand in the place of this node as the code is."""
    scope = module.scope_of[node]
    while scope.kind == "comprehension" and scope.parent is not None:
        if isinstance(scope.node, ast.GeneratorExp):
            return False
        scope = scope.parent
    return scope.kind == "function" and isinstance(scope.node, ast.AsyncFunctionDef)


def function_around(court: Court, module: Module, node: ast.AST) -> FunctionFacts | None:
    """The plain function in which an `await` could stand if it were async; None where there is none."""
    scope = module.scope_of[node]
    while scope.kind == "comprehension" and scope.parent is not None:
        if isinstance(scope.node, ast.GeneratorExp):
            return None
        scope = scope.parent
    is_plain = scope.kind == "function" and isinstance(scope.node, ast.FunctionDef)
    return court.program.facts(module, scope.node) if is_plain and isinstance(scope.node, Function) else None


def standing(module: Module, node: ast.AST) -> str:
    """Where a node stands, as reasons name it."""
    scope = module.scope_of[node]
    while scope.kind == "comprehension" and scope.parent is not None:
        if isinstance(scope.node, ast.GeneratorExp):
            return "in a generator expression"
        scope = scope.parent
    if isinstance(scope.node, ast.Lambda):
        return "in a lambda"
    name = getattr(scope.node, "name", None)
    return f"in `{name}`" if scope.kind == "function" else "in a class body" if name else "at module level"


def _against_call(court: Court, module: Module, call: ast.Call) -> str | None:
    """Why a call cannot be awaited where it stands, whatever is around its function."""
    if not court.engine.owns(module.path):
        return f", which belongs to no path of {court.engine.name}"
    below: ast.AST = call
    if isinstance(module.parent[call], ast.Await):
        return ", where what it gives is awaited already"
    if _holds_a_lock(module, call):
        return f": {LOCKED}"
    for above in module.ancestors(call):
        if isinstance(above, ast.Call) and (said := dotted_name(above.func)).startswith("asyncio."):
            return f", where {said}() is given what it gives"
        if isinstance(above, Function | ast.ClassDef) and below in above.decorator_list:
            return ", in a decorator"
        if isinstance(above, Function | ast.Lambda | ast.ClassDef):
            return None
        below = above
    return None


def _holds_a_lock(module: Module, node: ast.AST) -> bool:
    """Whether a node stands in a `with` of something that is called a lock: others would wait for it meanwhile."""
    below = node
    for above in module.ancestors(node):
        if isinstance(above, Function | ast.Lambda | ast.ClassDef):
            return False
        if isinstance(above, ast.With) and below not in above.items and any(map(_is_lock, above.items)):
            return True
        below = above
    return False


LOCKED = "a lock is held there, and an `await` would let others run into it"


def _is_lock(item: ast.withitem) -> bool:
    names = [last_name(node) for node in ast.walk(item.context_expr) if isinstance(node, ast.Name | ast.Attribute)]
    return any(part in name.lower() for name in names for part in ("lock", "mutex", "condition", "semaphore"))


def _sleeps(court: Court, facts: FunctionFacts) -> Iterator[ast.Call]:
    """The calls of `time.sleep` in a function, which would hold up the loop."""
    for node in own_nodes(facts):
        is_own = isinstance(node, ast.Call) and function_around(court, facts.module, node) is facts
        if is_own and isinstance(node, ast.Call) and symbols_of(court, facts.module, node.func) & SLEEPS:
            yield node
