"""Which streams a command names: constants, f-strings, and what a read has just delivered."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from codemods.model import StreamEnd
from codemods.reading import by_name, legacy
from codemods.reading.constants import Constants
from codemods.reading.flow import Place
from codemods.reading.use import Use
from codemods.verdicts.bound import called_as, is_bound
from codemods.verdicts.cases import Court, identity
from codemods.verdicts.delivered import delivering
from codemods.verdicts.mappings import given_by_calls, keys_of, known_texts

ROLES = {"xadd": "publish", "xread": "consume", "xreadgroup": "consume"}


CALLS = ("call", "dual-raw call", "dual-pipeline call")
SECOND_WORD = {"xgroup", "xinfo"}
"""Commands whose first argument says which command it is."""


def written_command(use: Use) -> str:
    """The command that is written out as a text, by redis-py's name for it: `execute_command("XADD", ...)`."""
    words = [a.value for a in use.call.args[:2] if isinstance(a, ast.Constant) and isinstance(a.value, str)]
    first = words[0].lower().replace(" ", "_") if words else ""
    return f"{first}_{words[1].lower()}" if first in SECOND_WORD and len(words) == 2 else first


def command_of(use: Use) -> str:
    """The command of a use, written out or called."""
    return written_command(use) if use.kind in CALLS and use.name == legacy.ANY_COMMAND else use.name


def ends_of(court: Court, use: Use, names: Iterable[str], reason: str) -> Iterator[StreamEnd]:
    """The ends that a command makes of the streams that it names."""
    role = ROLES.get(command_of(use), "inspect")
    for name in names:
        yield StreamEnd(name, role, "stream", court.engine.name, use.path, use.line, False, reason)


def stream_names(court: Court, use: Use) -> tuple[str, ...] | None:
    """Every stream that a command may touch, globs where parts are decided at run time; None where that is unknown."""
    if is_bound(use):
        each = [stream_names(court, call) for call in called_as(court, use) or ()]
        told = [names for names in each if names is not None]
        return tuple(sorted({name for names in told for name in names})) if each and told == each else None
    if not isinstance(use.node, ast.Call) or use.kind == "attribute":
        return None
    found: set[str] = set()
    for place in _places(court, use):
        names = _in_code(court, use, place) or court.names(_id(use, place))
        if names is None:
            return None
        found.update(names)
    return tuple(sorted(found)) or court.names(id_of_stream(court, use))


def id_of_stream(court: Court, use: Use) -> str:
    """The id of the question which stream a command names: one for each constant, or else for each expression."""
    place = _unknown(court, use)
    return _id(use, place) if place is not None else identity("stream", use, ast.unparse(use.call))


def said_by_calls(court: Court, use: Use) -> str:
    """Which calls give a command its streams, for a sentence about them; "" where it names them itself."""
    places = [place for place in _places(court, use) if isinstance(place[1], ast.Name)]
    given = [g for module, node in places for g in given_by_calls(court, module, node) or ()]  # type: ignore[arg-type]
    told = [(known_texts(court, *place) or ("?",), f"{place[0].path}:{place[1].lineno}") for place in given]
    return "; ".join(f"{', '.join(names)} by {where}" for names, where in told)


def default_stream(court: Court, use: Use) -> str | None:
    """The stream that a command names unless the environment says otherwise."""
    place = _unknown(court, use)
    return by_name.default_of(court.program.value(*place)) if place is not None else None


def names_streams(court: Court, use: Use, streams: set[str]) -> bool:
    """Whether every key of a command that any kind of key takes is certainly one of these streams."""
    if use.kind not in ("call", "pipeline call") or use.name not in legacy.ON_ANY_KEY:
        return False
    keys = [_in_code(court, use, place) for place in _places(court, use)]
    told = [name for names in keys for name in names or ("*",)]
    return bool(told) and all(name in streams and len(name.replace("*", "")) > 2 for name in told)


def _unknown(court: Court, use: Use) -> Place | None:
    """The first expression that names a stream which the code does not tell."""
    return next((place for place in _places(court, use) if not _in_code(court, use, place)), None)


def _id(use: Use, place: Place) -> str:
    module, node = place
    shown = ast.unparse(node)
    if isinstance(node, ast.Name) and module.scope_of[node].find(node.id) is module.root:
        return f"stream:{module.path}:{shown}"
    return identity("stream", use, shown)


def _places(court: Court, use: Use) -> list[Place]:
    """The expressions that name the streams of a command: the argument itself, or the keys of a mapping."""
    node = _named(use)
    if node is None:
        return []
    if use.name in legacy.MANY_KEYS:
        return [place for argument in use.call.args for place in _several(court, use, argument)]
    if use.name not in legacy.READERS:
        return [(use.module, node)]
    return keys_of(court, use.module, node) or [(use.module, node)]


def _several(court: Court, use: Use, argument: ast.expr) -> list[Place]:
    """An argument, or those of a constant list that is unpacked."""
    unpacked = argument.value if isinstance(argument, ast.Starred) else None
    found = Constants(court.program).elements(use.module, unpacked, {}) if unpacked is not None else None
    return found or [(use.module, argument)]


def _in_code(court: Court, use: Use, place: Place) -> tuple[str, ...] | None:
    module, node = place
    if isinstance(node, ast.Starred) or module.scope_of.get(node) is None:
        return None
    return known_texts(court, module, node) or (_delivered(court, use, node) if module is use.module else None)


def _named(use: Use) -> ast.expr | None:
    """The argument that names the streams."""
    if use.name == legacy.ANY_COMMAND:
        position = 2 if _first(use) in SECOND_WORD else 1
        return use.call.args[position] if len(use.call.args) > position else None
    keyword, position = legacy.STREAM_PARAMETER.get(use.name, ("name", 0))
    node = next((k.value for k in use.call.keywords if k.arg == keyword), None)
    if node is None and len(use.call.args) > position:
        node = use.call.args[position]
    return node


def _first(use: Use) -> str:
    first = use.call.args[0] if use.call.args else None
    return str(first.value).lower() if isinstance(first, ast.Constant) else ""


def _delivered(court: Court, use: Use, node: ast.expr) -> tuple[str, ...] | None:
    """The streams of a read of the same client, for a name that takes its stream from the read's reply."""
    reply = delivering(use.module, node)
    reads = (call for u in court.uses if u.name in legacy.READERS for call in _calls_of(court, u))
    read = next((call for call in reads if call.node is reply), None) if reply is not None else None
    same = read is not None and set(read.holders) == set(use.holders)
    return stream_names(court, read) if read is not None and same else None


def _calls_of(court: Court, use: Use) -> Iterable[Use]:
    return called_as(court, use) or () if is_bound(use) else (use,)
