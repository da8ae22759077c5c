"""Handlers that keep their signature, for whoever else calls them: a receiver opens the message for them."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Container, Iterator
from functools import cached_property

from codemods.reading.constants import Constants
from codemods.reading.flow import Place
from codemods.reading.scopes import Module, last_name
from codemods.reading.walking import walk
from codemods.verdicts.behind import given_as
from codemods.verdicts.cases import Court
from codemods.verdicts.decorated import is_dressed
from codemods.verdicts.handling import Subscription, factory_of
from codemods.verdicts.passing import Taker, all_given, calls_given, given_besides


class Keeping:
    """Which handlers of one client keep their signature; `places` are the nodes, by id, of what subscribes."""

    def __init__(self, court: Court, places: Container[int], subscriptions: list[Subscription]) -> None:
        self.court, self._places, self.subscriptions = court, places, subscriptions
        self._known = {id(each.registration.handler[1]) for each in subscriptions}
        self._by_handler: dict[int, list[Subscription]] = defaultdict(list)
        for each in subscriptions:
            self._by_handler[id(each.handler)].append(each)

    @cached_property
    def reasons(self) -> dict[int, str]:
        """Why a handler keeps its signature, by its id."""
        found: dict[int, str] = {}
        for each in self.subscriptions:
            reason = next(self._used_elsewhere(each), None)
            if reason is not None:
                found.setdefault(id(each.handler), reason)
        is_settled = False
        while not is_settled:
            direct = [each.taker for each in self.subscriptions if id(each.handler) not in found]
            known = calls_given(direct)
            shared = {id(taker.facts): given_besides(taker, known) for taker in direct}
            more = {number: reason for number, reason in shared.items() if reason is not None}
            found |= more
            is_settled = not more
        return found

    def takers(self, keep: bool = True) -> list[Taker]:
        """The handlers that keep their signature, or those that do not, and all that they give their message to."""
        mine = [each.taker for each in self.subscriptions if (id(each.handler) in self.reasons) is keep]
        return [*mine, *(given.taker for taker in mine for given in all_given(taker))]

    def fault(self, each: Subscription) -> str | None:
        """Why a handler that has to keep its signature cannot; None where it can, and for any other handler."""
        if id(each.handler) not in self.reasons:
            return None
        why = self._against(each)
        return f"{self.reasons[id(each.handler)]}, and {why}" if why is not None else None

    def _against(self, each: Subscription) -> str | None:
        for taker in (each.taker, *(given.taker for given in all_given(each.taker))):
            for read in taker.reads():
                if isinstance(read.node, ast.Call):
                    return f"decodes its payload itself at {taker.facts.module.path}:{read.node.lineno}"
        node = each.handler.node
        if isinstance(node, ast.AsyncFunctionDef):
            return None
        if any(isinstance(inner, ast.Return) and inner.value is not None for inner in ast.walk(node)):
            return "is no coroutine, and returns something"
        reached = self.court.graph.reached_from([each.handler])
        uses = (use for use in self.court.uses if use.kind in AWAITED and use.function in reached)
        use = next(uses, None)
        return f"would become a coroutine for what it does at {use.path}:{use.line}" if use is not None else None

    # who else uses a handler

    def _used_elsewhere(self, each: Subscription) -> Iterator[str]:
        """Each reason for which somebody else may call a handler with a message of another kind."""
        where = f"{each.handler.module.path}:{each.handler.header.lineno}"
        home, given = each.registration.handler
        if is_dressed(self.court, each.handler):
            yield f"the handler at {where} is decorated"
        for module, call in each.handler.calls:
            if not (call.func is given and isinstance(module.parent[call], ast.Lambda)):
                yield f"the handler at {where} is also called at {module.path}:{call.lineno}"
        factory = factory_of(self.court, home, given, each.handler) if isinstance(given, ast.Call) else None
        returned = {id(node) for node in walk(factory.node.body[-1])} if factory is not None else set()
        for module, call in factory.calls if factory is not None else ():
            if not self._is_known(call):
                yield f"its handler is also made at {module.path}:{call.lineno}"
        for module, node in each.handler.references:
            given_on = [place for _, place in given_as(self.court, module, node)]
            if not (all(map(self._is_known, given_on)) or id(node) in returned):
                yield f"its handler is also handed on at {module.path}:{node.lineno}"
        for module, node in self._other_readers(each):
            yield f"the table of its handler is also read at {module.path}:{node.lineno}"
        for other in self._by_handler[id(each.handler)]:
            if other.taker.key != each.taker.key:
                yield f"its handler takes its message as another parameter at {other.use.path}:{other.use.line}"
            elif other.shown != each.shown and other.pattern != each.pattern:
                yield f"its handler is subscribed for another object at {other.use.path}:{other.use.line}"

    def _is_known(self, node: ast.AST) -> bool:
        return id(node) in self._places or id(node) in self._known

    def _other_readers(self, each: Subscription) -> Iterator[Place]:
        """Where the table of a handler is read, but for the loops that subscribe."""
        found = table_of(each)
        if found is not None:
            for module, node in Constants(self.court.program).mentions(last_name(found[2])):
                above = module.parent.get(node)
                counts = isinstance(above, ast.Call) and last_name(above.func) == "len"
                if id(node) not in self._places and not counts:
                    yield module, node


AWAITED = {"call", "stream", "command", "start"}
"""Kinds of use that are awaited once they have moved."""


def table_of(each: Subscription) -> tuple[Module, ast.stmt, ast.expr] | None:
    """The assignment of the table that a loop takes a handler from; None where it stands in the loop itself."""
    home, node = each.registration.handler
    statement = home.statement(node)
    if home is each.use.module and each.use.node in walk(statement):
        return None
    target = statement.targets[0] if isinstance(statement, ast.Assign) else getattr(statement, "target", None)
    return (home, statement, target) if isinstance(target, ast.Name | ast.Attribute) else None
