"""What a consumer's loop does about failures, where that is what the target's own loop does: it logs, and goes on.

The target reads again where a read failed, and leaves a message pending where its handler raised. So what only logs
and waits around the reading goes with it, and what does so around the handling stays around it, and raises again.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence

from codemods.reading.contexts import LOG_METHODS
from codemods.reading.scopes import last_name

LOGS = {"debug", "info", "warning", "warn", "error", "exception", "critical", "log"}
CANCELLED = "CancelledError"
EVERYTHING = {"Exception", "BaseException"}
LEAVES = ast.Break | ast.Raise | ast.Return
GOES_ON = ast.Continue | ast.Pass
TELLING = {"str", "repr", "len", "type", "format_exc"}
"""Calls within what is logged that do nothing else."""


def is_guard(node: ast.stmt) -> bool:
    """Whether a statement is a `try` with nothing but clauses that have lines of their own."""
    if not isinstance(node, ast.Try) or node.finalbody or not node.handlers:
        return False
    return all(handler.body[0].lineno > handler.lineno for handler in node.handlers)


def around_reading(handlers: Iterable[ast.ExceptHandler]) -> bool:
    """Whether a `try` around a read alone does what the target does: its clauses read again, or end where cancelled."""
    return all(_ends_where_cancelled(h) or (_is_quiet(h) and isinstance(h.body[-1], ast.Continue)) for h in handlers)


def around_all(handlers: Sequence[ast.ExceptHandler], is_of_redis: Sequence[bool]) -> tuple[int, ...] | None:
    """Which clauses of a `try` around reading and handling stay around the handling; None where one does more."""
    if not all(_ends_where_cancelled(handler) or _is_quiet(handler) for handler in handlers):
        return None
    stay = (not (_is_of_cancellation(h) or of_redis) for h, of_redis in zip(handlers, is_of_redis, strict=True))
    return tuple(number for number, stays in enumerate(stay) if stays)


def around_handling(handlers: Sequence[ast.ExceptHandler], acknowledges: bool) -> tuple[int, ...] | None:
    """Which clauses around the handling must raise again, since what fails in them is not acknowledged.

    `acknowledges` says that what comes after the `try` does it for them, unless they go on with the next message. None
    where one does more than to tell and count.
    """
    if not all(_is_quiet(handler, counts=True, raises=True) for handler in handlers):
        return None
    passing = (not acknowledges or isinstance(handler.body[-1], ast.Continue) for handler in handlers)
    raising = (isinstance(handler.body[-1], ast.Raise) for handler in handlers)
    return tuple(n for n, (passes, raises) in enumerate(zip(passing, raising, strict=True)) if passes and not raises)


def only_raise(handlers: Sequence[ast.ExceptHandler], raising: Iterable[int]) -> bool:
    """Whether clauses do nothing but to raise again, where these of them raise at their end."""
    numbers = set(raising)
    return all(
        len(handler.body) == 1 and isinstance(handler.body[0], GOES_ON if number in numbers else ast.Raise)
        for number, handler in enumerate(handlers)
    )


def takes_all(handlers: Iterable[ast.ExceptHandler]) -> bool:
    """Whether no exception but a cancellation passes these clauses."""
    return any(handler.type is None or last_name(handler.type) in EVERYTHING for handler in handlers)


def logged(handlers: Iterable[ast.ExceptHandler]) -> Iterator[str]:
    """What clauses that go have logged."""
    calls = (_call(statement) for handler in handlers for statement in handler.body)
    return (ast.unparse(call) for call in calls if call is not None and is_log(call))


def _is_of_cancellation(handler: ast.ExceptHandler) -> bool:
    return handler.type is not None and last_name(handler.type) == CANCELLED


def _ends_where_cancelled(handler: ast.ExceptHandler) -> bool:
    *first, last = handler.body
    return _is_of_cancellation(handler) and isinstance(last, LEAVES) and all(map(_only_tells, first))


def _is_quiet(handler: ast.ExceptHandler, counts: bool = False, raises: bool = False) -> bool:
    """Whether a clause only logs and waits, and then goes on; it may count too, or raise again, where that is said."""
    *first, last = handler.body
    again = raises and isinstance(last, ast.Raise) and last.exc is None
    ends = isinstance(last, GOES_ON) or again
    return not _is_of_cancellation(handler) and all(
        _only_tells(statement) or (counts and _counts(statement)) for statement in (first if ends else handler.body)
    )


def _only_tells(node: ast.stmt) -> bool:
    call = _call(node)
    if call is None or waits(node):
        return call is not None
    inner = [each for each in ast.walk(call) if isinstance(each, ast.Call) and each is not call]
    return is_log(call) and all(last_name(each.func) in TELLING for each in inner)


def logs(node: ast.stmt) -> bool:
    """Whether a statement does nothing but to log; a `print` says something to somebody."""
    call = _call(node)
    return call is not None and isinstance(call.func, ast.Attribute) and _only_tells(node) and not waits(node)


def is_log(call: ast.Call) -> bool:
    """Whether a call logs: `logger.error(...)`, or prints."""
    if isinstance(call.func, ast.Attribute):
        return call.func.attr in LOGS and "log" in ast.unparse(call.func.value).lower()
    return isinstance(call.func, ast.Name) and call.func.id == "print"


def is_log_line(statement: ast.stmt) -> bool:
    """Whether a statement does nothing but log or print."""
    call = statement.value if isinstance(statement, ast.Expr) else None
    if not isinstance(call, ast.Call):
        return False
    is_log = isinstance(call.func, ast.Attribute) and call.func.attr in LOG_METHODS
    inner = [node for node in ast.walk(call) if isinstance(node, ast.Call | ast.Await | ast.Yield)]
    return (is_log or last_name(call.func) == "print") and inner == [call]


def waits(node: ast.stmt) -> bool:
    """Whether a statement only lets time go by."""
    return isinstance(node, ast.Expr) and ast.unparse(node).startswith("await asyncio.sleep(")


def _counts(node: ast.stmt) -> bool:
    """Whether a statement is `self.errors += 1`."""
    return isinstance(node, ast.AugAssign) and isinstance(node.value, ast.Constant)


def _call(node: ast.stmt) -> ast.Call | None:
    """The call of a statement that is nothing else, awaited or not."""
    value = node.value if isinstance(node, ast.Expr) else None
    value = value.value if isinstance(value, ast.Await) else value
    return value if isinstance(value, ast.Call) else None
