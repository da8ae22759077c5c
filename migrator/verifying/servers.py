"""Checks of what the servers count: CPU, connections, failed reads, kinds of error."""

from __future__ import annotations

from collections.abc import Iterator

from codemods.settings import BUSES
from migrator.bridging.lanes import BRIDGE
from migrator.live.measure import BUS, NEUTRAL_COMMANDS
from migrator.live.servers import MAIN
from migrator.observing.failing import failing_reads
from migrator.observing.finding import listed, rate, several
from migrator.observing.view import READ, ServerView
from migrator.verifying.evidence import Evidence
from migrator.verifying.groups import bears_name
from migrator.verifying.outcome import Outcome, failed, not_told, passed

NOISE = 0.5  # percent of CPU, and a tenth of what it was: no two windows are alike
BLUR = 0.025  # seconds of CPU by which two windows differ, however short: what asking costs, on a busy machine too
BRIDGING = 3.0  # percent that a bridge may add while it is at work
NAME_IT = "name it in `servers` of engines.yaml, or with --url NAME=URL"
USUAL = frozenset({"BUSYGROUP", "ERR"})
"""Errors that are none by themselves: a group that is there already, and ERR, which is told by its command."""
HARMLESS = frozenset({READ, "xgroup|create"})  # reads have a check of their own
NOT_CALLED = ("not-awaited", "no-such-method", "wrong-arguments", "not-imported", "no-such-name", "no-such-member")
"""Mistakes by which a client never comes up."""


def counters(evidence: Evidence) -> Outcome:
    """Whether the counters of before and now are of the same life of each server."""
    anew = [f"{name} {cause}" for name in evidence.views if (cause := why_anew(evidence, name))]
    if anew:
        return passed(f"{listed(anew)}: its figures are those of this window, and not compared in total")
    return passed("they went on" if evidence.before else "nothing from before to compare with")


def why_anew(evidence: Evidence, server: str) -> str:
    """Why a server's counters are not those of before; "" where they are, or nobody looked."""
    then, now = evidence.then(server), evidence.views[server]
    if now.delta.restarted:
        return "began anew in this window"
    if then is None:
        return ""
    if then.snapshot.run_id != now.snapshot.run_id:
        return "restarted since (its run_id changed)"
    if any(now.delta_total(name) < calls.calls for name, calls in then.snapshot.commands.items()):
        return "had its counters reset since (CONFIG RESETSTAT)"
    return ""


def main_cpu(evidence: Evidence) -> Outcome:
    """Whether the main server has less to do."""
    now, then = evidence.views.get(MAIN), evidence.then(MAIN)
    if now is None:
        return not_told("the main server was not asked", NAME_IT)
    cpu = now.delta.cpu_percent
    if then is None:
        return not_told(f"{cpu:.1f} % now", "give --before, from before the engine moved")
    was = then.delta.cpu_percent
    figures = f"{was:.1f} % before, {cpu:.1f} % now"
    more = cpu - was - max(NOISE, was / 10, 100 * BLUR / max(now.delta.seconds, BLUR))
    if 0 < more <= BRIDGING and is_bridging(now) and not is_bridging(then):
        return passed(f"{figures}, with a bridge at work there, which goes with its phase")
    if more > 0:
        return failed(figures, busiest(now))
    return passed(figures + (f", {was - cpu:.1f} points less" if cpu < was else ""))


def is_bridging(view: ServerView) -> bool:
    """Whether a bridge is connected to a server."""
    return any(held.name == BRIDGE for held in view.holders)


def busiest(view: ServerView) -> Iterator[str]:
    """What a server spends its time on."""
    calls = sorted(view.delta.commands.items(), key=lambda each: -each[1].usec)
    for name, each in calls[:1]:
        by = sorted({held.name for held in view.holders if name in held.commands})
        often, failing_often = (rate(view.delta.per_second(count)) for count in (each.calls, each.failed))
        who = listed(by) or "nobody who is left"
        yield f"most time goes to {name}: {often} a second, {failing_often} of them failed; last called by {who}"


def off_main(evidence: Evidence) -> Outcome:
    """Whether the engine has nothing but a cache on the main server."""
    view, name = evidence.views.get(MAIN), evidence.engine.name
    if view is None:
        return not_told("the main server was not asked", NAME_IT)
    held = [each for each in view.held_by(name) if each.use == BUS]
    if held:
        count = several(sum(each.connections for each in held), "connection")
        commands = listed(sorted({command for each in held for command in each.commands}))
        return failed(f"{count} on main, last seen with {commands}", on_main_causes(evidence, held[0].owner.pid))
    copies = list(copies_on_main(evidence, view))
    if copies:
        return failed(f"its old group is still read: {listed(copies)}", [COPY.format(name)])
    if not tells_all(evidence, view):
        return not_told("whose the connections on main are cannot be told from here", ELSEWHERE)
    nobodys = of_nobody(evidence, view)
    if nobodys:
        return not_told(nobodys, SET_A_NAME)
    cache = sum(each.connections for each in view.held_by(name))
    then = evidence.then(MAIN)
    was = sum(each.connections for each in then.held_by(name) if each.use == BUS) if then else 0
    return passed(f"none on main{f' but {cache} of its cache' if cache else ''}{f', {was} before' if was else ''}")


def tells_all(evidence: Evidence, view: ServerView) -> bool:
    """Whether every connection of a bus that was there in the whole window is known by its process, or by a name."""
    unknown = (held for held in view.holders if held.owner.how == "address" and held.use == BUS)
    return evidence.is_local and not any(held.age >= view.delta.seconds for held in unknown)


def of_nobody(evidence: Evidence, view: ServerView) -> str:
    """That connections may be the engine's whose processes no port tells; "" where that cannot be."""
    count = evidence.nobodys(view, evidence.engine)
    port = f"nobody who is connected listens on its port {evidence.engine.port}"
    return f"{port}; {several(count, 'connection')} may be its own" if count else ""


COPY = "a copy of {} from before it moved still runs, and takes its messages there; stop it"


def copies_on_main(evidence: Evidence, main: ServerView) -> Iterator[str]:
    """The engine's old groups by which somebody was heard in this window, who is not the engine that listens."""
    others = [engine for name, engine in evidence.known.engines.items() if name != evidence.engine.name]
    for stream, group in main.groups():
        mine = bears_name(group.name, evidence.engine) and not any(bears_name(group.name, each) for each in others)
        if mine and any(consumer.idle / 1000 < main.delta.seconds for consumer in group.group.consumers):
            yield f"{stream.name} by {group.name}"


SET_A_NAME = "let the engine call CLIENT SETNAME with its name"
ELSEWHERE = "type it on the engine's own host, or let the engine call CLIENT SETNAME with its name"


def on_main_causes(evidence: Evidence, pid: int) -> Iterator[str]:
    """Why an engine is still there: its code, or the process that runs it."""
    yield from evidence.found("legacy-use")
    merge = evidence.known.merges.get(evidence.engine.name)
    if merge is not None and merge.merged:
        yield f"the process {pid} does not run the code that has moved: restart it" if pid else "restart it"
    elif merge is not None:
        yield f"the code has not moved: {merge.reason}"


def on_bus(server: str, evidence: Evidence) -> Outcome:
    """Whether the engine is connected to a bus."""
    view, name = evidence.views.get(server), evidence.engine.name
    if view is None:
        return not_told(f"{server} was not asked", NAME_IT)
    count = sum(each.connections for each in view.held_by(name))
    if count:
        return passed(several(count, "connection"))
    if not tells_all(evidence, view) or server in evidence.denied:
        return not_told("whose the connections are cannot be told from here", ELSEWHERE)
    nobodys = of_nobody(evidence, view)
    if nobodys:
        return not_told(nobodys, SET_A_NAME)
    return failed(f"no connection of {name}", missing_causes(evidence, server))


def missing_causes(evidence: Evidence, server: str) -> Iterator[str]:
    """Why an engine is not on a bus."""
    others = [bus for bus in BUSES if bus != server and bus in evidence.views]
    elsewhere = [other for other in others if evidence.bus_connections(other)]
    if evidence.bus_connections(MAIN):
        yield "it is still on main"
    elif elsewhere:
        yield f"it is on {listed(elsewhere)} alone: see which host and port its client has for {server}"
    else:
        yield f"it is nowhere: no process that listens on its port {evidence.engine.port} has a connection; is it up?"
    yield from evidence.found(*NOT_CALLED)


def failed_reads(evidence: Evidence) -> Outcome:
    """Whether no XREADGROUP fails; on main, those of engines that are left there are not this engine's."""
    views = list(evidence.views.values())
    wrong = [view for view in views if view.failed_reads and (view.name != MAIN or blames(evidence, view))]
    if wrong:
        figures = listed(f"{view.name}: {view.failed_reads:,} failed, {per_second(view)} a second" for view in wrong)
        known = evidence.known
        return failed(figures, (each.sentence for view in wrong for each in failing_reads(view, views, known)))
    left = next((view for view in views if view.name == MAIN and view.failed_reads), None)
    if left is None:
        return passed("none on any server")
    return passed(f"none of its own; {per_second(left)} a second on main, of those that are left there")


def per_second(view: ServerView) -> str:
    """A server's failed reads, as a rate."""
    return rate(view.delta.per_second(view.failed_reads))


def blames(evidence: Evidence, main: ServerView) -> bool:
    """Whether failed reads on main may be this engine's: it reads there, nobody else is left, or they grew."""
    others = {each.owner.engine for each in main.holders if each.use == BUS} - {evidence.engine.name, ""}
    then = evidence.then(MAIN)
    grew = then is not None and main.delta.per_second(main.failed_reads) > 1.1 * then.delta.per_second(
        then.failed_reads
    )
    return bool(evidence.bus_connections(MAIN)) or not others or grew


def new_errors(evidence: Evidence) -> Outcome:
    """Whether no kind of error came that was not there before."""
    causes: list[str] = []
    for name, view in evidence.views.items():
        then = evidence.then(name)
        kinds = kinds_of(view) - (kinds_of(then) if then else set())
        calls = failing(view).keys() - (failing(then).keys() if then else set())
        for command in sorted(calls):
            by = listed(sorted({held.name for held in view.holders if command in held.commands}))
            count = several(failing(view)[command], "time")
            causes.append(f"{name}: {command} failed {count}{f', last called by {by}' if by else ''}")
        causes += [f"{name}: {kind} {view.delta.errors[kind]:,}" for kind in sorted(kinds)] if calls else []
    if causes and not evidence.before:
        return not_told(f"{listed(causes)}; whether that was so before is not known", "give --before")
    if causes:
        return failed(several(len(causes), "failure") + " of a kind that was not there before", causes)
    return passed("no new kind" if evidence.before else "no failing command")


def kinds_of(view: ServerView) -> set[str]:
    """The kinds of error of a window."""
    return set(view.delta.errors) - USUAL


def failing(view: ServerView) -> dict[str, int]:
    """The commands that failed in a window, other than reads."""
    return {
        command: calls.failed + calls.rejected
        for command, calls in view.delta.commands.items()
        if calls.failed + calls.rejected > 0 and command not in HARMLESS
        if command.partition("|")[0] not in NEUTRAL_COMMANDS
    }
