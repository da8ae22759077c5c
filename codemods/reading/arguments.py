"""What a call carries into what it may enter: functions, methods, constructors and the fields of generated ones."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from codemods.reading import atoms
from codemods.reading.atoms import A_MOCK, ANYTHING, GIVEN, Atom, Value
from codemods.reading.mocks import mock_of_fixture
from codemods.reading.scopes import is_test

if TYPE_CHECKING:
    from codemods.reading.evaluation import Evaluator
    from codemods.reading.flow import Cell, FunctionFacts


def bound(evaluator: Evaluator, node: ast.Call) -> Iterator[tuple[Cell, Value]]:
    """What a call carries into the parameters of the functions that it may call."""
    for facts in callees(evaluator, node):
        base = ("name", facts.module.path, facts.qualified)
        for name, argument in filled(facts, node):
            if evaluator.program.is_wanted((*base, name), argument):
                yield (*base, name), _given(evaluator, (*base, name), argument)
    for owner, name, field in _fields(evaluator, node):
        cell = evaluator.attribute_cell(owner, name)
        if evaluator.program.is_wanted(cell, field):
            yield cell, _given(evaluator, cell, field)


def _given(evaluator: Evaluator, cell: Cell, argument: ast.expr | None) -> Value:
    """What a cell gets from an argument; a mock that a test gives is no other client, and has a verdict of its own."""
    if argument is None:
        return ANYTHING
    value = evaluator.value(argument)
    if not is_test(evaluator.module) or (value != A_MOCK and mock_of_fixture(evaluator.module, argument) is None):
        return value
    mock = Atom(GIVEN, "", evaluator.module.path, argument.lineno, argument.col_offset)
    evaluator.program.mocks[mock] = (evaluator.module, argument, cell)
    return frozenset({mock})


def _fields(evaluator: Evaluator, node: ast.Call) -> Iterator[tuple[Atom, str, ast.expr | None]]:
    """The attributes that a generated constructor fills, with the arguments; None where that may be another one."""
    for made in atoms.of(evaluator.value(node.func), atoms.CLASS):
        by_place, by_name = evaluator.program.fields((made.path, made.name))
        for name, argument in matched(by_place, by_name, node):
            yield made, name, argument


def is_taken(evaluator: Evaluator, node: ast.Call, argument: ast.expr) -> bool:
    """Whether each function that a call may enter is known, and has a parameter of its own for this argument."""
    if any(field is argument for _, _, field in _fields(evaluator, node)):
        return True
    known = list(callees(evaluator, node))
    return bool(known) and all(any(taken is argument for _, taken in filled(facts, node)) for facts in known)


def callees(evaluator: Evaluator, node: ast.Call) -> Iterator[FunctionFacts]:
    """The functions of the program that a call may enter: functions, methods and constructors."""
    for atom in sorted(evaluator.value(node.func)):
        if atom.kind == atoms.FUNCTION:
            yield evaluator.program.functions[atom.path, atom.name]
        elif atom.kind == atoms.CLASS:
            init = evaluator.program.method((atom.path, atom.name), "__init__")
            if init is not None:
                yield init


def filled(facts: FunctionFacts, node: ast.Call) -> Iterator[tuple[str, ast.expr | None]]:
    """The parameters that a call fills, with the arguments; None where an unpacked argument may be one of several."""
    names = [parameter.arg for parameter in facts.parameters]
    return matched(names, [*names, *(parameter.arg for parameter in facts.header.args.kwonlyargs)], node)


def matched(by_place: list[str], by_name: list[str], node: ast.Call) -> Iterator[tuple[str, ast.expr | None]]:
    """What a call gives under each name, by its place or by that name; None where something is unpacked there."""
    for index, argument in enumerate(node.args):
        if isinstance(argument, ast.Starred):
            yield from ((name, None) for name in by_place[index:])
            break
        if index < len(by_place):
            yield by_place[index], argument
    for keyword in node.keywords:
        if keyword.arg is None:
            yield from ((name, None) for name in by_name)
        elif keyword.arg in by_name:
            yield keyword.arg, keyword.value
