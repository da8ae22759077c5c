"""Whether a use can be awaited where it stands: what must become async for it is worked out where it is needed."""

from __future__ import annotations

import ast
from functools import cached_property
from typing import TYPE_CHECKING

from codemods.orders import Order
from codemods.reading.scopes import Module
from codemods.reading.use import Use

if TYPE_CHECKING:
    from codemods.verdicts.cases import Court
    from codemods.verdicts.closure import Closure, Growth

BEHIND = ast.Attribute | ast.Subscript | ast.Call | ast.Await
"""What would take its operand before an `await` in front of that does."""


class Closures:
    """What uses of one engine make async. One in an `async def` makes nothing, and many engines have no other."""

    def __init__(self, court: Court) -> None:
        self._court = court

    def orders(self, use: Use) -> tuple[Order, ...] | str:
        """The orders by which a use can be awaited; or why it cannot, as the end of a sentence that names its place."""
        if use.in_async_function:
            return ()
        grown = self.growth(use.module, use.node)
        return grown if isinstance(grown, str) else tuple(self._closure.orders_of(grown))

    def of(self, use: Use) -> tuple[Order, ...]:
        """The orders by which a use is awaited that can be."""
        found = self.orders(use)
        return () if isinstance(found, str) else found

    def growth(self, module: Module, node: ast.AST) -> Growth | str:
        """What must become async for this node to be awaited; or why it cannot, ready to follow its place."""
        return self._closure.growth(module, node)

    @cached_property
    def _closure(self) -> Closure:
        from codemods.verdicts.closure import Closure

        return Closure(self._court)


def binds_tighter(module: Module, node: ast.AST) -> bool:
    """Whether what is around an expression would take it before an `await` in front of it does."""
    above = module.parent[node]
    first = getattr(above, "value", getattr(above, "func", None))
    return isinstance(above, BEHIND) and first is node
