"""What meets a server that is away: the target connects where it is got, and raises there at once."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.reading.definitions import catches_server
from codemods.reading.scopes import Function, last_name
from codemods.reading.use import Use
from codemods.reading.wrapper import WrapperFacts
from codemods.verdicts.cases import Court

LOOPS = (ast.For, ast.AsyncFor, ast.While)
WIDE = {"Exception", "BaseException", "RedisError"}
"""What certainly meets an error of redis-py; its ConnectionError is none of Python's own, whose name it has."""


def tried_in_vain(court: Court, use: Use, facts: WrapperFacts) -> str | None:
    """Why a start that is tried again in a loop cannot move: it only logged, and initialize() raises the first time.

    A client that the loop makes as well is refused for that.
    """
    loop = next((above for above in _around(use) if isinstance(above, LOOPS)), None)
    if loop is None or use.name not in facts.survives:
        return None
    inside = {id(node) for node in ast.walk(loop)}
    is_met = any(id(handled) in inside and any(map(_is_wide, handled.handlers)) for handled in _tries(use))
    made = (other for other in court.uses_of(use.holders) if other.kind == "construct")
    if is_met or any(id(other.node) in inside for other in made):
        return None
    return (
        f"the loop at {use.path}:{loop.lineno} tries the start again, and initialize() raises the first time that a "
        "server is away: catch Exception around it"
    )


def made_again_in_vain(court: Court, use: Use) -> str | None:
    """Why a raw client cannot move that a loop makes again, where its first command meets the server that is away."""
    loop = next((above for above in _around(use) if isinstance(above, LOOPS)), None)
    if loop is None or rescuing(use) is not None:
        return None
    inside = {id(node) for node in ast.walk(loop)}
    for other in court.uses_of(use.holders):
        handler = rescuing(other) if id(other.node) in inside else None
        if handler is not None:
            return (
                f"the loop at {use.path}:{loop.lineno} tries again what fails below the `except` in line "
                f"{handler.lineno}, and the target connects before: make the client inside of that `try`"
            )
    return None


def met_before(court: Court, use: Use) -> Iterator[str]:
    """Where a raw client's commands met a server that is away: the shared client meets it where it is got."""
    if rescuing(use) is not None:
        return
    for other in court.uses_of(use.holders):
        handler = rescuing(other) if other.kind in ("call", "pipeline call") else None
        if handler is not None:
            where = f"line {handler.lineno}" if other.path == use.path else f"{other.path}:{handler.lineno}"
            yield f"a server that is away at first is met here, and not by the `except` in {where}"
            return


def asked_in_vain(court: Court, use: Use) -> ast.stmt | None:
    """The condition behind a start that only logged, by which its function went on without a server."""
    if use.wrapper is None or rescuing(use) is not None:
        return None
    for other in court.uses_of(use.holders):
        is_check = other.function is use.function and other.wrapper and other.line > use.line
        if is_check and use.wrapper.methods.get(other.name) == "connected":
            for above in _around(other):
                if isinstance(above, ast.If | ast.While | ast.Assert) and other.node in ast.walk(above.test):
                    return above
    return None


def rescuing(use: Use) -> ast.ExceptHandler | None:
    """What meets a server that is away at a use, in its own function; None where nothing does."""
    return next((each for handled in _tries(use) for each in handled.handlers if catches_server(each)), None)


def _tries(use: Use) -> Iterator[ast.Try]:
    """Every `try` in whose body a use stands, in its own function."""
    below: ast.AST = use.node
    for above in _around(use):
        if isinstance(above, ast.Try) and any(below is statement for statement in above.body):
            yield above
        below = above


def _around(use: Use) -> Iterator[ast.AST]:
    for above in use.module.ancestors(use.node):
        if isinstance(above, Function | ast.Lambda | ast.ClassDef):
            return
        yield above


def _is_wide(handler: ast.ExceptHandler) -> bool:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(kind is None or last_name(kind) in WIDE for kind in kinds)
