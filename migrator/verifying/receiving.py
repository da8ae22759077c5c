"""Checks of what an engine receives: its subscriptions are there, it acknowledges, and nothing waits where it was."""

from __future__ import annotations

from collections.abc import Iterator

from codemods.settings import BUSES
from migrator.live.servers import MAIN
from migrator.observing.finding import listed, several, span
from migrator.observing.readers import is_stuck, undelivered
from migrator.observing.unhandled import oldest
from migrator.observing.view import GroupView
from migrator.places import NOW
from migrator.verifying.bridged import how_to_bridge, is_bridged
from migrator.verifying.evidence import End, Evidence
from migrator.verifying.groups import groups_of, is_reached, own_groups, reads_by_group
from migrator.verifying.kept import lost, why_lost
from migrator.verifying.outcome import Outcome, failed, not_told, passed
from migrator.verifying.servers import ELSEWHERE, NAME_IT

NO_SUBSCRIPTION = ("types-no-list", "wrong-bus", "no-such-type")
"""Mistakes by which a subscription is none, or hands on none of its messages."""
SUBSCRIBING = ("not-awaited", "no-such-method", "wrong-arguments")
"""Mistakes of any call, by which a subscription is not there."""
HANDLING = ("handler-arguments", "handler-not-async", "handler-no-function", "handler-reads", "payload-not-decoded")
"""Mistakes by which a handler fails at its message."""


def subscribed(evidence: Evidence) -> Outcome:
    """Whether every subscription in the code is a group with a live consumer."""
    ends = [end for end in evidence.ends("consume") if end.bus in evidence.views]
    told = {end: is_reached(evidence, end, evidence.engine) for end in ends}
    missing = [end for end, there in told.items() if there is False]
    gone = lost(evidence, "consume")
    wrong = [*evidence.found(*NO_SUBSCRIPTION), *(why_lost(said, "heard") for said in gone)]
    if missing or wrong:
        names = listed([f"{end.name} ({end.where})" for end in missing] + [said.name for said in gone])
        calls = evidence.found(*SUBSCRIBING, about="subscri")
        causes = [*wrong, *calls, *(why_not_subscribed(evidence, end) for end in missing)]
        return failed(f"no live subscription to {names}" if names else "a subscription of the code is none", causes)
    starved = [why for end, there in told.items() if there for why in given_nothing(evidence, end)]
    starved += [why for end in ends for why in sent_elsewhere(evidence, end)]
    if starved:
        return failed("a subscription is given nothing", starved)
    unknown = [end.name for end, there in told.items() if there is None]
    if unknown:
        return not_told(f"whether a reader waits for {listed(unknown)} cannot be told from here", ELSEWHERE)
    if not ends:
        return passed("the code subscribes to nothing")
    return passed(f"{several(len(ends), 'subscription')} of the code with a live consumer")


def given_nothing(evidence: Evidence, end: End) -> Iterator[str]:
    """The engine's groups that read in this window, and were not given what had waited before it began."""
    view = evidence.views[end.bus]
    for stream, group in groups_of(evidence, end, evidence.engine):
        waits = undelivered(stream, group) or 0
        heard = any(consumer.idle / 1000 < view.delta.seconds for consumer in group.group.consumers)
        if heard and group.delivered == 0 and not group.group.pending and waits > (stream.added or 0):
            yield (
                f"{group.name} reads {stream.name} ({end.where}), and is given none of the {several(waits, 'message')} "
                "that wait there: it reads from an id, and not with `>`"
            )


def sent_elsewhere(evidence: Evidence, end: End) -> Iterator[str]:
    """Who publishes on the other bus what the engine reads here; an engine that is still on main is left behind."""
    for edge in evidence.edges(end, "consume"):
        for point in edge.publishers:
            server = point.server(NOW)
            is_accepted = evidence.accepts(edge.publisher, edge.consumer, edge.name)
            if edge.kind == "consume" and server in BUSES and server != end.bus and not is_accepted:
                yield (
                    f"{end.where} reads {end.name} on {end.bus}, and {edge.publisher} publishes it on {server} "
                    f"({point.where}): one of them is on the wrong bus"
                )


def why_not_subscribed(evidence: Evidence, end: End) -> str:
    """Why nobody reads an end."""
    if not reads_by_group(evidence, end, evidence.engine):
        return f"it has no connection on {end.bus} that reads by XREAD, as {end.where} would"
    groups = groups_of(evidence, end, evidence.engine)
    names = [f"{group.name} on {stream.name}" for stream, group in groups]
    held = [
        f"{several(group.group.pending, 'message')} of {stream.name}" for stream, group in groups if group.group.pending
    ]
    if held:
        return (
            f"{end.bus} has the group {listed(names)}, which was given {listed(held)} and has not asked since: its "
            "handler hangs, or takes long, or the reader ended"
        )
    if names:
        return f"{end.bus} has the group {listed(names)}, and its consumer is gone: the reader ended, or never began"
    return f"{end.bus} has no group for {end.name}: {end.where} did not run, or raised; see the engine's log"


def pending(evidence: Evidence) -> Outcome:
    """Whether what the engine is given is acknowledged."""
    wrong: list[str] = []
    causes: list[str] = []
    count = 0
    for view, stream, group in own_groups(evidence):
        count += 1
        if is_stuck(group, view) or (group.grew > 0 and group.acknowledged == 0):
            grown = f", {group.grew:,} more than {span(view.delta.seconds)} ago" if group.grew > 0 else ""
            wrong.append(f"{stream.name}: {several(group.group.pending, 'message')} of {group.name}{grown}")
            causes += why_pending(group)
    if wrong:
        return failed(f"pending on {listed(wrong)}", [*evidence.found(*HANDLING), *causes])
    return passed(f"nothing stays pending in {several(count, 'group')}")


def why_pending(group: GroupView) -> Iterator[str]:
    """Why messages of a group stay pending."""
    if group.acknowledged == 0 and group.group.pending:
        yield (
            "none of what came was acknowledged: the handler raises at each message, or there is no XACK, or one with "
            "the name of another group, or on another server"
        )
    else:
        yield "the handler raises at some messages, or hangs; see the engine's log"
    yield from oldest(group)


def left_behind(evidence: Evidence) -> Outcome:
    """Whether nothing for the engine waits, or is pending, in its old groups on the main server."""
    if MAIN not in evidence.views:
        return not_told("the main server was not asked", NAME_IT)
    wrong: list[str] = []
    causes: list[str] = []
    for old in evidence.old:
        waits = len(old.waiting)
        if waits or old.pending:
            some = f"{waits:,}{' and more' if old.more else ''} not delivered, " if waits else ""
            wrong.append(f"{old.stream} on main: {some}{old.pending:,} pending in {old.group.name}")
            causes += why_left(evidence)
    if wrong:
        return failed(listed(wrong), causes)
    return passed(f"nothing waits in {several(len(evidence.old), 'old group')}")


def why_left(evidence: Evidence) -> Iterator[str]:
    """Who put the messages there, and what to do with them."""
    name = evidence.engine.name
    edges = [edge for edge in evidence.known.graph.edges if edge.consumer == name]
    here = {
        f"{edge.publisher} still publishes {edge.name} on main ({point.where})": edge
        for edge in edges
        for point in edge.publishers
        if point.server(NOW) == MAIN
    }
    yield from here
    if any(is_bridged(evidence, edge.publisher, name, [edge.name]) for edge in here.values()):
        yield how_to_bridge(evidence)
    elif here:
        yield "bridge the edge until its publisher moves, or accept the loss in `edges` of engines.yaml"
    else:
        yield "they came before the engine moved, and nobody will read them there: publish them again on the bus"
