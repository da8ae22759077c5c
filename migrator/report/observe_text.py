"""An observation for people: each server in tables of 80 columns, then the diagnosis with its evidence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from migrator.live.commands import READ_ONLY
from migrator.live.measure import Calls, is_bus_command
from migrator.observing.finding import Finding, listed, rate, several, span
from migrator.observing.observe import Observed
from migrator.observing.readers import has_reader, living, undelivered
from migrator.observing.view import GroupView, ServerView, StreamView
from migrator.report.plain import Paint, columns, wrapped
from migrator.report.visible import one_line

MOST_HOLDERS, MOST_COMMANDS, MOST_STREAMS = 20, 8, 20  # rows of a table
MOST_ALIKE = 5  # findings of one kind on one server
NAME = 30  # columns for a name
SERIOUS = ("failing-reads", "dead-consumer", "growing-pending", "unread", "same-server", "failing-commands")
EPOCH = (1_000_000_000_000, 10_000_000_000_000)  # between them an id begins with milliseconds, in 2001 to 2286


def observed_text(observed: Observed, paint: Paint) -> str:
    """The whole report."""
    parts = [server_lines(server, paint) for server in observed.servers]
    if observed.health:
        parts.append([paint("Engines", "bold"), *health_lines(observed)])
    parts.append([paint("Diagnosis", "bold"), *diagnosis_lines(observed.findings, paint)])
    return "\n".join("".join(f"{line}\n" for line in part) for part in parts)


def server_lines(server: ServerView, paint: Paint) -> list[str]:
    """One server: its figures, then whose connections, commands, errors and streams."""
    snapshot, delta = server.snapshot, server.delta
    lines = [
        paint(f"{server.name}  {one_line(server.shown)}", "bold"),
        f"  version {snapshot.version}, up {span(snapshot.uptime)}, observed for {span(delta.seconds)}",
        f"  CPU {delta.cpu_percent:.1f} %, memory {memory(snapshot.memory, snapshot.max_memory)}, "
        f"{several(delta.connected, 'connection')}, {rate(delta.per_second(max(delta.received, 0)))} new a second",
    ]
    errors = [f"{kind} {rate(delta.per_second(count))}" for kind, count in sorted(delta.errors.items())]
    if errors:
        lines += wrapped(one_line(f"errors a second: {listed(errors)}"))
    for rows in (holder_rows(server), command_rows(server), stream_rows(server)):
        lines += rows
    lines += [line for gap in server.gaps for line in wrapped(one_line(gap))]
    return lines


def holder_rows(server: ServerView) -> list[str]:
    """Whose the connections are."""
    rows = [
        (short(holder.name), str(holder.owner.pid or "-"), f"{holder.connections:,}", holder.use, said(holder.commands))
        for holder in server.holders
    ]
    return table(("whose", "pid", "connections", "use", "last commands"), rows, MOST_HOLDERS, ("pid", "connections"))


def said(commands: Iterable[str]) -> str:
    """The commands, as far as the line goes."""
    text = ", ".join(commands)
    return text if len(text) <= 32 else f"{text[:29]}..."


def command_rows(server: ServerView) -> list[str]:
    """The commands that took most time in the window."""
    delta = server.delta
    called = {name: calls for name, calls in delta.commands.items() if is_worth_a_row(name, calls, delta.seconds)}
    ordered = sorted(called.items(), key=lambda each: (-each[1].usec, each[0]))
    rows = [
        (
            short(name),
            rate(delta.per_second(calls.calls)),
            micros(calls),
            f"{share(calls, delta.seconds):.1f}",
            rate(delta.per_second(calls.failed + calls.rejected)),
        )
        for name, calls in ordered
    ]
    heading = ("command", "calls/s", "us each", "time %", "failed/s")
    return table(heading, rows, MOST_COMMANDS, heading[1:])


def is_worth_a_row(command: str, calls: Calls, seconds: float) -> bool:
    """Whether a command is one of a bus, failed, took time, or was called more often than the looking itself does."""
    if not calls.calls + calls.rejected:
        return False
    if is_bus_command(command) and command not in READ_ONLY:
        return True
    return calls.failed + calls.rejected > 0 or share(calls, seconds) >= 0.05 or calls.calls > 3 * max(seconds, 2)


def micros(calls: Calls) -> str:
    """Microseconds for each call."""
    return f"{calls.usec / calls.calls:,.1f}" if calls.calls else "-"


def share(calls: Calls, seconds: float) -> float:
    """The share of the window that the server spent on a command, in percent."""
    return calls.usec / seconds / 10_000 if seconds > 0 else 0.0


def stream_rows(server: ServerView) -> list[str]:
    """The streams, those with most traffic first, each with its groups."""
    ordered = sorted(server.streams, key=lambda each: (-(each.added or 0), -each.stream.length, each.name))
    heading = ("stream - group", "length", "in/s", "alive", "pending", "waiting", "last delivery")
    rows = [row for stream in ordered[:MOST_STREAMS] for row in rows_of_stream(stream, server)]
    lines = table(heading, rows, len(rows), heading[1:])
    if len(ordered) > MOST_STREAMS:
        lines.append(f"  and {len(ordered) - MOST_STREAMS:,} more streams; --json has them all")
    if not server.complete:
        lines.append("  the server has more keys than were looked at for streams")
    return lines


def rows_of_stream(stream: StreamView, server: ServerView) -> Iterator[Sequence[str]]:
    """A row for the stream, and one for each of its groups."""
    added = "-" if stream.added is None else rate(server.delta.per_second(stream.added))
    yield short(stream.name), f"{stream.stream.length:,}", added, "", "", "", ""
    for group in stream.groups:
        waits = undelivered(stream, group)
        waits_unseen = not group.group.consumers and has_reader(group, server)
        alive = "?" if waits_unseen else f"{len(living(group, server))}/{len(group.group.consumers)}"
        pending = f"{group.group.pending:,}" + (f" (+{group.grew:,})" if group.grew > 0 else "")
        waiting = "?" if waits is None else f"{waits:,}"
        yield f"- {short(group.name, NAME - 2)}", "", "", alive, pending, waiting, delivered(group, server)


def delivered(group: GroupView, server: ServerView) -> str:
    """How long ago the newest message that the group was given had been published."""
    milliseconds = int(group.group.last_delivered.partition("-")[0])
    if not milliseconds:
        return "none"
    if not EPOCH[0] < milliseconds < EPOCH[1]:
        return group.group.last_delivered
    return f"{span(max(server.snapshot.clock - milliseconds / 1000, 0))} ago"


def health_lines(observed: Observed) -> Iterator[str]:
    """The statuses of the routes that were asked for."""
    for engine, routes in observed.health.items():
        said = listed((f"{route} {status or 'no answer'}" for route, status in routes.items()), 6)
        yield from wrapped(one_line(f"{engine}: {said}"))


def diagnosis_lines(findings: Sequence[Finding], paint: Paint) -> Iterator[str]:
    """Each finding with its evidence, and what to do next."""
    if not findings:
        yield "  nothing was seen that is wrong"
    for finding, more in first_of_each(findings):
        style = "red" if finding.kind in SERIOUS else "yellow"
        yield from (paint(line, style) for line in wrapped(one_line(f"{finding.server}: {finding.sentence}")))
        for evidence in finding.evidence:
            yield from wrapped(one_line(evidence), 2)
        if finding.next:
            yield from wrapped(one_line(f"next: {finding.next}"), 2)
        if more:
            yield f"    and {more:,} more of this kind; --json has them all"


def first_of_each(findings: Sequence[Finding]) -> Iterator[tuple[Finding, int]]:
    """Of each kind on each server the first findings; with the last of them, how many there are besides."""
    seen: Counter[tuple[str, str]] = Counter()
    count = Counter((each.server, each.kind) for each in findings)
    for finding in findings:
        key = finding.server, finding.kind
        seen[key] += 1
        if seen[key] <= MOST_ALIKE:
            yield finding, count[key] - MOST_ALIKE if seen[key] == MOST_ALIKE else 0


def table(heading: Sequence[str], rows: Sequence[Sequence[str]], most: int, right: Sequence[str]) -> list[str]:
    """An indented table below an empty line; of many rows the first, and how many more there are."""
    if not rows:
        return []
    lines = ["", *(f"  {line}" for line in columns(heading, rows[:most], right))]
    return [*lines, f"  and {len(rows) - most:,} more"] if len(rows) > most else lines


def short(name: str, width: int = NAME) -> str:
    """A name that fits into its column; control characters are written out."""
    shown = one_line(name)
    return shown if len(shown) <= width else f"{shown[: width - 3]}..."


def memory(used: int, limit: int) -> str:
    """Bytes as people read them, with the limit where one is set."""
    of_limit = f" of {size(limit)}" if limit else ""
    return size(used) + of_limit


def size(count: int) -> str:
    """Bytes in their largest unit."""
    for unit, many in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= many:
            return f"{count / many:.1f} {unit}"
    return f"{count} B"
