"""A stream command that is bound to a name first, and called by that: `add = self.redis.xadd`, `await add(...)`."""

from __future__ import annotations

import ast

from codemods.reading import legacy
from codemods.reading.evaluation import Evaluator
from codemods.reading.scopes import Function, Module
from codemods.reading.use import Use
from codemods.verdicts.cases import Court
from codemods.verdicts.tasks import same_places


def is_bound(use: Use) -> bool:
    """Whether a use takes a stream's command from its client, and does not call it there."""
    return use.kind in ("attribute", "dual-raw attribute") and use.name in legacy.STREAM_COMMANDS


def called_as(court: Court, use: Use) -> list[Use] | None:
    """The calls of a command, as uses of it: its own, or all by the name that it is bound to; None where others may be.

    That name is a local or an attribute, which holds the command and nothing else, and is only ever called.
    """
    if isinstance(use.node, ast.Call):
        return [use] if not is_bound(use) else None  # `getattr(client, "xadd")`
    calls = _calls(court, use) if is_bound(use) else None
    if not calls:
        return None
    kind = use.kind.replace("attribute", "call")
    return [Use(m, call, kind, use.holders, name=use.name, receiver=use.receiver) for m, call in calls]


def _calls(court: Court, use: Use) -> list[tuple[Module, ast.Call]] | None:
    """Every call by the name that a command is bound to; None where something else is done with it."""
    above = use.module.parent[use.node]
    if not isinstance(above, ast.Assign | ast.AnnAssign) or above.value is not use.node:
        return None
    targets = above.targets if isinstance(above, ast.Assign) else [above.target]
    held = targets[0]
    if len(targets) != 1 or not isinstance(held, ast.Name | ast.Attribute):
        return None
    if isinstance(held, ast.Name):
        scope = use.module.scope_of[held].find(held.id)
        if scope is None or not isinstance(scope.node, Function):
            return None
        if any(isinstance(binder, ast.arg) for binder in use.module.bound(scope, held.id)):
            return None
    found: list[tuple[Module, ast.Call]] = []
    for module, node in same_places(court, use.module, held):
        call = module.parent[node]
        if not any(True for _ in Evaluator(court.program, module).target_cells(node)):
            return None  # it may be that of any object
        if isinstance(call, ast.Call) and call.func is node:
            found.append((module, call))
        elif not (isinstance(call, ast.Assign | ast.AnnAssign) and _is_empty(call, node)):
            return None
    return found


def _is_empty(statement: ast.Assign | ast.AnnAssign, target: ast.expr) -> bool:
    """Whether a statement says that a name holds nothing yet."""
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    value = statement.value
    return targets == [target] and (value is None or (isinstance(value, ast.Constant) and value.value is None))
