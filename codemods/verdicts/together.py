"""What the subscriptions of one client mean for each other: the order of handlers, and who else calls those."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from codemods.reading.constants import Constants
from codemods.reading.globs import is_literal, overlap
from codemods.reading.scopes import Module, last_name
from codemods.reading.use import Use
from codemods.reading.walking import walk
from codemods.verdicts.behind import given_as
from codemods.verdicts.cases import Case, Court
from codemods.verdicts.dispatching import place_of
from codemods.verdicts.handling import Subscription, factory_of
from codemods.verdicts.passing import calls_given, given_besides
from codemods.verdicts.publishing import topics_of
from codemods.verdicts.servers import arguments


class Together:
    """All subscriptions of one client, in the order in which they are made, and the cases that make them.

    What all of them are asked for is worked out once: there may be hundreds.
    """

    def __init__(self, court: Court, cases: list[Case], subscriptions: list[Subscription]) -> None:
        self.court, self.cases, self.subscriptions = court, cases, subscriptions
        self._index = {id(each): number for number, each in enumerate(subscriptions)}
        turns = dict.fromkeys(map(_pair, subscriptions))
        self._turn = {pair: number for number, pair in enumerate(turns)}

    def fault(self, mine: Sequence[Subscription]) -> str | None:
        """The first reason for which these of them cannot move; None where they can."""
        return (
            next(self._faults_of_order(mine), None)
            or next(self._handed_on(mine), None)
            or next(filter(None, (given_besides(each.taker, self._given) for each in mine)), None)
            or next(filter(None, map(self._feeds_itself, mine)), None)
        )

    # the order of handlers

    def _faults_of_order(self, mine: Iterable[Subscription]) -> Iterator[str]:
        """What a message that two subscriptions match would meet otherwise than before."""
        for one in mine:
            own = _pair(one)
            for other in self._near(one):
                its = _pair(other)
                both = other is not one and overlap(one.glob, other.glob)
                where = f"{other.use.path}:{other.use.line}"
                if other.handler is one.handler and other.taker.key != one.taker.key:
                    yield f"its handler takes its message as another parameter at {where}"
                elif both and its == own:
                    yield "its handler would be called twice for a topic that two of its subscriptions match"
                elif other.handler is one.handler and its != own and other.pattern != one.pattern:
                    both_get = "and both would get the topics of both"
                    yield f"its handler is subscribed for another object at {where}, {both_get}"
                elif both and self._is_before(one, other) != (self._turn[own] < self._turn[its]):
                    yield f"a topic that this and {where} match would meet its handlers in another order"

    def _near(self, one: Subscription) -> list[Subscription]:
        """The subscriptions that may match what this one does, or have its handler, in order."""
        if not is_literal(one.glob):
            return self.subscriptions
        found = [*self._by_name[one.glob], *self._globs, *self._by_handler[id(one.handler)]]
        return sorted({id(each): each for each in found}.values(), key=lambda each: self._index[id(each)])

    def _is_before(self, one: Subscription, other: Subscription) -> bool:
        return self._index[id(one)] < self._index[id(other)]

    @cached_property
    def _by_name(self) -> dict[str, list[Subscription]]:
        found: dict[str, list[Subscription]] = defaultdict(list)
        for each in self.subscriptions:
            found[each.glob].append(each)
        return found

    @cached_property
    def _globs(self) -> list[Subscription]:
        return [each for each in self.subscriptions if not is_literal(each.glob)]

    @cached_property
    def _by_handler(self) -> dict[int, list[Subscription]]:
        found: dict[int, list[Subscription]] = defaultdict(list)
        for each in self.subscriptions:
            found[id(each.handler)].append(each)
        return found

    # who else calls the handlers

    @cached_property
    def _places(self) -> set[int]:
        """The nodes, by id, of the statements that subscribe."""
        statements = {id(place): place for place in (place_of(case.use) for case in self.cases)}
        return {id(node) for statement in statements.values() for node in walk(statement)}

    @cached_property
    def _known(self) -> set[int]:
        return self._places | {id(each.registration.handler[1]) for each in self.subscriptions}

    @cached_property
    def _given(self) -> set[int]:
        """The calls, by id, by which a handler gives its message on."""
        return calls_given([each.taker for each in self.subscriptions])

    def _handed_on(self, mine: Iterable[Subscription]) -> Iterator[str]:
        """Where a handler is handed on besides, so that somebody else may call it with a message of another kind."""
        for each in mine:
            home, given = each.registration.handler
            factory = factory_of(self.court, home, given, each.handler) if isinstance(given, ast.Call) else None
            returned = {id(node) for node in walk(factory.node.body[-1])} if factory is not None else set()
            for module, call in factory.calls if factory is not None else ():
                if id(call) not in self._known:
                    yield f"its handler is also made at {module.path}:{call.lineno}"
            for module, node in each.handler.references:
                given_on = {id(place[1]) for place in given_as(self.court, module, node)}
                if not (given_on <= self._known or id(node) in returned):
                    yield f"its handler is also handed on at {module.path}:{node.lineno}"
            for module, node in self._other_readers(each):
                yield f"the table of its handler is also read at {module.path}:{node.lineno}"

    def _other_readers(self, each: Subscription) -> Iterator[tuple[Module, ast.expr]]:
        """Where the table of a handler is read, but for the loops that subscribe."""
        found = table_of(each)
        if found is not None:
            for module, node in Constants(self.court.program).mentions(last_name(found[2])):
                above = module.parent.get(node)
                counts = isinstance(above, ast.Call) and last_name(above.func) == "len"
                if id(node) not in self._places and not counts:
                    yield module, node

    # what a handler sets off

    @cached_property
    def _publishes(self) -> dict[object, list[tuple[int, Use]]]:
        """The uses that publish, by the function that they are in, each with its place among all uses."""
        found: dict[object, list[tuple[int, Use]]] = defaultdict(list)
        for number, use in enumerate(self.court.uses):
            if use.kind == "call" and use.wrapper and use.wrapper.methods.get(use.name) == "publish":
                found[use.function].append((number, use))
        return found

    def _feeds_itself(self, subscription: Subscription) -> str | None:
        """A handler that publishes what its own subscription matches would feed itself without end."""
        reached = self.court.graph.reached_from([subscription.handler])
        inside = sorted(found for function in reached for found in self._publishes.get(function, ()))
        for _, use in inside:
            for topic in self._topics(use):
                if overlap(topic, subscription.glob):
                    where = f"{use.path}:{use.line}"
                    return f"its handler publishes `{topic}` at {where}, which it also receives: it would feed itself"
        return None

    def _topics(self, use: Use) -> Iterable[str]:
        assert use.wrapper is not None
        parameters = self.court.wrappers[use.wrapper.module].signature(use.name).parameters
        node = (arguments(use.call, parameters) or {}).get(parameters[0])
        return (topics_of(self.court, use, node) if node is not None else None) or ()


def _pair(each: Subscription) -> tuple[int, str]:
    return id(each.handler), each.shown


def table_of(each: Subscription) -> tuple[Module, ast.stmt, ast.expr] | None:
    """The assignment of the table that a loop takes a handler from; None where it stands in the loop itself."""
    home, node = each.registration.handler
    statement = home.statement(node)
    if home is each.use.module and each.use.node in walk(statement):
        return None
    target = statement.targets[0] if isinstance(statement, ast.Assign) else getattr(statement, "target", None)
    return (home, statement, target) if isinstance(target, ast.Name | ast.Attribute) else None
