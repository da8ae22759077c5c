"""What redis-py's own commands take, read from the source of the installed library, one command at a time."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

FILES = (
    "client.py",
    "commands/core.py",
    "commands/redismodules.py",
    "commands/cluster.py",
    "asyncio/client.py",
    "commands/sentinel.py",
)
_END = re.compile(r"[)\]][^\n:]*:[ \t]*(?:#[^\n]*)?\n")


@dataclass(frozen=True, slots=True)
class Command:
    """One method: the names that it takes, and whether it takes any other."""

    parameters: frozenset[str]
    takes_any: bool


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
    definition = re.compile(
        rf"(?<!@overload\n)^    (?:(?:async )?def {re.escape(name)}\(|{re.escape(name)} = )", re.MULTILINE
    )
    found = [_read(text, match) for text in _sources() for match in definition.finditer(text)]
    if not found:
        return None
    parameters = frozenset().union(*(each.parameters for each in found))
    return Command(parameters, any(each.takes_any for each in found))


def _read(text: str, match: re.Match[str]) -> Command:
    end = _END.search(text, match.end())
    if not match.group().endswith("(") or end is None:
        return Command(frozenset(), takes_any=True)
    try:
        (node,) = ast.parse(f"{text[match.start() : end.end()].strip()} pass").body
    except (SyntaxError, ValueError):  # a stub on one line reaches into the next definition
        return Command(frozenset(), takes_any=True)
    assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    return Command(frozenset(argument.arg for argument in arguments), node.args.kwarg is not None)


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
