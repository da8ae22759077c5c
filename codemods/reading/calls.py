"""Which function may run which: every question about reach is a walk along edges, found as the walk needs them."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator

from codemods.reading import atoms
from codemods.reading.callers import class_mentions, mentions
from codemods.reading.evaluation import Evaluator
from codemods.reading.flow import FunctionFacts, Place, Program
from codemods.reading.scopes import Function, Module, Scope

Call = tuple[Module, ast.Call, tuple[FunctionFacts, ...]]
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
            found = [self._call(module, node) for module, node in self._body(runner) if isinstance(node, ast.Call)]
            found.sort(key=lambda call: (call[0].path, call[1].lineno, call[1].col_offset))
            self._calls[runner] = found
        return self._calls[runner]

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
        for module in self.program.modules.values():
            for name in names:
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
        """The places where a function is called, or meant."""
        return [(module, node) for module, node in mentions(facts) if self._means(facts, module, node)]

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
        return module, node, tuple(Evaluator(self.program, module).callees(node))

    def _body(self, runner: Runner) -> Iterator[tuple[Module, ast.AST]]:
        """The nodes of a function's own body; the functions that it defines are there, and not what is in them."""
        if runner is None:
            for module in self.program.modules.values():
                yield from ((module, node) for node, scope in module.outer_nodes() if _function(scope) is None)
            return
        module = self._module_of(runner)
        for node in ast.walk(runner):
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
            elif isinstance(node, ast.Name | ast.Attribute):
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
        for place, node in mentions(facts):
            if self._means(facts, place, node):
                yield self._owner(place, node)

    def _owner(self, module: Module, node: ast.AST) -> Runner:
        owner = _function(module.scope_of[node])
        if owner is not None:
            self._modules[owner] = module
        return owner

    def _means(self, facts: FunctionFacts, module: Module, node: ast.expr) -> bool:
        """Whether this function may be meant here, or called."""
        functions = atoms.of(self.program.value(module, node), atoms.FUNCTION)
        if any(self.program.functions[atom.path, atom.name] is facts for atom in functions):
            return True
        call = module.parent[node]
        return isinstance(call, ast.Call) and call.func is node and facts in self._call(module, call)[2]


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
