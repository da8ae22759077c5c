"""What a probe showed, for people and for machines."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator
from dataclasses import asdict

from migrator.probing.probes import PROBES
from migrator.probing.values import FAILS, NOT_RUN, PASSED, Probed, Verdict
from migrator.report.plain import WIDTH, Paint, wrapped

STYLES = {PASSED: "green", FAILS: "red", NOT_RUN: "yellow"}
SITES = 8  # in the text; --json has all


def probe_text(result: Probed, paint: Paint) -> str:
    """Each probe with its verdict, then what each failure means and what depends on it, then how many there are."""
    lines = [line for verdict in result.verdicts for line in _row(verdict, paint)]
    for verdict in result.failing:
        lines += ["", paint(f"{verdict.id} fails: {verdict.probe.title}", "bold"), *_failure(verdict)]
    return "\n".join([*lines, "", *_summary(result)]) + "\n"


def _row(verdict: Verdict, paint: Paint) -> Iterator[str]:
    id_width = max(map(len, PROBES))
    head = f"{verdict.status.ljust(len(NOT_RUN))} {verdict.id.ljust(id_width)} "
    first, *rest = textwrap.wrap(verdict.said, WIDTH - len(head), break_long_words=False, break_on_hyphens=False)
    yield paint(verdict.status, STYLES[verdict.status]) + head[len(verdict.status) :] + first
    yield from (" " * len(head) + line for line in rest)


def _failure(verdict: Verdict) -> Iterator[str]:
    yield from wrapped(f"At run time: {verdict.probe.happens}")
    if not verdict.probe.depends:
        return
    if not verdict.sites:
        yield from wrapped("Nothing in the engines of engines.yaml depends on it.")
        return
    count = len(verdict.sites)
    yield from wrapped(f"{count} {'place depends' if count == 1 else 'places depend'} on it:")
    for site in verdict.sites[:SITES]:
        yield from wrapped(site, 2)
    if count > SITES:
        yield from wrapped(f"and {count - SITES} more; --json has them all", 2)


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
