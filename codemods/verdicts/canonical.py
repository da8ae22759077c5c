"""The shape of a canonical consumer: what its loop, its read, its handler call and its acknowledgement look like."""

from __future__ import annotations

import ast

from codemods.reading.flow import FunctionFacts
from codemods.reading.use import Use
from codemods.verdicts.servers import arguments


def loop_of(facts: FunctionFacts) -> ast.While | None:
    """The loop that is all of a coroutine's body, its docstring apart."""
    body = [s for s in facts.node.body if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))]
    only = body[0] if len(body) == 1 else None
    if not isinstance(facts.node, ast.AsyncFunctionDef) or not isinstance(only, ast.While) or only.orelse:
        return None
    forever = isinstance(only.test, ast.Constant) and only.test.value is True
    return only if forever or isinstance(only.test, ast.Name | ast.Attribute) or _is_until_set(only.test) else None


def _is_until_set(test: ast.expr) -> bool:
    """Whether a loop goes on until an event is set: `while not self.closing.is_set()`."""
    call = test.operand if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not) else None
    if not isinstance(call, ast.Call) or call.args or call.keywords or not isinstance(call.func, ast.Attribute):
        return False
    return call.func.attr == "is_set" and isinstance(call.func.value, ast.Name | ast.Attribute)


def inside(read: Use, loop: ast.While) -> tuple[ast.stmt, ast.AST, str] | None:
    """The handler call, the ack's call and the name of the fields, where the loop is in the canonical shape."""
    if len(loop.body) < 2 or not _is_plain_read(read):
        return None
    taken, *between, outer = loop.body
    if not isinstance(taken, ast.Assign) or getattr(taken.value, "value", None) is not read.node:
        return None
    entries = taken.targets[0]
    if len(taken.targets) != 1 or not isinstance(entries, ast.Name):
        return None
    if between and not (len(between) == 1 and _goes_on(between[0], entries.id)):
        return None
    streams = _for_over(outer, entries.id)
    messages = _for_over(streams[0].body[0], streams[1]) if streams and len(streams[0].body) == 1 else None
    if streams is None or messages is None or len(messages[0].body) != 2:
        return None
    call, acked = messages[0].body
    target = messages[0].target
    assert isinstance(target, ast.Tuple)
    identity, fields = (element.id for element in target.elts if isinstance(element, ast.Name))
    ack = awaited(acked)
    outer_name = streams[0].target.elts[0].id  # type: ignore[attr-defined]
    if ack is None or not _acks(ack, identity) or not _handles(call, fields, {identity, outer_name, entries.id}):
        return None
    return call, ack, fields


def _for_over(node: ast.stmt, name: str) -> tuple[ast.For, str] | None:
    """A loop `for a, b in name:` without an else, and its b; `name or []` is the same."""
    if not isinstance(node, ast.For) or node.orelse:
        return None
    over = node.iter.values[0] if _is_or_nothing(node.iter) and isinstance(node.iter, ast.BoolOp) else node.iter
    if not isinstance(over, ast.Name) or over.id != name:
        return None
    target = node.target
    if not isinstance(target, ast.Tuple) or len(target.elts) != 2:
        return None
    second = target.elts[1]
    return (
        (node, second.id)
        if all(isinstance(e, ast.Name) for e in target.elts) and isinstance(second, ast.Name)
        else None
    )


def _is_or_nothing(node: ast.expr) -> bool:
    """Whether an expression is `x or []`, which loops over the same."""
    if not isinstance(node, ast.BoolOp) or not isinstance(node.op, ast.Or) or len(node.values) != 2:
        return False
    last = node.values[1]
    return isinstance(last, ast.List | ast.Tuple | ast.Dict) and not getattr(last, "elts", getattr(last, "keys", None))


def _goes_on(node: ast.stmt, name: str) -> bool:
    """Whether a statement is `if not name: continue`, after which there is nothing to loop over."""
    if not isinstance(node, ast.If) or node.orelse or len(node.body) != 1 or not isinstance(node.body[0], ast.Continue):
        return False
    return ast.unparse(node.test) == f"not {name}"


def _is_plain_read(read: Use) -> bool:
    """Whether a read takes only new entries of one stream: `xreadgroup(group, name, {S: ">"}, count=, block=)`."""
    given = arguments(read.call, ("groupname", "consumername", "streams"))
    named = {"groupname", "consumername", "streams"}
    if given is None or not named <= set(given) <= named | {"count", "block"} or not read.is_awaited:
        return False
    streams = given["streams"]
    return (
        isinstance(streams, ast.Dict)
        and len(streams.values) == 1
        and isinstance(streams.values[0], ast.Constant)
        and streams.values[0].value == ">"
    )


def awaited(node: ast.stmt) -> ast.Call | None:
    """The call of a statement that is nothing but an awaited call."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Await) and isinstance(node.value.value, ast.Call):
        return node.value.value
    return None


def _acks(call: ast.Call, identity: str) -> bool:
    last = call.args[2] if len(call.args) == 3 and not call.keywords else None
    return isinstance(last, ast.Name) and last.id == identity


def _handles(node: ast.stmt, fields: str, others: set[str]) -> bool:
    """Whether a statement is one call that is given the fields, and nothing of the stream's bookkeeping."""
    call = awaited(node)
    if call is None and isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        call = node.value
    names = {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}
    return call is not None and fields in names and not names & others and node.lineno == node.end_lineno
