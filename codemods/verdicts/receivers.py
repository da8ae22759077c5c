"""What opens a message for a handler that keeps its signature: a receiver beside the dispatcher that calls it."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Container, Mapping
from typing import Any

from msgspec import Struct

from codemods.orders import Name, Order
from codemods.reading.scopes import Module
from codemods.reading.walking import names_in
from codemods.verdicts.cases import Court
from codemods.verdicts.handling import Subscription, opened

NAMESPACE: Name = ("types", "SimpleNamespace")
"""What a handler is given that keeps its signature: it reads topic and payload of it, and nothing else."""


class Joined(Struct, frozen=True, eq=False):
    """The one subscription of a bus: the statement whose place it takes, or that it follows, and what it names."""

    bus: str
    module: Module
    anchor: ast.stmt
    is_after: bool
    receiver: str
    handlers: list[str]  # of each subscription
    subscriptions: list[Subscription]
    growth: tuple[Order, ...] = ()  # what makes its function async


class Receiver(Struct, frozen=True, eq=False):
    """A function that opens a message for one handler, and calls that with topic and payload in one object."""

    name: str
    handler: str  # as it is named where the subscription stands
    data: Mapping[str, object]
    needs: tuple[Name, ...]

    def said(self, bound: Mapping[str, str]) -> dict[str, Any]:
        """What its text needs to know, where these handlers have been made under these names."""
        return {**self.data, "name": self.name, "calls": bound.get(self.handler, self.handler)}


def types_on(court: Court, subscription: Subscription, bus: str) -> list[str]:
    """The message types of a subscription that travel on this bus."""
    return [name for name in subscription.types if court.contract.bus_of[name] == bus]


def receivers(court: Court, joined: list[Joined], kept: Container[int]) -> Mapping[int, list[Receiver]]:
    """For each subscription of a bus, by its id, the receivers of those of its handlers that keep their signature."""
    taken: set[str] = set()
    return {id(each): _receivers(court, each, kept, taken) for each in joined}


def _receivers(court: Court, joined: Joined, kept: Container[int], taken: set[str]) -> list[Receiver]:
    mine: dict[str, list[Subscription]] = defaultdict(list)
    for handler, each in zip(joined.handlers, joined.subscriptions, strict=True):
        if id(each.handler) in kept:
            mine[handler].append(each)
    found: list[Receiver] = []
    for handler, several in mine.items():
        name = free(joined.module, f"receive_{several[0].handler.header.name.strip('_')}")
        while name in taken:
            name += "_"
        taken.add(name)
        named = {part: _fresh(part, handler) for part in ("message", "payload", "topic")}
        types = [name for each in several for name in types_on(court, each, joined.bus)]
        data, needs = opened(court, several, types, named, None)
        data["await"] = isinstance(several[0].handler.node, ast.AsyncFunctionDef)
        found.append(Receiver(name, handler, data, (*needs, NAMESPACE)))
    return found


def _fresh(part: str, handler: str) -> str:
    """A name for a part of the message that the handler's own text does not use."""
    taken = names_in(ast.parse(handler))
    while part in taken:
        part += "_"
    return part


def free(module: Module, wanted: str) -> str:
    """A name that nothing in the module has."""
    if module.source.text.isascii() and wanted not in module.source.text:
        return wanted  # most often; a walk over the whole file is not needed for that
    taken = names_in(module.source.tree)
    while wanted in taken:
        wanted += "_"
    return wanted
