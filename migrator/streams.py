"""Who publishes and who consumes what, across engines: one mode for each raw stream."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence

from msgspec import Struct

from codemods.model import Change, StreamEnd, Verdict
from codemods.reading.globs import covers, overlap
from codemods.settings import Route, Settings

MESSAGE = "message"
ROUTED = "routed"


class Mode(Struct, frozen=True):
    """How a raw stream moves, and the fact that decided it."""

    mode: str  # message or routed
    reason: str


def decide_modes(
    ends: Sequence[StreamEnd],
    settings: Settings,
    movable: Collection[str],
) -> dict[str, Mode]:
    """The mode of each raw stream: message where every end can move, else routed.

    `movable` names the engines that the campaign migrates. Streams whose globs overlap share one mode.
    """
    names = sorted({end.name for end in ends if end.kind == "stream"})
    modes = {}
    for group in _overlapping(names):
        found = _mode_of(group, ends, settings, movable)
        modes.update({name: found or Mode(ROUTED, _why_no_type(name, group, ends, settings)) for name in group})
    return modes


def with_fixed(modes: Mapping[str, Mode], fixed: Mapping[str, str]) -> dict[str, Mode]:
    """The modes with those that engines.yaml fixes in their place."""
    said = {name: Mode(fixed[name], "fixed in engines.yaml under `streams`") for name in modes if name in fixed}
    return {**modes, **said}


def _mode_of(
    group: Sequence[str], ends: Sequence[StreamEnd], settings: Settings, movable: Collection[str]
) -> Mode | None:
    """The mode of streams that may be one; None where no route gives all of them one message type."""
    types = {_message_type(name, settings) for name in group}
    message_type = types.pop() if len(types) == 1 else None
    if message_type is None:
        return None
    raw = [end for end in ends if end.kind == "stream" and end.name in group]
    other = [end for end in ends if end.kind != "stream"]
    return (
        _held_by_raw(raw, movable)
        or _held_by_twin(group, ends, message_type, settings)
        or _held_by_other(group, other, message_type, settings, movable)
        or _held_by_absence(group, raw, other, message_type)
        or Mode(MESSAGE, f"every end of {' and '.join(group)} can move, and its route says {message_type}")
    )


def _why_no_type(name: str, group: Sequence[str], ends: Iterable[StreamEnd], settings: Settings) -> str:
    """Why a stream has no message type of its own: its route, or another stream that may be the same one."""
    buses = {route.bus for route in routes_of(name, settings)}
    if len(buses) == 1 and (bus := buses.pop()):
        return f"its route says so, and names the bus {bus}"
    own = _message_type(name, settings)
    raw = [end for end in ends if end.kind == "stream" and end.name in group and overlap(end.name, name)]
    others = (end for end in raw if end.name != name and own != _message_type(end.name, settings))
    other = next(others, None) if own is not None else None
    if other is None:
        return f"no route gives {name} one message type"
    called = f"the stream {other.name}" if other.name.strip("*") else "a stream whose name is known only at run time"
    return f"{_where(other)}: {called} may be the same one, and no route gives that {own}"


def _held_by_raw(raw: Iterable[StreamEnd], movable: Collection[str]) -> Mode | None:
    for end in raw:
        if not end.canonical:
            return Mode(ROUTED, f"{_where(end)}: {end.reason or 'not in the canonical shape'}")
        if end.engine not in movable:
            return Mode(ROUTED, f"{_where(end)}: {end.engine} is not migrated by this campaign, and has a raw end")
    return None


def _held_by_twin(
    group: Sequence[str], ends: Iterable[StreamEnd], message_type: str, settings: Settings
) -> Mode | None:
    """Another raw stream of the same message type: as messages, neither would be told from the other."""
    for end in ends:
        if end.kind == "stream" and end.name not in group and _message_type(end.name, settings) == message_type:
            return Mode(ROUTED, f"{_where(end)}: the stream {end.name} would share {message_type} with it")
    return None


def _held_by_other(
    group: Sequence[str], other: Iterable[StreamEnd], message_type: str, settings: Settings, movable: Collection[str]
) -> Mode | None:
    """A topic, or an engine that was native before the campaign, would be joined to this stream by its type."""
    for end in other:
        if end.kind == "topic" and (
            any(overlap(end.name, name) for name in group) or _message_type(end.name, settings) == message_type
        ):
            return Mode(ROUTED, f"{_where(end)}: the topic {end.name} would share {message_type} with it")
        if end.kind == "message" and end.engine not in movable and overlap(end.name, message_type):
            return Mode(ROUTED, f"{_where(end)}: {end.engine} may use {message_type} for something else")
    return None


def _held_by_absence(
    group: Sequence[str], raw: Iterable[StreamEnd], other: Iterable[StreamEnd], message_type: str
) -> Mode | None:
    """An end that is nowhere in the repository may be outside of it, and would not understand an envelope."""
    roles = {end.role for end in raw} | {end.role for end in other if end.name == message_type}
    for role, word in (("publish", "publishes"), ("consume", "consumes")):
        if role not in roles:
            return Mode(ROUTED, f"nothing in the repository {word} {' and '.join(group)}")
    return None


def _where(end: StreamEnd) -> str:
    return f"{end.path}:{end.line}"


def _message_type(name: str, settings: Settings) -> str | None:
    """The message type of the one route that takes `name`; None where an earlier one takes a part of it."""
    routes = routes_of(name, settings)
    return routes[0].message_type if len(routes) == 1 and covers(routes[0].match, name) else None


def _overlapping(names: Sequence[str]) -> list[list[str]]:
    """The names in groups: two globs that can match one stream are in one group, and so on along the chain."""
    groups: list[list[str]] = []
    for name in names:
        touched = [group for group in groups if any(overlap(name, other) for other in group)]
        groups = [group for group in groups if group not in touched]
        groups.append(sorted([name, *(other for group in touched for other in group)]))
    return groups


def unread_ends(paths: Iterable[str], texts: Mapping[str, bytes], ends: Iterable[StreamEnd]) -> list[StreamEnd]:
    """An end, not canonical, for each raw stream that a file which cannot be read seems to name."""
    streams = {end.name for end in ends if end.kind == "stream"}
    reason = "this file cannot be read, and seems to use the stream"
    return [
        StreamEnd(name, role, "stream", "", path, 1, reason=reason)
        for path in paths
        for name in sorted(streams)
        if _longest_literal(name).encode() in texts.get(path, b"")
        for role in ("publish", "consume")
    ]


def _longest_literal(glob: str) -> str:
    """The longest part of a glob that stands in every name which it matches."""
    return max(re.split(r"\[[^\]]*\]|[*?]", glob), key=len)


def destinations(change: Change, modes: Mapping[str, Mode], settings: Settings, bus_of: Mapping[str, str]) -> list[str]:
    """One line for each topic or stream that the change moves: what becomes of it, and on which bus."""
    moved = {(site.path, site.line) for site in change.sites if site.verdict is Verdict.REWRITE}
    lines = {
        f"{end.role} {end.name}: {target}"
        for end in change.ends
        if end.kind != "message" and (end.path, end.line) in moved
        for target in [_destination(end, modes, settings, bus_of)]
        if target
    }
    return sorted(lines)


def _destination(end: StreamEnd, modes: Mapping[str, Mode], settings: Settings, bus_of: Mapping[str, str]) -> str:
    routes = routes_of(end.name, settings)
    if end.kind == "stream" and modes.get(end.name, Mode(ROUTED, "")).mode == ROUTED:
        buses = sorted({route.bus or bus_of.get(route.message_type or "", "") for route in routes} - {""})
        return f"the same stream on {' and '.join(buses)}" if buses else ""
    types = dict.fromkeys(route.message_type for route in routes if route.message_type)
    return ", ".join(f"{name} on {bus_of.get(name, 'its bus')}" for name in types)


def routes_of(name: str, settings: Settings) -> list[Route]:
    """The routes that take something of what a glob stands for, up to the first that takes all of it."""
    taken = []
    for route in settings.routes:
        if overlap(route.match, name):
            taken.append(route)
        if covers(route.match, name):
            break
    return taken
