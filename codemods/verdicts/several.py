"""Whether a client that was made anew each time would be one for all: what it hears, and its end, are then shared."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import combinations
from typing import TYPE_CHECKING

from codemods.reading.calls import Runner
from codemods.reading.flow import FunctionFacts
from codemods.reading.generated import made_by_field
from codemods.reading.scopes import Function, Module, is_test
from codemods.verdicts.cases import Case, Court, is_stop
from codemods.verdicts.runs import facts_of

if TYPE_CHECKING:
    from codemods.verdicts.engine import Unit

LOOPS = ast.For | ast.AsyncFor | ast.While | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
BRANCHES: dict[type, tuple[str, ...]] = {
    ast.If: ("body", "orelse"),
    ast.IfExp: ("body", "orelse"),
    ast.Try: ("body", "handlers"),
    ast.Match: ("cases",),
}
"""The parts of a statement of which only one runs."""
OF_CLASS = {"classmethod", "staticmethod"}
Call = tuple[Module, ast.Call]


def made_several_times(court: Court, unit: Unit, made: Case) -> Iterator[str]:
    """Where another client is made, as an instance's own or by a second call of the function that makes one."""
    facts, node, seen = facts_of(court, made), made.use.node, set[int]()
    module = made.use.module
    while facts is not None and id(facts) not in seen:
        seen.add(id(facts))
        if _is_of_instance(facts):
            yield from _instances(court, (facts.module.path, facts.owner or ""))
            return
        for home, reference in facts.references:
            owner = made_by_field(home.parent, reference)
            if owner is not None:
                yield from _instances(court, (home.path, home.inner[owner].qualified))
        if not _matters(unit) or _is_kept(module, node):
            return
        calls = [each for each in facts.calls if not is_test(each[0])]
        again = called_again(court, calls)
        if again is not None:
            where = f"{again[0].path}:{again[1].lineno}"
            yield f"another client is made by `{facts.header.name}` at {where}, and would share that of the first"
        if again is not None or len(calls) != 1:
            return
        module, node = calls[0]
        around = module.function_of(node)
        facts = court.program.facts(module, around) if isinstance(around, Function) else None


def _matters(unit: Unit) -> bool:
    """Whether something of a client is lost to it where it is shared: messages that it hears, or its own end."""
    return any(case.moves and ("subscriptions" in case.facts or is_stop(case)) for case in unit.cases)


def _is_of_instance(facts: FunctionFacts) -> bool:
    names = {each.id for each in facts.header.decorator_list if isinstance(each, ast.Name)}
    return facts.owner is not None and not names & OF_CLASS


def _instances(court: Court, key: tuple[str, str]) -> Iterator[str]:
    """Instances of the class that makes the client had one each, and would share one now."""
    family = court.program.family(key)
    calls = [(module, node) for module, node in court.graph.made(family) if not is_test(module)]
    repeated = [(m, n) for m, n in calls if any(isinstance(above, LOOPS) for above in m.ancestors(n))]
    for module, node in (repeated or calls[1:])[:1]:
        yield f"another instance is made at {module.path}:{node.lineno}, and would share the client of the first"


def _is_kept(module: Module, node: ast.AST) -> bool:
    """Whether a client is only made where there is none yet: `if _bus is None: _bus = ...`, `self.bus or ...`."""
    statement = module.statement(node)
    stored = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    names = {ast.unparse(target) for target in stored if target is not None}
    for above in module.ancestors(node):
        if isinstance(above, Function):
            return False
        if isinstance(above, ast.BoolOp) or (isinstance(above, ast.If) and _mentions(above.test, names)):
            return True
    return False


def _mentions(test: ast.expr, names: set[str]) -> bool:
    return any(isinstance(node, ast.Name | ast.Attribute) and ast.unparse(node) in names for node in ast.walk(test))


def called_again(court: Court, calls: list[Call]) -> Call | None:
    """The call by which a function runs a second time in one run of the program."""
    for module, call in calls:
        for above in module.ancestors(call):
            if isinstance(above, Function | ast.Lambda):
                break
            if isinstance(above, LOOPS):
                return module, call
    return next((other for one, other in combinations(calls, 2) if _both_run(court, one, other)), None)


def _both_run(court: Court, one: Call, other: Call) -> bool:
    """Whether two calls may both be come to: in one function and not in two branches, or from one that calls both."""
    first, second = (module.function_of(call) for module, call in (one, other))
    if first is second and one[0] is other[0]:
        return not _exclude_each_other(one[0], one[1], other[1])
    if not isinstance(first, Function) or not isinstance(second, Function):
        return False
    reaching = [court.graph.reaching([court.program.facts(m, f)]) for m, f in ((one[0], first), (other[0], second))]
    common = [function for function in reaching[0] & reaching[1] if isinstance(function, Function)]
    return any(_comes_to_both(court, function, reaching) for function in common)


def _comes_to_both(court: Court, function: Function, reaching: list[set[Runner]]) -> bool:
    """Whether a function makes a call that leads to one place, and another one, not in its stead, to the other."""
    calls = court.graph.calls(function)
    leading = [[(m, c) for m, c, entered in calls if any(f.node in each for f in entered)] for each in reaching]
    pairs = [(a, b) for a in leading[0] for b in leading[1] if a[1] is not b[1] and a[0] is b[0]]
    return any(not _exclude_each_other(a[0], *sorted((a[1], b[1]), key=_place)) for a, b in pairs)


def _place(node: ast.expr | ast.stmt) -> tuple[int, int]:
    return node.lineno, node.col_offset


def _exclude_each_other(module: Module, one: ast.AST, other: ast.AST) -> bool:
    """Whether two nodes, in the order of the text, stand in two branches of one statement, or the first returns."""
    if isinstance(module.statement(one), ast.Return):
        return True
    below: dict[int, ast.AST] = {}
    while one in module.parent:
        below[id(module.parent[one])] = one
        one = module.parent[one]
    while other in module.parent and id(module.parent[other]) not in below:
        other = module.parent[other]
    meeting = module.parent.get(other)
    branches = BRANCHES.get(type(meeting), ())
    parts = [_part(meeting, node) for node in (below[id(meeting)], other)] if meeting is not None else []
    return bool(parts) and parts[0] != parts[1] and all(part.rstrip("0123456789") in branches for part in parts)


def _part(above: ast.AST, node: ast.AST) -> str:
    """Which part of a statement a node is one of; each case and each handler is one by itself."""
    for name, value in ast.iter_fields(above):
        several = value if isinstance(value, list) else [value]
        index = next((number for number, each in enumerate(several) if each is node), None)
        if index is not None:
            return f"{name}{index}" if name in ("cases", "handlers") else name
    return ""
