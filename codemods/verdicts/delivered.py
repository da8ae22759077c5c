"""Names that take their stream from the reply of a read: `for stream, messages in await client.xread(...)`."""

from __future__ import annotations

import ast

from codemods.reading.scopes import Module, Scope
from codemods.reading.walking import walk


def delivering(module: Module, node: ast.expr) -> ast.expr | None:
    """The read, without its await, in whose reply a name is the stream; None where it certainly is that of none."""
    if not isinstance(node, ast.Name):
        return None
    loop = _only_loop(module, node)
    target = loop.target if loop is not None else None
    first = target.elts[0] if isinstance(target, ast.Tuple) else None
    if loop is None or not isinstance(first, ast.Name) or first.id != node.id:
        return None
    reply: ast.expr | None = loop.iter
    if isinstance(reply, ast.BoolOp) and isinstance(reply.op, ast.Or):
        reply = reply.values[0]  # `reply or []`
    if isinstance(reply, ast.Name):
        reply = _only_value(module, reply)
    while isinstance(reply, ast.Await):
        reply = reply.value
    return reply


def _bindings(module: Module, node: ast.Name) -> list[ast.AST]:
    """Every node that binds a name in its scope."""
    scope: Scope | None = module.scope_of[node].find(node.id)
    return [
        other
        for other in module.named(node.id)
        if (isinstance(other, ast.arg) or isinstance(other.ctx, ast.Store))
        and module.scope_of[other].find(node.id) is scope
    ]


def is_only_binding(module: Module, target: ast.Name, loop: ast.AST) -> bool:
    """Whether nothing else in a loop binds the name that the loop itself binds in each turn."""
    inside = {id(node) for node in walk(loop)}
    return [other for other in _bindings(module, target) if id(other) in inside] == [target]


def _only_loop(module: Module, node: ast.Name) -> ast.For | ast.AsyncFor | None:
    """The loop that a name comes from: the innermost around it that binds it, or else the only one that does."""
    bound = _bindings(module, node)
    for above in module.ancestors(node):
        mine = [target for target in bound if isinstance(above, ast.For) and above.target in _up(module, target)]
        if mine and isinstance(above, ast.For):
            is_only = isinstance(mine[0], ast.Name) and is_only_binding(module, mine[0], above)
            return above if is_only else None
    loop = module.statement(bound[0]) if len(bound) == 1 else None
    return loop if isinstance(loop, ast.For) else None


def _up(module: Module, target: ast.AST) -> list[ast.AST]:
    """A target, and the tuple that it may stand in."""
    return [target, module.parent[target]]


def _only_value(module: Module, node: ast.Name) -> ast.expr | None:
    bound = _bindings(module, node)
    above = module.parent[bound[0]] if len(bound) == 1 else None
    return above.value if isinstance(above, ast.Assign | ast.NamedExpr) else None
