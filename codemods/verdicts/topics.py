"""Which topics an expression holds that is more than a constant: items of tables, names of loops."""

from __future__ import annotations

import ast

from codemods.reading.constants import Constants
from codemods.reading.flow import Place, Program
from codemods.reading.globs import is_literal
from codemods.reading.scopes import Module

TEXT_METHODS = {
    "format", "join", "lower", "upper", "strip", "lstrip", "rstrip", "replace", "title", "capitalize", "removeprefix",
    "removesuffix", "casefold", "zfill", "split", "rsplit", "partition", "rpartition",
}  # fmt: skip
"""Methods of texts: they change nothing, so that it does not show when they are called."""
TEXT_FUNCTIONS = {"str", "repr", "int", "len"}


def makes_text(node: ast.AST) -> bool:
    """Whether a node is no call, or the call of what only makes a text."""
    if not isinstance(node, ast.Call):
        return True
    if isinstance(node.func, ast.Name):
        return node.func.id in TEXT_FUNCTIONS
    return isinstance(node.func, ast.Attribute) and node.func.attr in {*TEXT_METHODS, "get"}


def topics_in_code(program: Program, module: Module, node: ast.expr) -> tuple[str, ...] | None:
    """Every topic that an expression may hold, with `*` for what is decided at run time; None where it is not known."""
    constants = Constants(program)
    known = constants.text(module, node, {})
    if known is not None:
        return (known,) if is_literal(known) else None
    table = _table(constants, module, node)
    if table is not None:
        return _texts(constants, table)
    if isinstance(node, ast.Name):
        loop = _only_loop(module, node)
        return _texts(constants, constants.elements(module, loop.iter, {})) if loop is not None else None
    return None


def _table(constants: Constants, module: Module, node: ast.expr) -> list[Place] | None:
    """Everything that a table may give: `TOPICS[kind]`, or `TOPICS.get(kind, other)`."""
    if isinstance(node, ast.Subscript) and not isinstance(node.slice, ast.Slice):
        return _values(constants, module, node.value)
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr != "get":
        return None
    found = _values(constants, module, node.func.value)
    otherwise: list[Place] = [(module, argument) for argument in node.args[1:]]
    return [*found, *otherwise] if found is not None and len(node.args) == 2 and not node.keywords else None


def _values(constants: Constants, module: Module, node: ast.expr) -> list[Place] | None:
    found = constants.table(module, node, {})
    if found is None:
        return constants.elements(module, node, {})
    home, table = found
    return [(home, value) for value in table.values] if None not in table.keys else None


def _texts(constants: Constants, places: list[Place] | None) -> tuple[str, ...] | None:
    texts = [constants.text(*place, {}) for place in places or ()]
    known = [text for text in texts if text is not None and is_literal(text)]
    return tuple(sorted(set(known))) if known and len(known) == len(texts) else None


def _only_loop(module: Module, node: ast.Name) -> ast.For | None:
    """The one loop that binds a name, which nothing else does."""
    scope = module.scope_of[node].find(node.id)
    binders = list(module.bound(scope, node.id)) if scope is not None else []
    loop = module.parent[binders[0]] if len(binders) == 1 else None
    return loop if isinstance(loop, ast.For) and loop.target is binders[0] else None
