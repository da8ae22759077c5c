"""Who may call a function: every call that may enter it, and every place where it is handed on."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from codemods.reading import atoms
from codemods.reading.arguments import callees
from codemods.reading.atoms import ANYTHING, Atom
from codemods.reading.evaluation import Evaluator
from codemods.reading.scopes import Module

if TYPE_CHECKING:
    from codemods.reading.flow import FunctionFacts, Place, Program

CONSTRUCTOR = "__init__"
OF_PROPERTIES = {"getter", "setter", "deleter"}


def call_sites(facts: FunctionFacts) -> tuple[list[tuple[Module, ast.Call]], list[Place]]:
    """The calls that may enter a function, in the order of the text, and its other uses."""
    calls: list[tuple[Module, ast.Call]] = []
    references: list[Place] = []
    this = Atom(atoms.FUNCTION, facts.qualified, facts.module.path)
    for module, node in mentions(facts):
        above = module.parent[node]
        call = above if isinstance(above, ast.Call) and above.func is node else None
        evaluator = Evaluator(facts.program, module)
        if call is None:
            if this in evaluator.value(node) or _is_in_body(facts, module, node):
                references.append((module, node))
        elif any(callee is facts for callee in callees(evaluator, call)):
            calls.append((module, call))
        elif _may_be_called(facts, evaluator, node) or _is_in_body(facts, module, node):
            references.append((module, node))
    calls.sort(key=lambda found: (found[0].path, found[1].lineno, found[1].col_offset))
    return calls, references


def _is_in_body(facts: FunctionFacts, module: Module, node: ast.expr) -> bool:
    """Whether the body of a method's own class names it: another name for it, an item of a table; no part of itself."""
    scope, above = module.scope_of[node], module.parent[node]
    if not isinstance(node, ast.Name) or (isinstance(above, ast.Attribute) and above.attr in OF_PROPERTIES):
        return False
    return module is facts.module and scope.kind == "class" and scope.qualified == facts.owner


def _may_be_called(facts: FunctionFacts, evaluator: Evaluator, node: ast.expr) -> bool:
    """Whether a method of this name is called on an object that is not known."""
    named = isinstance(node, ast.Attribute) and node.attr == facts.header.name and facts.owner is not None
    return named and not evaluator.value(node.value) - ANYTHING  # type: ignore[attr-defined]


def mentions(facts: FunctionFacts) -> Iterator[Place]:
    """Every name and attribute that is read, by which a function, or the class that it makes, may be called."""
    program, name = facts.program, facts.header.name
    if name == CONSTRUCTOR and facts.owner is not None:
        yield from class_mentions(program, (facts.module.path, facts.owner))
        yield from _reads(program, {CONSTRUCTOR}, is_member=True)
        return
    held = {Atom(atoms.FUNCTION, facts.qualified, facts.module.path), Atom(atoms.LINK, name, facts.module.path)}
    first = list(_reads(program, {name}, is_member=facts.owner is not None))
    yield from first
    if facts.owner is not None:
        yield from _in_body(facts)
    yield from _reads(program, _aliases(program, first, held) - {name}, is_member=False)


def _in_body(facts: FunctionFacts) -> Iterator[Place]:
    """Where the body of a method's own class names it."""
    module = facts.module
    module.read_word(facts.header.name)
    facts.program.demand.intake.take_in()
    for node in list(module.names.get(facts.header.name, ())):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and _is_in_body(facts, module, node):
            yield module, node


def class_mentions(program: Program, key: tuple[str, str]) -> Iterator[Place]:
    """Every name and attribute that is read, by which a class or one of its family may be meant."""
    names, held = set(), set()
    for path, qualified in program.relatives(key):
        node = program.classes[path, qualified][1]
        names.add(node.name)
        held |= {Atom(atoms.CLASS, qualified, path), Atom(atoms.LINK, node.name, path)}
    first = list(_reads(program, names, is_member=False))
    yield from first
    yield from _reads(program, _aliases(program, first, held) - names, is_member=False)


def _aliases(program: Program, places: Iterable[Place], held: set[Atom]) -> set[str]:
    """The names of all cells that hold one of these; those that it is assigned to at one of the places, too."""
    for module, node in places:
        above = module.parent[node]
        if isinstance(above, ast.Assign | ast.AnnAssign) and above.value is node:
            for target in above.targets if isinstance(above, ast.Assign) else [above.target]:
                for cell in Evaluator(program, module).target_cells(target):
                    program.read(cell)
    return {name for atom in held for name in program.demand.holders.get(atom, ())}


def _reads(program: Program, names: Iterable[str], is_member: bool) -> Iterator[Place]:
    listed = sorted(names)
    for name in listed:
        program.demand.read_word(name, is_member)
    program.demand.intake.take_in()
    for module in program.where.holding(*listed):
        for name in listed:
            for node in (*module.names.get(name, ()), *module.attributes.get(name, ())):
                if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load):
                    yield module, node
