"""Whether a condition has asked already what a check is about to ask: `self.bus and hasattr(self.bus, "publish")`."""

from __future__ import annotations

import ast

from codemods.reading.scopes import Module

CHANGING = ast.Call | ast.Await | ast.NamedExpr | ast.Yield | ast.YieldFrom | ast.Lambda
"""What may give the client another value between two parts of a condition."""
LOOKING = {"hasattr", "getattr", "isinstance", "bool", "callable"}
"""Calls that do not."""
STANDS_FOR_ITSELF = ast.Name | ast.Attribute | ast.Subscript
"""What gives the client, where a comparison or a denial gives True or False."""


def is_asked_before(module: Module, node: ast.expr, client: ast.expr) -> bool:
    """Whether a part of the same condition in front of this one has asked if there is a client."""
    return _asking(module, node, client) is not None


def is_needless(module: Module, node: ast.expr, client: ast.expr) -> bool:
    """Whether a condition is the same without this part of it, which asks if there is a client."""
    above = module.parent[node]
    before = _asking(module, node, client)
    if before is None or not isinstance(above, ast.BoolOp) or _has_comment(module, above):
        return False
    if node is not above.values[-1] or asks_for_truth(module, above, differs=True):
        return True
    return before is above.values[-2] and not isinstance(before, STANDS_FOR_ITSELF)


def asks_for_truth(module: Module, node: ast.expr, differs: bool) -> bool:
    """Whether only the truth of a value counts for what stands around it, where it is true (or false), as is said."""
    above = module.parent[node]
    if isinstance(above, ast.Call):
        return isinstance(above.func, ast.Name) and above.func.id == "bool"
    if isinstance(above, ast.BoolOp):
        goes_on = node is not above.values[-1] and isinstance(above.op, ast.And) is differs
        return goes_on or asks_for_truth(module, above, differs)
    if isinstance(above, ast.IfExp):
        return node is above.test
    return isinstance(above, ast.If | ast.While) or (isinstance(above, ast.UnaryOp) and isinstance(above.op, ast.Not))


def _asking(module: Module, node: ast.expr, client: ast.expr) -> ast.expr | None:
    """The part of a condition that asks for the client before this one does, and whose answer still holds."""
    above = module.parent[node]
    if not isinstance(above, ast.BoolOp):
        return None
    for before in reversed(above.values[: above.values.index(node)]):
        if _asks(before, client, denied=isinstance(above.op, ast.Or)):
            return before
        if any(isinstance(inner, CHANGING) and not _only_looks(inner) for inner in ast.walk(before)):
            return None
    return None


def _only_looks(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in LOOKING


def _has_comment(module: Module, node: ast.expr) -> bool:
    """Whether a comment speaks of a part of a condition."""
    return any("#" in line for line in module.source.lines[node.lineno - 1 : (node.end_lineno or node.lineno) - 1])


def _asks(node: ast.expr, client: ast.expr, denied: bool) -> bool:
    """Whether an expression is `client`, `client is not None`, or the denial of it."""
    shown, said = ast.unparse(client), ast.unparse(node)
    return said in ((f"{shown} is None", f"not {shown}") if denied else (f"{shown} is not None", shown))
