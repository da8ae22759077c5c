"""The demo's results for people: one table of measures, one of edges, and the verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from codemods.settings import ENGINE_LOGIC, MARKETDATA
from migrator.demo.results import EdgeResult, ServerResult, StageResult
from migrator.demo.verdict import Check
from migrator.live.servers import MAIN, USUAL_PORTS
from migrator.observing.finding import listed, several
from migrator.report.plain import wrapped
from migrator.report.visible import one_line
from migrator.verifying.outcome import PASSED

if TYPE_CHECKING:
    from rich.table import Table

WIDTH = 120  # at least: the tables take 80, and a number that does not fit is not cut short

MEASURES: tuple[tuple[str, Callable[[ServerResult], str]], ...] = (
    ("CPU %", lambda server: f"{server.delta.cpu_percent:.1f}"),
    ("connections of engines", lambda server: str(sum(server.connections.bus.values()))),
    ("... of their caches", lambda server: str(sum(server.connections.cache.values()))),
    ("XREADGROUP calls / s", lambda server: f"{server.reads_per_second:,.0f}"),
    ("... of them failed / s", lambda server: f"{server.failed_per_second:,.0f}"),
)
CACHES = "... of their caches"  # on main only: nobody keeps a cache on a bus


BRIDGED = "* cut, and carried by migrate bridge"


def print_results(stages: Sequence[StageResult], checks: Sequence[Check], diffs: Path, out: TextIO) -> None:
    """Print everything; in colour on a terminal, plain elsewhere."""
    from rich.console import Console
    from rich.text import Text

    console = Console(file=out, highlight=False, soft_wrap=True)
    console.width = max(console.width, WIDTH)
    console.print(measures_table(stages))
    console.print()
    console.print(edges_table(stages))
    if any(result.bridged for stage in stages for result in stage.edges):
        console.print(BRIDGED)
    console.print()
    console.print(routes_line(stages))
    for said in said_lines(stages):
        for line in wrapped(one_line(said), 0):
            console.print(line, markup=False)
    console.print(f"The diff of each engine: {diffs}", markup=False)
    console.print()
    for check in checks:
        console.print(Text(check.line, style="green" if check.passed else "bold red"))


def empty_table(first: str, stages: Sequence[StageResult]) -> Table:
    """A table without lines, with one column for each stage."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(first, no_wrap=True)
    for stage in stages:
        table.add_column(short_name(stage), justify="right", no_wrap=True)
    return table


def short_name(stage: StageResult) -> str:
    """`after phase 2` as the heading of a narrow column."""
    return stage.name.removeprefix("after ")


def measures_table(stages: Sequence[StageResult]) -> Table:
    """Each measure of each server, before and after each phase."""
    table = empty_table("measure", stages)
    for name in (MAIN, MARKETDATA, ENGINE_LOGIC):
        table.add_row(f"{name} ({USUAL_PORTS[name]})", style="bold")
        for label, read in MEASURES:
            if label != CACHES or name == MAIN:
                table.add_row(f"  {label}", *(read(stage.servers[name]) for stage in stages))
    return table


def edges_table(stages: Sequence[StageResult]) -> Table:
    """What went over each edge: handled of published, or `cut` with what was not delivered; `*` with a bridge."""
    table = empty_table("handled/published", stages)
    for results in zip(*(stage.edges for stage in stages), strict=True):
        table.add_row(results[0].label, *map(edge_cell, results))
    return table


def edge_cell(result: EdgeResult) -> str:
    """One edge at one stage."""
    if result.bridged:
        return f"{result.handled}/{result.published}*"
    if result.is_cut:
        return f"cut -{result.published - result.handled}"
    return f"{result.handled}/{result.published}"


def said_lines(stages: Sequence[StageResult]) -> Iterator[str]:
    """What `migrate observe` said before, and `migrate verify` after each phase."""
    for stage in stages:
        for finding in stage.said.findings:
            yield f"migrate observe, {stage.name}: {finding.server}: {finding.sentence}"
        yield from bridge_lines(stage)
        if stage.said.verdicts:
            outcomes = [outcome for verdict in stage.said.verdicts for outcome in verdict.outcomes]
            passed = sum(outcome.state == PASSED for outcome in outcomes)
            engines = several(len(stage.said.verdicts), "engine")
            yield f"migrate verify, {stage.name}: {passed} of {len(outcomes)} checks of {engines} pass"
        for verdict in stage.said.verdicts:
            for outcome in verdict.outcomes:
                if outcome.state != PASSED:
                    yield f"{verdict.engine}: {outcome.check}: {outcome.figures}"


def bridge_lines(stage: StageResult) -> Iterator[str]:
    """What `migrate bridge` carried at a stage, and what it said needs none."""
    bridge = stage.bridge
    if bridge is None:
        return
    named = f"migrate bridge --phase {bridge.phase}"
    for edge, count in bridge.carried.items():
        yield f"{named}: {edge}: {several(count, 'message')} carried"
    if bridge.needless:
        yield f"{named}: no bridge is needed any more by {listed(bridge.needless)}"


def routes_line(stages: Sequence[StageResult]) -> str:
    """How many routes were called, and how many answered alike at every stage."""
    first, *others = (stage.routes for stage in stages)
    same = sum(all(other.get(route) == status for other in others) for route, status in first.items())
    return f"Routes with the same status at each stage: {same} of {len(first)}"
