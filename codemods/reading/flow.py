"""Where values go: which names, attributes, parameters and results may hold a legacy client.

A flow-insensitive analysis to a fixed point: every assignment, call, return and import is a rule that carries
atoms into cells. Clients are carried forward from where they are made; every other value is worked out backwards,
where somebody asks for it. What is not understood carries UNKNOWN, so that a text is only believed where all its
sources are known.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct, field

from codemods.reading import atoms
from codemods.reading.atoms import EMPTY, Atom, Value
from codemods.reading.evaluation import Evaluator
from codemods.reading.factories import made_by
from codemods.reading.generated import bases_of, foreign_bases, is_decorated, taken
from codemods.reading.scopes import Function, Module, Scope
from codemods.reading.stars import absolute_module
from codemods.reading.where import Where
from codemods.settings import Settings

if TYPE_CHECKING:
    from codemods.reading.demand import Demand

Cell = tuple[str, ...]
Place = tuple[Module, ast.expr]


class FunctionFacts(Struct, eq=False, dict=True):
    """A function of the program: its node, its class, and whether all its callers are known."""

    program: Program
    module: Module
    header: Function  # its body may not be read yet
    qualified: str
    owner: str | None  # the qualified name of its class

    @property
    def node(self) -> Function:
        """The function with its body."""
        self.module.read_function(self.header)
        return self.header

    @cached_property
    def is_method(self) -> bool:
        """Whether Python puts an instance or a class before its arguments."""
        return self.owner is not None and not any(
            isinstance(d, ast.Name) and d.id == "staticmethod" for d in self.header.decorator_list
        )

    @property
    def parameters(self) -> list[ast.arg]:
        """The parameters that a caller fills: without self or cls."""
        arguments = [*self.header.args.posonlyargs, *self.header.args.args]
        return arguments[1:] if self.is_method else arguments

    @cached_property
    def _sites(self) -> tuple[list[tuple[Module, ast.Call]], list[Place]]:
        from codemods.reading.callers import call_sites

        return call_sites(self)

    @property
    def calls(self) -> list[tuple[Module, ast.Call]]:
        """Every call that may enter it, in the order of the text."""
        return self._sites[0]

    @property
    def references(self) -> list[Place]:
        """Uses that are not calls, and calls on objects that are not known: whoever is given it may call it."""
        return self._sites[1]


class Program(Struct, eq=False, dict=True):
    """All modules that are read together, and what their cells hold."""

    settings: Settings
    modules: Mapping[str, Module]  # by path
    by_name: Mapping[str, str]  # dotted name -> path, of every module that may be read
    missing: set[str] = field(default_factory=set)  # paths of modules that were asked for, and are not among those read
    sought: set[str] = field(default_factory=set)  # names of functions whose every caller somebody asked for
    cells: dict[Cell, Value] = field(default_factory=lambda: defaultdict(frozenset))
    functions: dict[tuple[str, str], FunctionFacts] = field(default_factory=dict)  # those that were come upon
    classes: dict[tuple[str, str], tuple[Module, ast.ClassDef]] = field(default_factory=dict)
    scopes: dict[tuple[str, str], Scope] = field(default_factory=dict)  # of the cells' names
    first_party: frozenset[str] = frozenset()  # top-level names below the import root
    rough: bool = False  # on the way to a fixed point: what nothing fills yet holds nothing
    lacks: bool = False  # whether something was found to hold nothing yet
    is_settled: bool = False  # what was asked for is worked out: values are remembered
    known: dict[ast.expr, Value] = field(default_factory=dict)
    mocks: dict[Atom, tuple[Module, ast.expr, Cell]] = field(default_factory=dict)  # what tests give to which parameter
    boxes: dict[Cell, tuple[Atom, Module, ast.expr | ast.stmt]] = field(default_factory=dict)  # what makes a container
    _families: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    several: list[tuple[str, str]] = field(default_factory=list)  # the classes with more than one base
    _tops: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    _joins: dict[tuple[str, str], tuple[str, str]] | None = None
    _stand_in: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)  # for a topmost class, so far
    _methods: dict[tuple[tuple[str, str], str], FunctionFacts | None] = field(default_factory=dict)
    _method_names: set[str] = field(default_factory=set)  # and those of other functions
    _defined: dict[ast.ClassDef, dict[str, Function]] = field(default_factory=dict)
    _bases: dict[tuple[str, str], list[tuple[str, str]]] = field(default_factory=dict)
    _derived: dict[tuple[str, str], Atom | None] = field(default_factory=dict)
    _members: dict[tuple[str, str], list[tuple[str, str]]] = field(default_factory=dict)  # of each family
    _heirs: dict[tuple[str, str], list[tuple[str, str]]] = field(default_factory=dict)  # what derives from each
    _is_asking_for_bases: bool = False
    _grouped: tuple[int, int] = (0, 0)  # how often bases were forgotten then, and how many classes there were
    _forgotten: int = 0

    @cached_property
    def demand(self) -> Demand:
        """What is asked for, and what carries a client."""
        from codemods.reading.demand import Demand

        return Demand(self)

    @cached_property
    def where(self) -> Where:
        """In which modules a word stands."""
        return Where(self.modules.values())

    def module(self, path: str) -> Module | None:
        """The module at a path; None where it was not read, which is noted."""
        if path not in self.modules:
            self.missing.add(path)
        return self.modules.get(path)

    def read(self, cell: Cell) -> Value:
        """What a cell holds; what fills it is worked out first, if nobody has asked for it before."""
        self.demand.ask(cell)
        return self.cells.get(cell, EMPTY)

    def peek(self, cell: Cell) -> Value:
        """What a cell holds now, without anything being worked out for it."""
        self.demand.note(cell)
        return self.cells.get(cell, EMPTY)

    def is_wanted(self, cell: Cell, source: ast.expr | None) -> bool:
        """Whether what reaches a parameter matters: somebody asks for it, or what is given carries a client."""
        return cell in self.demand.asked or source in self.demand.carrying

    def release(self) -> None:
        """Free the trees as well."""
        for module in self.modules.values():
            module.release()
        self.forget()

    def forget(self) -> None:
        """Break the circles between values: without this their memory is not free before a collection."""
        self.demand.__dict__.clear()
        for known in (
            self.functions,
            self.classes,
            self.scopes,
            self.cells,
            self.known,
            self.boxes,
            self.mocks,
            self._methods,
            self._defined,
        ):
            known.clear()

    def value(self, module: Module, node: ast.expr) -> Value:
        """What an expression may hold."""
        self.demand.refresh()
        known = self.known.get(node) if self.is_settled else None
        return Evaluator(self, module).value(node) if known is None else known

    def held(self, cell: Cell) -> Value:
        """What a cell may hold, links to other modules' names resolved."""
        return Evaluator(self, next(iter(self.modules.values()))).held(cell)

    def is_taken(self, path: str, name: str, leaving: Collection[Cell | None] = ()) -> bool:
        """Whether another module imports this module-level name, into other cells than these."""
        self.demand.read_word(name)
        self.demand.intake.take_in()
        link = Atom(atoms.LINK, name, path)
        if link not in self.demand.holders:
            return False
        taking = (cell for cell, held in self.cells.items() if link in held and cell not in leaving)
        return any(cell[0] == "name" and cell[1] != path for cell in taking)

    def named(self, dotted: str) -> Value:
        """The module of the program, or else the symbol, that a dotted name stands for."""
        path = self.by_name.get(dotted)
        return frozenset({Atom(atoms.MODULE, dotted, path) if path else Atom(atoms.SYMBOL, dotted)})

    def name_cell(self, module: Module, scope: Scope, name: str) -> Cell | None:
        """The cell of a name used in a scope; None for builtins."""
        found = scope.find(name)
        if found is None:
            return None
        if found.kind == "class":
            return ("attribute", *self.family((module.path, found.qualified)), name)
        self.scopes[module.path, found.qualified] = found
        return ("name", module.path, found.qualified, name)

    def facts(self, module: Module, node: Function) -> FunctionFacts:
        """What is known of a function."""
        key = (module.path, module.inner[node].qualified)
        if key not in self.functions:
            around = module.scope_of[node]
            self.scopes[key] = module.inner[node]
            self.functions[key] = FunctionFacts(
                self, module, node, key[1], around.qualified if around.kind == "class" else None
            )
            self._method_names.add(node.name)
        return self.functions[key]

    def bindings(self, module: Module, scope: Scope, name: str) -> Iterator[ast.AST]:
        """What binds a name of this scope: imports, and names that are stored; not definitions and parameters."""
        for node in module.bound(scope, name):
            if isinstance(node, ast.Import | ast.ImportFrom | ast.Name):
                yield node

    # classes

    def family(self, key: tuple[str, str]) -> tuple[str, str]:
        """The class that stands for all that a class derives from, and that derive from it: they share attributes."""
        if key not in self._families:
            self._families[key] = self._kin(self._top(key))
        return self._families[key]

    def _top(self, key: tuple[str, str]) -> tuple[str, str]:
        """The topmost class that a class derives from, by the first of its bases each time."""
        below: dict[tuple[str, str], None] = {}
        while key not in self._tops:
            below[key] = None
            base = next(iter(self.bases(key)), None)
            if base is None or base in below:  # a class may be its own base, as far as can be told
                break
            key = base
        top = self._tops.get(key, key)
        self._tops.update(dict.fromkeys(below, top))
        return top

    def _kin(self, top: tuple[str, str]) -> tuple[str, str]:
        """Which of the topmost classes stands for this one: a class with several bases makes them one family."""
        if self._joins is None:
            self._joins = {}  # asked for while it is worked out
            self._joins = self._joined()
        return self._joins.get(top, top)

    def _joined(self) -> dict[tuple[str, str], tuple[str, str]]:
        groups: dict[tuple[str, str], set[tuple[str, str]]] = {}
        for key in list(self.several):
            tops = {self._top(base) for base in self.bases(key)}
            together = tops.union(*(groups.get(top, ()) for top in tops))
            groups.update(dict.fromkeys(together, together))
        found = {}
        for top, group in groups.items():
            found[top] = min((self._stand_in[each] for each in group if each in self._stand_in), default=min(group))
        for top, other in found.items():
            if self._stand_in.setdefault(top, other) != other:
                self.demand.rename(self._stand_in[top], other)
                self._stand_in[top] = other
        return found

    def forget_bases(self) -> None:
        """What was found out about classes may have changed."""
        self._families.clear()
        self._methods.clear()
        self._bases.clear()
        self._derived.clear()
        self._tops.clear()
        self._joins = None
        self._forgotten += 1

    def bases(self, key: tuple[str, str]) -> list[tuple[str, str]]:
        """The classes of the program that a class names as its bases."""
        if key not in self.classes or not self.classes[key][1].bases:
            return []
        if key not in self._bases:
            module, node = self.classes[key]
            was, self._is_asking_for_bases = self._is_asking_for_bases, True
            found = [a for base in bases_of(node) for a in atoms.of(self.value(module, base), atoms.CLASS)]
            self._is_asking_for_bases = was
            self._bases[key] = [(a.path, a.name) for a in found if (a.path, a.name) != key]
        return self._bases[key]

    def relatives(self, key: tuple[str, str]) -> Iterator[tuple[str, str]]:
        """The classes of the same family, itself included."""
        self._group()
        yield from self._members.get(self.family(key), ())

    def _group(self) -> None:
        """Put the classes in families, where one has come or a base was forgotten since that was done."""
        now = self._forgotten, len(self.classes)
        if self._grouped == now:
            return
        members: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
        for other in list(self.classes):
            members[self.family(other)].append(other)
        self._members, self._grouped = dict(members), now
        self._heirs.clear()

    def method(self, key: tuple[str, str], name: str) -> FunctionFacts | None:
        """The method that an instance of this class answers with."""
        if (key, name) not in self._methods:
            self._methods[key, name] = self._method(key, name)
        return self._methods[key, name]

    def below(self, key: tuple[str, str], name: str) -> list[FunctionFacts]:
        """The methods of this name that classes which derive from this one have: a mixin may call them on itself."""
        if name not in self._method_names or self._is_asking_for_bases:
            return []  # nobody has it, or it is being worked out what derives from what
        self._group()
        if key not in self._heirs:
            kin = self._members.get(self.family(key), ())
            self._heirs[key] = [other for other in kin if other != key and key in self.ancestry(other)]
        found = (self.method(other, name) for other in self._heirs[key])
        return list(dict.fromkeys(facts for facts in found if facts is not None))

    def ancestry(self, key: tuple[str, str]) -> list[tuple[str, str]]:
        """A class and those that it is derived from, itself first, as far as the program has them."""
        found: list[tuple[str, str]] = []
        pending = [key]
        while pending:
            current = pending.pop(0)
            if current in self.classes and current not in found:
                found.append(current)
                pending += self.bases(current)
        return found

    def derived(self, key: tuple[str, str]) -> Atom | None:
        """The client that every instance of a class is which is derived from a client's."""
        if key not in self._derived:
            self._derived[key] = self._client_of(key)
        return self._derived[key]

    def _client_of(self, key: tuple[str, str]) -> Atom | None:
        for path, qualified in self.ancestry(key):
            module, node = self.classes[path, qualified]
            for base in bases_of(node):
                for symbol in atoms.of(self.value(module, base), atoms.SYMBOL):
                    made = made_by(self.settings.wrappers, self.settings.target.module, symbol.name)
                    if made is not None and made.kind == atoms.CLIENT:
                        return made._replace(path=path, line=node.lineno, column=node.col_offset)
        return None

    def fields(self, key: tuple[str, str]) -> tuple[list[str], list[str]]:
        """The fields that the generated constructor of a class takes by their place, and all that it takes by name."""
        ancestry = self.ancestry(key)
        if not any(map(self._is_model, ancestry)) or self.method(key, "__init__") is not None:
            return [], []
        return taken(self.classes[known][1] for known in reversed(ancestry))

    def _is_model(self, key: tuple[str, str]) -> bool:
        """Whether the constructor of a class may be written for it by itself, or by a base that is not read."""
        module, node = self.classes[key]
        bases = foreign_bases(node)
        return is_decorated(node) or not all(atoms.of(self.value(module, base), atoms.CLASS) for base in bases)

    def _method(self, key: tuple[str, str], name: str) -> FunctionFacts | None:
        for path, qualified in self.ancestry(key):
            module, node = self.classes[path, qualified]
            item = self._own_methods(node).get(name)
            if item is not None:
                return self.facts(module, item)
        return None

    def _own_methods(self, node: ast.ClassDef) -> dict[str, Function]:
        """The methods that a class defines itself; of several with one name, such as a property's, the first."""
        if node not in self._defined:
            methods = [item for item in node.body if isinstance(item, Function)]
            self._defined[node] = {item.name: item for item in reversed(methods)}
        return self._defined[node]


def follow(program: Program) -> Program:
    """Carry every client of the program forward to wherever it may be; the rest is worked out when it is read."""
    program.demand.start()
    return program


__all__ = ["Cell", "FunctionFacts", "Place", "Program", "absolute_module", "follow"]
