"""Expressions that may carry something legacy: the rules around each are applied, up to its statement."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from codemods.reading.evaluation import Evaluator
from codemods.reading.scopes import Function, Module, is_stored

if TYPE_CHECKING:
    from codemods.reading.demand import Demand


class Mention:
    """A name or attribute that may carry something legacy: where it does, what it flows into is applied."""

    __slots__ = ("module", "node")

    def __init__(self, module: Module, node: ast.expr) -> None:
        self.module, self.node = module, node


def carry(demand: Demand, mention: Mention) -> None:
    """Apply every rule around an expression that carries something, up to its statement."""
    module, node = mention.module, mention.node
    if is_stored(node) or not _carries(demand, module, node):
        return
    inside: ast.AST = node
    while not isinstance(inside, ast.stmt):
        demand.carrying.add(inside)
        above = module.parent[inside]
        if isinstance(above, ast.arg):
            demand.ask(("name", module.path, module.scope_of[above].qualified, above.arg))
            return
        if isinstance(above, ast.stmt):
            _reach(demand, module, inside, above)
        demand.activate(module, above)
        inside = above


def _reach(demand: Demand, module: Module, inside: ast.AST, above: ast.stmt) -> None:
    """What an annotation promises, and a class that is derived from a client's."""
    if isinstance(above, ast.AnnAssign) and above.annotation is inside:
        cells = Evaluator(demand.program, module).target_cells(above.target)
        demand.filling.promise(list(cells), module, above.annotation, above.annotation)
    if isinstance(above, Function) and above.returns is inside:
        cell = ("result", module.path, demand.program.facts(module, above).qualified)
        demand.filling.promise([cell], module, above.returns, above.returns)
    if isinstance(above, ast.ClassDef) and inside in above.bases:
        demand.warming.warm_derived(module, above)


def _carries(demand: Demand, module: Module, node: ast.expr) -> bool:
    """Whether an expression may hold something legacy; of a text in an annotation, its promise will show."""
    if isinstance(node, ast.Constant) or (isinstance(node, ast.Name) and node.id == "super"):
        return True
    return any(map(demand.warming.is_carried, demand.program.value(module, node)))
