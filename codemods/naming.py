"""Imports that a change makes needless or needs: what goes, what comes, where it stands, and under which local name."""

from __future__ import annotations

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from codemods.orders import Name, Order
from codemods.reading import atoms, legacy
from codemods.reading.flow import Program, absolute_module
from codemods.reading.scopes import Module
from codemods.verdicts.cases import is_alone

Import = ast.Import | ast.ImportFrom


@dataclass(eq=False)
class _Placing:
    """What happens to one import statement."""

    drop: list[str] = field(default_factory=list)
    before: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)
    instead: list[str] = field(default_factory=list)
    blank: bool = False  # a blank line between the statement and what comes after it
    gap: bool = False  # a blank line between what comes before the statement and itself


@dataclass(frozen=True)
class ImportPlan:
    """The orders for a module's import statements, and the local names that new code uses."""

    orders: tuple[Order, ...]
    names: dict[Name, str]


def plan_imports(program: Program, module: Module, orders: list[Order], wrappers: Iterable[Import]) -> ImportPlan:
    """The import plan for these orders; `wrappers` are the imports of wrappers that move in this module."""
    planner = _Planner(program, module, orders, list(wrappers))
    return planner.plan()


class _Planner:
    def __init__(self, program: Program, module: Module, orders: list[Order], wrappers: list[Import]) -> None:
        self.program, self.module, self.orders, self.wrappers = program, module, orders, wrappers
        self.consumed = {id(node) for order in orders for gone in order.consumes for node in ast.walk(gone)}
        self.top = [n for n in module.source.tree.body if isinstance(n, Import) and is_alone(module, n)]
        self.placing: dict[ast.stmt, _Placing] = defaultdict(_Placing)

    def plan(self) -> ImportPlan:
        self._drop()
        names = self._name(dict.fromkeys(need for order in self.orders for need in order.needs))
        self._place([(need, local) for need, (local, is_new) in names.items() if is_new])
        orders = []
        for node, placing in self.placing.items():
            aliases = node.names if isinstance(node, Import) else []
            gone = [alias for alias in aliases if _bound(alias) in placing.drop]
            data = {**placing.__dict__, "all": bool(gone) and len(gone) == len(aliases)}
            consumes: tuple[ast.AST, ...] = (node,) if data["all"] else ()
            orders.append(Order("imports", self.module, node, data, consumes=consumes))
        return ImportPlan(tuple(orders), {need: local for need, (local, _) in names.items()})

    # what goes

    def _drop(self) -> None:
        uses = self._loads()
        for node, scope in self.module.nodes():
            if not isinstance(node, Import) or scope.kind != "module" or _is_star(node):
                continue
            for alias in node.names:
                name = _bound(alias)
                all_uses, left = uses.get(name, (0, 0))
                if left or self._is_exported(name):
                    continue
                if node in self.wrappers or (all_uses and node in self.top and self._is_ours_to_drop(node, alias)):
                    self.placing[node].drop.append(name)

    def _loads(self) -> dict[str, tuple[int, int]]:
        """For each module-level name: how often it is used, and how often still after the change."""
        counts: dict[str, tuple[int, int]] = {}
        for node, scope in self.module.nodes():
            if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Store):
                found = scope.find(node.id)
                if found is not None and found.kind == "module":
                    used, left = counts.get(node.id, (0, 0))
                    counts[node.id] = (used + 1, left + (id(node) not in self.consumed))
            elif isinstance(node, ast.Constant) and self._may_be_a_name(node):
                for word in re.findall(r"\w+", str(node.value)):
                    used, left = counts.get(word, (0, 0))
                    counts[word] = (used + 1, left + (id(node) not in self.consumed))
        return counts

    def _may_be_a_name(self, node: ast.Constant) -> bool:
        """Whether a string stands where it names something: in an annotation or in `__all__`."""
        if not isinstance(node.value, str):
            return False
        for above in self.module.ancestors(node):
            if isinstance(above, ast.arg | ast.AnnAssign):
                return True
            if isinstance(above, ast.stmt) and not isinstance(above, ast.Assign):
                return isinstance(above, ast.FunctionDef | ast.AsyncFunctionDef)
            if isinstance(above, ast.Assign):
                return any(isinstance(t, ast.Name) and t.id == "__all__" for t in above.targets)
        return False

    def _is_exported(self, name: str) -> bool:
        """Whether another module takes this name from here."""
        if self.program.is_taken(self.module.path, name):
            return True
        for other in self.program.modules.values():
            if other is not self.module:
                other.read_member(name)
                for node in list(other.attributes.get(name, ())):
                    held = atoms.of(self.program.value(other, node.value), atoms.MODULE)
                    if any(atom.path == self.module.path for atom in held):
                        return True
        return False

    def _is_ours_to_drop(self, node: Import, alias: ast.alias) -> bool:
        """Redis, and modules of the standard library that only the dropped code used."""
        dotted = alias.name if isinstance(node, ast.Import) else f"{absolute_module(self.module, node)}.{alias.name}"
        return legacy.flavour(dotted) is not None or dotted.split(".")[0] in sys.stdlib_module_names

    # what comes

    def _name(self, needs: Iterable[Name]) -> dict[Name, tuple[str, bool]]:
        """The local name of each need, and whether it must be imported first."""
        taken = self._taken()
        names: dict[Name, tuple[str, bool]] = {}
        for need in needs:
            there = self._already(need)
            if there is not None:
                names[need] = (there, False)
                continue
            wanted = need[1] or need[0]
            local = wanted
            while local in taken:
                local = f"Bus{local}" if local[0].isupper() else f"bus_{local}"
            taken.add(local)
            names[need] = (local, True)
        return names

    def _taken(self) -> set[str]:
        """Every name that the module binds or uses, but for imports that go."""
        names: set[str] = set()
        for node, _ in self.module.nodes():
            if isinstance(node, ast.Name) and id(node) not in self.consumed:
                names.add(node.id)
            elif isinstance(node, ast.arg):
                names.add(node.arg)
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                names.add(node.name)
            elif isinstance(node, Import):
                dropped = self.placing[node].drop if node in self.placing else []
                names |= {_bound(alias) for alias in node.names} - set(dropped)
        return names

    def _already(self, need: Name) -> str | None:
        """A module-level import that gives exactly this, and is bound once."""
        wanted = ".".join(part for part in need if part)
        for node in self.top:
            base = f"{absolute_module(self.module, node)}." if isinstance(node, ast.ImportFrom) else ""
            for alias in node.names:
                whole = alias.asname is not None or "." not in alias.name or isinstance(node, ast.ImportFrom)
                if base + alias.name == wanted and whole and self._is_bound_once(_bound(alias)):
                    if node in self.placing and _bound(alias) in self.placing[node].drop:
                        self.placing[node].drop.remove(_bound(alias))  # what went with the old code is needed again
                    return _bound(alias)
        return None

    def _is_bound_once(self, name: str) -> bool:
        bound = sum(name in scope.names for scope in {*self.module.inner.values()})
        return bound == 1 and len(list(self.program.bindings(self.module, self.module.root, name))) == 1

    # where it stands

    def _place(self, new: list[tuple[Name, str]]) -> None:
        target = self.program.settings.target.module
        for need, local in sorted(new, key=lambda each: (bool(each[0][1]), each[0])):
            if need[0] != target:
                self._place_stdlib(need, local)
        ours = sorted((need[1], local) for need, local in new if need[0] == target)
        if ours:
            self._place_target(target, ours)

    def _place_target(self, target: str, names: list[tuple[str, str]]) -> None:
        code = _from_import(self._prefix() + target, names, self.module.source.width)
        guarded = [node for node in self.wrappers if self._is_guarded(node)]
        if guarded:
            self.placing[guarded[0]].instead.append(code)
            return
        leaving = [node for node in self.top if self._goes(node)]
        first_party = [n for n in self.top if n not in leaving and self._is_first_party(n)]
        if first_party:
            self._sorted_in(first_party, target, code)
        elif replaced := [node for node in self.wrappers if node in self.top]:
            self.placing[replaced[0]].instead.append(code)
        else:
            self._at_the_end(code, leaving)

    def _prefix(self) -> str:
        """What stands before the wrapper's module where it is imported: dots, or the packages above the import root."""
        for node in self.wrappers:
            if isinstance(node, ast.ImportFrom):
                for wrapper in self.program.settings.wrappers:
                    module = node.module or ""
                    if module == wrapper.module or module.endswith(f".{wrapper.module}"):
                        beside = "." not in wrapper.module + self.program.settings.target.module
                        return "." * (node.level if beside else 0) + module.removesuffix(wrapper.module)
        return ""

    def _is_guarded(self, node: Import) -> bool:
        """Whether an import must be replaced where it stands: in a `try`, or for annotations alone."""
        if node in self.top:
            return False
        in_try = any(isinstance(above, ast.Try) for above in self.module.ancestors(node))
        return in_try or all(order.codemod == "annotations" for order in self.orders if order.needs)

    def _goes(self, node: Import) -> bool:
        drop = self.placing[node].drop if node in self.placing else []
        return all(_bound(alias) in drop for alias in node.names)

    def _at_the_end(self, code: str, leaving: list[Import]) -> None:
        """After the last import, as a group of its own."""
        staying = [node for node in self.top if node not in leaving and not _is_future(node)]
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
        ahead = [node for node in body if _is_docstring(node) or (isinstance(node, Import) and _is_future(node))]
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
            self.placing[later].before.append(code)
        else:
            self.placing[group[-1]].after.append(code)

    def _is_first_party(self, node: Import) -> bool:
        if isinstance(node, ast.ImportFrom) and node.level:
            return not self.wrappers  # a group of their own, below that of the wrapper
        name = absolute_module(self.module, node) if isinstance(node, ast.ImportFrom) else node.names[0].name
        return name.split(".")[0] in self.program.first_party

    def _place_stdlib(self, need: Name, local: str) -> None:
        code = _plain_import(need, local)
        stdlib = [n for n in self.top if not self._goes(n) and self._is_stdlib(n) and not _is_future(n)]
        if stdlib:
            self._sorted_in(stdlib, need[0], code)
            return
        rest = [n for n in self.top if not _is_future(n)]
        if rest:
            self.placing[rest[0]].before.append(code)
            self.placing[rest[0]].gap = True
        else:
            self._at_the_beginning(code)

    def _is_stdlib(self, node: Import) -> bool:
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


def _bound(alias: ast.alias) -> str:
    return (alias.asname or alias.name).split(".")[0]


def _is_star(node: Import) -> bool:
    return any(alias.name == "*" for alias in node.names)


def _is_future(node: Import) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _plain_import(need: Name, local: str) -> str:
    module, name = need
    if name:
        return f"from {module} import {name}" + (f" as {local}" if local != name else "")
    return f"import {module}" + (f" as {local}" if local != module else "")


def _from_import(module: str, names: list[tuple[str, str]], width: int) -> str:
    parts = [name if name == local else f"{name} as {local}" for name, local in names]
    line = f"from {module} import {', '.join(parts)}"
    if len(line) <= width:
        return line
    return f"from {module} import (\n" + "".join(f"    {part},\n" for part in parts) + ")"
