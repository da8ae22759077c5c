"""What takes a wrapper's place where its import fails: `X = None` goes on as `get_dual_bus_client = None`."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.model import Verdict
from codemods.orders import Order
from codemods.reading.contract import CLIENT, FACTORY
from codemods.reading.scopes import Module
from codemods.reading.use import Use
from codemods.settings import Wrapper
from codemods.verdicts.cases import Case, Court, is_alone, place, rewrite

UNCONNECTED = "create_dual_bus_client"
MAKERS = (FACTORY, UNCONNECTED)
ASKED = "whether the client can be imported is asked of what makes it"
Import = ast.Import | ast.ImportFrom


def fault_of_stand_ins(court: Court, use: Use) -> str | None:
    """Why something that takes the place of an import cannot follow it; None where all of it can."""
    node = use.node
    assert isinstance(node, Import)
    for other in _others(use.module, node):
        is_the_same = any(u.node is other and u.wrapper is use.wrapper and u.kind == "import" for u in court.uses)
        if not is_the_same and not _is_plain(use, node, other):
            return f"a stand-in takes the wrapper's place when the import fails: {place(use.module, other)}"
    return None


def judge_asked(court: Court, use: Use) -> Case | None:
    """The verdict on a name that is only asked for: `if X is None`, `if X`; None where more is done with it."""
    assert isinstance(use.node, ast.expr)
    wrapper = use.wrapper
    assert wrapper is not None
    if use.name.rsplit(".", 1)[-1] not in (*wrapper.client, *wrapper.config) or not _is_asked(use.module, use.node):
        return None
    return rewrite(use, "imports", ASKED, asked=True)


def settle_stand_ins(court: Court, cases: list[Case]) -> None:
    """The orders for stand-ins and for what asks after them, once it is known what the new code needs."""
    makes = [order for case in cases for order in case.orders if order.data.get("factory") in MAKERS]
    for case in cases:
        if case.moves and case.facts.get("asked") and makes:
            made = next((order for order in makes if order.module is case.use.module), makes[0])
            case.orders = (_order_of_asked(court, case.use, str(made.data["factory"])),)
    for module in {case.use.module for case in cases}:
        imports = [case for case in cases if case.use.kind == "import" and case.use.module is module and case.moves]
        if imports:
            orders = tuple(_orders_of_stand_ins(court, cases, [case.use for case in imports]))
            imports[0].orders += orders


def remove_unused(court: Court, case: Case) -> None:
    """An import that nothing uses goes with the `try` that held nothing else, and with its stand-ins."""
    node, module = case.use.node, case.use.module
    block = module.parent[node]
    assert isinstance(node, Import)
    if isinstance(block, ast.ExceptHandler):
        block = module.parent[block]
    if not isinstance(block, ast.Try):
        return
    bodies = [block.body, *(handler.body for handler in block.handlers)]
    gone = {id(other) for other in _others(module, node)}
    plain = all(isinstance(s, Import | ast.Pass) or _stands_in(module, s, gone) for body in bodies for s in body)
    mine = {id(u.node) for u in court.uses if u.kind == "import" and u.wrapper is case.use.wrapper}
    alone = all(not isinstance(s, Import) or id(s) in mine for body in bodies for s in body)
    taken = any(court.program.is_taken(module.path, name) for name in names_of(node))
    if block.orelse or block.finalbody or not (plain and alone) or taken:
        case.hold(Verdict.REFUSE, "nothing uses this import, and its `try` would be left empty: remove both")
        return
    case.orders = (Order("imports", module, block, {"remove": True, "whole": True}, consumes=(block,)),)


def names_of(node: Import) -> set[str]:
    """The names that an import binds."""
    return {(alias.asname or alias.name).split(".")[0] for alias in node.names}


def _others(module: Module, node: Import) -> list[ast.AST]:
    """Whatever else binds a name of this import in its scope."""
    scope = module.scope_of[node]
    found = [other for name in sorted(names_of(node)) for other in module.bound(scope, name) if other is not node]
    deleted = [o for o in found if isinstance(o, ast.Name) and isinstance(o.ctx, ast.Del)]
    return [other for other in found if module.scope_of[other] is scope and other not in deleted]


def _is_plain(use: Use, node: Import, other: ast.AST) -> bool:
    """Whether a stand-in is None, in a statement of nothing but such stand-ins."""
    statement = use.module.statement(other)
    mine = {id(each) for each in _others(use.module, node)}
    alone = isinstance(other, ast.Name) and is_alone(use.module, statement) and _stands_in(use.module, statement, mine)
    return alone and use.module.scope_of[node].kind == "module"


def _stands_in(module: Module, statement: ast.stmt, names: set[int]) -> bool:
    """Whether a statement gives None to these names, and does nothing else."""
    if isinstance(statement, ast.AnnAssign):
        return id(statement.target) in names and _is_none(statement.value)
    if not isinstance(statement, ast.Assign):
        return False
    values = statement.value.elts if isinstance(statement.value, ast.Tuple) else [statement.value]
    targets = [t for target in statement.targets for t in (target.elts if isinstance(target, ast.Tuple) else [target])]
    return all(map(_is_none, values)) and all(id(target) in names for target in targets)


def _is_none(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _is_asked(module: Module, node: ast.expr) -> bool:
    """Whether all that is done with a name is to ask if it is None, or false."""
    above = module.parent[node]
    if isinstance(above, ast.Compare):
        return above.left is node and isinstance(above.ops[0], ast.Is | ast.IsNot) and _is_none(above.comparators[0])
    if isinstance(above, ast.Call):
        return isinstance(above.func, ast.Name) and above.func.id in ("bool", "all", "any") and node in above.args
    if isinstance(above, ast.BoolOp):
        return _is_asked(module, above)
    if isinstance(above, ast.IfExp | ast.If | ast.While | ast.Assert):
        return above.test is node
    return isinstance(above, ast.UnaryOp) and isinstance(above.op, ast.Not)


def _order_of_asked(court: Court, use: Use, factory: str) -> Order:
    assert isinstance(use.node, ast.expr)
    needs = ((court.target, factory),)
    return Order("imports", use.module, use.node, {"name": factory}, needs, consumes=(use.node,))


def _orders_of_stand_ins(court: Court, cases: list[Case], imports: list[Use]) -> Iterator[Order]:
    """What becomes of each statement with stand-ins: those for the names that the new code needs, or nothing."""
    module, wrapper = imports[0].module, imports[0].wrapper
    assert wrapper is not None
    done: set[str] = set()
    for statement, names in _statements(module, imports):
        needed = [name for name in _needed(court, cases, module, wrapper, names) if name not in done]
        done |= set(needed)
        data = {"stand_ins": needed} if needed else {"remove": True}
        needs = tuple((court.target, name) for name in needed)
        yield Order("imports", module, statement, data, needs, consumes=(statement,))


def _statements(module: Module, imports: list[Use]) -> Iterator[tuple[ast.stmt, set[str]]]:
    """The statements with stand-ins, each with what its names were imported as."""
    found: dict[ast.stmt, set[str]] = {}
    for use in imports:
        assert isinstance(use.node, Import)
        originals = {alias.asname or alias.name: alias.name for alias in use.node.names}
        for other in _others(module, use.node):
            if isinstance(other, ast.Name):
                found.setdefault(module.statement(other), set()).add(originals.get(other.id, other.id))
    yield from sorted(found.items(), key=lambda each: each[0].lineno)


def _needed(court: Court, cases: list[Case], module: Module, wrapper: Wrapper, names: set[str]) -> list[str]:
    """The names of the target that must be there even where they cannot be imported, for these of the wrapper."""
    lazy = any(isinstance(s, ast.ImportFrom) and s.module == "__future__" for s in module.source.tree.body)
    wanted: set[str] = set()
    for case in cases:
        unevaluated = case.use.kind == "quoted" or (case.use.kind == "annotation" and lazy)
        for order in case.orders:
            if order.module is module and not unevaluated:
                wanted |= {name for owner, name in order.needs if owner == court.target}
    found = [name for name in (*MAKERS, CLIENT) if name in wanted and names & set(wrapper.client)]
    return found + [name for name in ("MessagePriority",) if name in wanted and names & set(wrapper.priority)]
