"""What a probe showed, for people and for machines."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Iterator, Sequence

from msgspec.structs import asdict

from migrator.probing.probes import PROBES
from migrator.probing.values import FAILS, NOT_RUN, PASSED, Probed, Verdict
from migrator.report.plain import WIDTH, Paint, wrapped

STYLES = {PASSED: "green", FAILS: "red", NOT_RUN: "yellow"}
SITES = 8  # in the text; --json has all


def probe_text(result: Probed, paint: Paint) -> str:
    """Each probe with its verdict, then what the failures mean and what depends on them, then how many there are."""
    lines = [line for verdict in result.verdicts for line in _row(verdict, paint)]
    if result.failing:
        lines += ["", paint("At run time", "bold")]
        lines += [line for each in result.failing for line in wrapped(f"{each.id}: {each.probe.happens}")]
    for sites, ids in _by_sites(result.failing).items():
        lines += ["", *_places(sites, ids, paint)]
    return "\n".join([*lines, "", *_summary(result)]) + "\n"


def _by_sites(failing: Iterable[Verdict]) -> dict[tuple[str, ...], list[str]]:
    """The ids of the probes on which the same places depend."""
    found: dict[tuple[str, ...], list[str]] = {}
    for verdict in failing:
        if verdict.probe.depends:
            found.setdefault(verdict.sites, []).append(verdict.id)
    return found


def _row(verdict: Verdict, paint: Paint) -> Iterator[str]:
    id_width = max(map(len, PROBES))
    head = f"{verdict.status.ljust(len(NOT_RUN))} {verdict.id.ljust(id_width)} "
    first, *rest = textwrap.wrap(verdict.said, WIDTH - len(head), break_long_words=False, break_on_hyphens=False)
    yield paint(verdict.status, STYLES[verdict.status]) + head[len(verdict.status) :] + first
    yield from (" " * len(head) + line for line in rest)


def _places(sites: Sequence[str], ids: Sequence[str], paint: Paint) -> Iterator[str]:
    count = len(sites)
    who = (
        "Nothing in the engines depends" if not count else "1 place depends" if count == 1 else f"{count} places depend"
    )
    title = f"{who} on {', '.join(ids)}"
    yield from (paint(line, "bold") for line in textwrap.wrap(title, WIDTH, break_on_hyphens=False))
    for site in sites[:SITES]:
        yield from wrapped(site)
    if count > SITES:
        yield from wrapped(f"and {count - SITES} more; --json has them all")


def _summary(result: Probed) -> Iterator[str]:
    count = len(result.verdicts)
    probes = f"{count} probe{'' if count == 1 else 's'}"
    failing = len(result.failing)
    idle = sum(each.status == NOT_RUN for each in result.verdicts)
    said = f"{failing} of {probes} failed" if failing else f"{count - idle} of {probes} passed"
    rest = f", {idle} not run" if idle else ""
    yield from textwrap.wrap(f"{said}{rest}: {result.module} on {result.servers}, {result.seconds:g} s.", WIDTH)
    if result.failing:
        yield f"What the client printed is in {result.log}"


def probe_json(result: Probed) -> str:
    """The result as one JSON object: every verdict with its probe's words, its figures and its sites."""
    verdicts = [
        {"id": each.id, "title": each.probe.title, "fault": each.probe.fault, "happens": each.probe.happens}
        | asdict(each)
        for each in result.verdicts
    ]
    return json.dumps(asdict(result) | {"verdicts": verdicts}, indent=2) + "\n"
