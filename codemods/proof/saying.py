"""An order as the second account of it reads it: with the names that the file has, and code from text."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from msgspec import Struct

from codemods.orders import Name, Order

N = TypeVar("N", bound=ast.AST)


class Saying(Struct, frozen=True, eq=False):
    """One order, and under which local names the file has what new code needs."""

    order: Order
    names: Callable[[Name], str]

    @property
    def data(self) -> Mapping[str, Any]:
        """What the order says."""
        return self.order.data

    def local(self, name: str) -> str:
        """The local name of something that the order needs: `MessageType`, or `json` of `import json`."""
        return self.names(next(need for need in self.order.needs if name == (need[1] or need[0])))

    def member(self, enum: str, name: str) -> ast.expr:
        """A member of one of the target's enums."""
        return expression(f"{self.local(enum)}.{name}")


def expression(code: str) -> ast.expr:
    """An expression from text, which may be of several lines. It has no place in any file."""
    return _placeless(ast.parse(f"({code}\n)", mode="eval")).body


def statements(code: str) -> list[ast.stmt]:
    """Statements from text. They have no place in any file."""
    return _placeless(ast.parse(code)).body


def _placeless(tree: N) -> N:
    for node in ast.walk(tree):
        for name in node._attributes:
            vars(node).pop(name, None)
    return tree


def changed(node: N, **fields: Any) -> N:
    """The node with other values in some of its fields."""
    new = copy.copy(node)
    for name, value in fields.items():
        setattr(new, name, value)
    return new


def attribute(value: ast.expr, *names: str) -> ast.expr:
    """An attribute of an attribute, and so on, of an expression."""
    for name in names:
        value = ast.Attribute(value, name, ast.Load())
    return value


def beside(client: ast.expr, bus: str | None) -> ast.expr:
    """The bus that was made beside a client which stays, under a name of its own; the client where there is none."""
    if bus is None:
        return client
    return changed(client, attr=bus) if isinstance(client, ast.Attribute) else ast.Name(bus, ast.Load())
