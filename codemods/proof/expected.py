"""What orders say of a file, done a second time: the tree that their codemods should have written.

The codemods work on LibCST's tree and on text; this works on Python's own, and shares no line with them. What the two
make of the same orders must be one tree.
"""

from __future__ import annotations

import ast
import copy
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from codemods.orders import Name, Order
from codemods.proof import expected_calls, expected_statements
from codemods.proof.saying import Saying
from codemods.reading.scopes import Module

EXPRESSIONS: Mapping[str, Callable[[Saying, Any], ast.expr]] = {
    "imports": expected_calls.named,
    "connections": expected_calls.made,
    "lifecycle": expected_calls.renamed,
    "annotations": expected_calls.annotated,
    "publishing": expected_calls.published,
    "handlers": expected_calls.read,
    "passing": expected_calls.passed,
    "checks": expected_calls.checked,
    "routing": expected_calls.routed,
    "asynchrony": expected_calls.awaited,
    "loops": expected_calls.told,
    "patches": expected_calls.patched,
    "lifespans": expected_calls.handed,
}
STATEMENTS: Mapping[str, Callable[[Saying, Any], list[ast.stmt]]] = {
    "imports": expected_statements.imported,
    "connections": expected_statements.made_beside,
    "lifecycle": expected_statements.ended,
    "consuming": expected_statements.subscribed,
    "handlers": expected_statements.decoded,
    "passing": expected_statements.taking,
    "routing": expected_statements.asked,
    "asynchrony": expected_statements.coroutine,
    "loops": expected_statements.consumed,
    "lifespans": expected_statements.lived,
}
"""By codemod: what becomes of a node that it has an order for, when all that is inside is done."""
SUITES = ("body", "orelse", "finalbody")


def expected_tree(module: Module, orders: Sequence[Order], names: Callable[[Name], str]) -> ast.Module:
    """The tree of the file with these orders carried out. Statements that nothing touches are the very nodes of before.

    What stands in the place of a statement knows it as its `origin`.
    """
    return _Expecting(module, orders, names).tree()


class _Expecting:
    def __init__(self, module: Module, orders: Sequence[Order], names: Callable[[Name], str]) -> None:
        self.module, self.names = module, names
        self.orders: dict[ast.AST, list[Order]] = defaultdict(list)
        for order in orders:
            self.orders[order.node].append(order)
        self.touched = {above for node in self.orders for above in (node, *module.ancestors(node))}

    def tree(self) -> ast.Module:
        new = self._inside(self.module.source.tree)
        assert isinstance(new, ast.Module)
        return new

    def _inside(self, old: ast.AST) -> ast.AST:
        """The node with what its parts become; orders for the node itself are not done yet."""
        new = copy.copy(old)
        for name, value in ast.iter_fields(old):
            if isinstance(value, list):
                setattr(new, name, self._several(value, isinstance(old, ast.Module) or name not in SUITES))
            elif isinstance(value, ast.AST):
                setattr(new, name, self._one(value))
        return new

    def _one(self, old: ast.AST) -> ast.AST:
        if old not in self.touched:
            return old
        new = self._inside(old)
        for order in self.orders.get(old, ()):
            new = EXPRESSIONS[order.codemod](Saying(order, self.names), new)
        return new

    def _several(self, old: list[Any], may_be_empty: bool) -> list[Any]:
        new: list[Any] = []
        for each in old:
            if isinstance(each, ast.stmt) and each in self.touched:
                new += self._statement(each)
            else:
                new.append(self._one(each) if isinstance(each, ast.AST) else each)
        return new or ([ast.Pass()] if old and not may_be_empty else [])

    def _statement(self, old: ast.stmt) -> list[ast.stmt]:
        kept = self._inside(old)
        assert isinstance(kept, ast.stmt)
        pieces = [kept]
        for order in sorted(self.orders.get(old, ()), key=_rank):
            if kept not in pieces:
                break  # it went, and what was ordered besides goes with it
            saying, at = Saying(order, self.names), pieces.index(kept)
            new = [] if order.data.get("remove") else STATEMENTS[order.codemod](saying, kept)
            pieces[at : at + 1] = new
            kept = new[0] if len(new) == 1 else kept
        return [_with_origin(piece, old) for piece in pieces]


def _with_origin(piece: ast.stmt, old: ast.stmt) -> ast.stmt:
    if hasattr(piece, "origin"):
        return piece
    new = copy.copy(piece)  # what only moves is a node of the file itself, which stays as it is
    new.origin = old  # type: ignore[attr-defined]
    return new


def _rank(order: Order) -> int:
    """Imports come above everything else that is put before a statement."""
    return 0 if order.codemod == "imports" else 1 if "first" in order.data else 2
