"""Where a new import stands at module level: in the place of the wrapper's, or among the others in the file's order."""

from __future__ import annotations

import ast
import sys
from collections import defaultdict
from collections.abc import Collection

from msgspec import Struct, field

from codemods.orders import Name
from codemods.reading.contract import module_candidates
from codemods.reading.flow import Program, absolute_module
from codemods.reading.scopes import Module
from codemods.verdicts.cases import is_alone

Import = ast.Import | ast.ImportFrom
Names = list[tuple[str, str]]
"""Names of one module, each with the name that it gets here."""


class Placing(Struct, eq=False):
    """What happens to one import statement, or beside another statement."""

    drop: list[str] = field(default_factory=list)
    before: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)
    instead: list[str] = field(default_factory=list)
    blank: bool = False  # a blank line between the statement with what is near it, and the rest that comes after it
    near: int = 0  # how many of those that come after it are near
    gap: bool = False  # a blank line between what comes before the statement and itself
    split: int = 0  # before which of those that come before there is a blank line; 0 for none


class Placer:
    """Puts new imports at module level; `wrappers` are the imports of wrappers that move, `files` those there are."""

    def __init__(self, program: Program, module: Module, wrappers: list[Import], files: Collection[str]) -> None:
        self.program, self.module, self.wrappers, self.files = program, module, wrappers, files
        self.top = [n for n in module.source.tree.body if isinstance(n, Import) and is_alone(module, n)]
        self.placing: dict[ast.stmt, Placing] = defaultdict(Placing)

    def place_target(self, target: str, names: Names, guarded: list[Import]) -> None:
        """Import these names of the target; where the wrapper is imported under a guard, under that guard."""
        if guarded:
            for node in guarded:
                self.put_instead(node, target, names)
            return
        leaving = [node for node in self.top if self.goes(node)]
        there = next((n for n in self.top if n not in leaving and self._takes_more(n, target)), None)
        if there is not None:
            self._add(there, names)
            return
        code = from_import(self.prefix() + target, names, self.module.source.width)
        first_party = [n for n in self.top if n not in leaving and self._is_first_party(n)]
        replaced = [node for node in self.wrappers if node in self.module.source.tree.body]
        if not first_party and replaced and replaced[0] not in leaving and self._is_relative(replaced[0]):
            first_party = replaced[:1]  # it goes on with other names, in the group of such imports
        if first_party:
            self._sorted_in(first_party, target, code)
        elif replaced:
            self.placing[replaced[0]].instead.append(code)
        else:
            self._at_the_end(code, leaving)

    def put_instead(self, node: Import, target: str, names: Names) -> None:
        """Import these names where a wrapper is imported now."""
        width = self.module.source.width - len(self.module.source.indent_of(node))
        self.placing[node].instead.append(from_import(self._prefix_of(node) + target, names, width))

    def put_before(self, statement: ast.stmt, target: str, names: Names) -> None:
        """Import these names within a function, before this statement of it."""
        width = self.module.source.width - len(self.module.source.indent_of(statement))
        self.placing[statement].before.append(from_import(self.prefix() + target, names, width))
        self.placing[statement].gap = True

    def place_stdlib(self, need: Name, local: str) -> None:
        """Import something of the standard library."""
        code = _plain_import(need, local)
        stdlib = [n for n in self.top if not self.goes(n) and _is_stdlib(n) and not is_future(n)]
        if stdlib:
            self._sorted_in(stdlib, need[0], code)
            return
        rest = [n for n in self.top if not is_future(n)]
        if rest:
            self.placing[rest[0]].before.append(code)
            self.placing[rest[0]].gap = True
        else:
            self._at_the_beginning(code)

    def prefix(self) -> str:
        """What stands before the wrapper's module where it is imported: dots, or the packages above the import root."""
        return next((found for node in self.wrappers if (found := self._prefix_of(node))), "")

    def goes(self, node: Import) -> bool:
        """Whether nothing of an import stays."""
        drop = self.placing[node].drop if node in self.placing else []
        return all(bound(alias) in drop for alias in node.names)

    def _prefix_of(self, node: Import) -> str:
        if not isinstance(node, ast.ImportFrom):
            return ""
        module = node.module or ""
        for wrapper in self.program.settings.wrappers:
            if module == wrapper.module or module.endswith(f".{wrapper.module}"):
                beside = "." not in wrapper.module + self.program.settings.target.module
                prefix = "." * (node.level if beside else 0) + module.removesuffix(wrapper.module)
                return "" if self._is_a_copy(node, wrapper.module) else prefix
        return ""

    def _is_a_copy(self, node: ast.ImportFrom, wrapper: str) -> bool:
        """Whether the wrapper is imported from where a copy of it is, and no copy of the target."""
        written, target = node.module or "", self.program.settings.target.module
        beside = self._is_there(written.removesuffix(wrapper) + target, node.level)
        return self._is_there(written, node.level) and not beside and self._is_there(target, 0)

    def _is_there(self, module: str, level: int) -> bool:
        """Whether a file of the repository is what an import here names."""
        folder = "/".join(self.module.path.split("/")[:-level])
        roots = (folder,) if level else (self.program.settings.source_root, "")
        return any(path in self.files for root in roots for path in module_candidates(module, root))

    # among what imports the target already

    def _takes_more(self, node: Import, target: str) -> bool:
        """Whether an import of the target is written in a way in which it can be written again with more names."""
        if not isinstance(node, ast.ImportFrom) or absolute_module(self.module, node) != target or is_star(node):
            return False
        written = self.module.source.segment(node)
        own = _module_of(node)
        wrapped = from_import(own, _names_of(node), 0).replace("\n", self.module.source.newline)
        return written in (from_import(own, _names_of(node), sys.maxsize), wrapped)

    def _add(self, node: Import, names: Names) -> None:
        assert isinstance(node, ast.ImportFrom)
        there = _names_of(node)
        is_wrapped = node.end_lineno != node.lineno
        every = [*there, *names]
        for key in (_plainly, _without_case):
            if there == sorted(there, key=key):
                every.sort(key=key)
                break
        own = _module_of(node)
        placing = self.placing[node]
        placing.drop = [local for _, local in there]
        placing.instead.append(from_import(own, every, 0 if is_wrapped else self.module.source.width))

    # by themselves

    def _at_the_end(self, code: str, leaving: list[Import]) -> None:
        """After the last import, as a group of its own."""
        staying = [node for node in self.top if node not in leaving and not is_future(node)]
        if staying:
            placing = self.placing[staying[-1]]
            placing.after.append(code)
            placing.blank = True
        elif leaving:
            self.placing[leaving[-1]].instead.append(code)
        else:
            self._at_the_beginning(code)

    def _at_the_beginning(self, code: str) -> None:
        """In a module without imports: after its docstring and `__future__`, before all else."""
        body = self.module.source.tree.body
        ahead = [node for node in body if is_docstring(node) or (isinstance(node, Import) and is_future(node))]
        if ahead:
            placing = self.placing[ahead[-1]]
            placing.after.append(code)
            placing.blank = True
        else:
            self.placing[body[0]].before.append(code)
            self.placing[body[0]].gap = True

    def _sorted_in(self, group: list[Import], module: str, code: str) -> None:
        later = next((n for n in group if _sort_key(self.module, n) > (_is_from(code), module)), None)
        if later is not None:
            placing = self.placing[later]
            is_apart = isinstance(later, ast.ImportFrom) and bool(later.level) and module not in sys.stdlib_module_names
            placing.split = len(placing.before) if placing.gap or is_apart else 0
            placing.gap = placing.gap or is_apart
            placing.before.append(code)
        else:
            placing = self.placing[group[-1]]
            placing.after.insert(placing.near, code)
            placing.near += 1

    def _is_relative(self, node: Import) -> bool:
        return isinstance(node, ast.ImportFrom) and node.level > 0

    def _is_first_party(self, node: Import) -> bool:
        if self._is_relative(node):
            return not self.wrappers  # a group of their own, below that of the wrapper
        name = absolute_module(self.module, node) if isinstance(node, ast.ImportFrom) else node.names[0].name
        return name.split(".")[0] in self.program.first_party


def bound(alias: ast.alias) -> str:
    """The name that a part of an import binds."""
    return (alias.asname or alias.name).split(".")[0]


def is_star(node: Import) -> bool:
    """Whether an import brings whatever there is."""
    return any(alias.name == "*" for alias in node.names)


def is_future(node: Import) -> bool:
    """Whether an import must stay the first."""
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"


def is_docstring(node: ast.stmt) -> bool:
    """Whether a statement is a text alone."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def from_import(module: str, names: Names, width: int) -> str:
    """An import of names of the module, in brackets where it would be too wide."""
    parts = [name if name == local else f"{name} as {local}" for name, local in names]
    line = f"from {module} import {', '.join(parts)}"
    if len(line) <= width:
        return line
    return f"from {module} import (\n" + "".join(f"    {part},\n" for part in parts) + ")"


def _plain_import(need: Name, local: str) -> str:
    module, name = need
    if name:
        return f"from {module} import {name}" + (f" as {local}" if local != name else "")
    return f"import {module}" + (f" as {local}" if local != module else "")


def _module_of(node: ast.ImportFrom) -> str:
    return "." * node.level + (node.module or "")


def _names_of(node: ast.ImportFrom) -> Names:
    return [(alias.name, alias.asname or alias.name) for alias in node.names]


def _plainly(name: tuple[str, str]) -> str:
    return name[0]


def _without_case(name: tuple[str, str]) -> str:
    return name[0].casefold()


def _is_stdlib(node: Import) -> bool:
    name = (node.module or "") if isinstance(node, ast.ImportFrom) else node.names[0].name
    level = node.level if isinstance(node, ast.ImportFrom) else 0
    return not level and name.split(".")[0] in sys.stdlib_module_names


def _is_from(code: str) -> int:
    """Plain imports stand before `from` imports."""
    return int(code.startswith("from "))


def _sort_key(module: Module, node: Import) -> tuple[int, str]:
    name = absolute_module(module, node) if isinstance(node, ast.ImportFrom) else node.names[0].name
    relative = isinstance(node, ast.ImportFrom) and node.level
    return (int(isinstance(node, ast.ImportFrom)), "~" if relative else name)
