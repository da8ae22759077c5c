"""All engines scanned: remembered, or one after the other in this process, or by workers where they help."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from migrator.attempt import Attempt, attempt
from migrator.collector import without_collector
from migrator.ground import Ground
from migrator.looking import Look, again, scan_of
from migrator.results import Progress

if TYPE_CHECKING:
    from codemods.work import Judged, Scan
    from migrator.remembered.noted import Questions
    from migrator.remembered.scans import Records
    from migrator.workers.pool import Pool

    Made = Attempt[tuple[Scan, Judged | None, Questions | None]]


def scans_of(
    looks: Sequence[Look], kept: Container[str], ground: Ground, progress: Progress
) -> dict[str, Attempt[Scan]]:
    """The scan of each engine, by its name, in the order of the looks.

    What is to be rewritten is `kept` with its trees, unless workers looked at it: they make them again, for the
    rewrite. What is not kept may come from what an earlier run found.
    """
    with without_collector():
        records = _records(ground)
        known = _recalled(records, (look for look in looks if look.engine.name not in kept)) if records else {}
        fresh = [look for look in looks if look.engine.name not in known]
        pool = ground.means.workers.pool_for(fresh, kept)
        making = _made_here(fresh, kept, records is not None) if pool is None else _made_by(pool, fresh)
        scans = {look.engine.name: Attempt(known.get(look.engine.name)) for look in looks}
        for number, look in enumerate(fresh):
            name = look.engine.name
            progress(f"scan {name}", number, len(fresh))
            made = next(making)
            scan, judged, questions = made.value or (None, None, None)
            scans[name] = Attempt(scan, made.problems, made.trace)
            if records and judged is not None and questions is not None and name not in kept:
                records.keep(look, judged, questions)
    return scans


def _records(ground: Ground) -> Records | None:
    """What earlier runs kept; None where nothing may be remembered, or there is no place for it."""
    if not ground.means.cache:
        return None
    from migrator.remembered.memory import memory_of
    from migrator.remembered.scans import Records

    memory = memory_of(ground.means)
    return Records(memory, ground.python) if memory else None


def _recalled(records: Records, looks: Iterable[Look]) -> dict[str, Scan]:
    return {look.engine.name: scan for look in looks if (scan := records.recalled(look)) is not None}


def _made_here(looks: Sequence[Look], kept: Container[str], is_noted: bool) -> Iterator[Made]:
    for look in looks:
        is_kept = look.engine.name in kept
        yield attempt(look.engine.name, partial(_scan_here, look, is_kept, is_noted and not is_kept))


def _scan_here(look: Look, is_kept: bool, is_noted: bool) -> tuple[Scan, Judged | None, Questions | None]:
    if not is_noted:
        return scan_of(look, is_kept), None, None
    from migrator.remembered.scans import noted_scan

    return noted_scan(look)


def _made_by(pool: Pool, looks: Sequence[Look]) -> Iterator[Made]:
    from migrator.workers.dispatch import outcomes
    from migrator.workers.job import Job

    for look, outcome in zip(looks, outcomes(pool, [Job(look) for look in looks]), strict=True):
        found = outcome.value
        yield Attempt(
            found and (again(look, found.judged), found.judged, found.questions), outcome.problems, outcome.trace
        )
