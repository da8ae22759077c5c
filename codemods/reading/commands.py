"""What redis-py's own commands take, read from the source of the installed library, one command at a time."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from msgspec import Struct

from codemods.reading.binding import misfit

FILES = (
    "commands/core.py",
    "client.py",
    "commands/redismodules.py",
    "commands/cluster.py",
    "asyncio/client.py",
    "commands/sentinel.py",
)
_DEFINITION = re.compile(r"\n    (def |async def |)(\w+)(?: = |\()")
CONSTRUCTOR = "\n    def __init__("
_FORMS = ("def ", "async def ", "")
_END = re.compile(r"[)\]][^\n:]*:[ \t]*(?:#[^\n]*)?\n")


class Command(Struct, frozen=True):
    """One method: the names that it takes, and whether it takes any other."""

    parameters: frozenset[str]
    takes_any: bool
    forms: tuple[ast.arguments, ...] = ()  # one of each class that has it; none where one cannot be read


@cache
def _sources() -> tuple[str, ...]:
    """The texts in which the methods of a client are defined; none where redis-py cannot be found."""
    try:
        spec = find_spec("redis")
    except ValueError:  # something else goes by that name in this process
        return ()
    if spec is None or not spec.submodule_search_locations:
        return ()
    root = Path(spec.submodule_search_locations[0])
    return tuple((root / file).read_text(encoding="utf-8") for file in FILES if (root / file).exists())


@cache
def command(name: str) -> Command | None:
    """A method of a redis client by its name; None where redis-py has none. Parsing it all would take 140 ms."""
    found = [_read(text, start, end) for text in _sources() for _, start, end in _definitions(text).get(name, ())]
    if not found:
        return None
    parameters = frozenset().union(*(each.parameters for each in found))
    forms = tuple(form for each in found for form in each.forms)
    return Command(parameters, any(each.takes_any for each in found), forms if all(f.forms for f in found) else ())


@cache
def _definitions(text: str) -> dict[str, list[tuple[int, int, int]]]:
    """Where each method is defined, and where that which introduces it ends: one look for all of them takes 2 ms."""
    places: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
    for found in _DEFINITION.finditer(text):
        is_call = not found[1] and found[0].endswith("(")
        if not is_call and not text.endswith("@overload", 0, found.start()):
            places[found[2]].append((_FORMS.index(found[1]), found.start() + 1, found.end()))
    return {name: sorted(each) for name, each in places.items()}


def _read(text: str, start: int, after: int) -> Command:
    end = _END.search(text, after)
    if not text.endswith("(", 0, after) or end is None:
        return Command(frozenset(), takes_any=True)
    try:
        (node,) = ast.parse(f"{text[start : end.end()].strip()} pass").body
    except (SyntaxError, ValueError):  # a stub on one line reaches into the next definition
        return Command(frozenset(), takes_any=True)
    assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    return Command(frozenset(argument.arg for argument in arguments), node.args.kwarg is not None, (node.args,))


@cache
def constructors() -> tuple[ast.arguments, ...]:
    """What `redis.Redis` and `redis.asyncio.Redis` take."""
    return tuple(form for text in _sources() for form in _constructor(text))


def _constructor(text: str) -> tuple[ast.arguments, ...]:
    defined = text.find("\nclass Redis(")  # as an expression, it takes 2 ms to be found
    made = text.find(CONSTRUCTOR, defined) if defined >= 0 else -1
    return _read(text, made + 1, made + len(CONSTRUCTOR)).forms if made >= 0 else ()


def broken_construction(call: ast.Call) -> str | None:
    """Why a client could never have been made with these arguments."""
    wrong = [misfit(call, form) for form in constructors()]
    return f"broken: Redis() {wrong[0]}" if wrong and all(wrong) else None


def broken_call(name: str, call: ast.Call) -> str | None:
    """Why a command could never have been called so."""
    keywords = tuple(keyword.arg for keyword in call.keywords if keyword.arg is not None)
    known = command(name)
    wrong = [misfit(call, form) for form in known.forms] if known is not None else []
    return broken(name, keywords) or (f"broken: {name}() {wrong[0]}" if wrong and all(wrong) else None)


def broken(name: str, keywords: tuple[str, ...]) -> str | None:
    """Why a call could never have worked, as far as the library's source tells; None where it says nothing."""
    if not _sources():
        return None
    known = command(name)
    if known is None:
        return f"broken: redis-py has no {name}()"
    unknown = next((keyword for keyword in keywords if keyword not in known.parameters), None)
    if unknown is not None and not known.takes_any:
        return f"broken: {name}() takes no `{unknown}`"
    return None
