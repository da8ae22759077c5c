"""What a change leaves empty or unused goes with it: an `if` with nothing left to do, a local that nothing reads."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

from codemods.orders import Order
from codemods.reading.scopes import Function, Module, Scope
from codemods.verdicts.cases import is_alone
from codemods.verdicts.servers import is_pure

SEEING = {"locals", "vars", "eval", "exec", "dir"}
"""Functions that see every local."""
WORD = re.compile(r"\w+")
BLOCKS = ("body", "orelse", "finalbody")


def tidied(module: Module, orders: list[Order]) -> list[Order]:
    """The orders for what these orders leave unused or empty."""
    locals_ = list(unused_locals(module, orders))
    return [*locals_, *empty_blocks(module, [*orders, *locals_])]


def unused_locals(module: Module, orders: list[Order]) -> Iterator[Order]:
    """The orders that take away each local of which these orders consume every use, and then what only that used."""
    removed: set[ast.AST] = {order.node for order in orders if order.data.get("remove")}
    written = {word for order in orders for word in WORD.findall(repr(order.data))}  # new code may read them
    consumed = {id(node) for order in orders for gone in order.consumes for node in ast.walk(gone)}
    pending = [name for order in orders for gone in order.consumes for name in _locals_in(module, gone)]
    while pending:
        scope, name = pending.pop()
        statement = _made_at(module, scope, name)
        if name in written or statement is None or statement in removed:
            continue
        if not _is_read_by(module, scope, name, consumed):
            continue
        if any(item not in removed and item is not statement for item in _block(module, statement)):
            removed.add(statement)
            consumed |= {id(node) for node in ast.walk(statement)}
            pending += _locals_in(module, statement)
            yield Order("connections", module, statement, {"remove": True}, consumes=(statement,))


def _locals_in(module: Module, gone: ast.AST) -> list[tuple[Scope, str]]:
    """The locals of functions that are read in what goes."""
    names = [node for node in ast.walk(gone) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)]
    found = [(module.scope_of[node].find(node.id), node.id) for node in names]
    return [(scope, name) for scope, name in found if scope is not None and isinstance(scope.node, Function)]


def _made_at(module: Module, scope: Scope, name: str) -> ast.Assign | None:
    """The one statement that binds a local, where that does nothing else."""
    bound = list(module.bound(scope, name))
    statement = module.parent[bound[0]] if len(bound) == 1 else None
    if not isinstance(statement, ast.Assign) or statement.targets != bound or not is_alone(module, statement):
        return None
    return statement if is_pure(statement.value, lookups=True) else None


def _is_read_by(module: Module, scope: Scope, name: str, consumed: set[int]) -> bool:
    """Whether every read of a local is in what goes."""
    seeing = any(scope.node in module.ancestors(node) for word in SEEING for node in module.named(word))
    named = (node for node in module.named(name) if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Store))
    return not seeing and all(id(node) in consumed for node in named if module.scope_of[node].find(name) is scope)


def _block(module: Module, statement: ast.stmt) -> Iterable[ast.AST]:
    """The statements that a statement stands among."""
    above = module.parent[statement]
    blocks = (getattr(above, name, None) for name in BLOCKS)
    return next((block for block in blocks if isinstance(block, list) and statement in block), ())


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
