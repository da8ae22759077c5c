"""Ends that engines on the dual bus already have: what they publish and subscribe to, and their raw streams."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.model import StreamEnd
from codemods.reading import atoms, legacy
from codemods.reading.use import Use
from codemods.verdicts.cases import Court
from codemods.verdicts.names import ROLES, command_of, stream_names

SUBSCRIBE = ("subscribe_to_marketdata", "subscribe_to_engine_logic")
RAW_KINDS = ("dual-raw call", "dual-raw attribute", "dual-pipeline call", "dual-pipeline attribute")


def native_ends(court: Court) -> Iterator[StreamEnd]:
    """The ends of all uses of the target; a name that cannot be told is `*`."""
    for use in court.uses:
        if use.kind == "dual call" and use.name == "publish_message":
            yield from (_end(court, use, "publish", "message", name) for name in types_of(use))
        elif use.kind == "dual call" and use.name in SUBSCRIBE:
            yield from (_end(court, use, "consume", "message", name) for name in types_of(use))
        elif use.kind in RAW_KINDS and command_of(use) in legacy.STREAM_COMMANDS:
            role = ROLES.get(command_of(use), "inspect")
            buses = {atom.name for atom in use.holders if atom.kind in (atoms.DUAL_RAW, atoms.DUAL_PIPELINE)}
            bus = buses.pop() if len(buses) == 1 else ""
            yield from (_end(court, use, role, "stream", name, bus) for name in stream_names(court, use) or ("*",))


def _end(court: Court, use: Use, role: str, kind: str, name: str, bus: str = "") -> StreamEnd:
    there = "on the dual bus already"
    return StreamEnd(name, role, kind, court.engine.name, use.path, use.line, False, there, bus)


def types_of(use: Use) -> list[str]:
    """The message types that a call names first."""
    keyword = next((k.value for k in use.call.keywords if k.arg in ("message_type", "message_types")), None)
    first = keyword if keyword is not None else next(iter(use.call.args), None)
    elements = first.elts if isinstance(first, ast.List | ast.Tuple) else [first]
    return [element.attr if isinstance(element, ast.Attribute) else "*" for element in elements]
