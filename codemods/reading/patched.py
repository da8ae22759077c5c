"""What a dotted text, or an attribute that is stored, gives another value: something legacy of another module."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator

from msgspec import Struct

from codemods.reading import atoms, legacy
from codemods.reading.flow import Program
from codemods.reading.scopes import Module, last_name
from codemods.settings import Wrapper

DOTTED = re.compile(r"\w+(\.\w+)+")
PATCHING = {"patch", "setattr", "object"}
"""What gives a name another value: of unittest.mock, and of pytest's monkeypatch."""

Patched = tuple[str, Wrapper | None, str]
"""The name, the wrapper that it is of, and the path of the module where it is patched; empty: wherever it is used."""


class Patches(Struct, frozen=True, eq=False):
    """Finds what is patched in one module of a program."""

    program: Program
    module: Module
    wrapper_of: Callable[[str], Wrapper | None]

    def by_text(self, node: ast.Constant) -> Iterator[Patched]:
        """A dotted string that names something legacy in a module of the program: `patch("pkg.mod.redis.Redis")`."""
        if not isinstance(node.value, str):
            return
        call = self.module.parent[node]
        if isinstance(call, ast.Call) and node.value.isidentifier():
            for other in call.args:  # monkeypatch.setattr(module, "Name", ...), patch.object(module, "Name")
                yield from self.in_owner(node, other, node.value)
        if not DOTTED.fullmatch(node.value):
            return
        parts = node.value.split(".")
        for length in range(len(parts) - 1, 0, -1):
            path = self.program.by_name.get(".".join(parts[:length]))
            if path is not None and path in self.program.modules:
                yield from self._in_module(path, parts[length], node.value)
                return
        yield from self._in_library(node, node.value)

    def in_owner(self, node: ast.expr, owner: ast.expr, name: str) -> Iterator[Patched]:
        """Something legacy that is given another value in a module, or in the library, that is named beside it."""
        held = self.program.value(self.module, owner)
        for atom in atoms.of(held, atoms.MODULE):
            yield from self._in_module(atom.path, name, name)
        for library in atoms.of(held, atoms.SYMBOL):
            yield from self._in_library(node, f"{library.name}.{name}")

    def _in_module(self, path: str, name: str, shown: str) -> Iterator[Patched]:
        for symbol in atoms.of(self.program.held(("name", path, "", name)), atoms.SYMBOL):
            wrapper = self.wrapper_of(symbol.name)
            if wrapper is not None or legacy.flavour(symbol.name):
                yield shown, wrapper, path

    def _in_library(self, node: ast.expr, dotted: str) -> Iterator[Patched]:
        """A client's class that is patched where it is defined, and so for all files: `patch("redis.Redis")`."""
        call = self.module.parent[node]
        if isinstance(call, ast.Call) and self._is_patch(call.func):
            wrapper = self.wrapper_of(dotted)
            if wrapper is not None or legacy.is_client_class(dotted) or legacy.is_factory(dotted):
                yield dotted, wrapper, ""

    def _is_patch(self, function: ast.expr) -> bool:
        """Whether a function is a mock library's, or a method of what a test is given: `monkeypatch`, `mocker`."""
        if last_name(function) not in PATCHING:
            return False
        if any("mock" in atom.name for atom in atoms.of(self.program.value(self.module, function), atoms.SYMBOL)):
            return True
        root = function
        while isinstance(root, ast.Attribute):
            root = root.value
        scope = self.module.scope_of[root].find(root.id) if isinstance(root, ast.Name) else None
        bound = self.module.bound(scope, root.id) if scope is not None and isinstance(root, ast.Name) else ()
        return any(isinstance(each, ast.arg) for each in bound)
