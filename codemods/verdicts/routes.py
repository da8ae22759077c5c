"""Which message type or bus takes a topic or a stream: the routes of engines.yaml, and the question where none does."""

from __future__ import annotations

import json
import re
import textwrap

from codemods.model import Question
from codemods.reading.globs import covers, overlap
from codemods.settings import ENGINE_LOGIC, MARKETDATA, Route
from codemods.verdicts.cases import Court

RAW_ATTRIBUTE = {MARKETDATA: "marketdata_client", ENGINE_LOGIC: "engine_logic_client"}
"""The attribute of the target's client that is the raw client of a bus."""

UNTOLD = "..."  # where nothing in a name tells its type; no target has a type of that name, so it is never taken
WIDTH = 68  # columns of a comment in a suggestion, which is printed with an indent


def route_of(court: Court, name: str) -> Route | None:
    """The route that takes every name that this glob stands for; None where it is not one alone."""
    for route in court.settings.routes:
        if covers(route.match, name):
            return route
        if overlap(route.match, name):
            return None
    return None


def bus_of(court: Court, name: str) -> str | None:
    """The bus that a stream is routed to."""
    route = route_of(court, name)
    if route is None:
        return None
    return route.bus or court.contract.bus_of.get(route.message_type or "")


def types_of_pattern(court: Court, pattern: str) -> tuple[str, ...] | None:
    """The message types of all topics that a subscription's glob can match; None where a topic has no route."""
    types: list[str] = []
    for route in court.settings.routes:
        if route.message_type and overlap(route.match, pattern) and route.message_type not in types:
            types.append(route.message_type)
        if covers(route.match, pattern):
            return tuple(types) or None
    return None


def question_of_topic(court: Court, name: str) -> Question:
    """Which message type replaces this topic?"""
    guess = _nearest_type(court, name)
    types = "" if guess else _types(court)
    yaml = f"routes:\n{_where(court, name)}{types}  - {{match: {_quoted(name)}, message_type: {guess or UNTOLD}}}"
    return Question(f"route:{name}", f"which message type replaces the topic `{name}`?", yaml)


def _types(court: Court) -> str:
    """Comments with the types to choose from: first those of the bus on which engines talk to each other."""
    names = ", ".join((*court.contract.types_of(ENGINE_LOGIC), *court.contract.types_of(MARKETDATA)))
    lines = textwrap.wrap(f"one of {names}", WIDTH) if names else []
    return "".join(f"  # {line}\n" for line in lines)


def question_of_stream(court: Court, name: str) -> Question:
    """Which bus carries this stream?"""
    guess = _nearest_type(court, name)
    bus = court.contract.bus_of.get(guess or "", ENGINE_LOGIC)
    other = MARKETDATA if bus == ENGINE_LOGIC else ENGINE_LOGIC
    yaml = f"routes:\n{_where(court, name)}  - {{match: {_quoted(name)}, bus: {bus}}}   # or {other}"
    return Question(f"route:{name}", f"which bus carries the stream `{name}`?", yaml)


def _where(court: Court, name: str) -> str:
    """A comment that says where the route must stand, if one that takes a part of its names is there: first wins."""
    first = next((route.match for route in court.settings.routes if overlap(route.match, name)), None)
    return "" if first is None else f"  # above the route {_quoted(first)}: what both take is this one's then\n"


def suggested_glob(court: Court, expression: str, *, messages: bool) -> str:
    """A glob that a route takes, by the words of an expression: what an unknown name may be suggested to hold."""
    routes = court.settings.routes
    fitting = [route.match for route in routes if bool(route.message_type) is messages] or [r.match for r in routes]
    words = _words(f"{expression} {court.engine.name}")
    return max(fitting, key=lambda match: len(words & _words(match)), default=f"{court.engine.name}.*")


def _quoted(name: str) -> str:
    """A name as YAML has it, whatever it holds: JSON's strings are YAML's."""
    return json.dumps(name, ensure_ascii=False)


def _nearest_type(court: Court, name: str) -> str | None:
    """The message type that shares most words with a name, or else with the engine's, if any does."""
    return _nearest(court, _words(name)) or _nearest(court, _words(court.engine.name))


def _words(name: str) -> set[str]:
    return {word.rstrip("s") for word in re.findall(r"[a-z]+", name.lower())}


def _nearest(court: Court, words: set[str]) -> str | None:

    def shared(member: str) -> int:
        return len(words & {word.rstrip("S").lower() for word in member.split("_")})

    best = max(court.contract.enums.get("MessageType", ()), key=shared, default=None)
    return best if best is not None and shared(best) else None
