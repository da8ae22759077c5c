"""The orders by which subscriptions become one for each bus, behind a dispatcher that keeps handlers apart."""

from __future__ import annotations

import ast
from typing import Any

from codemods.orders import Name, Order
from codemods.reading.scopes import Module, last_name
from codemods.settings import BUSES
from codemods.verdicts.cases import Case, Court
from codemods.verdicts.handling import Subscription, names_in
from codemods.verdicts.registrations import is_log_line, loops_around


def place_of(case: Case) -> ast.stmt:
    """The statement that subscribes: the outermost loop, or else the call's own."""
    loops = loops_around(case.use)
    return loops[0] if loops else case.use.module.statement(case.use.node)


def types_on(court: Court, subscription: Subscription, bus: str) -> list[str]:
    """The message types of a subscription that travel on this bus."""
    return [name for name in subscription.types if court.contract.bus_of[name] == bus]


def order_subscriptions(court: Court, cases: list[Case], subscriptions: list[Subscription]) -> None:
    """The last place that subscribes on a bus becomes its one subscription; those that are no bus's last go."""
    case_of = {id(case.use): case for case in cases}
    of_bus = {bus: [each for each in subscriptions if types_on(court, each, bus)] for bus in BUSES}
    last = {bus: place_of(case_of[id(mine[-1].use)]) for bus, mine in of_bus.items() if mine}
    done: set[int] = set()
    for case in cases:
        place = place_of(case)
        if isinstance(place, ast.For) and _keeps(place):
            gone = case.use.module.statement(case.use.node)
            case.orders += (Order("consuming", case.use.module, gone, {"remove": True}, consumes=(gone,)),)
        if id(place) in done:
            continue
        done.add(id(place))
        mine = [bus for bus in BUSES if last.get(bus) is place]
        made = [_together(court, bus, of_bus[bus]) for bus in mine]
        if made or not (isinstance(place, ast.For) and _keeps(place)):
            case.orders += (_order(court, case, place, made),)


def _keeps(loop: ast.For) -> bool:
    """Whether something of a loop stays when its subscriptions go."""
    inner = [statement for statement in loop.body if isinstance(statement, ast.For)]
    return any(map(is_log_line, loop.body)) or any(map(_keeps, inner))


def _order(court: Court, case: Case, place: ast.stmt, made: list[dict[str, Any]]) -> Order:
    needs: list[Name] = [(court.target, "MessageType")] if made else []
    if any(each["logger"] is None and (len(each["handlers"]) > 1 or not each["raises"]) for each in made):
        needs.append(("logging", ""))
    stays = isinstance(place, ast.For) and _keeps(place)
    data = {"remove": not made, "subscriptions": made, "after": stays, "whole": True}
    consumes = (case.use.call,) if not isinstance(place, ast.For) else () if stays else (place,)
    return Order("consuming", case.use.module, place, data, tuple(needs), consumes)


def _together(court: Court, bus: str, subscriptions: list[Subscription]) -> dict[str, Any]:
    """What the one subscription of a bus must name, in the place of its last legacy subscription."""
    last = subscriptions[-1].use
    assert last.wrapper is not None
    assert last.receiver is not None
    return {
        "bus": bus,
        "types": list(dict.fromkeys(name for each in subscriptions for name in types_on(court, each, bus))),
        "handlers": list(dict.fromkeys(each.shown for each in subscriptions)),
        "raises": last.wrapper.handler_errors == "raise",
        "receiver": last.module.source.segment(last.receiver),
        "logger": _logger(last.module),
        "dispatcher": _free(last.module, f"dispatch_{bus}"),
    }


def _logger(module: Module) -> str | None:
    """The module's own logger, where it has one."""
    for node in module.source.tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            target = node.targets[0]
            if isinstance(target, ast.Name) and last_name(node.value.func) == "getLogger":
                return target.id
    return None


def _free(module: Module, wanted: str) -> str:
    if module.source.text.isascii() and wanted not in module.source.text:
        return wanted  # most often; a walk over the whole file is not needed for that
    taken = names_in(module.source.tree)
    while wanted in taken:
        wanted += "_"
    return wanted
