"""How a wrapper's class hands messages to its handlers: what it compares, and what becomes of what a handler raises."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

from codemods.reading.scopes import Function
from codemods.reading.walking import walk

HANDLER = re.compile(r"handler|callback|listener|subscriber|^(cb|fn|func|h)$", re.IGNORECASE)
TOPIC = re.compile(r"topic|pattern|channel|subject|routing_key|event", re.IGNORECASE)
GLOBBERS = {"fnmatch", "fnmatchcase", "psubscribe"}
REGULAR = {"match", "fullmatch", "search"}
CATCH_ALL = {"Exception", "BaseException"}
TASKS = {"create_task", "ensure_future", "gather", "run_coroutine_threadsafe", "call_soon", "submit"}

UNCLEAR = "unclear"
STRONGEST = ("glob", "prefix", "exact")
"""`topic == pattern or fnmatch(topic, pattern)` is a glob: the widest comparison is the one that counts."""

Methods = Mapping[str, Function]


def matching(methods: Methods, subscribing: frozenset[str]) -> str | None:
    """How a subscription's topic is compared: glob, prefix or exact; None where the source does not say plainly."""
    found = {
        how
        for name, method in methods.items()
        for node in walk(method)
        for how in _comparisons(node, name in subscribing)
    }
    return None if "regular" in found else next((how for how in STRONGEST if how in found), None)


def handler_errors(methods: Methods) -> str | None:
    """What becomes of what a handler raises: swallow or raise; None where the source does not say plainly."""
    fates = {
        _fate(call, method, methods, frozenset()) for method in methods.values() for call in _handler_calls(method)
    }
    return fates.pop() if len(fates) == 1 and UNCLEAR not in fates else None


def handed_over(methods: Methods) -> Iterator[ast.expr]:
    """What handlers are called with, first arguments only."""
    for method in methods.values():
        yield from (call.args[0] for call in _handler_calls(method) if call.args)


def last_name(node: ast.AST) -> str:
    """The last name of an expression: `topic` of `message.topic`; "" where it has none."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return node.attr
    return last_name(node.value) if isinstance(node, ast.Subscript) else ""


def _comparisons(node: ast.AST, in_subscribe: bool) -> Iterator[str]:
    if isinstance(node, ast.Call):
        name, first = last_name(node.func), node.args[0] if node.args else None
        if name in GLOBBERS:
            yield "glob"
        elif first is None or isinstance(first, ast.Constant):
            return
        elif name == "startswith" and TOPIC.search(last_name(first)):
            yield "prefix"
        elif name in REGULAR and isinstance(node.func, ast.Attribute) and _is_of_topic(node):
            yield "regular"
        elif name == "get" and isinstance(node.func, ast.Attribute) and not in_subscribe:
            yield from _looked_up(node.func.value, first)
    elif isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.ops[0], ast.Eq):
        sides = (node.left, node.comparators[0])
        if all(TOPIC.search(last_name(side)) for side in sides):
            yield "exact"
    elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load) and not in_subscribe:
        yield from _looked_up(node.value, node.slice)


def _is_of_topic(node: ast.Call) -> bool:
    receiver = node.func.value if isinstance(node.func, ast.Attribute) else node.func
    return any(TOPIC.search(last_name(each)) for each in (receiver, *node.args))


def _looked_up(table: ast.expr, key: ast.expr) -> Iterator[str]:
    if HANDLER.search(last_name(table)) and TOPIC.search(last_name(key)):
        yield "exact"


def _handler_calls(method: Function) -> Iterator[ast.Call]:
    for node in walk(method):
        name = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
        if isinstance(node, ast.Call) and HANDLER.search(name) and name[0].islower():  # `Handler(...)` would make one
            yield node


def _fate(call: ast.Call, method: Function, methods: Methods, seen: frozenset[str]) -> str:
    """What becomes of what this call raises, by the `try` around it, or around the calls of its own method."""
    for node in _around(method, call):
        if isinstance(node, ast.Call) and last_name(node.func) in TASKS:
            return "raise" if seen else UNCLEAR  # it ends the reading task, or a task of its own
        if isinstance(node, ast.Try) and (catcher := _catcher(node)) is not None:
            return "raise" if any(isinstance(inner, ast.Raise) for inner in walk(catcher)) else "swallow"
    if method.name in seen:
        return "raise"
    callers = [
        (inner, other)
        for other in methods.values()
        for inner in walk(other)
        if isinstance(inner, ast.Call) and isinstance(inner.func, ast.Attribute) and inner.func.attr == method.name
    ]
    fates = {_fate(inner, other, methods, seen | {method.name}) for inner, other in callers}
    return fates.pop() if len(fates) == 1 else UNCLEAR if fates else "raise"


def _around(method: Function, call: ast.Call) -> Iterator[ast.AST]:
    """The nodes of the method around a call, innermost first; of a `try` only where the call is in its body."""
    path: list[ast.AST] = []
    node: ast.AST = method
    while node is not call:
        inner = next(child for child in ast.iter_child_nodes(node) if any(each is call for each in walk(child)))
        if not isinstance(node, ast.Try) or inner in node.body:
            path.append(node)
        node = inner
    yield from reversed(path)


def _catcher(node: ast.Try) -> ast.ExceptHandler | None:
    """The handler that takes every exception."""
    for handler in node.handlers:
        kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
        if any(kind is None or last_name(kind) in CATCH_ALL for kind in kinds):
            return handler
    return None
