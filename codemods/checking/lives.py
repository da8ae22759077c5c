"""The life of a client: on which event loop it is made, what shares its group, and what is asked after its end."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.checking import names
from codemods.checking.places import Fault, argument, elements, member, parameter, resolved
from codemods.checking.subscriptions import BUSES
from codemods.reading.contract import FACTORY
from codemods.reading.flow import FunctionFacts
from codemods.reading.scopes import Function, Module, dotted_name
from codemods.reading.sharing import OF_A_TYPE
from codemods.reading.use import Use
from codemods.verdicts.cases import Court
from codemods.verdicts.runs import SUBMITTERS, dotted, entered, runs_of, servers_of, starts_one_of

ENDS = {"close", "stop"}
ASKS = {"publish_message", *BUSES}
OWN_LOOP = {"uvicorn.run", "aiohttp.web.run_app", "hypercorn.run", "sanic.run"}
"""What serves on a loop that it makes itself."""
SUITES = ("body", "orelse", "finalbody")


def group(court: Court, use: Use) -> Iterator[Fault]:
    """A second subscription of one client on one bus, where the target's source puts both into one group."""
    if use.kind != "dual call" or use.name not in BUSES or not court.contract.sharing:
        return
    for other in court.uses:
        is_alike = other.kind == use.kind and other.name == use.name and not set(other.holders).isdisjoint(use.holders)
        if is_alike and other is not use and _comes_before(other, use):
            if court.contract.sharing == OF_A_TYPE and _types(court, other).isdisjoint(_types(court, use)):
                continue
            said = f"line {other.line} subscribes on this bus, too, and the target puts both into one group"
            yield Fault("shared-group", use.node, said)
            return


def _types(court: Court, use: Use) -> set[str]:
    given = argument(use.call, 0, parameter(use.name, 0))
    listed = elements(resolved(use.module, given)) if given is not None else None
    return {name for each in listed or () if (name := member(court, use.module, each, "MessageType"))}


def ended(court: Court, use: Use) -> Iterator[Fault]:
    """A publish or a subscription on a client that certainly is closed by then."""
    if use.kind != "dual call" or use.name not in ASKS or use.receiver is None:
        return
    for other in court.uses:
        is_end = other.kind == "dual call" and other.name in ENDS and other.receiver is not None
        if is_end and other.module is use.module and _comes_before(other, use) and _is_the_same(other, use):
            said = f"line {other.line} has closed the client: {use.name}() comes after its end"
            yield Fault("after-close", use.node, said)
            return


def _comes_before(one: Use, other: Use) -> bool:
    """Whether a use certainly runs before another one: its own statement stands above what holds the other."""
    module, first = one.module, one.module.statement(one.node)
    if other.module is not module or module.function_of(one.node) is not module.function_of(other.node):
        return False
    block = _block(module, first)
    below = block[block.index(first) + 1 :]
    return any(each in below for each in module.ancestors(other.node) if isinstance(each, ast.stmt))


def _block(module: Module, statement: ast.stmt) -> list[ast.stmt]:
    above = module.parent[statement]
    blocks = [getattr(above, name, None) for name in (*SUITES, "handlers")]
    return next((block for block in blocks if isinstance(block, list) and statement in block), [statement])


def _is_the_same(end: Use, use: Use) -> bool:
    """Whether a client is the one that was closed: both are called so, and nothing between can make it another."""
    module = use.module
    assert end.receiver is not None
    assert use.receiver is not None
    closed = dotted_name(end.receiver)
    if not closed or closed != dotted_name(use.receiver) or end.holders != use.holders:
        return False
    first = module.statement(end.node)
    block = _block(module, first)
    awaited = module.parent[end.node]
    is_plain = isinstance(first, ast.Expr) and awaited in (first.value, first)
    between = block[block.index(first) + 1 :]
    holding = next(each for each in between if each in (*module.ancestors(use.node), module.statement(use.node)))
    nodes = [node for each in between[: between.index(holding)] for node in ast.walk(each)]
    nodes += [] if holding is module.statement(use.node) else list(ast.walk(holding))
    calls = [node for node in nodes if isinstance(node, ast.Call) and node is not use.node]
    stored = {dotted_name(n) for n in nodes if isinstance(n, ast.Name | ast.Attribute) and isinstance(n.ctx, ast.Store)}
    return is_plain and closed not in stored and (not calls or ("." not in closed and not _calls_it(calls, closed)))


def _calls_it(calls: list[ast.Call], name: str) -> bool:
    """Whether one of these calls is of the client itself, and so may connect it again."""
    return any(dotted_name(call.func).startswith(f"{name}.") for call in calls)


def loops(court: Court, module: Module) -> Iterator[Fault]:
    """A client that is made on a loop which is over when the server begins."""
    for server in servers_of(court, module):
        if dotted(court, module, server) not in OWN_LOOP:
            continue
        making = court.graph.reaching(_making(court))
        for home, run in runs_of(court):
            is_above = home is module and module.function_of(run) is module.function_of(server)
            if not is_above or run.lineno >= server.lineno or dotted(court, module, run) in SUBMITTERS:
                continue
            if starts_one_of(court, module, run, making) and not _ends(court, module, run):
                said = (
                    f"the client that is made here is on a loop of its own, and line {server.lineno} serves on another"
                )
                yield Fault("two-loops", run, said)


def _making(court: Court) -> Iterator[FunctionFacts]:
    """The functions that ask the factory for a client, or connect one."""
    for module in court.program.modules.values():
        for call, name in names.calls(court, module):
            function = module.function_of(call) if name == FACTORY else None
            if isinstance(function, Function):
                yield court.program.facts(module, function)
    for use in court.uses:
        if use.kind == "dual call" and use.name == "initialize" and isinstance(use.function, Function):
            yield court.program.facts(use.module, use.function)


def _ends(court: Court, module: Module, run: ast.Call) -> bool:
    """Whether the client may be closed on the loop on which it was made."""
    reached = court.graph.reached_from(entered(court, module, run))
    return any(use.kind == "dual call" and use.name in ENDS and use.function in reached for use in court.uses)
