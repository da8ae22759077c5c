"""Hand-made orders for tests of the rewriting: `x.stop()` becomes `x.close()`, `fetch()` is awaited, `gone()` goes."""

from __future__ import annotations

import ast
from textwrap import dedent

from codemods.orders import Name, Order
from codemods.reading.outline import read_module
from codemods.reading.scopes import Module
from codemods.reading.source import read_source
from codemods.rewriting import rewrite


def module_of(text: str | bytes) -> Module:
    """A module of this text."""
    found = read_module(read_source("a.py", text if isinstance(text, bytes) else text.encode()), "a")
    found.read_all()
    return found


def orders_for(module: Module) -> list[Order]:
    """What the names in a text ask for."""
    return [order for node in module.scope_of if (order := _order(module, node)) is not None]


def _order(module: Module, node: ast.AST) -> Order | None:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "stop":
        return Order("lifecycle", module, node, {"method": "close", "await": False})
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "fetch":
        return Order("asynchrony", module, node, {"parentheses": isinstance(module.parent[node], ast.Attribute)})
    if isinstance(node, ast.Expr) and module.source.segment(node) == "gone()":
        return Order("lifecycle", module, node, {"remove": True})
    return None


def rewritten(text: str) -> str:
    """The text after all its orders."""
    module = module_of(text)
    return rewrite(module, orders_for(module), no_names)


def rewritten_bytes(data: bytes) -> bytes:
    """The file after all its orders."""
    module = module_of(data)
    return module.source.encode(rewrite(module, orders_for(module), no_names))


def no_names(need: Name) -> str:
    """No order of these needs an import."""
    raise AssertionError(need)


def block(text: str) -> str:
    """A text without the indentation that it has in a test."""
    return dedent(text).lstrip("\n")
