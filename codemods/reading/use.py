"""One use of something legacy: its kind, the node that shows it, and whose it is."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from msgspec import Struct

from codemods.reading.atoms import Atom
from codemods.reading.scopes import Function, Module
from codemods.settings import Wrapper


class Use(Struct, eq=False):
    """One use: its kind, the node that shows it, and whose it is."""

    module: Module
    node: ast.AST  # what is judged: a call, an attribute, an import statement, ...
    kind: str
    holders: tuple[Atom, ...] = ()  # the client or config objects
    wrapper: Wrapper | None = None
    name: str = ""  # of a method, attribute, command or symbol
    receiver: ast.expr | None = None  # the expression that holds the client
    patches: str = ""  # the path of the module in which a dotted string names something
    besides: tuple[Atom, ...] = ()  # what the receiver may hold besides its clients

    @property
    def path(self) -> str:
        """The file that it is in, relative to the repository."""
        return self.module.path

    @property
    def line(self) -> int:
        """Its line, from 1."""
        return int(getattr(self.node, "lineno", 1))

    @property
    def column(self) -> int:
        """Its column in characters, from 0."""
        return self.module.source.column(self.line, int(getattr(self.node, "col_offset", 0)))

    @property
    def call(self) -> ast.Call:
        """The call that it is; only for the kinds that are calls."""
        assert isinstance(self.node, ast.Call)
        return self.node

    @property
    def is_awaited(self) -> bool:
        """Whether `await` stands right before it."""
        return isinstance(self.module.parent[self.node], ast.Await)

    @property
    def function(self) -> ast.AST | None:
        """The function whose body holds the use."""
        return self.module.function_of(self.node)

    @property
    def around(self) -> Iterator[ast.AST]:
        """The nodes around the use, up to the function or class that holds it."""
        for above in self.module.ancestors(self.node):
            if isinstance(above, Function | ast.ClassDef | ast.Lambda):
                return
            yield above

    @property
    def in_async_function(self) -> bool:
        """Whether an `await` may stand here."""
        scope = self.module.scope_of[self.node]
        while scope.kind == "comprehension" and scope.parent is not None:
            if isinstance(scope.node, ast.GeneratorExp):
                return False
            scope = scope.parent
        return scope.kind == "function" and isinstance(scope.node, ast.AsyncFunctionDef)


def is_escape(use: Use) -> bool:
    """Whether a raw client gets lost here, so that somebody may do with it what is not seen."""
    if use.wrapper is not None or not use.holders:
        return False
    if use.kind == "dynamic" and use.name == "getattr":
        name = use.call.args[1] if len(use.call.args) > 1 else None
        return not isinstance(name, ast.Constant)
    return use.kind in ("escape", "pipeline escape") or (use.kind == "dynamic" and use.name in ("setattr", "vars"))


def is_lost(use: Use) -> bool:
    """Whether this is a stream command of which nobody can tell whose it is, be it one that is only named."""
    return use.kind in ("call", "attribute") and use.wrapper is None and not use.holders
