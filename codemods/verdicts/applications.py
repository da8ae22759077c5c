"""The application that a server runs: how it is made, and what begins and ends with it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from msgspec import Struct

from codemods.reading.scopes import Module, is_test, last_name
from codemods.reading.stars import absolute_module
from codemods.verdicts.cases import Court
from codemods.verdicts.runs import dotted

APPLICATIONS = {"fastapi.FastAPI", "fastapi.applications.FastAPI", "starlette.applications.Starlette"}
MANAGER = "asynccontextmanager"
SEVERAL = ("workers", "reload", "factory")
OTHER_WAYS = ("on_startup", "on_shutdown")
ADDS = ("add_event_handler", "lifespan_context", *OTHER_WAYS)


class Application(Struct, frozen=True, eq=False):
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
    return _made(court, module, name, isinstance(given, ast.Constant))


def only_application(court: Court) -> Application | str | None:
    """The one application of the engine, whoever serves it; None where it has none."""
    found: list[tuple[Module, ast.Call]] = []
    for module, call in court.graph.calls_named(sorted({name.rsplit(".", 1)[-1] for name in APPLICATIONS})):
        if isinstance(call, ast.Call) and dotted(court, module, call) in APPLICATIONS and not is_test(module):
            found.append((module, call))
    if len(found) != 1:
        return f"{len(found)} applications are made, and which one is served cannot be told" if found else None
    module, call = found[0]
    made = module.parent[call]
    target = made.targets[0] if isinstance(made, ast.Assign) and len(made.targets) == 1 else None
    if not isinstance(target, ast.Name):
        return f"the application of {module.path}:{call.lineno} is not made at the top of its file"
    return _made(court, module, target.id, is_named=False)


def _made(court: Court, module: Module, name: str, is_named: bool) -> Application | str:
    bound = list(module.bound(module.root, name))
    made = module.parent[bound[0]] if len(bound) == 1 else None
    call = made.value if isinstance(made, ast.Assign) and made in module.source.tree.body else None
    if not isinstance(made, ast.Assign) or not isinstance(call, ast.Call) or len(made.targets) != 1:
        return f"`{name}` is not made once, at the top of this file"
    if dotted(court, module, call) not in APPLICATIONS:
        return f"`{name}` is not made by FastAPI(...) or Starlette(...) in this file"
    if not court.engine.owns(module.path):
        return f"{module.path} belongs to no path of {court.engine.name}"
    return _read(court, module, name, made, call, is_named)


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
    plain = [last_name(decorator) for decorator in function.decorator_list] == [MANAGER]
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
