"""What a change leaves empty goes with it: an `if` that has nothing left to do on any of its branches."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.orders import Order
from codemods.reading.scopes import Module
from codemods.verdicts.servers import is_pure


def empty_blocks(module: Module, orders: list[Order]) -> Iterator[Order]:
    """The orders that take away each `if` of which these orders leave nothing, not even a comment."""
    removed: set[ast.AST] = {order.node for order in orders if order.data.get("remove")}
    for block in {above for node in removed for above in module.ancestors(node) if isinstance(above, ast.If)}:
        lines = module.source.lines[block.lineno - 1 : block.end_lineno]
        if _is_elif(module, block) or not _is_empty(block, removed) or any("#" in line for line in lines):
            continue
        if not any(isinstance(above, ast.If) and _is_empty(above, removed) for above in module.ancestors(block)):
            yield Order("connections", module, block, {"remove": True, "whole": True}, consumes=(block,))


def _is_empty(block: ast.If, removed: set[ast.AST]) -> bool:
    """Whether nothing stays of an `if`, and its conditions do nothing by themselves."""
    rest = [s for s in (*block.body, *block.orelse) if s not in removed]
    return is_pure(block.test) and all(isinstance(s, ast.If) and _is_empty(s, removed) for s in rest)


def _is_elif(module: Module, block: ast.If) -> bool:
    above = module.parent[block]
    return isinstance(above, ast.If) and above.orelse == [block]
