"""The orders by which subscriptions become one for each bus, behind a dispatcher that keeps handlers apart."""

from __future__ import annotations

import ast
from collections.abc import Container, Iterator, Mapping
from typing import Any

from codemods.orders import Name, Order
from codemods.reading.scopes import Module, last_name
from codemods.reading.use import Use
from codemods.settings import Wrapper
from codemods.verdicts.cases import Case, Court
from codemods.verdicts.guards import is_log_line
from codemods.verdicts.receivers import Joined, Receiver, free, receivers, types_on
from codemods.verdicts.registrations import loops_around
from codemods.verdicts.sequence import Step


def place_of(use: Use) -> ast.stmt:
    """The statement that subscribes: the outermost loop, or else the call's own."""
    loops = loops_around(use)
    return loops[0] if loops else use.module.statement(use.node)


def order_subscriptions(court: Court, cases: list[Case], joined: list[Joined], kept: Container[int]) -> None:
    """Each place becomes the subscriptions that stand there, or goes; others are put after what they follow.

    `kept` are the handlers, by id, that keep their signature.
    """
    opening = receivers(court, joined, kept)
    anchors: dict[int, list[Joined]] = {}
    for each in joined:
        anchors.setdefault(id(each.anchor), []).append(each)
    handlers = (each.registration.handler[1] for one in joined for each in one.subscriptions)
    made = {id(node) for node in handlers if isinstance(node, ast.Call)}
    done: set[int] = set()
    for case in cases:
        place = place_of(case.use)
        stays = keeps(place)
        if stays:
            inner = [loop for loop in loops_around(case.use) if not keeps(loop)]
            gone = inner[0] if inner else case.use.module.statement(case.use.node)
            data = {"remove": True, "whole": True}
            case.orders += (Order("consuming", case.use.module, gone, data, consumes=(gone,)),)
        mine = anchors.pop(id(place), [])
        if id(place) not in done and (mine or not stays):
            whole = case.use.call if not isinstance(place, ast.For) else place
            consumes = () if stays and whole is place else tuple(_parts(whole, made))
            growth = tuple(order for each in mine for order in each.growth)
            case.orders += (
                _order(court, case.use.module, place, mine, stays, consumes, opening),
                *dict.fromkeys(growth),
            )
        done.add(id(place))
    for several in anchors.values():
        cases[0].orders += (_order(court, several[0].module, several[0].anchor, several, True, (), opening),)


def _parts(gone: ast.AST, stays: set[int]) -> Iterator[ast.AST]:
    """What goes of a node, but for parts, by id, whose text goes on."""
    if id(gone) in stays:
        return
    if stays.isdisjoint(map(id, ast.walk(gone))):
        yield gone
    else:
        for part in ast.iter_child_nodes(gone):
            yield from _parts(part, stays)


def order_emptied(places: list[list[Step]]) -> Iterator[Order]:
    """A private method of which nothing stays goes, with the one call of it; these ways lead to statements that go."""
    gone = {id(way[0].statement) for way in places}
    for way in places:
        function = way[0].function
        if function is None or len(way) < 2 or not isinstance(way[0].module.parent[function], ast.ClassDef):
            continue
        is_private = function.name.startswith("_") and not function.name.endswith("__")
        body = function.body[1:] if ast.get_docstring(function) is not None else function.body
        if is_private and all(id(statement) in gone for statement in body) and way[0].statement is body[-1]:
            for module, statement in ((way[0].module, function), (way[1].module, way[1].statement)):
                yield Order("consuming", module, statement, {"remove": True, "whole": True}, consumes=(statement,))


def keeps(place: ast.stmt) -> bool:
    """Whether something of a loop stays when its subscriptions go."""
    return isinstance(place, ast.For) and any(is_log_line(inner) or keeps(inner) for inner in place.body)


def _order(
    court: Court,
    module: Module,
    place: ast.stmt,
    joined: list[Joined],
    stays: bool,
    consumes: tuple[ast.AST, ...],
    opening: Mapping[int, list[Receiver]],
) -> Order:
    made = [_made(court, each, opening[id(each)]) for each in joined]
    needs: list[Name] = [(court.target, "MessageType")] if made else []
    if any(each["logger"] is None and (len(each["handlers"]) > 1 or not each["raises"]) for each in made):
        needs.append(("logging", ""))
    needs += [need for each in joined for receiver in opening[id(each)] for need in receiver.needs]
    data = {"remove": not made, "subscriptions": made, "after": stays, "whole": True}
    return Order("consuming", module, place, data, tuple(dict.fromkeys(needs)), consumes)


def _made(court: Court, joined: Joined, opening: list[Receiver]) -> dict[str, Any]:
    """What the one subscription of a bus must name."""
    wrapper = joined.subscriptions[-1].use.wrapper
    assert wrapper is not None
    types = (name for each in joined.subscriptions for name in types_on(court, each, joined.bus))
    bound = _bound(joined) if _is_dispatched(joined, wrapper) or opening else {}
    names = {**bound, **{receiver.handler: receiver.name for receiver in opening}}
    return {
        "bus": joined.bus,
        "types": list(dict.fromkeys(types)),
        "bound": bound,
        "receivers": [receiver.said(bound) for receiver in opening],
        "handlers": [names.get(handler, handler) for handler in dict.fromkeys(joined.handlers)],
        "raises": wrapper.handler_errors == "raise",
        "name": _called(joined, opening),
        "receiver": joined.receiver,
        "logger": _logger(joined.module),
        "dispatcher": free(joined.module, f"dispatch_{joined.bus}"),
    }


def _called(joined: Joined, opening: list[Receiver]) -> str:
    """How a log line names a handler: what `functools.partial` gives has no name."""
    opened = {receiver.handler for receiver in opening}
    pairs = zip(joined.handlers, joined.subscriptions, strict=True)
    is_bare = any(each.is_partial for handler, each in pairs if handler not in opened)
    return "handler" if is_bare else "handler.__qualname__"


def _is_dispatched(joined: Joined, wrapper: Wrapper) -> bool:
    return wrapper.handler_errors != "raise" or len(set(joined.handlers)) > 1


def _bound(joined: Joined) -> dict[str, str]:
    """A name for each handler that a call makes, so that it is made once and not for each message."""
    found: dict[str, str] = {}
    for handler, each in zip(joined.handlers, joined.subscriptions, strict=True):
        if handler.endswith(")") and handler not in found:
            made = each.handler.header.name if each.is_partial else handler.split("(")[0].rsplit(".", 1)[-1]
            name = free(joined.module, f"{made}_handler")
            while name in found.values():
                name += "_"
            found[handler] = name
    return found


def _logger(module: Module) -> str | None:
    """The module's own logger, where it has one."""
    for node in module.source.tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Call):
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            if isinstance(target, ast.Name) and last_name(node.value.func) == "getLogger":
                return target.id
    return None
