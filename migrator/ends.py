"""Every end of every stream and topic: those that verdicts name, and those of uses that are asked or refused."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from codemods.model import StreamEnd
from codemods.reading import legacy
from codemods.reading.globs import GLOB

if TYPE_CHECKING:
    from codemods.reading.use import Use
    from codemods.verdicts.cases import Court
    from codemods.work import Scan

UNKNOWN = "*"
NOT_KNOWN = "its name is only known at run time"
OPEN = "what stands here is asked or refused"
MEANINGS = {"publish": "publish", "subscribe": "consume"}
COMMAND_KINDS = ("call", "pipeline call", "attribute")


def all_ends(scan: Scan) -> tuple[StreamEnd, ...]:
    """The ends of one engine in the order of its files; a name that cannot be told is `*`."""
    places = {(end.path, end.line, end.role) for end in scan.ends}
    names = {end.name for end in scan.ends if end.kind == "stream"}
    open_ends = _open_ends(scan.court) if scan.court is not None else ()
    more = (
        end
        for end in open_ends
        if (end.path, end.line, end.role) not in places
        # The acknowledgements and the group of a canonical consumer are part of its end.
        and not (end.role == "inspect" and end.name in names)
    )
    return tuple(sorted({*scan.ends, *more}, key=position))


def position(end: StreamEnd) -> tuple[str, int, str, str, str, str]:
    """What ends are sorted by, so that no order of files or engines shows."""
    return end.path, end.line, end.name, end.role, end.engine, end.kind


def is_unknown(end: StreamEnd) -> bool:
    """Whether the name cannot be told. A subscription to `*` can be: it takes every topic."""
    return end.name == UNKNOWN and (end.reason == NOT_KNOWN or (end.kind, end.role) != ("topic", "consume"))


def _open_ends(court: Court) -> Iterator[StreamEnd]:
    for use in court.uses:
        if use.wrapper is not None:
            yield from _of_wrapper(court, use)
        elif use.kind in COMMAND_KINDS:
            yield from _of_client(court, use)


def _of_wrapper(court: Court, use: Use) -> Iterator[StreamEnd]:
    assert use.wrapper is not None
    role = _role(use)
    if role is None or use.kind not in ("call", "attribute"):
        return
    glob = GLOB[use.wrapper.matching] if role == "consume" else "{}"
    for name in _topics(court, use):
        yield _end(court, use, glob.format(name) if name else UNKNOWN, role, "topic", known=bool(name))


def _role(use: Use) -> str | None:
    assert use.wrapper is not None
    return MEANINGS.get(use.wrapper.methods.get(use.name, ""))


def _topics(court: Court, use: Use) -> tuple[str, ...]:
    """The topics that a call names; "" for one that cannot be told."""
    from codemods.verdicts.publishing import topics_of
    from codemods.verdicts.registrations import registrations
    from codemods.verdicts.servers import arguments

    assert use.wrapper is not None
    if use.kind != "call":
        return ("",)
    parameters = court.wrappers[use.wrapper.module].signature(use.name).parameters
    given = arguments(use.call, parameters) or {}
    topic, handler = [*(given.get(name) for name in parameters[:2]), None, None][:2]
    found = topics_of(court, use, topic) if topic is not None else None
    if not found and topic is not None and handler is not None and _role(use) == "consume":
        turns = registrations(court, use, topic, handler)
        found = tuple(each.pattern for each in turns) if isinstance(turns, list) else ()
    return found or ("",)


def _of_client(court: Court, use: Use) -> Iterator[StreamEnd]:
    from codemods.verdicts.lua import scripted
    from codemods.verdicts.names import ROLES, stream_names

    if use.name in legacy.STREAM_COMMANDS:
        names = stream_names(court, use)
        for name in names or ("",):
            yield _end(court, use, name or UNKNOWN, ROLES.get(use.name, "inspect"), "stream", known=bool(name))
    elif use.kind == "call" and use.name == legacy.ANY_COMMAND:
        role = ROLES.get(_first_text(use).lower(), "inspect")
        if _first_text(use).lower().startswith("x"):
            yield _end(court, use, UNKNOWN, role, "stream", known=False)
    for command in scripted(court, use):
        yield _end(court, use, UNKNOWN, ROLES.get(command, "inspect"), "stream", known=False)


def _first_text(use: Use) -> str:
    """The command that is written out: `execute_command("XADD", ...)`."""
    first = use.call.args[0] if use.call.args else None
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else ""


def _end(court: Court, use: Use, name: str, role: str, kind: str, *, known: bool) -> StreamEnd:
    reason = OPEN if known else NOT_KNOWN
    return StreamEnd(name, role, kind, court.engine.name, use.path, use.line, False, reason, held=True)
