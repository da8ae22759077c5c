"""What is put first and last into an application's life: into its lifespan, its handlers, or a lifespan of its own."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.orders import Order
from codemods.reading.scopes import Module
from codemods.verdicts.applications import MANAGER, Application
from codemods.verdicts.cases import is_alone

NAMES = ("lifespan", "app_lifespan", "bus_lifespan")


def orders_of(app: Application, began: list[str], ended: list[str]) -> tuple[Order, ...] | str:
    """The orders that put these statements first and last in the application's life; else why there is no place."""
    used = {node.id for line in (*began, *ended) for node in ast.walk(_parsed(line)) if isinstance(node, ast.Name)}
    for function in (app.lifespan, *app.begins, *app.ends):
        names = app.module.inner[function].names if function is not None else set()
        if function is not None and used & names:
            return f"`{min(used & names)}` means something else in `{function.name}`"
    if app.lifespan is not None:
        return tuple(_in_lifespan(app, app.lifespan, began, ended))
    if not app.begins and not app.ends:
        return _written(app, began, ended)
    if not app.begins or not isinstance(app.begins[0], ast.AsyncFunctionDef):
        return f"`{app.name}` has no coroutine for its startup"
    if ended and (not app.ends or not isinstance(app.ends[-1], ast.AsyncFunctionDef)):
        return f"`{app.name}` has no coroutine for its shutdown"
    functions = [app.begins[0], *(app.ends[-1:] if ended else ())]
    if any(isinstance(node, ast.Return) for each in functions for node in ast.walk(each)):
        return f"a handler of `{app.name}` returns before its end"
    orders = [first(app.module, app.begins[0], began)]
    return (*orders, _last(app, app.ends[-1], ended)) if ended else tuple(orders)


def _parsed(line: str) -> ast.AST:
    return ast.parse(f"async def f():\n    {line}")


def _in_lifespan(
    app: Application, function: ast.AsyncFunctionDef, began: list[str], ended: list[str]
) -> Iterator[Order]:
    yield first(app.module, function, began)
    if ended:
        yield _last(app, function, ended)


def first(module: Module, function: ast.AsyncFunctionDef | ast.FunctionDef, lines: list[str]) -> Order:
    """The order that puts these statements first in a function, below its docstring."""
    body = function.body
    is_docstring = isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant) and len(body) > 1
    return Order("lifespans", module, body[1 if is_docstring else 0], {"first": lines, "gap": True})


def _last(app: Application, function: ast.AsyncFunctionDef | ast.FunctionDef, lines: list[str]) -> Order:
    return Order("lifespans", app.module, function.body[-1], {"last": lines, "whole": True})


def _written(app: Application, began: list[str], ended: list[str]) -> tuple[Order, ...] | str:
    """A lifespan of its own, right above the application; below the statement before it where comments are between."""
    module = app.module
    if not is_alone(module, app.made):
        return f"line {app.made.lineno} holds more than one statement"
    module.read_all()
    taken = set(module.names) | set(module.binders)
    name = next((name for name in NAMES if name not in taken), None)
    if name is None:
        return f"the name `{NAMES[0]}` is taken"
    add = Order("lifespans", module, app.call, {"keyword": name})
    kind = module.source.segment(app.call.func)
    written: dict[str, object] = {"name": name, "kind": kind, "began": began, "ended": ended}
    return add, Order("lifespans", module, *_where(app, written), needs=(("contextlib", MANAGER),))


def _where(app: Application, written: dict[str, object]) -> tuple[ast.stmt, dict[str, object]]:
    lines, body = app.module.source.lines, app.module.source.tree.body
    above = lines[app.made.lineno - 2].strip() if app.made.lineno > 1 else ""
    before = body[body.index(app.made) - 1]
    blank = _blank_lines(lines, app.made.lineno - 2, -1)
    if not above.startswith("#"):
        return app.made, {**written, "above": True, "blank": max(0, 2 - blank)}
    end = before.end_lineno or before.lineno
    blank = _blank_lines(lines, end, 1)
    return before, {**written, "above": False, "blank": max(0, 2 - blank), "whole": True}


def _blank_lines(lines: list[str] | tuple[str, ...], at: int, step: int) -> int:
    count = 0
    while 0 <= at < len(lines) and not lines[at].strip():
        count, at = count + 1, at + step
    return count
