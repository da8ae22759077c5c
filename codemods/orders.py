"""What a verdict tells a codemod to do with one node. The node is found again in LibCST's tree by its position."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field

from codemods.reading.scopes import Module

Name = tuple[str, str]  # a module and a name in it; the name is empty for `import module`


class Order(Struct, frozen=True, eq=False):
    """One change to one node, for one codemod."""

    codemod: str
    module: Module
    node: ast.expr | ast.stmt
    data: Mapping[str, Any] = field(default_factory=dict)
    needs: tuple[Name, ...] = ()  # what the new code must have imported
    consumes: tuple[ast.AST, ...] = ()  # parts of the old code that go, with every name in them
    claims: tuple[ast.AST, ...] = ()  # parts that are written anew, though some of their names stay

    @property
    def path(self) -> str:
        """The file that the node is in."""
        return self.module.path
