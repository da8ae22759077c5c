"""What certainly runs after what: a function that is called from one place alone is followed to that place."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from itertools import pairwise

from msgspec import Struct, field

from codemods.reading.flow import FunctionFacts
from codemods.reading.scopes import Function, Module, Scope, is_test, self_of
from codemods.verdicts.cases import Court, is_alone
from codemods.verdicts.families import overridden_at
from codemods.verdicts.guards import is_log_line

LOOPS = (ast.For, ast.AsyncFor, ast.While, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
MOST_DEEP = 6  # calls upon calls


class Step(Struct, frozen=True, eq=False):
    """A statement on the way to a place: the place itself, or the call of the function that the step before is in."""

    module: Module
    function: Function | None  # None at module level
    statement: ast.stmt
    given: Mapping[str, ast.expr] = field(default_factory=dict)  # what the called function's parameters are here
    client: str = ""  # what the place subscribes on; a guard for it ends what comes after, too

    @property
    def block(self) -> list[ast.stmt]:
        """The list of statements that this one is one of."""
        above = self.module.parent[self.statement]
        blocks = (getattr(above, name, None) for name in ("body", "orelse", "finalbody"))
        return next((b for b in blocks if isinstance(b, list) and self.statement in b), [])

    @property
    def is_direct(self) -> bool:
        """Whether the statement is one of its function's own, under no condition."""
        return self.module.parent[self.statement] is self.function

    @property
    def is_certain(self) -> bool:
        """Whether the statement runs whenever its function does, and goes on without an exception."""
        if not self.is_direct:
            return False
        above = self.block[: self.block.index(self.statement)]
        return not any(_returns(statement) and tested_by(statement) != self.client for statement in above)

    @property
    def where(self) -> str:
        """The place as people read it: `path:line`."""
        return f"{self.module.path}:{self.statement.lineno}"


def _returns(statement: ast.stmt) -> bool:
    """Whether a statement may end its function without an exception."""
    pending: list[ast.AST] = [statement]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Return):
            return True
        if not isinstance(node, Function | ast.Lambda | ast.ClassDef):
            pending += ast.iter_child_nodes(node)
    return False


def tested_by(statement: ast.stmt) -> str | None:
    """What a guard asks for, that does nothing but return and log where it is not there; None for anything else."""
    if not isinstance(statement, ast.If) or statement.orelse:
        return None
    if not all((isinstance(s, ast.Return) and s.value is None) or is_log_line(s) for s in statement.body):
        return None
    test = statement.test
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return ast.unparse(test.operand)
    is_none = isinstance(test, ast.Compare) and ast.unparse(test).endswith(" is None")
    return ast.unparse(test.left) if is_none and isinstance(test, ast.Compare) else None


def way_to(court: Court, module: Module, statement: ast.stmt, client: str = "") -> list[Step]:
    """The steps that lead to a statement, itself first, as long as each function has one caller."""
    steps: list[Step] = []
    given: Mapping[str, ast.expr] = {}
    while len(steps) < MOST_DEEP:
        function = module.function_of(statement)
        known = function if isinstance(function, Function) else None
        steps.append(Step(module, known, statement, given, client if not steps else ""))
        call = _only_call(court, court.program.facts(module, known)) if known is not None else None
        if call is None or known is None:
            break
        facts = court.program.facts(module, known)
        module, statement = call[0], call[0].statement(call[1])
        given = _given(facts, call[1], statement)
    return steps


def _only_call(court: Court, facts: FunctionFacts) -> tuple[Module, ast.Call] | None:
    """The one call of a function that is nowhere handed on, as a statement that ends when the function does."""
    calls = [(module, call) for module, call in facts.calls if not is_test(module)]
    if len(calls) != 1 or facts.references or facts.node.decorator_list or overridden_at(court, facts) is not None:
        return None
    module, call = calls[0]
    above: ast.AST | None = module.parent[call]
    if isinstance(facts.node, ast.AsyncFunctionDef):
        above = module.parent[above] if isinstance(above, ast.Await) else None
    is_made = facts.node.name == "__init__" and isinstance(above, ast.Assign) and len(above.targets) == 1
    return calls[0] if (isinstance(above, ast.Expr) or is_made) and is_alone(module, module.statement(call)) else None


def _given(facts: FunctionFacts, call: ast.Call, statement: ast.stmt) -> dict[str, ast.expr]:
    """What a function's parameters are where it is called: `self` is the object whose method that is."""
    given = dict(zip((parameter.arg for parameter in facts.parameters), call.args, strict=False))
    given.update({keyword.arg: keyword.value for keyword in call.keywords if keyword.arg is not None})
    own = next((argument.arg for argument in facts.node.args.args), None) if facts.is_method else None
    if own is not None and isinstance(statement, ast.Assign):
        given[own] = statement.targets[0]
    elif own is not None and isinstance(call.func, ast.Attribute):
        given[own] = call.func.value
    return given


def repeated_at(way: list[Step]) -> str | None:
    """Where a loop runs a way's calls again and again."""
    for step in way:
        around = (above for above in step.module.ancestors(step.statement))
        for above in around:
            if isinstance(above, Function | ast.Lambda):
                break
            if isinstance(above, LOOPS) and step is not way[0]:
                return f"{step.module.path}:{above.lineno}"
    return None


def meeting(ways: list[list[Step]]) -> list[Step] | None:
    """The step of each way in the innermost function that all of them go through; None where there is none."""
    for step in ways[0]:
        found = [
            next((s for s in way if s.function is step.function and s.module is step.module), None) for way in ways
        ]
        known = [s for s in found if s is not None]
        if step.function is not None and len(known) == len(found):
            return known
    return None


def run_between(ways: list[list[Step]], met: list[Step]) -> list[tuple[Module, ast.stmt]] | None:
    """What runs from the first to the last of these places, in turn; None where that is not certain."""
    block = met[0].block
    deeper = {id(way[0].statement): way[: way.index(top)] for way, top in zip(ways, met, strict=True)}
    is_direct = all(step.is_direct for steps in deeper.values() for step in steps)
    if any(step.block is not block for step in met) or not is_direct:
        return None
    inner: dict[int, tuple[Module, list[ast.stmt]]] = {}
    for way, top in zip(ways, met, strict=True):
        for below, step in pairwise(way[: way.index(top) + 1]):
            if below.function is not None:
                inner[id(step.statement)] = (below.module, below.function.body)
    flat = list(_flat(met[0].module, block, inner))
    found = [index for index, (_, statement) in enumerate(flat) if id(statement) in deeper]
    first = deeper[id(flat[found[0]][1])] if found else []
    is_run = len(found) == len(deeper) and all(step.is_certain for step in first)
    return flat[found[0] : found[-1] + 1] if is_run else None


def _flat(
    module: Module, block: list[ast.stmt], inner: Mapping[int, tuple[Module, list[ast.stmt]]]
) -> Iterator[tuple[Module, ast.stmt]]:
    for statement in block:
        if id(statement) in inner:
            home, body = inner[id(statement)]
            yield from _flat(home, body, inner)
        else:
            yield module, statement


def name_at(way: list[Step], node: ast.expr, target: Step) -> str | None:
    """What a chain of names in the place of a way is called where another statement stands; None if it has no name.

    The call of a factory is only known in the function that makes it.
    """
    if isinstance(node, ast.Call):
        return way[0].module.source.segment(node) if target.function is way[0].function else None
    for step, chain in _expressed(way, node):
        if step.module is target.module and _means_the_same(step, target, chain):
            return ast.unparse(chain)
    return None


def _expressed(way: list[Step], node: ast.expr) -> Iterator[tuple[Step, ast.expr]]:
    """A chain of names at each step of a way, as long as each can say it by what it gives to the one below."""
    chain = node
    yield way[0], chain
    for below, step in pairwise(way):
        attributes, base = _parts(chain)
        scope = _scope(below)
        found = scope.find(base.id) if base is not None else None
        if base is None or found is None:
            return
        if found.kind != "module":
            if found is not scope or base.id not in step.given or not _is_bound_once(below, chain):
                return
            chain = _chained(step.given[base.id], attributes)
        elif below.module is not step.module:
            return
        yield step, chain


def _means_the_same(step: Step, target: Step, chain: ast.expr) -> bool:
    _, base = _parts(chain)
    if base is None:
        return False
    there, here = _scope(step).find(base.id), _scope(target).find(base.id)
    if there is not None and there is here:
        return step is target or _is_bound_once(step, chain)
    owners = [self_of(step.module, scope, base.id) for scope in (there, here)]
    return owners[0] is not None and owners[0] is owners[1]


def _scope(step: Step) -> Scope:
    return step.module.inner[step.function] if step.function is not None else step.module.root


def _is_bound_once(step: Step, chain: ast.expr) -> bool:
    _, base = _parts(chain)
    found = _scope(step).find(base.id) if base is not None else None
    return base is not None and found is not None and len(list(step.module.bound(found, base.id))) == 1


def _parts(chain: ast.expr) -> tuple[list[str], ast.Name | None]:
    attributes: list[str] = []
    while isinstance(chain, ast.Attribute):
        attributes.insert(0, chain.attr)
        chain = chain.value
    return attributes, chain if isinstance(chain, ast.Name) else None


def _chained(node: ast.expr, attributes: list[str]) -> ast.expr:
    for attribute in attributes:
        node = ast.Attribute(node, attribute, ast.Load())
    return node
