"""Imports that a change makes needless or needs: what goes, what comes, and under which local name."""

from __future__ import annotations

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Collection, Iterable
from functools import cached_property

from msgspec import Struct
from msgspec.structs import asdict

from codemods.homes import Homes, is_for_types, names_in
from codemods.orders import Name, Order
from codemods.placing import Import, Placer, bound, is_star
from codemods.reading import atoms, legacy
from codemods.reading.flow import Cell, Program, absolute_module
from codemods.reading.scopes import Function, Module, Scope
from codemods.reading.use import Use
from codemods.verdicts.cases import is_alone

NAMED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.ExceptHandler, ast.MatchAs, ast.MatchStar)
"""What binds a name that is no node of its own."""


class ImportPlan(Struct, frozen=True):
    """The orders for a module's import statements, and the local names that new code uses."""

    orders: tuple[Order, ...]
    names: dict[Name, str]


class Moving(Struct, eq=False, dict=True):
    """What goes in all modules of an engine: imports of wrappers, direct or not, and the nodes that go with them."""

    program: Program
    imports: dict[Module, list[Import]]
    consumed: set[int]  # by id
    files: Collection[str]  # of the repository

    @cached_property
    def cells(self) -> set[Cell | None]:
        """Of the names that these imports bind."""
        return {
            self.program.name_cell(module, module.scope_of[node], alias.asname or alias.name)
            for module, nodes in self.imports.items()
            for node in nodes
            for alias in node.names
        }


def moving(program: Program, orders: Iterable[Order], uses: Iterable[Use], files: Collection[str]) -> Moving:
    """What goes with these orders, and these uses that move."""
    imports: dict[Module, list[Import]] = defaultdict(list)
    for use in uses:
        if isinstance(use.node, Import) and use.wrapper is not None and use.node not in imports[use.module]:
            imports[use.module].append(use.node)
    consumed = {id(node) for order in orders for gone in order.consumes for node in ast.walk(gone)}
    return Moving(program, imports, consumed, files)


def plan_imports(program: Program, module: Module, orders: list[Order], going: Moving) -> ImportPlan:
    """The import plan for the orders of one module."""
    return _Planner(program, module, orders, going).plan()


class _Planner:
    def __init__(self, program: Program, module: Module, orders: list[Order], going: Moving) -> None:
        self.program, self.module, self.orders, self.going = program, module, orders, going
        self.wrappers = going.imports.get(module, [])
        self.consumed = going.consumed | {id(n) for order in orders for gone in order.consumes for n in ast.walk(gone)}
        self.placer = Placer(program, module, self.wrappers, going.files)
        self.placing, self.top = self.placer.placing, self.placer.top

    def plan(self) -> ImportPlan:
        self._drop()
        names = self._name(dict.fromkeys(need for order in self.orders for need in order.needs))
        self._place([(need, local) for need, (local, is_new) in names.items() if is_new])
        orders = list(self._without_empty_blocks())
        for node, placing in self.placing.items():
            aliases = node.names if isinstance(node, Import) else []
            gone = [alias for alias in aliases if bound(alias) in placing.drop]
            data = {**asdict(placing), "all": bool(gone) and len(gone) == len(aliases)}
            consumes: tuple[ast.AST, ...] = (node,) if data["all"] else ()
            orders.append(Order("imports", self.module, node, data, consumes=consumes))
        return ImportPlan(tuple(orders), {need: local for need, (local, _) in names.items()})

    # what goes

    def _drop(self) -> None:
        uses = self._loads()
        for node, scope in self.module.nodes():
            if not isinstance(node, Import) or is_star(node):
                continue
            is_own = node in self.top or self._is_in_a_function(node)
            if not (scope.kind == "module" or node in self.wrappers or is_own):
                continue
            for alias in node.names:
                name = bound(alias)
                all_uses, left = uses.get((scope, name), (0, 0))
                if left or (scope.kind == "module" and self._is_exported(name)):
                    continue
                if (node in self.wrappers and self._is_of_wrapper(node, name)) or (
                    all_uses and is_own and self._is_ours_to_drop(node, alias)
                ):
                    self.placing[node].drop.append(name)

    def _loads(self) -> dict[tuple[Scope, str], tuple[int, int]]:
        """For each name of a scope: how often it is used, and how often still after the change."""
        counts: dict[tuple[Scope, str], tuple[int, int]] = {}
        for node, scope in self.module.nodes():
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                continue
            if isinstance(node, ast.Constant) and not self._may_be_a_name(node):
                continue
            for name in names_in(node):
                found = scope.find(name)
                if found is not None:
                    used, left = counts.get((found, name), (0, 0))
                    counts[found, name] = (
                        used + 1,
                        left + (id(node) not in self.consumed or name in self._staying(node)),
                    )
        return counts

    def _staying(self, node: ast.AST) -> set[str]:
        """The words of a text that goes which are in the new one, too."""
        parts = [part for order in self.orders if order.node is node for part in order.data.get("parts", ())]
        return {word for text, _ in parts for word in re.findall(r"\w+", text)}

    def _without_empty_blocks(self) -> Iterable[Order]:
        """An `if TYPE_CHECKING:` whose imports all go goes with them, and so does the name that it asked for."""
        for block in [node for node in self.module.source.tree.body if is_for_types(node)]:
            assert isinstance(block, ast.If)
            leaving = [n for n in block.body if isinstance(n, Import) and n in self.placing and self.placer.goes(n)]
            if leaving != block.body or block.orelse or any(self.placing[node].instead for node in leaving):
                continue
            for node in leaving:
                del self.placing[node]
            yield Order("imports", self.module, block, {"remove": True, "whole": True}, consumes=(block,))
            self.consumed |= {id(node) for node in ast.walk(block.test)}
            self._drop_asking()

    def _drop_asking(self) -> None:
        """What was imported to ask whether types are checked goes where nobody asks any more."""
        if self._loads().get((self.module.root, "TYPE_CHECKING"), (0, 0))[1]:
            return
        for node in self.top:
            if isinstance(node, ast.ImportFrom) and node.module in ("typing", "typing_extensions"):
                self.placing[node].drop += [name for name in map(bound, node.names) if name == "TYPE_CHECKING"]

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
        """Whether another module takes this name from here, and goes on to do so."""
        if self.program.is_taken(self.module.path, name, self.going.cells):
            return True
        for other in self.program.where.holding(name):
            if other is not self.module:
                other.read_member(name)
                for node in [n for n in other.attributes.get(name, ()) if id(n) not in self.consumed]:
                    held = atoms.of(self.program.value(other, node.value), atoms.MODULE)
                    if any(atom.path == self.module.path for atom in held):
                        return True
        return False

    def _is_of_wrapper(self, node: Import, name: str) -> bool:
        """Whether a name of an import is of a wrapper; of another module, it may bring others as well."""
        if isinstance(node, ast.Import) or absolute_module(self.module, node) not in self.program.by_name:
            return True
        cell = self.program.name_cell(self.module, self.module.scope_of[node], name)
        symbols = atoms.of(self.program.held(cell), atoms.SYMBOL) if cell is not None else []
        wrappers = [f".{wrapper.module}." for wrapper in self.program.settings.wrappers]
        return any(wrapper in f".{symbol.name}." for symbol in symbols for wrapper in wrappers)

    def _is_a_config(self, node: Import, name: str) -> bool:
        """Whether an import brings a config from another module of the engine."""
        if not isinstance(node, ast.ImportFrom) or absolute_module(self.module, node) not in self.program.by_name:
            return False
        cell = self.program.name_cell(self.module, self.module.scope_of[node], name)
        held = self.program.held(cell) if cell is not None else frozenset()
        return bool(held) and all(atom.kind == atoms.CONFIG for atom in held)

    def _is_in_a_function(self, node: Import) -> bool:
        """Whether an import is a statement of a function's own, with lines of its own."""
        return isinstance(self.module.parent[node], Function) and is_alone(self.module, node)

    def _is_ours_to_drop(self, node: Import, alias: ast.alias) -> bool:
        """Redis, configs, and modules of the standard library that only the dropped code used."""
        if self._is_a_config(node, bound(alias)):
            return True
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
            elif isinstance(node, NAMED) and node.name is not None:
                names.add(node.name)
            elif isinstance(node, ast.MatchMapping) and node.rest is not None:
                names.add(node.rest)
            elif isinstance(node, Import):
                dropped = self.placing[node].drop if node in self.placing else []
                names |= {bound(alias) for alias in node.names if not self._is_of_target(node)} - set(dropped)
        return names

    def _is_of_target(self, node: Import) -> bool:
        """Whether an import gives names of the target as they are, for one function perhaps."""
        if not isinstance(node, ast.ImportFrom) or any(alias.asname for alias in node.names):
            return False
        return absolute_module(self.module, node) == self.program.settings.target.module

    def _already(self, need: Name) -> str | None:
        """A module-level import that gives exactly this, and is bound once."""
        wanted = ".".join(part for part in need if part)
        for node in self.top:
            base = f"{absolute_module(self.module, node)}." if isinstance(node, ast.ImportFrom) else ""
            for alias in node.names:
                whole = alias.asname is not None or "." not in alias.name or isinstance(node, ast.ImportFrom)
                if base + alias.name == wanted and whole and self._is_bound_once(bound(alias)):
                    if node in self.placing and bound(alias) in self.placing[node].drop:
                        self.placing[node].drop.remove(bound(alias))  # what went with the old code is needed again
                    return bound(alias)
        return None

    def _is_bound_once(self, name: str) -> bool:
        scopes = sum(name in scope.names for scope in {*self.module.inner.values()})
        return scopes == 1 and len(list(self.program.bindings(self.module, self.module.root, name))) == 1

    # where it stands

    def _place(self, new: list[tuple[Name, str]]) -> None:
        target, homes = self.program.settings.target.module, Homes(self.module, self.wrappers)
        wanted: dict[ast.stmt | None, list[tuple[str, str]]] = defaultdict(list)
        for need, local in sorted(new, key=lambda each: (bool(each[0][1]), each[0])):
            if need[0] != target:
                self.placer.place_stdlib(need, local)
                continue
            for home in homes.of(self.orders, need):
                wanted[home].append((need[1], local))
        for home, names in wanted.items():
            if home is None:
                self.placer.place_target(target, sorted(names), homes.guarded)
            elif isinstance(home, Import) and home in self.wrappers:
                self.placer.put_instead(home, target, sorted(names))
            else:
                self.placer.put_before(home, target, sorted(names))
