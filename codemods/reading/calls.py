"""Which function may run which: one pass over a program, then every question about reach is a walk along edges."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable

from codemods.reading import atoms
from codemods.reading.evaluation import Evaluator
from codemods.reading.flow import FunctionFacts, Program
from codemods.reading.scopes import Function, Module, Scope

Call = tuple[Module, ast.Call, tuple[FunctionFacts, ...]]


class CallGraph:
    """Functions are named by the id of their node. What a function defines counts as run by it."""

    def __init__(self, program: Program) -> None:
        self.calls: dict[int, list[Call]] = defaultdict(list)  # by function, in the order of the text; 0: module level
        self.made: dict[tuple[str, str], list[tuple[Module, ast.Call]]] = defaultdict(list)  # instances, by family
        self._runs: dict[int, set[int]] = defaultdict(set)
        self._run_by: dict[int, set[int]] = defaultdict(set)
        for module in program.modules.values():
            self._read(program, module)

    def _read(self, program: Program, module: Module) -> None:
        evaluator = Evaluator(program, module)
        for node, scope in module.scope_of.items():
            owner = _function(scope)
            if isinstance(node, Function | ast.Lambda):
                self._add(owner, id(node))
            elif isinstance(node, ast.Call):
                callees = tuple(evaluator.callees(node))
                self.calls[owner].append((module, node, callees))
                for callee in callees:
                    self._add(owner, id(callee.node))
                for made in atoms.of(evaluator.value(node.func), atoms.CLASS):
                    self.made[program.family((made.path, made.name))].append((module, node))
            elif isinstance(node, ast.Name | ast.Attribute):
                for held in atoms.of(evaluator.value(node), atoms.FUNCTION):
                    self._add(owner, id(program.functions[held.path, held.name].node))
        for calls in self.calls.values():
            calls.sort(key=lambda call: (call[0].path, call[1].lineno, call[1].col_offset))

    def _add(self, owner: int, function: int) -> None:
        self._runs[owner].add(function)
        self._run_by[function].add(owner)

    def reached_from(self, functions: Iterable[FunctionFacts]) -> set[int]:
        """All functions that may run when these run, themselves included."""
        return _walk(self._runs, {id(facts.node) for facts in functions})

    def reaching(self, functions: Iterable[FunctionFacts]) -> set[int]:
        """All functions that may run one of these, themselves included."""
        return _walk(self._run_by, {id(facts.node) for facts in functions})


def _function(scope: Scope | None) -> int:
    while scope is not None and scope.kind != "function":
        scope = scope.parent
    return id(scope.node) if scope is not None else 0


def _walk(edges: dict[int, set[int]], start: set[int]) -> set[int]:
    reached, pending = set(start), list(start)
    while pending:
        for further in edges.get(pending.pop(), ()):
            if further not in reached:
                reached.add(further)
                pending.append(further)
    return reached
