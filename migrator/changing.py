"""Engines changed, as far as code alone decides: one after the other in this process, or by workers where they help."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from codemods.model import Change
from migrator.attempt import Attempt, attempt
from migrator.looking import Look
from migrator.workers.workers import Workers

if TYPE_CHECKING:
    from codemods.work import Scan


def changes_of(
    scans: Sequence[Attempt[Scan]], made: Mapping[str, Attempt[Change]], modes: Mapping[str, str], workers: Workers
) -> Iterator[Attempt[Change]]:
    """What becomes of each engine, in the order of the scans; one that could not be scanned keeps its problems.

    Changes that were made along with the scan hold where no stream of the engine becomes messages. Workers make the
    others, where there are any.
    """
    left = [scan.value for scan in scans if scan.value is not None and _is_to_be_made(scan.value, made, modes)]
    others = _made_now(left, modes, workers)
    for scan in scans:
        if scan.value is None:
            yield Attempt(problems=scan.problems, trace=scan.trace)
        else:
            yield next(others) if scan.value in left else made[scan.value.engine.name]


def _is_to_be_made(scan: Scan, made: Mapping[str, Attempt[Change]], modes: Mapping[str, str]) -> bool:
    return scan.engine.name not in made or any(modes.get(end.name) == "message" for end in scan.ends)


def _look(scan: Scan) -> Look:
    return Look(scan.engine, scan.texts, scan.settings, scan.contract, scan.index)


def _made_now(scans: Sequence[Scan], modes: Mapping[str, str], workers: Workers) -> Iterator[Attempt[Change]]:
    if workers.pool is None:
        from codemods.changing import change_engine

        yield from (attempt(scan.engine.name, partial(change_engine, scan, modes)) for scan in scans)
    else:
        from migrator.workers.dispatch import outcomes
        from migrator.workers.job import Job

        yield from outcomes(workers.pool, [Job(_look(scan), modes) for scan in scans])
