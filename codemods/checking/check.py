"""Every mistake in one engine's uses of the target: each rule is a function of the engine and the contract."""

from __future__ import annotations

import ast
from collections.abc import Callable, Container, Iterator

from codemods.checking import handlers, lives, names, payloads, subscriptions
from codemods.checking.places import Fault, finding
from codemods.checking.rules import Finding
from codemods.reading import legacy
from codemods.reading.binding import misfit
from codemods.reading.contract import CLIENT, FACTORY
from codemods.reading.scopes import Module
from codemods.reading.use import Use
from codemods.verdicts.cases import Court

INSTEAD = {
    "start": "get_dual_bus_client() gives a connected client, and create_dual_bus_client() one to initialize()",
    "connect": "get_dual_bus_client() gives a connected client, and create_dual_bus_client() one to initialize()",
    "disconnect": "it is called close()",
    "aclose": "it is called close()",
    "is_connected": "ask whether marketdata_client and engine_logic_client are there",
    "connected": "ask whether marketdata_client and engine_logic_client are there",
    "metrics": "it is called get_stats()",
    "publish": "it is called publish_message(MessageType.X, payload)",
    "publish_to_marketdata": "it is called publish_message(MessageType.X, payload): the type says which bus",
    "publish_to_engine_logic": "it is called publish_message(MessageType.X, payload): the type says which bus",
    "subscribe": "it is called subscribe_to_marketdata or subscribe_to_engine_logic",
    "add_message_handler": "it is called subscribe_to_marketdata or subscribe_to_engine_logic",
    "remove_message_handler": "a subscription lasts until close()",
}
"""What people call on the client that it does not have, and what they want."""


SENT = legacy.STREAM_COMMANDS | legacy.CLOSERS | {"ping"}
"""What a bus's own client is asked for, and answers with a coroutine."""
UNAWAITED = (
    ast.Expr, ast.If, ast.While, ast.For, ast.BoolOp, ast.UnaryOp, ast.Compare, ast.Attribute, ast.Subscript,
)  # fmt: skip
"""What takes a coroutine for its value, or drops it."""


def check_engine(court: Court, paths: Container[str] | None = None) -> list[Finding]:
    """All findings in the engine's own files, or in those of them that are in `paths`, by place; each mistake once."""
    found: set[Finding] = set()
    for use in court.uses:
        if use.kind.startswith(("dual ", "dual-raw ")) and _is_asked(court, use.path, paths):
            found |= {finding(use.module, fault) for rule in RULES_OF_USES for fault in rule(court, use)}
    for module in court.program.modules.values():
        if _is_asked(court, module.path, paths):
            module.read_all()
            found |= {finding(module, fault) for rule in RULES_OF_MODULES for fault in rule(court, module)}
    return sorted(found)


def _is_asked(court: Court, path: str, paths: Container[str] | None) -> bool:
    return court.engine.owns(path) and (paths is None or path in paths)


def _method(court: Court, use: Use) -> Iterator[Fault]:
    """A method or attribute that the client's source does not have."""
    known = court.contract.interface.attributes
    if use.kind not in ("dual call", "dual attribute") or known is None or use.name in known:
        return
    what = f"method {use.name}()" if use.kind == "dual call" else f"attribute {use.name}"
    instead = INSTEAD.get(use.name)
    yield Fault("no-such-method", use.node, f"{CLIENT} has no {what}" + (f"; {instead}" if instead else ""))


def _arguments(court: Court, use: Use) -> Iterator[Fault]:
    takes = court.contract.interface.methods.get(use.name) if use.kind == "dual call" else None
    wrong = misfit(use.call, takes) if takes is not None else None
    if wrong is not None:
        yield Fault("wrong-arguments", use.node, f"{use.name}() {wrong}")


def _awaiting(court: Court, use: Use) -> Iterator[Fault]:
    above = use.module.parent[use.node]
    if use.kind == "dual call":
        yield from _awaited(court, above, use.call, use.name)
    elif use.kind == "dual-raw call" and use.name in SENT and isinstance(above, UNAWAITED):
        yield Fault("not-awaited", use.node, f"{use.name}() is a coroutine, and is not awaited")


def _awaited(court: Court, above: ast.AST, call: ast.Call, name: str) -> Iterator[Fault]:
    """A call of a coroutine whose result is used, or dropped, as if it were the value; or the other way round."""
    interface = court.contract.interface
    if name in interface.coroutines:
        if isinstance(above, UNAWAITED):
            yield Fault("not-awaited", call, f"{name}() is a coroutine, and is not awaited")
    elif isinstance(above, ast.Await) and name in {*interface.methods, *interface.functions}:
        yield Fault("awaited-in-vain", call, f"{name}() is a plain function, and is awaited")


def _functions(court: Court, module: Module) -> Iterator[Fault]:
    """Calls of the target's functions: the factory awaited, and given what it takes."""
    for call, name in names.calls(court, module):
        takes = court.contract.interface.functions.get(name)
        wrong = misfit(call, takes) if takes is not None else None
        if wrong is not None:
            yield Fault("wrong-arguments", call, f"{name}() {wrong}")
        if isinstance(module.parent[call], ast.Assign | ast.AnnAssign) and name == FACTORY:
            yield Fault("not-awaited", call, f"{name}() is a coroutine, and is not awaited")
        yield from _awaited(court, module.parent[call], call, name)


RULES_OF_USES: tuple[Callable[[Court, Use], Iterator[Fault]], ...] = (
    _method,
    _arguments,
    _awaiting,
    subscriptions.types,
    subscriptions.published,
    lives.group,
    lives.ended,
    handlers.handler,
    payloads.payload,
)
RULES_OF_MODULES: tuple[Callable[[Court, Module], Iterator[Fault]], ...] = (
    names.imports,
    names.members,
    names.unbound,
    _functions,
    lives.loops,
)
