"""How reasons name functions, places, and what an expression stands for."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from codemods.reading import atoms
from codemods.reading.flow import FunctionFacts
from codemods.reading.scopes import Module, dotted_name

if TYPE_CHECKING:
    from codemods.verdicts.cases import Court


def shown(facts: FunctionFacts) -> str:
    """A function as reasons name it."""
    return f"`{facts.header.name}`"


def place_of(module: Module, node: ast.expr | ast.stmt | ast.ExceptHandler) -> str:
    """Where a node stands."""
    return f"{module.path}:{node.lineno}"


def symbols_of(court: Court, module: Module, node: ast.expr) -> set[str]:
    """The whole names of what an expression stands for; a builtin has its own."""
    symbols = atoms.of(court.program.value(module, node), atoms.SYMBOL)
    is_builtin = isinstance(node, ast.Name) and module.scope_of[node].find(node.id) is None
    return {symbol.name for symbol in symbols} or ({dotted_name(node)} if is_builtin else set())
