"""Engines changed, as far as code alone decides: one after the other in this process, or by workers where they help."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeGuard

from codemods.model import Change
from migrator.attempt import Attempt, attempt
from migrator.looking import Look
from migrator.workers.workers import Workers

if TYPE_CHECKING:
    from codemods.work import Scan


def changes_of(scans: Sequence[Attempt[Scan]], modes: Mapping[str, str], workers: Workers) -> Iterator[Attempt[Change]]:
    """What becomes of each engine, in the order of the scans; one that could not be scanned keeps its problems.

    Workers change the engines that they looked at: the trees of those have to be made again.
    """
    pool = workers.pool
    if pool is None:
        yield from (_changed(scan, modes) for scan in scans)
        return
    from migrator.workers.dispatch import outcomes
    from migrator.workers.job import Job

    jobs = [Job(_look(scan.value), modes) for scan in scans if _is_without_trees(scan.value)]
    made = outcomes(pool, jobs)
    for scan in scans:
        yield next(made) if _is_without_trees(scan.value) else _changed(scan, modes)


def _is_without_trees(scan: Scan | None) -> TypeGuard[Scan]:
    return scan is not None and scan.judged is not None


def _look(scan: Scan) -> Look:
    return Look(scan.engine, scan.texts, scan.settings, scan.contract, scan.index)


def _changed(scan: Attempt[Scan], modes: Mapping[str, str]) -> Attempt[Change]:
    from codemods.changing import change_engine

    if scan.value is None:
        return Attempt(problems=scan.problems, trace=scan.trace)
    return attempt(scan.value.engine.name, partial(change_engine, scan.value, modes))
