"""Where a name must be imported for the code that needs it: at module level, for types alone, or within a function.

A wrapper that a function imports when it runs gives way to a target that the same function imports when it runs.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from msgspec import Struct

from codemods.orders import Name, Order
from codemods.placing import Import, is_docstring
from codemods.reading.scopes import Function, Module, Scope

BLOCKS = ("body", "orelse", "finalbody")
LEAVES = ast.Return | ast.Raise | ast.Continue | ast.Break


class Homes(Struct, frozen=True, eq=False):
    """The places for some names: None for module level, an import to stand in for, or a statement to stand before."""

    module: Module
    wrappers: list[Import]

    def of(self, orders: list[Order], need: Name) -> list[ast.stmt | None]:
        """Every place at which the name must be imported for these orders."""
        found = dict.fromkeys(home for order in orders if need in order.needs for home in self._of(order))
        if None in found:
            tried = (n for n in found if isinstance(n, Import) and n in self.wrappers)
            return [None, *(n for n in tried if self.is_lazy(n) and self._is_tried(n))]
        taken = [home for home in found if isinstance(home, Import) and home in self.wrappers]
        return [*taken, *self._first_of([home for home in found if home is not None and home not in taken], taken)]

    def is_lazy(self, node: Import) -> bool:
        """Whether an import runs when a function does."""
        return self.module.scope_of[node].kind != "module"

    def is_for_types(self, node: Import) -> bool:
        """Whether an import is for annotations alone."""
        return not self.is_lazy(node) and any(is_for_types(above) for above in self.module.ancestors(node))

    @property
    def guarded(self) -> list[Import]:
        """The module's imports that may not run, the first of each block."""
        found: dict[int, Import] = {}
        for node in self.wrappers:
            around = self.module.parent[node]
            if around is not self.module.source.tree and not self.is_lazy(node) and not self.is_for_types(node):
                found.setdefault(id(_block(around, node)), node)
        return list(found.values())

    def _of(self, order: Order) -> Iterator[ast.stmt | None]:
        binders = list(self._binders(order))
        if order.codemod == "annotations" and binders and all(self.is_for_types(node) for node in binders):
            yield from binders
            return
        lazy = [node for node in self.wrappers if self.is_lazy(node)]
        scopes = list(_functions_around(self.module.scope_of[order.node]))
        if not scopes or not lazy or any(not self.is_lazy(n) and not self.is_for_types(n) for n in self.wrappers):
            yield from [node for node in binders if node in lazy and self._is_tried(node)]
            yield None
            return
        own = [node for node in binders if node in lazy]
        own = own or [node for node in lazy if self._precedes(node, order, scopes)]
        yield from own
        if not own:
            yield self._beginning(order, scopes[0])

    def _binders(self, order: Order) -> Iterator[Import]:
        """The wrappers' imports that bound the names which this order takes away."""
        scope = self.module.scope_of[order.node]
        names = {name for gone in order.consumes for node in ast.walk(gone) for name in names_in(node)}
        for name in sorted(names):
            found = scope.find(name)
            for node in self.module.bound(found, name) if found is not None else ():
                if isinstance(node, Import) and node in self.wrappers:
                    yield node

    def _precedes(self, node: Import, order: Order, scopes: list[Scope]) -> bool:
        """Whether an import within a function has certainly run where the order's code does."""
        if self.module.scope_of[node] not in scopes:
            return False
        around: ast.AST = node
        above = self.module.parent[node]
        while isinstance(above, ast.Try) and around in above.body and all(_leaves(h) for h in above.handlers):
            around, above = above, self.module.parent[above]
        block = _block(above, around)
        later = block[block.index(around) + 1 :]
        return any(inner in later for inner in (order.node, *self.module.ancestors(order.node)))

    def _beginning(self, order: Order, scope: Scope) -> ast.stmt:
        """The statement before which the order's function imports: its first, or its own where the wrapper may lack."""
        if any(self.is_lazy(node) and self._is_tried(node) for node in self.wrappers):
            return self.module.statement(order.node)
        assert isinstance(scope.node, Function)
        ahead = (s for s in scope.node.body if not is_docstring(s) and not isinstance(s, Import))
        return next(ahead, self.module.statement(order.node))

    def _first_of(self, statements: list[ast.stmt], taken: list[Import]) -> list[ast.stmt]:
        """Those of them that no other, or none of these imports, comes before in its own block or around it."""
        found: list[ast.stmt] = []
        for node in sorted(statements, key=lambda s: s.lineno):
            if not any(self._is_ahead(other, node) for other in (*found, *taken)):
                found.append(node)
        return found

    def _is_ahead(self, first: ast.stmt, then: ast.stmt) -> bool:
        block = _block(self.module.parent[first], first)
        return any(inner in block[block.index(first) :] for inner in (then, *self.module.ancestors(then)))

    def _is_tried(self, node: Import) -> bool:
        """Whether an import may fail, or not run, and the program goes on."""
        return isinstance(self.module.parent[node], ast.Try | ast.If)


def is_for_types(node: ast.AST) -> bool:
    """Whether a statement is `if TYPE_CHECKING:`."""
    return isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")


def names_in(node: ast.AST) -> Iterator[str]:
    """The names that a node by itself may stand for; those of a text may be an annotation's."""
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield from re.findall(r"\w+", node.value)


def _functions_around(scope: Scope) -> Iterator[Scope]:
    """The functions whose names are seen here, innermost first."""
    inner: Scope | None = scope
    while inner is not None:
        if isinstance(inner.node, Function):
            yield inner
        inner = inner.parent


def _block(around: ast.AST, node: ast.AST) -> list[ast.AST]:
    """The statements that a statement stands among."""
    blocks = (getattr(around, name, None) for name in BLOCKS)
    return next((block for block in blocks if isinstance(block, list) and node in block), [node])


def _leaves(handler: ast.ExceptHandler) -> bool:
    return isinstance(handler.body[-1], LEAVES)
