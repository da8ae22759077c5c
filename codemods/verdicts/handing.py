"""Where a function is handed on, and who takes a coroutine there as well as a plain function."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from codemods.reading import atoms
from codemods.reading.callers import call_sites
from codemods.reading.flow import FunctionFacts, Place
from codemods.reading.origins import origins
from codemods.reading.scopes import Module, last_name
from codemods.verdicts.behind import given_as
from codemods.verdicts.wording import place_of, shown, symbols_of

if TYPE_CHECKING:
    from codemods.reading.use import Use
    from codemods.verdicts.cases import Court

ROUTES = {
    "get", "post", "put", "delete", "patch", "head", "options", "trace", "route", "api_route", "exception_handler",
}  # fmt: skip
"""Decorators of FastAPI and Starlette under which a plain function runs in a thread, and a coroutine on the loop."""
HOOKS = {"on_event"}
"""Those under which both run on the loop."""
APPLICATIONS = re.compile(r"(fastapi|starlette)\..*(FastAPI|Starlette|APIRouter|Router)")
BACKGROUND = re.compile(r"(fastapi|starlette)\..*BackgroundTasks")
"""What awaits a coroutine once the answer is sent, and runs a plain function in a thread then."""
GIVERS = re.compile(r"(fastapi|starlette)\..*(Depends|Security)")
HANDED = {
    "Thread": "is what a thread runs",
    "Timer": "is what a thread runs",
    "start_new_thread": "is what a thread runs",
    "Process": "is what a process runs",
    "to_thread": "runs in a thread, where what blocks in it holds up nobody else,",
    "run_in_executor": "runs in a thread, where what blocks in it holds up nobody else,",
    "run_in_threadpool": "runs in a thread, where what blocks in it holds up nobody else,",
    "submit": "is handed to an executor",
    "map": "is called by map()",
    "partial": "is bound by partial()",
    "signal": "is the handler of a signal",
    "add_signal_handler": "is the handler of a signal",
    "register": "is called when something else ends",
    "call_later": "is a callback of the event loop",
    "call_soon": "is a callback of the event loop",
    "call_soon_threadsafe": "is a callback of the event loop",
    "add_done_callback": "is a callback of the event loop",
}
"""What it means to hand a function to one of these calls."""


def is_served(court: Court, facts: FunctionFacts) -> bool:
    """Whether a framework calls this function, by one of its decorators, and takes a coroutine as well."""
    return any(serving(court, facts.module, decorator) for decorator in facts.header.decorator_list)


def runs_in_a_thread(court: Court, facts: FunctionFacts) -> bool:
    """Whether a framework runs this function in a thread, and would run a coroutine on its event loop."""
    hooks = {serving(court, facts.module, decorator) for decorator in facts.header.decorator_list} - {""}
    given = (place for place in call_sites(facts)[1] if subscription_of(court, *place) is None)
    return bool(hooks - HOOKS) or any(_is_given(court, *place) for place in given)


def serving(court: Court, module: Module, decorator: ast.expr) -> str:
    """The method of an application that decorates so: it takes a coroutine as well; empty where there is none."""
    inner = decorator.func if isinstance(decorator, ast.Call) else None
    if not isinstance(inner, ast.Attribute) or inner.attr not in ROUTES | HOOKS:
        return ""
    return inner.attr if _is_application(court, module, inner.value) else ""


def _is_application(court: Court, module: Module, node: ast.expr) -> bool:
    """Whether an expression certainly is an application or router of FastAPI or Starlette."""
    made = origins(court.program, module, node)
    return bool(made) and all(APPLICATIONS.fullmatch(name) for name in made or ())


def handed_on(court: Court, facts: FunctionFacts, references: list[Place]) -> tuple[Module, ast.expr] | None:
    """The first place where a function is named and not called, by which somebody unknown may call it."""
    for module, node in references:
        if not (_is_of_another(court, module, node, facts) or _is_given(court, module, node)):
            return module, node
    return None


def said_of(facts: FunctionFacts, module: Module, node: ast.expr) -> str:
    """What is said of such a place."""
    above = module.parent[node]
    where = place_of(module, node)
    if isinstance(above, ast.Call) and above.func is node:
        return f"what is called at {where} is not known, and may be {shown(facts)}"
    call = module.parent[above] if isinstance(above, ast.keyword | ast.Tuple | ast.List) else above
    name = last_name(call.func) if isinstance(call, ast.Call) else ""
    return f"{shown(facts)} {HANDED.get(name, 'is handed on')} at {where}"


def _is_of_another(court: Court, module: Module, node: ast.expr, facts: FunctionFacts) -> bool:
    """Whether what is called by the name of a method is certainly no object of the program."""
    above = module.parent[node]
    is_call = isinstance(above, ast.Call) and above.func is node
    value = court.program.value(module, node)
    if not is_call or not isinstance(node, ast.Attribute) or any(atom.kind == atoms.FUNCTION for atom in value):
        return False
    return bool(origins(court.program, module, node.value))


def subscription_of(court: Court, module: Module, node: ast.expr) -> Use | None:
    """The subscription of a wrapper that a function is the handler of: where that moves, the handler becomes async."""
    found = [_subscribed(court, *place) for place in given_as(court, module, node)]
    return found[0] if all(found) else None


def _subscribed(court: Court, module: Module, node: ast.expr) -> Use | None:
    above = module.parent[node]
    call = module.parent[above] if isinstance(above, ast.keyword) else above
    if not isinstance(call, ast.Call) or call.func is node:
        return None
    subscriptions = (u for u in court.uses if u.wrapper and u.wrapper.methods.get(u.name) == "subscribe")
    return next((use for use in subscriptions if use.node is call), None)


def _is_given(court: Court, module: Module, node: ast.expr) -> bool:
    """Whether a function is handed to somebody who awaits it where it is a coroutine."""
    if subscription_of(court, module, node) is not None:
        return True
    above = module.parent[node]
    if not isinstance(above, ast.Call) or node not in above.args:
        return False
    if isinstance(above.func, ast.Attribute) and above.func.attr in ("add_api_route", "add_route", "add_event_handler"):
        return _is_application(court, module, above.func.value)
    if isinstance(above.func, ast.Attribute) and above.func.attr == "add_task":
        made = origins(court.program, module, above.func.value) or frozenset()
        return node is above.args[0] and bool(made) and all(map(BACKGROUND.fullmatch, made))
    return any(GIVERS.fullmatch(name) for name in symbols_of(court, module, above.func))
