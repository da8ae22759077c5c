"""Which function may run which: every question about reach is a walk along edges, found as the walk needs them."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property

from codemods.reading import atoms
from codemods.reading.arguments import callees
from codemods.reading.callers import CONSTRUCTOR, class_mentions, mentions
from codemods.reading.containers import ENTERS, ENTRIES
from codemods.reading.evaluation import Evaluator
from codemods.reading.flow import FunctionFacts, Place, Program
from codemods.reading.scopes import Function, Module, Scope, last_name
from codemods.reading.walking import walk

Call = tuple[Module, ast.expr | ast.stmt, tuple[FunctionFacts, ...]]
"""What enters functions: a call, what a `with` is given, and the last statement of a `with`, behind which it exits."""
EXITS = ("__aexit__", "__exit__")
Runner = ast.AST | None
"""A function or lambda; None is the level of modules, of all of them."""


class CallGraph:
    """What a function defines counts as run by it."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._modules: dict[ast.AST, Module] = {}
        self._calls: dict[Runner, list[Call]] = {}

    def calls(self, runner: Runner) -> list[Call]:
        """The calls in a function's own body, in the order of the text."""
        if runner not in self._calls:
            found = [each for module, node in self._body(runner) for each in self._entries(module, node)]
            self._calls[runner] = [call for _, call in sorted(found, key=lambda each: each[0])]
        return self._calls[runner]

    def _entries(self, module: Module, node: ast.AST) -> Iterator[tuple[tuple[str, int, int], Call]]:
        """What a node enters, each with its place in the text."""
        if isinstance(node, ast.Call):
            yield (module.path, node.lineno, node.col_offset), self._call(module, node)
        if isinstance(node, ast.expr) and (facts := self._managing(module, node, ENTRIES)):
            yield (module.path, node.lineno, node.col_offset), (module, node, tuple(facts))
        last = _last_of_with(module, node)
        if last is not None and (facts := self._managing(module, node, EXITS)):
            yield (module.path, last.end_lineno or 0, last.end_col_offset or 0), (module, last, tuple(facts))

    def entered_by(self, module: Module, node: ast.AST) -> list[FunctionFacts]:
        """The methods that a `with` enters which is given this: `__aenter__` and `__aexit__` of the object's class."""
        return self._managing(module, node, (*ENTRIES, *EXITS))

    def _managing(self, module: Module, node: ast.AST, names: Iterable[str]) -> list[FunctionFacts]:
        above = module.parent.get(node)
        is_given = isinstance(above, ast.Call) and above.func is not node and last_name(above.func) in ENTERS
        if not isinstance(node, ast.expr) or not (isinstance(above, ast.withitem) or is_given):
            return []
        instances = atoms.of(self.program.value(module, node), atoms.INSTANCE)
        found = (self.program.method((atom.path, atom.name), name) for atom in instances for name in names)
        return list(dict.fromkeys(facts for facts in found if facts is not None))

    def outer_calls(self, functions: set[Runner]) -> list[Call]:
        """The calls outside of all functions that may enter one of these, by file; no other one is looked at."""
        known = [facts for facts in self.program.functions.values() if facts.header in functions]
        places = {call: module for facts in known for module, call in facts.calls}
        found = [self._call(module, call) for call, module in places.items() if self._owner(module, call) is None]
        return sorted(found, key=lambda call: (call[0].path, call[1].lineno, call[1].col_offset))

    def made(self, family: tuple[str, str]) -> list[tuple[Module, ast.Call]]:
        """The calls that make an instance of a class of this family."""
        found = []
        for module, node in class_mentions(self.program, family):
            call = module.parent[node]
            if isinstance(call, ast.Call) and call.func is node:
                classes = atoms.of(self.program.value(module, node), atoms.CLASS)
                if any(self.program.family((made.path, made.name)) == family for made in classes):
                    found.append((module, call))
        return sorted(found, key=lambda made: (made[0].path, made[1].lineno, made[1].col_offset))

    def calls_named(self, names: Iterable[str]) -> list[Place]:
        """Every call of something with one of these names."""
        found: list[Place] = []
        named = list(names)
        for module in self.program.where.holding(*named):
            for name in named:
                for node in [*module.named(name), *module.attributes.get(name, ())]:
                    call = module.parent[node]
                    if isinstance(call, ast.Call) and call.func is node:
                        found.append((module, call))
        return sorted(found, key=lambda call: (call[0].path, call[1].lineno, call[1].col_offset))

    def reached_from(self, functions: Iterable[FunctionFacts]) -> set[Runner]:
        """All functions that may run when these run, themselves included."""
        return _walk(self._run_by, self._noted(functions))

    def reaching(self, functions: Iterable[FunctionFacts]) -> set[Runner]:
        """All functions that may run one of these, themselves included."""
        return _walk(self._runners_of, self._noted(functions))

    def mentioned(self, facts: FunctionFacts) -> list[Place]:
        """The places where a function is called, or meant, or entered by a `with`."""
        named = [(module, node) for module, node in mentions(facts) if self._means(facts, module, node)]
        return named + self._managed(facts)

    def _managed(self, facts: FunctionFacts) -> list[Place]:
        """What every `with` is given that enters this method."""
        if facts.owner is None or facts.header.name not in (*ENTRIES, *EXITS):
            return []
        return [(m, node) for m, node in self._given if facts in self.entered_by(m, node)]

    @cached_property
    def _given(self) -> list[Place]:
        """What every `with` of the program is given."""
        found: list[Place] = []
        for module in self.program.modules.values():
            for word in ("with", *ENTERS):
                module.read_word(word)
            for node in list(module.scope_of):
                if isinstance(node, ast.With | ast.AsyncWith):
                    found += [(module, item.context_expr) for item in node.items]
                elif isinstance(node, ast.Call) and last_name(node.func) in ENTERS:
                    found += [(module, argument) for argument in node.args]
        self.program.demand.intake.take_in()
        return found

    def inner(self, facts: FunctionFacts) -> list[ast.expr]:
        """The expressions of a function's own body that may run another function, or hand it on."""
        self._noted([facts])
        nodes = [node for _, node in self._body(facts.node)]
        return [node for node in nodes if isinstance(node, ast.Call | ast.Name | ast.Attribute | ast.Lambda)]

    def _noted(self, functions: Iterable[FunctionFacts]) -> set[Runner]:
        given = list(functions)
        self._modules.update((facts.node, facts.module) for facts in given)
        return {facts.node for facts in given}

    def _module_of(self, runner: ast.AST) -> Module:
        if runner not in self._modules:
            return next(facts.module for facts in self.program.functions.values() if facts.node is runner)
        return self._modules[runner]

    def _call(self, module: Module, node: ast.Call) -> Call:
        found = dict.fromkeys(callees(Evaluator(self.program, module), node))
        below = [] if _is_of_super(node.func) else [each for facts in found for each in self._overriding(facts)]
        return module, node, (*found, *(each for each in below if each not in found))

    def _overriding(self, facts: FunctionFacts) -> Iterator[FunctionFacts]:
        """The methods that may answer in the place of this one, where the object is of a class below."""
        if facts.owner is None or facts.header.name == CONSTRUCTOR:
            return
        own = (facts.module.path, facts.owner)
        for key in self.program.relatives(own):
            if key != own and own in self.program.ancestry(key):
                method = self.program.method(key, facts.header.name)
                if method is not None and method is not facts:
                    yield method

    def _body(self, runner: Runner) -> Iterator[tuple[Module, ast.AST]]:
        """The nodes of a function's own body; the functions that it defines are there, and not what is in them."""
        if runner is None:
            for module in self.program.modules.values():
                yield from ((module, node) for node, scope in module.outer_nodes() if _function(scope) is None)
            return
        module = self._module_of(runner)
        for node in walk(runner):
            scope = module.scope_of.get(node)
            if scope is not None and node is not runner and _function(scope) is runner:
                yield module, node

    def _run_by(self, runner: Runner) -> Iterator[Runner]:
        for module, node in self._body(runner):
            if isinstance(node, Function | ast.Lambda):
                self._modules[node] = module
                yield node
            elif isinstance(node, ast.Call):
                yield from self._noted(self._call(module, node)[2])
            yield from self._noted(self.entered_by(module, node))
            if isinstance(node, ast.Name | ast.Attribute):
                held = atoms.of(self.program.value(module, node), atoms.FUNCTION)
                yield from self._noted(self.program.functions[atom.path, atom.name] for atom in held)

    def _runners_of(self, runner: Runner) -> Iterator[Runner]:
        if runner is None:
            return
        module = self._module_of(runner)
        yield self._owner(module, runner)
        if not isinstance(runner, Function):
            return
        facts = self.program.facts(module, runner)
        for place, node in self.mentioned(facts):
            yield self._owner(place, node)

    def _owner(self, module: Module, node: ast.AST) -> Runner:
        owner = _function(module.scope_of[node])
        if owner is not None:
            self._modules[owner] = module
        return owner

    def _means(self, facts: FunctionFacts, module: Module, node: ast.expr) -> bool:
        """Whether this function may be meant here, or called."""
        functions = atoms.of(self.program.value(module, node), atoms.FUNCTION)
        held = [self.program.functions[atom.path, atom.name] for atom in functions]
        if facts in held or (not _is_of_super(node) and any(facts in self._overriding(each) for each in held)):
            return True
        call = module.parent[node]
        return isinstance(call, ast.Call) and call.func is node and facts in self._call(module, call)[2]


def _last_of_with(module: Module, node: ast.AST) -> ast.stmt | None:
    """The last statement of the `with` that is given this."""
    item = module.parent.get(node)
    block = module.parent.get(item) if isinstance(item, ast.withitem) else None
    return block.body[-1] if isinstance(block, ast.With | ast.AsyncWith) else None


def _is_of_super(node: ast.expr) -> bool:
    """Whether a method is asked of `super()`, and so is that of a class above."""
    owner = node.value if isinstance(node, ast.Attribute) else None
    return isinstance(owner, ast.Call) and isinstance(owner.func, ast.Name) and owner.func.id == "super"


def _function(scope: Scope | None) -> Runner:
    while scope is not None and scope.kind != "function":
        scope = scope.parent
    return scope.node if scope is not None else None


def _walk(edges: Callable[[Runner], Iterable[Runner]], start: set[Runner]) -> set[Runner]:
    reached, pending = set(start), list(start)
    while pending:
        for further in list(edges(pending.pop())):
            if further not in reached:
                reached.add(further)
                pending.append(further)
    return reached
