"""What becomes of the place where a raw client is closed: a call, or the end of a `with` that makes the client."""

from __future__ import annotations

import ast

from codemods.orders import Order
from codemods.reading import legacy
from codemods.reading.use import Use
from codemods.verdicts.cases import Case, Court, is_statement, refuse, rewrite


def judge_close(court: Court, use: Use, split: bool) -> Case:
    """The verdict on a call that closes a raw client; with `split`, its cache uses keep a client of their own."""
    if not is_statement(use.module, use.node):
        return refuse(use, "the client is closed in more than a statement of its own")
    growth = court.closures.orders(use) if use.holders[0].name == legacy.SYNC or use.in_async_function else ""
    if isinstance(growth, str):
        return refuse(use, f"nothing can be awaited where the client is closed{growth}")
    if split:
        return rewrite(use, "lifecycle", "the bus is closed after the client that stays", *growth, closes=True)
    order = Order("lifecycle", use.module, use.call, {"method": "close", "await": not use.is_awaited})
    return rewrite(use, "lifecycle", "close() ends the shared client", order, *growth)


def entered(use: Use) -> ast.With | ast.AsyncWith | None:
    """The statement that enters a client which is made in it: `async with Redis() as client:`."""
    item = use.module.parent[use.node]
    statement = use.module.parent[item]
    if not isinstance(item, ast.withitem) or not isinstance(statement, ast.With | ast.AsyncWith):
        return None
    made = item.context_expr.value if isinstance(item.context_expr, ast.Await) else item.context_expr
    is_plain = made is use.node and isinstance(made, ast.Call) and isinstance(item.optional_vars, ast.Name)
    on_its_own_lines = statement.body[0].lineno > (item.context_expr.end_lineno or 0)
    return statement if is_plain and on_its_own_lines and len(statement.items) == 1 else None


def judge_entered(court: Court, use: Use, statement: ast.With | ast.AsyncWith) -> Case:
    """What `with` closes at its end is closed in a `finally`."""
    growth = court.closures.orders(use)
    if isinstance(growth, str):
        return refuse(use, f"nothing can be awaited where the client is closed{growth}")
    order = Order("lifecycle", use.module, statement, {"method": "close", "whole": True}, claims=(statement,))
    return rewrite(use, "lifecycle", "a `finally` closes the shared client, as `with` did", order, *growth)
