"""Where programs begin, and the port that each serves on, as far as the code says it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from msgspec import Struct

from codemods.reading.dispatch import last_name
from codemods.reading.source import Source
from codemods.reading.walking import walk

APPLICATIONS = {"FastAPI", "Starlette", "Quart", "Sanic", "Litestar", "Flask"}
SERVERS = {"run_app"}  # aiohttp; `uvicorn.run` is known by both its names
RUNNERS = {"uvicorn", "hypercorn", "web"}
LOOPS = {"asyncio", "anyio", "trio", "uvloop"}
UNTIL_DONE = {"run_until_complete", "run_forever"}
PORT = re.compile(r"^(\w+_)?PORT$", re.IGNORECASE)
ELSEWHERE = re.compile(r"redis|bus|metric|prometheus|database|db_", re.IGNORECASE)
FIRST_LOOK = re.compile(rb"FastAPI|Starlette|Quart|Sanic|Litestar|Flask|uvicorn|run_app")
"""The bytes of a file in which an application or a server may be made."""


class Entry(Struct, frozen=True):
    """A file with which a program begins."""

    path: str
    line: int
    serves: bool  # an application or a server is made in it; otherwise it only can be run
    port: int | None = None
    port_line: int = 0


def find_entry(source: Source) -> Entry | None:
    """The entry that a file is; None where no program begins there."""
    served = next((node for node in walk(source.tree) if isinstance(node, ast.Call) and _is_server(node)), None)
    main = next((node for node in source.tree.body if _is_main(node)), None)
    if served is None and main is None:
        return None
    line_of_entry = served.lineno if served else main.lineno if main else 1
    port, line = next(_ports(source.tree), (None, 0))
    return Entry(source.path, line_of_entry, served is not None, port, line)


def _is_server(node: ast.Call) -> bool:
    name, owner = last_name(node.func), last_name(getattr(node.func, "value", node))
    return name in APPLICATIONS | SERVERS or (name == "run" and owner in RUNNERS)


def _is_main(node: ast.stmt) -> bool:
    """Whether a statement of a module is there for a program alone: what asks for `__main__`, or runs an event loop."""
    if isinstance(node, ast.If):
        return any(isinstance(inner, ast.Name) and inner.id == "__name__" for inner in walk(node.test))
    call = node.value if isinstance(node, ast.Expr) else None
    if not isinstance(call, ast.Call):
        return False
    name, owner = last_name(call.func), last_name(getattr(call.func, "value", call))
    return name in UNTIL_DONE or (name == "run" and owner in LOOPS)


def _ports(tree: ast.Module) -> Iterator[tuple[int, int]]:
    """Ports with their lines, the surest first: what a server is run with, then a constant called PORT."""
    constants = {
        last_name(node.targets[0] if isinstance(node, ast.Assign) else node.target): node
        for node in walk(tree)
        if isinstance(node, ast.Assign | ast.AnnAssign)
    }
    values = {name: node.value for name, node in constants.items() if node.value is not None}
    for node in walk(tree):
        if isinstance(node, ast.Call) and _is_server(node):
            for keyword in node.keywords:
                number = _number(keyword.value, values) if keyword.arg == "port" else None
                if number is not None:
                    yield number, node.lineno
    for node in walk(tree):
        if isinstance(node, ast.Call) and last_name(node.func) == "add_argument" and _is_text(node.args, "--port"):
            default = next((keyword.value for keyword in node.keywords if keyword.arg == "default"), None)
            number = _number(default, values) if default is not None else None
            if number is not None:
                yield number, node.lineno
    for name, value in values.items():
        number = _number(value, {})
        if PORT.match(name) and not ELSEWHERE.search(name) and number is not None:
            yield number, value.lineno


def _is_text(nodes: list[ast.expr], text: str) -> bool:
    return any(isinstance(node, ast.Constant) and node.value == text for node in nodes)


def _number(node: ast.expr, names: dict[str, ast.expr]) -> int | None:
    """The number behind an expression; the default of an environment variable counts."""
    if isinstance(node, ast.Constant):
        text = str(node.value)
        return int(text) if text.isdecimal() and 0 < int(text) < 65536 else None
    if isinstance(node, ast.Name | ast.Attribute):
        value = names.get(last_name(node))
        return _number(value, {}) if value is not None else None
    if isinstance(node, ast.BoolOp):
        return _number(node.values[-1], names)
    if isinstance(node, ast.Call) and node.args and last_name(node.func) in ("int", "getenv", "get"):
        return _number(node.args[-1], names)
    return None
