"""From what servers were seen to do to sentences with their evidence: what is wrong, and where."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from codemods.settings import BUSES
from migrator.live.measure import BUS, NEUTRAL_COMMANDS
from migrator.live.servers import MAIN
from migrator.observing.failing import NONE, STREAM, failing_reads
from migrator.observing.finding import Finding, listed, rate, several, span
from migrator.observing.known import Known
from migrator.observing.unhandled import dead_consumers, growing_pending, unread_streams
from migrator.observing.view import READ, ServerView

Rule = Callable[[ServerView, Sequence[ServerView], Known], Iterable[Finding]]

BUSY = 50  # reads a second that bring nothing, from which on a reader is said to poll
EMPTY_SHARE = 20  # reads for each message
HARMLESS = frozenset({"xgroup|create"})  # BUSYGROUP: a group that is there already


def diagnose(views: Sequence[ServerView], known: Known) -> tuple[Finding, ...]:
    """Every finding, server by server, in the order of the rules."""
    return tuple(finding for view in views for rule in RULES for finding in rule(view, views, known))


def same_server(view: ServerView, views: Sequence[ServerView], known: Known) -> Iterator[Finding]:
    """Two names for one server."""
    for other in views[: views.index(view)]:
        if other.snapshot.run_id == view.snapshot.run_id:
            sentence = f"{other.name} and {view.name} are one and the same server (run_id {view.snapshot.run_id[:8]})"
            yield Finding("same-server", view.name, sentence, next="see the URLs of both")


def began_anew(view: ServerView, views: Sequence[ServerView], known: Known) -> Iterator[Finding]:
    """Counters that began anew in the window."""
    if view.delta.restarted:
        sentence = f"the counters began anew in the window: {view.delta.restarted}"
        yield Finding("restarted", view.name, sentence, next="observe again")


def still_on_main(view: ServerView, views: Sequence[ServerView], known: Known) -> Iterator[Finding]:
    """Engines with more than a cache on the main server."""
    if view.name != MAIN:
        return
    held: dict[str, list[str]] = {}
    for holder in view.holders:
        if holder.owner.engine and holder.use == BUS:
            said = f"{several(holder.connections, 'connection')}, last seen with {listed(holder.commands)}"
            held.setdefault(holder.owner.engine, []).append(f"{holder.owner.engine}: {said}")
    if held:
        of_all = f" of {len(known.engines)}" if known.engines else ""
        names = listed((described(name, known) for name in held), 20)
        sentence = f"{several(len(held), 'engine')}{of_all} still on the main server: {names}"
        evidence = tuple(line for lines in held.values() for line in lines)
        yield Finding("still-on-main", MAIN, sentence, evidence, next_for(held, known))


def described(engine: str, known: Known) -> str:
    """An engine with how far it is."""
    config = known.engines.get(engine)
    if config is None:
        return engine
    if engine in known.moved or config.migrated:
        return f"{engine} (moved in the code: restart it)"
    return f"{engine} (phase {config.phase})" if config.phase else engine


def next_for(engines: Iterable[str], known: Known) -> str:
    """What takes these engines off the main server."""
    engines = list(engines)
    moved = [name for name in engines if name in known.moved]
    if moved:
        return f"restart {listed(moved)} with the code that has moved"
    phases = sorted({config.phase for name in engines if (config := known.engines.get(name)) and config.phase})
    return f"migrate --phase {phases[0]}" if phases else ""


def other_failures(view: ServerView, views: Sequence[ServerView], known: Known) -> Iterator[Finding]:
    """Commands other than XREADGROUP that failed."""
    failed = {
        command: calls.failed + calls.rejected
        for command, calls in view.delta.commands.items()
        if calls.failed + calls.rejected > 0 and command not in (READ, *HARMLESS)
        if command.partition("|")[0] not in NEUTRAL_COMMANDS
    }
    if failed:
        kinds = listed(f"{kind} {count:,}" for kind, count in sorted(view.delta.errors.items()))
        said = listed(f"{command} {several(count, 'time')}" for command, count in sorted(failed.items()))
        evidence = (f"errors in the window: {kinds}",) if kinds else ()
        yield Finding("failing-commands", view.name, f"commands failed: {said}", evidence)


def busy_polls(view: ServerView, views: Sequence[ServerView], known: Known) -> Iterator[Finding]:
    """Reads that find nothing, again and again: a loop without BLOCK."""
    calls = view.delta.calls(READ)
    good = calls.calls - calls.failed
    counts = [group.delivered for _, group in view.groups()]
    if None in counts:
        return  # what the reads brought is not known
    delivered = sum(count for count in counts if count)
    if view.delta.per_second(good) > BUSY and good > EMPTY_SHARE * delivered:
        sentence = (
            f"{rate(view.delta.per_second(good))} XREADGROUP a second brought {several(delivered, 'message')} "
            f"in {span(view.delta.seconds)}: they read without BLOCK, or with a very short one"
        )
        yield Finding("busy-polls", view.name, sentence, next="let XREADGROUP wait: BLOCK 1000")


def idle_bus(view: ServerView, views: Sequence[ServerView], known: Known) -> Iterator[Finding]:
    """A bus that nobody uses, or on which nothing is published."""
    if view.name not in BUSES or view.delta.restarted:
        return
    added = sum(stream.added or 0 for stream in view.streams)
    window = span(view.delta.seconds)
    if not view.delta.bus_calls:
        said = several(view.connections, "connection")
        sentence = f"the bus idles: {said}, and no command of a bus in {window}"
        yield Finding("idle-bus", view.name, sentence, next="see whether the engines that have moved run")
    elif not added and view.streams:
        sentence = f"nothing was published in {window}; {several(view.delta.calls(READ).calls, 'read')} waited for it"
        yield Finding("quiet-bus", view.name, sentence)


def wrong_types(view: ServerView, views: Sequence[ServerView], known: Known) -> Iterator[Finding]:
    """Keys that the code reads as streams, and that are none."""
    for name, kind in sorted(view.types.items()):
        if kind not in (STREAM, NONE):
            sites = [site.where for site in known.reads if any(stream == name for stream, _ in site.streams)]
            sentence = f"{name} is a {kind}, and the code uses it as a stream"
            yield Finding("wrong-type", view.name, sentence, tuple(f"{site} reads it" for site in sites))


RULES: tuple[Rule, ...] = (
    same_server,
    began_anew,
    still_on_main,
    failing_reads,
    other_failures,
    busy_polls,
    idle_bus,
    dead_consumers,
    growing_pending,
    unread_streams,
    wrong_types,
)
"""What a diagnosis looks for, in the order in which people ask."""
