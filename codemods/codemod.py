"""What a codemod is: one LibCST transformer with one idea, its examples, and how closely to read its output."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from functools import cache
from typing import Any

import libcst as cst
from msgspec import Struct, field

from codemods.orders import Name, Order

Names = Callable[[Name], str]
"""The local name of an imported one: `("json", "")` -> `json`, `("dual_messagebus_client", "EngineType")` -> ..."""


Statements = cst.BaseStatement | cst.FlattenSentinel[cst.BaseStatement] | cst.RemovalSentinel


DOUBLE = re.compile(r"""(?<!["\\'])"([^"'\\\n]*)"(?!")""")
"""A text between double quotation marks that may as well stand between single ones."""


class Transformer(cst.CSTTransformer):
    """Changes the one node that its order names, in `leave_<kind of node>`."""

    def __init__(self, order: Order, names: Names, module: cst.Module) -> None:
        super().__init__()
        self.order, self.names, self.module = order, names, module

    def leave_statement(self, node: Any) -> Statements:
        """What many codemods do to a statement: take it away. What is particular is in `statement`."""
        if self.order.data.get("remove"):
            return cst.RemoveFromParent()
        return self.statement(node)

    def statement(self, node: Any) -> Statements:
        """What becomes of a statement that stays, whatever its kind."""
        raise TypeError(f"{type(self).__name__} has no order for a {type(node).__name__}")

    def local(self, name: str) -> str:
        """The local name of something that the order needs."""
        return self.names(next(need for need in self.order.needs if name in (need[1], need[0] if not need[1] else "")))

    def expression(self, code: str) -> cst.BaseExpression:
        """An expression from text, as this file would have it."""
        return cst.parse_expression(code, config=self.module.config_for_parsing)

    def quoted(self, code: str) -> str:
        """Code with the quotation marks of this file, where that changes no text."""
        return DOUBLE.sub(r"'\1'", code) if self.order.module.source.quote == "'" else code

    def statements(self, code: str) -> list[cst.BaseStatement]:
        """Statements from text written with four spaces and plain newlines, as this file would have them."""
        lines = self.quoted(code).strip("\n").split("\n")
        text = self.module.default_newline.join(_reindent(line, self.module.default_indent) for line in lines)
        body = cst.parse_module(text + self.module.default_newline, config=self.module.config_for_parsing)
        return list(body.body)


def _reindent(line: str, indent: str) -> str:
    depth = (len(line) - len(line.lstrip(" "))) // 4
    return indent * depth + line[depth * 4 :]


class Example(Struct, frozen=True):
    """A named example: `after` is None where the code must stay as it is, and `says` is then part of the reason."""

    name: str
    before: str
    after: str | None
    says: str = ""


class Codemod(Struct, frozen=True):
    """A codemod declares itself. `review` tells a person how closely to look: glance, read or think."""

    name: str
    summary: str
    review: str
    transformer: type[Transformer]
    examples: tuple[Example, ...] = field(default=())


NAMES = (
    "imports",
    "connections",
    "lifecycle",
    "annotations",
    "publishing",
    "consuming",
    "handlers",
    "passing",
    "checks",
    "routing",
    "asynchrony",
    "loops",
    "patches",
    "lifespans",
)
"""All codemods, in the order in which a reader meets them; each is the module of that name."""


@cache
def find(name: str) -> Codemod:
    """The codemod of this name."""
    found: Codemod = importlib.import_module(f"codemods.{name}").codemod
    return found
