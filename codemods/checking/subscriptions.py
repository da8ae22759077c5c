"""What is subscribed to, and what is published: members of MessageType, on the bus where they are."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.checking.places import Fault, argument, elements, member, parameter, resolved
from codemods.reading.use import Use
from codemods.settings import ENGINE_LOGIC, MARKETDATA
from codemods.verdicts.cases import Court

BUSES = {"subscribe_to_marketdata": MARKETDATA, "subscribe_to_engine_logic": ENGINE_LOGIC}


def types(court: Court, use: Use) -> Iterator[Fault]:
    """A subscription that is to nothing, or to types that are on the other bus."""
    given = _first(use) if use.kind == "dual call" and use.name in BUSES else None
    if given is None:
        return
    value = resolved(use.module, given)
    listed = elements(value)
    if listed is None:
        if isinstance(value, ast.Constant | ast.JoinedStr) or member(court, use.module, value, "MessageType"):
            shown = ast.unparse(value)
            yield Fault("types-no-list", given, f"{use.name}() takes a list of members of MessageType, not {shown}")
        return
    if not listed:
        yield Fault("types-no-list", given, f"{use.name}() is given an empty list, and subscribes to nothing")
    for element in listed:
        if isinstance(element, ast.Constant | ast.JoinedStr):
            yield Fault("types-no-list", given, f"{ast.unparse(element)} is no member of MessageType")
        name = member(court, use.module, element, "MessageType")
        bus = court.contract.bus_of.get(name)
        if bus is not None and bus != BUSES[use.name]:
            right = next(method for method, each in BUSES.items() if each == bus)
            yield Fault("wrong-bus", given, f"MessageType.{name} is on the other bus: {right}()")
        yield from _on_no_bus(court, given, name)


def published(court: Court, use: Use) -> Iterator[Fault]:
    """A publish whose type is no member of MessageType."""
    given = _first(use) if use.kind == "dual call" and use.name == "publish_message" else None
    value = resolved(use.module, given) if given is not None else None
    if given is not None and isinstance(value, ast.Constant | ast.JoinedStr | ast.List | ast.Tuple):
        shown = ast.unparse(value)
        yield Fault("no-message-type", given, f"publish_message() takes a member of MessageType, not {shown}")


def _on_no_bus(court: Court, given: ast.expr, name: str) -> Iterator[Fault]:
    """A type that the target's own table of buses leaves out."""
    if court.contract.bus_of and name in court.contract.enums["MessageType"] and name not in court.contract.bus_of:
        yield Fault("no-bus", given, f"the target puts MessageType.{name} on no bus")


def _first(use: Use) -> ast.expr | None:
    return argument(use.call, 0, parameter(use.name, 0))
