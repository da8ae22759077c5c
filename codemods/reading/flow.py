"""Where values go: which names, attributes, parameters and results may hold a legacy client.

A flow-insensitive analysis to a fixed point: every assignment, call, return and import is a rule that carries
atoms into cells. What is not understood carries UNKNOWN, so that a text is only believed where all its sources
are known.
"""

from __future__ import annotations

import ast
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from codemods.reading import atoms
from codemods.reading.atoms import ANYTHING, NOTHING, Atom, Value
from codemods.reading.evaluation import Evaluator, made_by
from codemods.reading.scopes import Function, Module, Scope, last_name
from codemods.settings import Settings

Cell = tuple[str, ...]
MOST = 12  # texts, or symbols, that a cell may hold; with more it counts as unknown. `node = node.next` has no end
COUNTED = (atoms.TEXT, atoms.SYMBOL)


@dataclass(eq=False)
class FunctionFacts:
    """A function of the program: its node, its class, and whether all its callers are known."""

    module: Module
    node: Function
    qualified: str
    owner: str | None  # the qualified name of its class
    calls: list[tuple[Module, ast.Call]] = field(default_factory=list)
    references: list[tuple[Module, ast.expr]] = field(default_factory=list)  # uses that are not calls

    @property
    def is_method(self) -> bool:
        return self.owner is not None and not any(
            isinstance(d, ast.Name) and d.id == "staticmethod" for d in self.node.decorator_list
        )

    @property
    def parameters(self) -> list[ast.arg]:
        """The parameters that a caller fills: without self or cls."""
        arguments = [*self.node.args.posonlyargs, *self.node.args.args]
        return arguments[1:] if self.is_method else arguments

    @property
    def is_open(self) -> bool:
        """Whether something besides the known calls may call it."""
        return bool(self.references or self.node.decorator_list or not self.calls)


@dataclass(eq=False)
class Program:
    """All modules that are read together, and what their cells hold."""

    settings: Settings
    modules: Mapping[str, Module]  # by path
    by_name: Mapping[str, str]  # dotted name -> path
    cells: dict[Cell, set[Atom]] = field(default_factory=lambda: defaultdict(set))
    functions: dict[tuple[str, str], FunctionFacts] = field(default_factory=dict)
    classes: dict[tuple[str, str], tuple[Module, ast.ClassDef]] = field(default_factory=dict)
    bindings: dict[Cell, list[tuple[Module, ast.AST]]] = field(default_factory=lambda: defaultdict(list))
    first_party: frozenset[str] = frozenset()  # top-level names below the import root
    rough: bool = True  # on the way to the first fixed point: what nothing fills yet holds nothing
    reading: set[Cell] | None = None  # the cells that the rule which is being applied has read
    readers: dict[Cell, set[int]] = field(default_factory=lambda: defaultdict(set))  # the rules that read a cell
    settled: bool = False  # the fixed point is reached: values are remembered from here on
    known: dict[ast.expr, Value] = field(default_factory=dict)

    def read(self, cell: Cell) -> Value:
        """What a cell holds now; who reads it before the fixed point is reached is told when that changes."""
        if self.reading is not None:
            self.reading.add(cell)
        return frozenset(self.cells.get(cell, ()))

    def value(self, module: Module, node: ast.expr) -> Value:
        """What an expression may hold."""
        return Evaluator(self, module).value(node)

    def held(self, cell: Cell) -> Value:
        """What a cell may hold, links to other modules' names resolved."""
        return Evaluator(self, next(iter(self.modules.values()))).held(cell)

    def is_taken(self, path: str, name: str) -> bool:
        """Whether another module imports this module-level name."""
        link = Atom("link", name, path)
        return any(link in held for cell, held in self.cells.items() if cell[0] == "name" and cell[1] != path)

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
        return ("name", module.path, found.qualified, name)

    def family(self, key: tuple[str, str]) -> tuple[str, str]:
        """The topmost class of the program that a class derives from: its attributes are shared with it."""
        for _ in range(16):
            base = next(iter(self.bases(key)), None)
            if base is None:
                return key
            key = base
        return key

    def bases(self, key: tuple[str, str]) -> list[tuple[str, str]]:
        """The classes of the program that a class names as its bases."""
        if key not in self.classes:
            return []
        module, node = self.classes[key]
        found = [a for base in node.bases for a in atoms.of(self.value(module, base), atoms.CLASS)]
        return [(a.path, a.name) for a in found if (a.path, a.name) != key]

    def method(self, key: tuple[str, str], name: str) -> FunctionFacts | None:
        """The method that an instance of this class answers with."""
        pending, seen = [key], set()
        while pending:
            current = pending.pop(0)
            if current in seen or current not in self.classes:
                continue
            seen.add(current)
            module, node = self.classes[current]
            for item in node.body:
                if isinstance(item, Function) and item.name == name:
                    return self.functions[module.path, module.inner[item].qualified]
            pending += self.bases(current)
        return None


def follow(program: Program) -> Program:
    """Fill the program's cells to the fixed point, then again with what calls from outside may bring."""
    rules = [rule for module in program.modules.values() for rule in _Collector(program, module).rules()]
    _settle(program, rules)
    _note_uses_of_functions(program)
    changed: list[Cell] = []
    for facts in program.functions.values():
        for parameter in (*facts.parameters, *facts.node.args.kwonlyargs):
            cell = ("name", facts.module.path, facts.qualified, parameter.arg)
            promised = _annotated(program, facts.module, parameter)
            if not atoms.of(frozenset(program.cells[cell]), atoms.CLIENT) and _hold(program, cell, frozenset(promised)):
                changed.append(cell)
            injected = promised or _is_injected(program, facts, parameter)
            if facts.is_open and not injected and _hold(program, cell, ANYTHING):
                changed.append(cell)
    _settle(program, rules, changed)
    program.rough = False  # only now: what merely comes later in the text is not unknown
    _settle(program, rules)
    program.settled = True
    return program


def _note_uses_of_functions(program: Program) -> None:
    """Who calls each function, and where it is handed on, or called on an object that is not known."""
    methods: dict[str, list[FunctionFacts]] = defaultdict(list)
    for facts in program.functions.values():
        if facts.owner is not None:
            methods[facts.node.name].append(facts)
    for module in program.modules.values():
        evaluator = Evaluator(program, module)
        for node in module.scope_of:
            if isinstance(node, ast.Call):
                for facts in evaluator.callees(node):
                    facts.calls.append((module, node))
                name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
                if name in methods and not evaluator.value(node.func.value) - ANYTHING:  # type: ignore[attr-defined]
                    for facts in methods[name]:
                        facts.references.append((module, node.func))
            if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load):
                above = module.parent.get(node)
                if isinstance(above, ast.Call) and above.func is node:
                    continue
                for atom in atoms.of(evaluator.value(node), atoms.FUNCTION):
                    program.functions[atom.path, atom.name].references.append((module, node))


def _is_injected(program: Program, facts: FunctionFacts, parameter: ast.arg) -> bool:
    """Whether a framework fills the parameter, with what its default's function returns."""
    default = next((value for argument, value in _defaults(facts.node.args) if argument is parameter), None)
    return isinstance(default, ast.Call) and last_name(default.func).endswith(("Depends", "Security"))


def _annotated(program: Program, module: Module, parameter: ast.arg) -> set[Atom]:
    """The client, or the instance of a class of the program, that an annotation promises."""
    if parameter.annotation is None:
        return set()
    for node in ast.walk(parameter.annotation):
        if isinstance(node, ast.Name | ast.Attribute):
            value = program.value(module, node)
            if classes := atoms.of(value, atoms.CLASS):
                return {atom._replace(kind=atoms.INSTANCE) for atom in classes}
            for atom in atoms.of(value, atoms.SYMBOL):
                made = made_by(program.settings.wrappers, program.settings.target.module, atom.name)
                if made is not None and made.kind == atoms.CLIENT:
                    return {made._replace(path=module.path, line=parameter.lineno, column=parameter.col_offset)}
    return set()


def _settle(program: Program, rules: list[_Rule], changed: Iterable[Cell] | None = None) -> None:
    """Apply all rules, or those that read what changed, and again whichever read what these change."""
    first = range(len(rules)) if changed is None else sorted({i for cell in changed for i in program.readers[cell]})
    pending, queued = deque(first), set(first)
    while pending:
        index = pending.popleft()
        queued.discard(index)
        program.reading = set()
        found = list(rules[index].apply(program))
        for cell in program.reading:
            program.readers[cell].add(index)
        program.reading = None
        for cell, value in found:
            if _hold(program, cell, value):
                fresh = sorted(program.readers[cell] - queued)
                pending.extend(fresh)
                queued.update(fresh)


def _hold(program: Program, cell: Cell, value: Value) -> bool:
    """Add atoms to a cell; whether any was new."""
    held = program.cells[cell]
    fresh = value - held
    if not fresh:
        return False
    for kind in COUNTED:
        if sum(atom.kind == kind for atom in held | fresh) > MOST:
            fresh = frozenset(atom for atom in fresh if atom.kind != kind) | (ANYTHING - held)
    held |= fresh
    return bool(fresh)


@dataclass(eq=False)
class _Rule:
    """One way by which atoms reach a cell."""

    module: Module
    node: ast.AST
    target: ast.expr | Cell | None
    source: ast.expr | Value | None

    def apply(self, program: Program) -> Iterator[tuple[Cell, Value]]:
        evaluator = Evaluator(program, self.module)
        if isinstance(self.node, ast.Call) and self.target is None:
            yield from evaluator.bound_arguments(self.node)
            return
        if self.source is None:
            value = ANYTHING
        else:
            value = evaluator.value(self.source) if isinstance(self.source, ast.expr) else self.source
        if isinstance(self.target, tuple):
            yield self.target, value
        elif self.target is not None:
            for cell in evaluator.target_cells(self.target):
                yield cell, value


class _Collector:
    """Reads the rules off a module's nodes, and registers its functions and classes."""

    def __init__(self, program: Program, module: Module) -> None:
        self.program, self.module = program, module

    def rules(self) -> Iterator[_Rule]:
        for node in self.module.scope_of:
            self._register(node)
        for node, scope in self.module.scope_of.items():
            method = getattr(self, f"_{type(node).__name__}", None)
            if method is not None:
                for rule in method(node, scope):
                    self._note(rule)
                    yield rule

    def _register(self, node: ast.AST) -> None:
        if isinstance(node, Function):
            qualified = self.module.inner[node].qualified
            around = self.module.scope_of[node]
            owner = around.qualified if around.kind == "class" else None
            self.program.functions[self.module.path, qualified] = FunctionFacts(self.module, node, qualified, owner)
        elif isinstance(node, ast.ClassDef):
            self.program.classes[self.module.path, self.module.inner[node].qualified] = (self.module, node)

    def _note(self, rule: _Rule) -> None:
        """Remember each binding of a name, for questions such as "is it bound once?"."""
        if isinstance(rule.target, ast.Name):
            cell = self.program.name_cell(self.module, self.module.scope_of[rule.target], rule.target.id)
            if cell:
                self.program.bindings[cell].append((self.module, rule.node))

    def _pairs(self, node: ast.AST, target: ast.expr, source: ast.expr | None) -> Iterator[_Rule]:
        if isinstance(target, ast.Tuple | ast.List):
            values: list[ast.expr | None] = [None] * len(target.elts)
            starred = any(isinstance(item, ast.Starred) for item in target.elts)
            if isinstance(source, ast.Tuple | ast.List) and len(source.elts) == len(values) and not starred:
                values = list(source.elts)
            for item, value in zip(target.elts, values, strict=True):
                yield from self._pairs(node, item, value)
        elif isinstance(target, ast.Starred):
            yield from self._pairs(node, target.value, None)
        elif isinstance(target, ast.Name | ast.Attribute):
            yield _Rule(self.module, node, target, source)

    def _Assign(self, node: ast.Assign, scope: Scope) -> Iterator[_Rule]:
        for target in node.targets:
            yield from self._pairs(node, target, node.value)

    def _AnnAssign(self, node: ast.AnnAssign, scope: Scope) -> Iterator[_Rule]:
        if node.value is not None:
            yield from self._pairs(node, node.target, node.value)
        if scope.kind == "class" and isinstance(node.target, ast.Name):
            yield _Rule(self.module, node, node.target, None)  # a dataclass or a model may be given another value

    def _AugAssign(self, node: ast.AugAssign, scope: Scope) -> Iterator[_Rule]:
        yield from self._pairs(node, node.target, None)

    def _NamedExpr(self, node: ast.NamedExpr, scope: Scope) -> Iterator[_Rule]:
        yield from self._pairs(node, node.target, node.value)

    def _For(self, node: ast.For | ast.AsyncFor, scope: Scope) -> Iterator[_Rule]:
        display = node.iter if isinstance(node.iter, ast.Tuple | ast.List | ast.Set) else None
        for element in display.elts if display is not None else [None]:
            yield from self._pairs(node, node.target, element)

    _AsyncFor = _For

    def _With(self, node: ast.With | ast.AsyncWith, scope: Scope) -> Iterator[_Rule]:
        for item in node.items:
            if item.optional_vars is not None:
                yield from self._pairs(node, item.optional_vars, item.context_expr)

    _AsyncWith = _With

    def _GeneratorExp(self, node: ast.ListComp | ast.GeneratorExp, scope: Scope) -> Iterator[_Rule]:
        for generator in node.generators:
            yield from self._pairs(node, generator.target, None)

    _ListComp = _SetComp = _DictComp = _GeneratorExp

    def _ExceptHandler(self, node: ast.ExceptHandler, scope: Scope) -> Iterator[_Rule]:
        if node.name and (cell := self.program.name_cell(self.module, scope, node.name)):
            yield _Rule(self.module, node, cell, None)

    def _Lambda(self, node: ast.Lambda, scope: Scope) -> Iterator[_Rule]:
        inner = self.module.inner[node]
        for argument in ast.walk(node.args):
            if isinstance(argument, ast.arg):
                yield _Rule(self.module, node, ("name", self.module.path, inner.qualified, argument.arg), None)

    def _FunctionDef(self, node: Function, scope: Scope) -> Iterator[_Rule]:
        inner = self.module.inner[node]
        path = self.module.path
        atom = frozenset({Atom(atoms.FUNCTION, inner.qualified, path)})
        cell = self.program.name_cell(self.module, scope, node.name)
        if cell and scope.kind != "class":
            yield _Rule(self.module, node, cell, atom)
        facts = self.program.functions[path, inner.qualified]
        positional = [*node.args.posonlyargs, *node.args.args]
        if facts.is_method and positional:
            is_class = any(isinstance(d, ast.Name) and d.id == "classmethod" for d in node.decorator_list)
            this = Atom(atoms.CLASS if is_class else atoms.INSTANCE, scope.qualified, path)
            yield _Rule(self.module, node, ("name", path, inner.qualified, positional[0].arg), frozenset({this}))
        for argument, default in _defaults(node.args):
            yield _Rule(self.module, node, ("name", path, inner.qualified, argument.arg), default)
        for extra in (node.args.vararg, node.args.kwarg):
            if extra is not None:
                yield _Rule(self.module, node, ("name", path, inner.qualified, extra.arg), None)

    _AsyncFunctionDef = _FunctionDef

    def _ClassDef(self, node: ast.ClassDef, scope: Scope) -> Iterator[_Rule]:
        if cell := self.program.name_cell(self.module, scope, node.name):
            atom = Atom(atoms.CLASS, self.module.inner[node].qualified, self.module.path)
            yield _Rule(self.module, node, cell, frozenset({atom}))

    def _Return(self, node: ast.Return, scope: Scope) -> Iterator[_Rule]:
        function = scope.function()
        if function is not None:
            value: ast.expr | Value = node.value if node.value is not None else frozenset({NOTHING})
            yield _Rule(self.module, node, ("result", self.module.path, function.qualified), value)

    def _Call(self, node: ast.Call, scope: Scope) -> Iterator[_Rule]:
        yield _Rule(self.module, node, None, None)

    def _Import(self, node: ast.Import, scope: Scope) -> Iterator[_Rule]:
        for alias in node.names:
            name = (alias.asname or alias.name).split(".")[0]
            dotted = alias.name if alias.asname else alias.name.split(".")[0]
            yield from self._imported(node, scope, name, self.program.named(dotted))

    def _ImportFrom(self, node: ast.ImportFrom, scope: Scope) -> Iterator[_Rule]:
        base = absolute_module(self.module, node)
        for alias in node.names:
            if alias.name != "*":
                value = self._member_value(base, alias.name)
                yield from self._imported(node, scope, alias.asname or alias.name, value)

    def _imported(self, node: ast.AST, scope: Scope, name: str, value: Value) -> Iterator[_Rule]:
        cell = self.program.name_cell(self.module, scope, name)
        if cell:
            self.program.bindings[cell].append((self.module, node))
            yield _Rule(self.module, node, cell, value)

    def _member_value(self, base: str, name: str) -> Value:
        if f"{base}.{name}" in self.program.by_name:
            return self.program.named(f"{base}.{name}")
        path = self.program.by_name.get(base)
        if path is None:
            return frozenset({Atom(atoms.SYMBOL, f"{base}.{name}")})
        return frozenset({Atom("link", name, path)})


def absolute_module(module: Module, node: ast.ImportFrom) -> str:
    """The dotted name that a `from` import names, relative ones resolved."""
    if not node.level:
        return node.module or ""
    package = module.name.split(".")
    if not module.path.endswith("__init__.py"):
        package = package[:-1]
    package = package[: len(package) - (node.level - 1)]
    return ".".join([*package, *([node.module] if node.module else [])])


def _defaults(arguments: ast.arguments) -> Iterator[tuple[ast.arg, ast.expr]]:
    positional = [*arguments.posonlyargs, *arguments.args]
    yield from zip(positional[len(positional) - len(arguments.defaults) :], arguments.defaults, strict=True)
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if default is not None:
            yield argument, default
