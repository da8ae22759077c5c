"""The shape of a canonical consumer: what its loop, its read, its handler call and its acknowledgement look like."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from itertools import takewhile

from msgspec import Struct
from msgspec.structs import replace

from codemods.reading.flow import FunctionFacts
from codemods.reading.use import Use
from codemods.verdicts import guards
from codemods.verdicts.servers import arguments

IsOfRedis = Callable[[ast.ExceptHandler], bool]
"""Whether a clause catches nothing but exceptions of redis-py."""


class Shape(Struct, frozen=True, eq=False):
    """A canonical loop: what it does with each message, and which clauses around that stay."""

    call: ast.stmt  # the handler call, or the `try` that is around it
    ack: ast.Call
    fields: str  # what it calls a message's fields
    lead: tuple[ast.stmt, ...] = ()  # what is worked out before: `data = json.loads(fields["data"])`
    inner: tuple[ast.stmt, ...] = ()  # of a `try`, what is worked out in it, and the call
    tried: bool = False  # whether the `try` stays
    raises: tuple[int, ...] = ()  # the clauses of the call's own `try` that must raise: what failed is not acknowledged
    around: tuple[int, ...] = ()  # those clauses of the `try` around the whole turn that stay around the call
    lost: tuple[str, ...] = ()  # what clauses that go have logged
    books: frozenset[str] = frozenset()  # the names of the stream's bookkeeping, which a handler does not have


def loop_of(facts: FunctionFacts) -> tuple[ast.While, ast.stmt | None] | None:
    """The loop that is all of a coroutine's body, its docstring apart; and a `try` in front of it, if there is one."""
    body = [s for s in facts.node.body if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))]
    only, first = (body[-1], body[:-1]) if body else (None, [])
    if not isinstance(facts.node, ast.AsyncFunctionDef) or not isinstance(only, ast.While) or only.orelse:
        return None
    if len(first) > 1 or not all(isinstance(statement, ast.Try) for statement in first):
        return None
    forever = isinstance(only.test, ast.Constant) and only.test.value is True
    if forever or isinstance(only.test, ast.Name | ast.Attribute) or _is_until_set(only.test):
        return only, first[0] if first else None
    return None


def _is_until_set(test: ast.expr) -> bool:
    """Whether a loop goes on until an event is set: `while not self.closing.is_set()`."""
    call = test.operand if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not) else None
    if not isinstance(call, ast.Call) or call.args or call.keywords or not isinstance(call.func, ast.Attribute):
        return False
    return call.func.attr == "is_set" and isinstance(call.func.value, ast.Name | ast.Attribute)


def inside(read: Use, loop: ast.While, of_redis: IsOfRedis) -> Shape | None:
    """What the loop does with each message, where it is in the canonical shape."""
    turn: Sequence[ast.stmt] = loop.body
    whole = turn[0] if len(turn) == 1 and isinstance(turn[0], ast.Try) else None
    if whole is not None:
        if not guards.is_guard(whole) or whole.orelse:
            return None
        turn = whole.body
    reading = turn[0] if isinstance(turn[0], ast.Try) else None
    if reading is not None:
        if not _is_around_one(reading) or not guards.around_reading(reading.handlers):
            return None
        turn = [*reading.body, *turn[1:]]
    entries = _taken(read, turn)
    found = _of_each(turn[-1], entries) if entries is not None else None
    lost = tuple(guards.logged(reading.handlers)) if reading is not None else ()
    return _within(found, whole, of_redis, lost) if found is not None else None


def _is_around_one(node: ast.Try) -> bool:
    return guards.is_guard(node) and not node.orelse and len(node.body) == 1


def _within(found: Shape, whole: ast.Try | None, of_redis: IsOfRedis, lost: tuple[str, ...]) -> Shape | None:
    """The shape with those clauses around the whole turn that stay; what is read and handled may fail in them."""
    own = found.call if isinstance(found.call, ast.Try) else None
    if whole is None:
        return _with(found, (), lost)
    around = guards.around_all(whole.handlers, [of_redis(handler) for handler in whole.handlers])
    if around and own is not None:
        around = () if guards.takes_all(own.handlers) else None
    if around is None:
        return None
    going = [handler for number, handler in enumerate(whole.handlers) if number not in around]
    staying = [handler for handler in whole.handlers if handler not in going]
    if any(_names_of(handler) & found.books for handler in staying):
        return None
    around = () if guards.only_raise(staying, range(len(staying))) else around
    return _with(found, around, (*lost, *guards.logged(going)))


def _with(found: Shape, around: tuple[int, ...], lost: tuple[str, ...]) -> Shape:
    """The shape with these clauses around the call; a `try` of its own that would only raise again goes."""
    tried = isinstance(found.call, ast.Try) and not guards.only_raise(found.call.handlers, found.raises)
    return replace(found, around=around, lost=lost, tried=tried)


def _taken(read: Use, turn: Sequence[ast.stmt]) -> str | None:
    """What the loops are over: the name that takes the reply of the read, which comes first, or the read itself."""
    taken, *between = turn
    if not _is_plain_read(read):
        return None
    if not between:
        return _looped_over(read, taken)
    if not isinstance(taken, ast.Assign) or getattr(taken.value, "value", None) is not read.node:
        return None
    entries = taken.targets[0]
    if len(taken.targets) != 1 or not isinstance(entries, ast.Name):
        return None
    return entries.id if len(between) == 1 or (len(between) == 2 and _goes_on(between[0], entries.id)) else None


def _looped_over(read: Use, loop: ast.stmt) -> str | None:
    """The read, as code, where a loop is over its reply at once."""
    over = _looped(loop) if isinstance(loop, ast.For) else None
    return ast.unparse(over) if isinstance(over, ast.Await) and over.value is read.node else None


def _of_each(loop: ast.stmt, entries: str) -> Shape | None:
    """The shape of the two loops over the entries that were read."""
    streams = _for_over(loop, entries)
    messages = _for_over(streams[0].body[0], streams[1]) if streams and len(streams[0].body) == 1 else None
    if streams is None or messages is None:
        return None
    target = messages[0].target
    assert isinstance(target, ast.Tuple)
    identity, fields = (element.id for element in target.elts if isinstance(element, ast.Name))
    outer_name = streams[0].target.elts[0].id  # type: ignore[attr-defined]
    shape = _handled(messages[0].body, identity, fields)
    books = frozenset({identity, outer_name, entries})
    return replace(shape, books=books) if shape is not None and _handles(shape, books) else None


def _handled(body: Sequence[ast.stmt], identity: str, fields: str) -> Shape | None:
    """The handler call and its acknowledgement: one after the other, with a `try` around both or the call alone."""
    lead = tuple(takewhile(_works_out, body[:-1]))
    call, rest = body[len(lead)], list(body[len(lead) + 1 :])
    raises: tuple[int, ...] = ()
    inner: tuple[ast.stmt, ...] = ()
    if isinstance(call, ast.Try):
        within = len(list(takewhile(_works_out, call.body[:-1])))
        inner, inside_it = tuple(call.body[: within + 1]), [*call.body[within + 1 :], *call.orelse]
        found = guards.around_handling(call.handlers, acknowledges=bool(rest)) if guards.is_guard(call) else None
        if bool(rest) == bool(inside_it) or found is None:
            return None
        rest, raises = rest or inside_it, found
    ack = awaited(rest[0]) if len(rest) == 1 else None
    if ack is None or not _acks(ack, identity):
        return None
    return Shape(call, ack, fields, lead, inner, raises=raises)


def _works_out(node: ast.stmt) -> bool:
    """Whether a statement gives a local name a value, and waits for nobody."""
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    waits = (isinstance(each, ast.Await | ast.Yield | ast.YieldFrom | ast.NamedExpr) for each in ast.walk(node))
    return len(targets) == 1 and isinstance(targets[0], ast.Name) and not any(waits)


def _for_over(node: ast.stmt, name: str) -> tuple[ast.For, str] | None:
    """A loop `for a, b in name:` without an else, and its b; `name or []` is the same."""
    if not isinstance(node, ast.For) or node.orelse:
        return None
    if ast.unparse(_looped(node)) != name:
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


def _looped(node: ast.For) -> ast.expr:
    """What a loop is over, whether or not that may be nothing."""
    return node.iter.values[0] if isinstance(node.iter, ast.BoolOp) and _is_or_nothing(node.iter) else node.iter


def _is_or_nothing(node: ast.expr) -> bool:
    """Whether an expression is `x or []`, which loops over the same."""
    if not isinstance(node, ast.BoolOp) or not isinstance(node.op, ast.Or) or len(node.values) != 2:
        return False
    last = node.values[1]
    return isinstance(last, ast.List | ast.Tuple | ast.Dict) and not getattr(last, "elts", getattr(last, "keys", None))


def _goes_on(node: ast.stmt, name: str) -> bool:
    """Whether a statement is `if not name: continue`, after which there is nothing to loop over; it may wait first."""
    if not isinstance(node, ast.If) or node.orelse or not isinstance(node.body[-1], ast.Continue):
        return False
    return ast.unparse(node.test) == f"not {name}" and all(map(guards.waits, node.body[:-1]))


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


def _handles(shape: Shape, others: frozenset[str]) -> bool:
    """Whether one call is given the fields, or what they say, and nothing of the stream's bookkeeping is named."""
    *inner, last = shape.inner or (shape.call,)
    before = [*shape.lead, *inner]
    call = awaited(last)
    if call is None and isinstance(last, ast.Expr) and isinstance(last.value, ast.Call):
        call = last.value
    clauses = shape.call.handlers if isinstance(shape.call, ast.Try) else []
    named = {name for part in (*before, last, *clauses) for name in _names_of(part)}
    given = {shape.fields} | {name for statement in before for name in _stored_in(statement)}
    return call is not None and bool(given & _names_of(last)) and shape.fields in named and not named & others


def _stored_in(node: ast.stmt) -> set[str]:
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)}


def _names_of(node: ast.AST) -> set[str]:
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
