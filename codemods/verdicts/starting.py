"""What becomes of a start that is more than a statement of its own: given to asyncio, or asked for its result."""

from __future__ import annotations

import ast

from codemods.orders import Order
from codemods.reading import atoms
from codemods.reading.use import Use
from codemods.reading.wrapper import WrapperFacts
from codemods.verdicts.cases import Case, Court, is_alone, refuse, rewrite

WAITS = {"asyncio.wait_for", "asyncio.shield", "asyncio.gather"}
"""What awaits the coroutine that it is given."""
LATER = {"asyncio.create_task", "asyncio.ensure_future"}
"""What runs the coroutine while its caller goes on."""
MORE = "the start is more than a statement of its own"
IN_PLACE = "initialize() connects the client where it was started"


def judge_start_within(court: Court, use: Use, facts: WrapperFacts) -> Case:
    """The verdict on a start within another statement."""
    if use.call.args or use.call.keywords or not facts.signature(use.name).is_async:
        return refuse(use, MORE)
    if not use.is_awaited:
        return _handed(court, use, facts)
    if use.name in facts.silent:
        return rewrite(use, "lifecycle", f"{IN_PLACE}, and gives nothing either")
    if facts.returns.get(use.name) == "bool":
        tried = _tried(use)
        if tried is not None:
            data = {"attempt": True, "whole": True}
            order = Order("lifecycle", use.module, tried, data, claims=(tried,))
            reason = "a start that fails says so by an exception on the target"
            return rewrite(use, "lifecycle", reason, attempt=order)
    return refuse(use, f"{MORE}, and its result is used: initialize() gives none")


def _handed(court: Court, use: Use, facts: WrapperFacts) -> Case:
    """A coroutine that asyncio is given is another one now, which gives nothing either or is not asked."""
    call = use.module.parent[use.node]
    func = call.func if isinstance(call, ast.Call) else None
    named = atoms.only(court.program.value(use.module, func), atoms.SYMBOL) if func is not None else None
    name = named.name if named is not None else ""
    above = use.module.parent[call]
    waited = isinstance(above, ast.Await)
    asked = not isinstance(use.module.parent[above] if waited else above, ast.Expr)
    if name in LATER or (name in WAITS and waited):
        if use.name in facts.silent or not asked:
            return rewrite(use, "lifecycle", IN_PLACE, later=name in LATER)
        return refuse(use, f"{MORE}, and its result is used: initialize() gives none")
    return refuse(use, MORE)


def _tried(use: Use) -> ast.If | None:
    """The `if await x.start():` or `if not await x.start():` that says what happens where the server is away."""
    parent = use.module.parent
    test = parent[use.node]
    denied = isinstance(parent[test], ast.UnaryOp) and isinstance(parent[test], ast.expr)
    block = parent[parent[test]] if denied else parent[test]
    if not isinstance(block, ast.If) or block.test is not (parent[test] if denied else test):
        return None
    is_elif = use.module.source.lines[block.lineno - 1].lstrip().startswith("elif")
    chained = len(block.orelse) == 1 and isinstance(block.orelse[0], ast.If)
    return block if not is_elif and not chained and is_alone(use.module, block) and (denied or block.orelse) else None
