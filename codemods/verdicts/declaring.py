"""Where a class says of its client that it has none yet: the bus that is made beside it is said there, too."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.orders import Order
from codemods.reading.callers import CONSTRUCTOR
from codemods.reading.contract import CLIENT
from codemods.reading.scopes import Module
from codemods.reading.use import Use
from codemods.verdicts.cases import Court, is_alone
from codemods.verdicts.tasks import same_places

Parts = tuple[tuple[str, bool], ...]
"""A text in parts, each with whether it is a name that must be imported."""


def declarations(court: Court, made: Use, held: ast.expr, bus: str) -> Iterator[Order]:
    """The orders that put `self.bus = None` below each `self.redis = None` of a constructor."""
    if not isinstance(held, ast.Attribute):
        return
    for module, node in same_places(court, made.module, held):
        statement = module.parent[node]
        if isinstance(node, ast.Attribute) and _is_empty(module, statement, node) and court.engine.owns(module.path):
            kind = statement.annotation if isinstance(statement, ast.AnnAssign) else None
            parts = _parts(court, module, kind) if kind is not None else ()
            needs = ((court.target, CLIENT),) if any(is_name for _, is_name in parts) else ()
            data = {"declared": f"{module.source.segment(node.value)}.{bus}", "parts": parts}
            yield Order("connections", module, statement, data, needs)  # type: ignore[arg-type]


def _is_empty(module: Module, statement: ast.AST, target: ast.expr) -> bool:
    """Whether a statement of a constructor says that an attribute holds nothing yet, and no more."""
    if not isinstance(statement, ast.Assign | ast.AnnAssign) or not is_alone(module, statement):
        return False
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    is_none = isinstance(statement.value, ast.Constant) and statement.value.value is None
    around = module.parent[statement]
    return targets == [target] and is_none and isinstance(around, ast.FunctionDef) and around.name == CONSTRUCTOR


def _parts(court: Court, module: Module, annotation: ast.expr) -> Parts:
    """An annotation of the client that stays as one of the bus."""
    inside = set(ast.walk(annotation))
    classes = [u.node for u in court.uses if u.kind == "annotation" and u.module is module and u.node in inside]
    text = module.source.segment(annotation)
    found: list[tuple[str, bool]] = []
    for node in sorted(classes, key=lambda each: (each.lineno, each.col_offset)):  # type: ignore[attr-defined]
        before, _, text = text.partition(module.source.segment(node))  # type: ignore[arg-type]
        found += [(before, False), (CLIENT, True)]
    return (*found, (text, False)) if found else ()
