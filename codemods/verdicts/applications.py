"""The application that a server runs, and where in its lifespan something can begin and end."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from codemods.orders import Order
from codemods.reading.scopes import Module, last_name
from codemods.reading.stars import absolute_module
from codemods.verdicts.cases import Court, is_alone
from codemods.verdicts.runs import dotted

APPLICATIONS = {"fastapi.FastAPI", "fastapi.applications.FastAPI", "starlette.applications.Starlette"}
MANAGER = ("contextlib", "asynccontextmanager")
SEVERAL = ("workers", "reload", "factory")
OTHER_WAYS = ("on_startup", "on_shutdown")
ADDS = ("add_event_handler", "lifespan_context", *OTHER_WAYS)
NAMES = ("lifespan", "app_lifespan", "bus_lifespan")


@dataclass(frozen=True, eq=False)
class Application:
    """An application that is made at the top of a module, and what it does when it begins and ends."""

    name: str
    module: Module
    made: ast.Assign
    call: ast.Call
    is_named: bool  # the server is given its name as text, and imports the module again
    lifespan: ast.AsyncFunctionDef | None
    begins: tuple[ast.AsyncFunctionDef | ast.FunctionDef, ...]  # its handlers of the event, as they are registered
    ends: tuple[ast.AsyncFunctionDef | ast.FunctionDef, ...]


def application_of(court: Court, module: Module, server: ast.Call) -> Application | str:
    """The application that `uvicorn.run(...)` is given; else why it cannot be said what its lifespan does."""
    fault = next(_odd_server(server), None)
    if fault is not None:
        return fault
    given = next((k.value for k in server.keywords if k.arg == "app"), server.args[0] if server.args else None)
    name = _name_of(module, given)
    if name is None:
        return f"line {server.lineno} does not serve an application by its name"
    bound = list(module.bound(module.root, name))
    made = module.parent[bound[0]] if len(bound) == 1 else None
    call = made.value if isinstance(made, ast.Assign) and made in module.source.tree.body else None
    if not isinstance(made, ast.Assign) or not isinstance(call, ast.Call) or len(made.targets) != 1:
        return f"`{name}` is not made once, at the top of this file"
    if dotted(court, module, call) not in APPLICATIONS:
        return f"`{name}` is not made by FastAPI(...) or Starlette(...) in this file"
    if not court.engine.owns(module.path):
        return f"{module.path} belongs to no path of {court.engine.name}"
    return _read(court, module, name, made, call, isinstance(given, ast.Constant))


def _odd_server(server: ast.Call) -> Iterator[str]:
    for keyword in server.keywords:
        if keyword.arg is None:
            yield f"what line {server.lineno} is given cannot be told"
        if keyword.arg in SEVERAL and ast.unparse(keyword.value) not in ("None", "False", "1"):
            yield f"`{keyword.arg}` of line {server.lineno} would start it in several processes, or again"
        if keyword.arg == "lifespan":
            yield f"line {server.lineno} says itself whether there is a lifespan"


def _name_of(module: Module, given: ast.expr | None) -> str | None:
    """The name, in this module, of what is served: `app`, or `"service:app"` where this is service.py."""
    if isinstance(given, ast.Name):
        return given.id if module.scope_of[given].find(given.id) is module.root else None
    if isinstance(given, ast.Constant) and isinstance(given.value, str):
        where, _, name = given.value.partition(":")
        own = module.path.removesuffix(".py").replace("/", ".")
        return name if name.isidentifier() and f".{own}".endswith(f".{where}") else None
    return None


def _read(
    court: Court, module: Module, name: str, made: ast.Assign, call: ast.Call, is_named: bool
) -> Application | str:
    if any(keyword.arg is None or keyword.arg in OTHER_WAYS for keyword in call.keywords):
        return f"what else begins with `{name}` cannot be told from line {call.lineno}"
    for other in ADDS:
        module.read_member(other)
        if (found := next(iter(module.attributes.get(other, ())), None)) is not None:
            return f"what else begins with `{name}` is said in line {found.lineno}"
    keyword = next((keyword.value for keyword in call.keywords if keyword.arg == "lifespan"), None)
    lifespan = _lifespan(court, module, keyword) if keyword is not None else None
    if keyword is not None and lifespan is None:
        return f"the lifespan of `{name}` is no plain `@asynccontextmanager` of this file"
    more = next(_begins_more(court, module, name), None) if lifespan is None else None
    if more is not None:
        return more
    begins, ends = (tuple(_handlers(module, name, event)) for event in ("startup", "shutdown"))
    return Application(name, module, made, call, is_named, lifespan, begins, ends)


def _begins_more(court: Court, module: Module, name: str) -> Iterator[str]:
    """Where handlers may be registered that a new lifespan would silence, or that run before those of this file."""
    if court.program.is_taken(module.path, name):
        yield f"another file imports `{name}`, and more may begin with it there"
    for node in module.named(name):
        above = module.parent[node]
        call = module.parent[above] if isinstance(above, ast.keyword) else above
        if isinstance(call, ast.Call) and call.func is not node and dotted(court, module, call) != "uvicorn.run":
            yield f"`{name}` is handed on in line {node.lineno}, and more may begin with it there"
    for call in _calls_of(module, name, "include_router"):
        if not call.args or not _is_quiet_router(court, module, call.args[0]):
            yield f"line {call.lineno} includes a router that may have a beginning of its own"


def _calls_of(module: Module, name: str, method: str) -> Iterator[ast.Call]:
    module.read_member(method)
    for node in module.attributes.get(method, ()):
        call = module.parent[node]
        if last_name(node.value) == name and isinstance(call, ast.Call) and call.func is node:
            yield call


def _is_quiet_router(court: Court, module: Module, given: ast.expr) -> bool:
    """Whether a router comes from a file of the program in which nothing is registered to begin."""
    root = given.value if isinstance(given, ast.Attribute) else given
    if not isinstance(root, ast.Name):
        return False
    place: Module | None = module
    for node in module.bound(module.root, root.id):
        if isinstance(node, ast.Import | ast.ImportFrom):
            place = _imported(court, module, node, root.id)
    if place is None:
        return False
    for word in ("on_event", *ADDS):
        place.read_member(word)
    events = [n for n in place.attributes.get("on_event", ()) if place is not module or last_name(n.value) == root.id]
    return not events and not any(place.attributes.get(word) for word in ADDS) and "lifespan=" not in place.source.text


def _imported(court: Court, module: Module, node: ast.Import | ast.ImportFrom, name: str) -> Module | None:
    """The file of the program that an import means; None where it is another library's, or is not read yet."""
    alias = next((a for a in node.names if (a.asname or a.name).split(".")[0] == name), None)
    if alias is None:
        return None
    base = f"{absolute_module(module, node)}" if isinstance(node, ast.ImportFrom) else ""
    for dotted_module in (f"{base}.{alias.name}".strip("."), base):
        path = court.program.by_name.get(dotted_module)
        if path is not None:
            return court.program.module(path)
    return None


def _lifespan(court: Court, module: Module, given: ast.expr) -> ast.AsyncFunctionDef | None:
    """The function that is the lifespan: defined at the top, decorated by nothing else, and used by nobody else."""
    if not isinstance(given, ast.Name) or module.scope_of[given].find(given.id) is not module.root:
        return None
    bound = list(module.bound(module.root, given.id))
    function = bound[0] if len(bound) == 1 else None
    if not isinstance(function, ast.AsyncFunctionDef) or function not in module.source.tree.body:
        return None
    module.read_function(function)
    plain = [last_name(decorator) for decorator in function.decorator_list] == [MANAGER[1]]
    uses = [node for node in module.named(given.id) if isinstance(node, ast.Name)]
    yields = [node for node in ast.walk(function) if isinstance(node, ast.Yield)]
    leaves = any(isinstance(node, ast.Return) for node in ast.walk(function))
    return function if plain and len(uses) == 1 and len(yields) == 1 and not leaves else None


def _handlers(module: Module, name: str, event: str) -> Iterator[ast.AsyncFunctionDef | ast.FunctionDef]:
    """The functions under `@app.on_event("startup")`, in the order in which they are registered."""
    for node in module.source.tree.body:
        if isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef):
            for decorator in node.decorator_list:
                if ast.unparse(decorator) == f"{name}.on_event({event!r})":
                    module.read_function(node)
                    yield node


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
    orders = [_first(app, app.begins[0], began)]
    return (*orders, _last(app, app.ends[-1], ended)) if ended else tuple(orders)


def _parsed(line: str) -> ast.AST:
    return ast.parse(line.removeprefix("await "), mode="eval")


def _in_lifespan(
    app: Application, function: ast.AsyncFunctionDef, began: list[str], ended: list[str]
) -> Iterator[Order]:
    yield _first(app, function, began)
    if ended:
        yield _last(app, function, ended)


def _first(app: Application, function: ast.AsyncFunctionDef | ast.FunctionDef, lines: list[str]) -> Order:
    body = function.body
    is_docstring = isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant) and len(body) > 1
    return Order("lifespans", app.module, body[1 if is_docstring else 0], {"first": lines, "gap": True})


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
    return add, Order("lifespans", module, *_where(app, written), needs=(MANAGER,))


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
