"""A client of keys and streams stays for its keys; its streams go through a bus beside it, or one got at the use."""

from __future__ import annotations

import ast
from typing import TypeGuard

from codemods.fragments import block_of, is_elif
from codemods.model import Verdict
from codemods.orders import Order
from codemods.reading import legacy
from codemods.reading.contract import FACTORY
from codemods.reading.evaluation import Evaluator
from codemods.reading.scopes import Function, Module
from codemods.reading.use import Use
from codemods.verdicts.cases import Case, Court, is_alone
from codemods.verdicts.making import free_name, where

GOT = "the client stays for its keys; its streams get the shared client where they are used"
HELD = "what holds the client stays with it"
LOOPS = (ast.For, ast.AsyncFor, ast.While)


def settle_split(court: Court, cases: list[Case], made: Case) -> None:
    """Let what moves go through the bus that was made beside the client; where that cannot be reached, get it there."""
    others = [case for case in cases if case is not made and case.moves and _goes_through(case)]
    if made.moves and all(_reaches(court, case.use, made) for case in others):
        for case in others:
            _beside(case, made)
    elif made.moves or made.facts.get("may_be_got"):
        above: list[ast.stmt] = []
        for case in sorted(others, key=lambda case: (case.use.path, case.use.line)):
            _get(court, case, above)
        for case in cases:
            if case.facts.get("stays"):
                case.verdict, case.reason = Verdict.KEEP, HELD
        made.hold(Verdict.KEEP, GOT)
        made.warnings, made.facts = (), {**made.facts, "got": True}


def _goes_through(case: Case) -> bool:
    """Whether a use is changed itself: what gives a pipeline is, and what is done with it goes along."""
    return not case.use.kind.startswith("pipeline") and bool(case.orders or case.facts.get("closes"))


def _reaches(court: Court, use: Use, made: Case) -> bool:
    """Whether a use has the client by the very name that it was made with."""
    cells = set(Evaluator(court.program, use.module).target_cells(use.receiver)) if use.receiver is not None else set()
    return bool(cells) and cells == made.facts["cell"]


def _beside(case: Case, made: Case) -> None:
    """In a split client, what moves is reached through the bus that was made beside it."""
    use, bus = case.use, str(made.facts["bus"])
    if case.facts.get("closes"):
        assert use.receiver is not None
        may_lack = any("declared" in order.data for order in made.orders)  # the factory raises where a server is away
        data = {"close_beside": use.module.source.segment(use.receiver), "bus": bus, "may_lack": may_lack}
        case.orders = (Order("lifecycle", use.module, use.module.statement(use.node), data), *case.orders)
    else:
        first, *rest = case.orders
        case.orders = (Order(first.codemod, first.module, first.node, {**first.data, "bus": bus}), *rest)


def _get(court: Court, case: Case, got_above: list[ast.stmt]) -> None:
    """The shared client is got in a statement above the use, and the use goes through that."""
    use, bus = case.use, free_name(court)
    if not use.in_async_function and use.holders[0].name != legacy.SYNC:
        case.hold(Verdict.REFUSE, f"nothing can be awaited in {where(use)}, and the target can only be awaited")
        return
    needs = ((court.target, FACTORY), (court.target, "EngineType"))
    data = {"got": bus, "factory": FACTORY, "engine_type": court.engine.engine_type, "await": True}
    own = use.module.statement(use.node)
    if case.facts.get("closes"):
        case.orders = (Order("lifecycle", use.module, own, {"close_beside": bus, **data}, needs), *case.orders)
        return
    statement = _above(use.module, own, got_above)
    if statement is None:
        case.hold(Verdict.REFUSE, "the bus cannot be got in a statement above this one")
        return
    first, *rest = case.orders
    gone = (use.receiver,) if use.receiver is not None else ()
    case.orders = (Order(first.codemod, first.module, first.node, {**first.data, "got": bus}, (), gone), *rest)
    if not _is_got(use.module, own, got_above):
        got_above.append(statement)
        case.orders = (Order("connections", use.module, statement, {"first": True, **data}, needs), *case.orders)


def _is_got(module: Module, statement: ast.stmt, got_above: list[ast.stmt]) -> bool:
    """Whether the bus was got above one of these statements, and so certainly before this one."""
    node: ast.AST = statement
    while isinstance(node, ast.stmt | ast.excepthandler | ast.match_case) and not isinstance(node, Function):
        block = block_of(module, node) if isinstance(node, ast.stmt) else []
        run = [each for each in block if block.index(each) <= block.index(node)] if block else []  # type: ignore[arg-type]
        run += [each for tried in run[:-1] if _is_passed(tried) for each in tried.body]
        if any(each in run for each in got_above):
            return True
        node = module.parent[node]
    return False


def _holds(loop: ast.AST, statements: list[ast.stmt]) -> bool:
    return any(node is each for node in ast.walk(loop) for each in statements)


def _is_passed(statement: ast.stmt) -> TypeGuard[ast.Try]:
    """Whether what follows a statement runs only where the whole body of this `try` did."""
    ends = ast.Return | ast.Raise | ast.Continue | ast.Break
    return isinstance(statement, ast.Try) and all(isinstance(each.body[-1], ends) for each in statement.handlers)


def _above(module: Module, statement: ast.stmt, got_above: list[ast.stmt]) -> ast.stmt | None:
    """The statement above which the bus is got: the use's own, or the loops around it; None where nothing may be put.

    It stays in the `try` of the use, so that a server that is away is met where it was, and behind that of a use
    before it.
    """
    while True:
        above = module.parent[statement]
        is_in_loop = isinstance(above, LOOPS) and statement in above.body and not _holds(above, got_above)
        if is_alone(module, statement) and not is_elif(module.source, statement) and not is_in_loop:
            return statement
        if not isinstance(above, ast.stmt) or isinstance(above, Function | ast.ClassDef | ast.Try):
            return None
        statement = above
