"""What becomes of a wrapper's subscriptions: one for each bus, and each handler its own filter."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Mapping

from msgspec.structs import replace

from codemods.model import Question, StreamEnd, Verdict
from codemods.orders import Order
from codemods.reading.constants import Constants
from codemods.reading.globs import GLOB
from codemods.reading.scopes import Module
from codemods.reading.use import Use
from codemods.reading.walking import names_in
from codemods.reading.wrapper import WrapperFacts
from codemods.verdicts.behind import behind_lambda, is_plain, partial_of
from codemods.verdicts.cases import Case, Court, ask, is_statement, refuse, rewrite
from codemods.verdicts.dispatching import keeps, order_emptied, order_subscriptions, place_of
from codemods.verdicts.handling import Subscription, handler_of, order_handlers, shown_at
from codemods.verdicts.joining import Place, begun, join, places_of
from codemods.verdicts.keeping import Keeping, table_of
from codemods.verdicts.registrations import Registration, loops_around, names_of, registrations
from codemods.verdicts.repeated import subscribed_again
from codemods.verdicts.routes import question_of_topic, types_of_pattern
from codemods.verdicts.servers import arguments
from codemods.verdicts.together import Together


def judge(court: Court, use: Use, facts: WrapperFacts) -> Case:
    """The verdict on one subscription, its handlers included."""
    signature = facts.signature(use.name)
    given = arguments(use.call, signature.parameters)
    names = signature.parameters[:2]
    if given is None or set(given) != set(names):
        return refuse(use, "a subscription takes a topic and a handler, and nothing else has a counterpart")
    if not is_statement(use.module, use.node):
        return refuse(use, "the subscription is more than a statement of its own")
    if signature.is_async and not use.is_awaited:
        return refuse(use, "the subscription is never awaited", "broken: nothing is subscribed to")
    found = registrations(court, use, given[names[0]], given[names[1]])
    if isinstance(found, Question):
        again = subscribed_again(court, use)  # no answer would help
        return ask(use, found) if again is None else refuse(use, again)
    if isinstance(found, str):
        return refuse(use, found)
    return _judged(court, use, found, facts)


def _judged(court: Court, use: Use, found: list[Registration], facts: WrapperFacts) -> Case:
    """The verdict on what a use subscribes: the worst of all its pairs of topic and handler."""
    subscriptions: list[Subscription] = []
    for each in found:
        registration = replace(each, handler=behind_lambda(each.handler))
        subscription = _subscription(court, use, registration, facts)
        if isinstance(subscription, Case):
            return subscription
        subscriptions.append(subscription)
    types = dict.fromkeys(name for each in subscriptions for name in each.types)
    reason = f"{', '.join(types)} through one subscription for each bus"
    case = rewrite(use, "consuming", reason, subscriptions=tuple(subscriptions))
    globs = dict.fromkeys(each.glob for each in subscriptions)
    case.ends = tuple(StreamEnd(glob, "consume", "topic", court.engine.name, use.path, use.line) for glob in globs)
    return case


def _subscription(court: Court, use: Use, registration: Registration, facts: WrapperFacts) -> Subscription | Case:
    glob = GLOB[facts.wrapper.matching].format(registration.pattern)
    types = types_of_pattern(court, glob)
    if types is None:
        return ask(use, question_of_topic(court, glob))
    unknown = next((name for name in types if name not in court.contract.bus_of), None)
    if unknown is not None:
        return refuse(use, f"{unknown} is no message type of {court.target}", "broken: no such message type")
    anew = _made_anew(use, registration)
    if anew is not None:
        return refuse(use, anew)
    partial = partial_of(court, registration.handler)
    handler = handler_of(court, registration.handler, partial)
    if isinstance(handler, str):
        return refuse(use, handler)
    shown = shown_at(use, registration.handler)
    if shown is None:
        home, node = registration.handler
        return refuse(use, f"the handler at {home.path}:{node.lineno} has no name of its own where this subscribes")
    again = _bound_again(court, registration)
    if again is not None:
        return refuse(use, f"{again[0]} `{shown}` may be another one later: it is bound again at {again[1]}")
    made = _made_later(use, registration, partial)
    if made is not None:
        return refuse(use, made)
    is_factory = isinstance(registration.handler[1], ast.Call) and partial is None
    if is_factory and len({court.contract.bus_of[name] for name in types}) > 1:
        return refuse(use, "the handler that is made here would be made for each bus, and be two")
    return Subscription(use, registration, glob, types, handler, shown, partial is not None)


def _made_anew(use: Use, registration: Registration) -> str | None:
    """Why a handler that a call makes in each turn of a loop cannot be made where all are joined."""
    call = registration.handler[1]
    changing = names_of(loops_around(use)) & names_in(call) if isinstance(call, ast.Call) else ()
    if not changing:
        return None
    return f"the handler is made anew with each `{min(changing)}` of the loop at {use.path}:{place_of(use).lineno}"


def _made_later(use: Use, registration: Registration, partial: tuple[Module, ast.Call] | None) -> str | None:
    """Why a partial handler that is made where it is subscribed cannot be made where all are joined."""
    call = registration.handler[1]
    if not isinstance(call, ast.Call):
        return None
    given = [*call.args, *(keyword.value for keyword in call.keywords)] if partial is not None else []
    other = next((value for value in given if not is_plain(value)), None)
    return (
        f"`{use.module.source.segment(other)}` of the handler would be evaluated later" if other is not None else None
    )


def _bound_again(court: Court, registration: Registration) -> tuple[str, str] | None:
    """Where the handler's name, or its object, gets replaced: a dispatcher would call the new one."""
    constants = Constants(court.program)
    home, node = registration.handler
    other = constants.replaced(home, node)
    if other is not None:
        return "the handler", f"{other[0].path}:{other[1].lineno}"
    chain = node.value if isinstance(node, ast.Attribute) else None
    while chain is not None:
        again = constants.bound_again(home, chain)
        if again is not None:
            return "the object of the handler", f"{again[0].path}:{again[1].lineno}"
        chain = chain.value if isinstance(chain, ast.Attribute) else None
    return None


def settle(court: Court, cases: list[Case], begins: Case | None, apart: list[Use]) -> Keeping:
    """Judge the subscriptions of one client together, and write their orders; what starts it may have to come first.

    `apart` are those that are asked or refused by themselves. Which handlers keep their signature is given back.
    """
    start = begins.use if begins is not None else None
    is_later = begins is not None and bool(begins.facts.get("later"))
    places: list[Place] = []
    by_place = _by_place([case for case in cases if case.moves])
    for place in places_of(court, [case.use for case in cases if case.moves]):
        known = begun(court, place, start, is_later)
        if isinstance(known, str):
            _hold(by_place[id(place.statement)], known)
        else:
            places.append(known)
    moving = [case for case in cases if case.moves]
    subscriptions = _in_turn(places, by_place)
    subscribing = {id(place_of(use)) for use in (*apart, *(case.use for case in cases))}
    joined = join(court, places, subscriptions, start, subscribing)
    together = Together(court, moving, subscriptions)
    for case in moving:
        fault = joined if isinstance(joined, str) else subscribed_again(court, case.use)
        fault = fault or together.fault(subscribed(case))
        if fault is not None:
            case.hold(Verdict.REFUSE, fault)
    if not isinstance(joined, str) and moving and all(case.moves for case in cases):
        kept = together.keeping.reasons
        order_subscriptions(court, moving, joined, kept)
        by_use = {id(case.use): case for case in moving}
        for first, orders in order_handlers(court, [each for each in subscriptions if id(each.handler) not in kept]):
            by_use[id(first.use)].orders += tuple(orders)
        anchors = {id(each.anchor) for each in joined}
        moving[0].orders += tuple(order_emptied([p.way for p in places if id(p.statement) not in anchors]))
        for home, statement in _tables(court, moving, subscriptions):
            moving[0].orders += (Order("consuming", home, statement, {"remove": True}, consumes=(statement,)),)
    return together.keeping


def _hold(cases: list[Case], fault: str) -> None:
    for case in cases:
        case.hold(Verdict.REFUSE, fault)


def subscribed(case: Case) -> tuple[Subscription, ...]:
    """What a case subscribes, in order."""
    found = case.facts["subscriptions"]
    assert isinstance(found, tuple)
    return found


def _by_place(cases: list[Case]) -> Mapping[int, list[Case]]:
    """The cases by the statement, as its id, that subscribes."""
    found: dict[int, list[Case]] = defaultdict(list)
    for case in cases:
        found[id(place_of(case.use))].append(case)
    return found


def _in_turn(places: list[Place], by_place: Mapping[int, list[Case]]) -> list[Subscription]:
    """All subscriptions in the order in which they are made: those of one loop take turns."""
    found: list[Subscription] = []
    for place in places:
        mine = [subscribed(case) for case in by_place[id(place.statement)]]
        longest = max(map(len, mine))
        found += [several[turn] for turn in range(longest) for several in mine if turn < len(several)]
    return found


def _tables(court: Court, cases: list[Case], subscriptions: list[Subscription]) -> list[tuple[Module, ast.stmt]]:
    """The local tables that nobody reads any more once the loops over them are gone."""
    going = [place for place in (place_of(case.use) for case in cases) if not keeps(place)]
    loops = {id(node) for place in going if isinstance(place, ast.For) for node in ast.walk(place)}
    found: dict[int, tuple[Module, ast.stmt]] = {}
    for each in subscriptions:
        table = table_of(each)
        if table is not None and isinstance(table[2], ast.Name) and table[0].function_of(table[2]) is not None:
            readers = Constants(court.program).mentions(table[2].id)
            if all(id(node) in loops for _, node in readers):
                found[id(table[1])] = table[:2]
    return list(found.values())
