"""What the subscriptions of one client mean for each other: the order of handlers, and what those set off."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from codemods.reading.globs import is_literal, overlap
from codemods.reading.use import Use
from codemods.reading.walking import walk
from codemods.verdicts.cases import Case, Court
from codemods.verdicts.dispatching import place_of
from codemods.verdicts.handling import Subscription
from codemods.verdicts.keeping import Keeping
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
        statements = {id(place): place for place in (place_of(case.use) for case in cases)}
        places = {id(node) for statement in statements.values() for node in walk(statement)}
        self.keeping = Keeping(court, places, subscriptions)

    def fault(self, mine: Sequence[Subscription]) -> str | None:
        """The first reason for which these of them cannot move; None where they can."""
        return (
            next(self._faults_of_order(mine), None)
            or next(filter(None, map(self.keeping.fault, mine)), None)
            or next(filter(None, map(self._feeds_itself, mine)), None)
            or next(filter(None, map(self._subscribes, mine)), None)
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
                if both and its == own:
                    yield "its handler would be called twice for a topic that two of its subscriptions match"
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

    def _subscribes(self, subscription: Subscription) -> str | None:
        """What subscribes with each message would have subscriptions that share what arrives."""
        reached = self.court.graph.reached_from([subscription.handler])
        inside = next((case.use for case in self.cases if case.use.function in reached), None)
        if inside is None:
            return None
        where = f"{inside.path}:{inside.line}"
        return f"its handler subscribes at {where}, with each message again: the target's subscriptions share messages"

    def _topics(self, use: Use) -> Iterable[str]:
        assert use.wrapper is not None
        parameters = self.court.wrappers[use.wrapper.module].signature(use.name).parameters
        node = (arguments(use.call, parameters) or {}).get(parameters[0])
        return (topics_of(self.court, use, node) if node is not None else None) or ()


def _pair(each: Subscription) -> tuple[int, str]:
    return id(each.handler), each.shown
