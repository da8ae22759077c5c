"""The task that runs a consumer's loop: where it is started, and the statements about it that go with the loop."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.reading.evaluation import Evaluator
from codemods.reading.flow import FunctionFacts
from codemods.reading.scopes import Module, last_name
from codemods.verdicts.cases import Court, is_alone
from codemods.verdicts.guards import CANCELLED
from codemods.verdicts.servers import is_pure

TASKS = {
    "asyncio.create_task", "asyncio.ensure_future", "asyncio.get_running_loop().create_task",
    "asyncio.get_event_loop().create_task",
}  # fmt: skip
ASKS = ("{0}", "{0} is not None", "not {0}.done()", "{0} and not {0}.done()", "{0} is not None and not {0}.done()")
"""What is asked of a task before it is cancelled."""


def started(facts: FunctionFacts) -> tuple[Module, ast.stmt, ast.expr | None] | None:
    """The statement that starts the coroutine as a task, and what holds the task."""
    module, call = facts.calls[0]
    above = module.parent[call]
    if facts.references or not isinstance(above, ast.Call) or ast.unparse(above.func) not in TASKS:
        return None
    statement = module.parent[above]
    if (
        len(above.args) != 1
        or not all(map(_is_name, above.keywords))
        or not isinstance(statement, ast.Assign | ast.Expr)
    ):
        return None
    if not is_alone(module, statement):
        return None
    target = statement.targets[0] if isinstance(statement, ast.Assign) and len(statement.targets) == 1 else None
    if isinstance(statement, ast.Assign) and not isinstance(target, ast.Attribute | ast.Name):
        return None
    return module, statement, target


def _is_name(keyword: ast.keyword) -> bool:
    """Whether an argument gives a task a name, which goes with it."""
    return keyword.arg == "name" and is_pure(keyword.value)


def cancellations(court: Court, module: Module, held: ast.expr) -> list[ast.stmt] | None:
    """The statements about the task, which go with it; None where more is done with it."""
    gone: list[ast.stmt] = []
    asked: list[ast.If] = []
    for other, node in same_places(court, module, held):
        statement = _about(other, node, ast.unparse(held))
        if statement is None or other is not module or not is_alone(module, statement):
            return None
        if isinstance(statement, ast.If):
            asked += [statement] if statement not in asked else []
        elif statement not in gone:
            gone.append(statement)
    waits = any(isinstance(inner, ast.Await) for statement in gone for inner in ast.walk(statement))
    cancels = any(".cancel()" in ast.unparse(statement) for statement in gone)
    if (waits and not cancels) or any(inner not in gone for block in asked for inner in block.body):
        return None
    inside = [inner for block in asked for inner in block.body]
    return [*asked, *(statement for statement in gone if statement not in inside)]


def _about(module: Module, node: ast.expr, shown: str) -> ast.stmt | None:
    """The whole statement by which a task is emptied, asked for, cancelled or awaited; None where it is another."""
    statement = module.statement(node)
    if isinstance(statement, ast.If):
        asks = ast.dump(statement.test) in {ast.dump(ast.parse(ask.format(shown), mode="eval").body) for ask in ASKS}
        return statement if asks and not statement.orelse and node in ast.walk(statement.test) else None
    if isinstance(statement, ast.AnnAssign):
        is_empty = statement.value is None or ast.unparse(statement.value) == "None"
        return statement if statement.target is node and is_empty else None
    around = module.parent[statement]
    if isinstance(around, ast.Try | ast.With) and statement in around.body:
        said = {ast.unparse(each) for each in around.body}
        return around if _swallows(around) and said <= {f"{shown}.cancel()", f"await {shown}"} else None
    said_here = (f"{shown} = None", f"{shown}.cancel()", f"await asyncio.gather({shown}, return_exceptions=True)")
    return statement if ast.unparse(statement) in said_here else None


def _swallows(node: ast.stmt) -> bool:
    """Whether a statement does nothing but pass over the cancellation of what it awaits."""
    if isinstance(node, ast.With):
        only = node.items[0].context_expr if len(node.items) == 1 else None
        return isinstance(only, ast.Call) and last_name(only.func) == "suppress" and _are_cancellations(only.args)
    if not isinstance(node, ast.Try) or node.orelse or node.finalbody:
        return False
    passed = all(isinstance(handler.body[0], ast.Pass) and handler.type is not None for handler in node.handlers)
    return passed and _are_cancellations([handler.type for handler in node.handlers if handler.type is not None])


def _are_cancellations(types: list[ast.expr]) -> bool:
    return bool(types) and all(last_name(each) == CANCELLED for each in types)


def same_places(court: Court, module: Module, held: ast.expr) -> Iterator[tuple[Module, ast.expr]]:
    """Every other place that is, or may be, the same variable or attribute; declarations of it included."""
    name = held.attr if isinstance(held, ast.Attribute) else ast.unparse(held)
    cells = set(Evaluator(court.program, module).target_cells(held))
    for other in court.program.modules.values():
        evaluator = Evaluator(court.program, other)
        for node in [*other.named(name), *other.attributes.get(name, ())]:
            if node is held or not isinstance(node, ast.Attribute | ast.Name):
                continue
            mine = set(evaluator.target_cells(node))
            if mine & cells or (isinstance(node, ast.Attribute) and not mine):
                yield other, node
