"""What must hold for the migration to have worked: one line each, over all stages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from migrator.demo.results import READ, StageResult
from migrator.live.servers import MAIN
from migrator.verifying.outcome import PASSED

SHOWN = 3


class Check(Struct, frozen=True):
    """One line of the verdict: what must hold, and what is wrong where it does not."""

    sentence: str
    faults: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether nothing was found that should not be."""
        return not self.faults

    @property
    def line(self) -> str:
        """The line for people: PASS or FAIL, the sentence, and the first faults."""
        if self.passed:
            return f"PASS  {self.sentence}"
        more = len(self.faults) - SHOWN
        shown = [*self.faults[:SHOWN], *([f"and {more} more"] if more > 0 else [])]
        return "\n".join([f"FAIL  {self.sentence}", *(f"      {fault}" for fault in shown)])


def judge(stages: Sequence[StageResult], expected: Mapping[str, int]) -> tuple[Check, ...]:
    """Every check, over the stages from before the migration to after its last phase.

    `expected` are the routes with the status that they are known to answer with.
    """
    first, last = stages[0], stages[-1]
    return (
        Check(f"{first.name}: most XREADGROUP on main fail", tuple(find_calm(first))),
        Check(f"{last.name}: no failed XREADGROUP on any server", tuple(find_failed_reads(last))),
        Check(f"{last.name}: no engine on main, but for its cache", tuple(find_left_on_main(last))),
        Check("each whole edge at each stage: handled = published", tuple(find_incomplete(stages))),
        Check("each bridged edge while it is cut: handled = published, none lost", tuple(find_lost(stages))),
        Check(f"{last.name}: no edge is cut, and none needs a bridge", tuple(find_cut(last))),
        Check(f"{last.name}: nothing stays unacknowledged", tuple(find_pending(last))),
        Check("the same routes answer with the same status at each stage", tuple(find_routes(stages, expected))),
        Check("engines come to rest and end when asked, servers stay up", tuple(find_unrest(stages))),
        Check(f"{last.name}: each check of migrate verify passes, for each engine", tuple(find_unverified(last))),
    )


def find_calm(stage: StageResult) -> Iterator[str]:
    """The symptom, where it is missing: without it the rest would show nothing.

    It is a share of all reads, because how many there are a second is a question of the host as well.
    """
    main = stage.servers[MAIN]
    calls = main.delta.calls(READ).calls
    if 2 * main.failed_reads <= calls:
        yield f"{main.failed_reads:,} of {calls:,} failed"


def find_failed_reads(stage: StageResult) -> Iterator[str]:
    """Servers on which an XREADGROUP failed."""
    for name, server in stage.servers.items():
        if server.failed_reads:
            yield f"{name}: {server.failed_reads} failed, {dict(server.delta.errors)}"


def find_left_on_main(stage: StageResult) -> Iterator[str]:
    """Engines that are connected to main for more than a cache, and bus commands that came from anywhere."""
    main = stage.servers[MAIN]
    for engine, count in main.connections.bus.items():
        yield f"{engine}: {count} connections"
    if main.delta.bus_calls:
        yield f"{main.delta.bus_calls} calls of bus commands"


def find_incomplete(stages: Iterable[StageResult]) -> Iterator[str]:
    """Whole edges on which not every message was handled once."""
    for stage in stages:
        for result in stage.edges:
            if not result.is_cut and not result.is_complete:
                yield f"{stage.name}: {result.label}: {result.handled} handled of {result.published} published"


def find_lost(stages: Iterable[StageResult]) -> Iterator[str]:
    """Bridged edges on which not every message was handled once, and bridges that did not end as they should."""
    for stage in stages:
        for result in stage.edges:
            if result.bridged and not result.is_complete:
                yield f"{stage.name}: {result.label}: {result.handled} handled of {result.published} published"
        for fault in stage.bridge.faults if stage.bridge else ():
            yield f"{stage.name}: {fault}"


def find_cut(stage: StageResult) -> Iterator[str]:
    """Edges whose two ends are on different servers, and those that a bridge still carries."""
    for result in stage.edges:
        if result.is_cut:
            yield f"{result.label}: {result.publisher_server} to {result.consumer_server}"
    for edge in stage.bridge.carried if stage.bridge else ():
        yield f"{edge}: a bridge carries it"


def find_unverified(stage: StageResult) -> Iterator[str]:
    """The checks of `migrate verify` that did not pass."""
    for verdict in stage.said.verdicts:
        for outcome in verdict.outcomes:
            if outcome.state != PASSED:
                yield f"{verdict.engine}: {outcome.check}: {outcome.figures}"


def find_pending(stage: StageResult) -> Iterator[str]:
    """Servers on which messages wait for an acknowledgement."""
    for name, server in stage.servers.items():
        if server.pending:
            yield f"{name}: {server.pending} messages"


def find_routes(stages: Iterable[StageResult], expected: Mapping[str, int]) -> Iterator[str]:
    """Routes that answer with another status than they are known for, or than they did at first."""
    known: dict[str, int] = dict(expected)
    for stage in stages:
        for route, status in stage.routes.items():
            if status != known.setdefault(route, status):
                yield f"{stage.name}: {route}: {status}, not {known[route]}"


def find_unrest(stages: Iterable[StageResult]) -> Iterator[str]:
    """What did not come to rest, did not end when asked, or came and went."""
    for stage in stages:
        if not stage.at_rest:
            yield f"{stage.name}: messages are still being handled; an engine may be feeding itself"
        for engine in stage.killed:
            yield f"{stage.name}: {engine} did not end on SIGTERM"
        for name, server in stage.servers.items():
            if server.delta.restarted:
                yield f"{stage.name}: {name}: {server.delta.restarted}"
