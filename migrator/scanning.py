"""All engines scanned: remembered, or one after the other in this process, or by workers where they help."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct

from codemods.model import Change
from migrator.attempt import Attempt, attempt
from migrator.collector import without_collector
from migrator.ground import Ground
from migrator.looking import Look, again, scan_of
from migrator.results import Progress

if TYPE_CHECKING:
    from codemods.work import Scan
    from migrator.remembered.scans import Records
    from migrator.workers.job import Found
    from migrator.workers.pool import Pool

    Made = tuple[Attempt[Scan], Found | None]


class Scans(Struct, frozen=True):
    """What came of the looks, by the engines' names."""

    scans: Mapping[str, Attempt[Scan]]  # in the order of the looks
    changes: Mapping[str, Attempt[Change]]  # made along with a look, for the case that every stream is routed


def scans_of(looks: Sequence[Look], kept: Container[str], ground: Ground, progress: Progress) -> Scans:
    """The scan of each engine.

    What is to be rewritten is `kept` with its trees, unless workers look at it: they change it at once. What is not
    kept may come from what an earlier run found.
    """
    with without_collector():
        records = _records(ground)
        known = _recalled(records, (look for look in looks if look.engine.name not in kept)) if records else {}
        fresh = [look for look in looks if look.engine.name not in known]
        pool = ground.means.workers.pool_for(fresh, kept)
        making = _made_here(fresh, kept, records is not None) if pool is None else _made_by(pool, fresh, kept)
        scans = {look.engine.name: Attempt(known.get(look.engine.name)) for look in looks}
        changes: dict[str, Attempt[Change]] = {}
        for number, look in enumerate(fresh):
            name = look.engine.name
            progress(f"scan {name}", number, len(fresh))
            scans[name], found = next(making)
            if records and found is not None and found.questions is not None:
                records.keep(look, found.judged, found.questions)
            if found is not None and found.change is not None:
                changes[name] = found.change
    return Scans(scans, changes)


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
        name = look.engine.name
        noted = attempt(name, partial(_noted, look)).value if is_noted and name not in kept else None
        yield (Attempt(noted[0]), noted[1]) if noted is not None else _plainly_made(look, kept)


def _plainly_made(look: Look, kept: Container[str]) -> Made:
    """The scan where nothing is remembered and nobody helps. What fails otherwise fails here, and says so."""
    name = look.engine.name
    return attempt(name, partial(scan_of, look, name in kept)), None


def _noted(look: Look) -> tuple[Scan, Found]:
    from migrator.remembered.scans import noted_scan
    from migrator.workers.job import Found

    scan, judged, questions = noted_scan(look)
    return scan, Found(judged, questions)


def _made_by(pool: Pool, looks: Sequence[Look], kept: Container[str]) -> Iterator[Made]:
    from migrator.workers.dispatch import outcomes
    from migrator.workers.job import Job

    made = outcomes(pool, [Job(look, is_to_change=look.engine.name in kept) for look in looks])
    for look, outcome in zip(looks, made, strict=True):
        found = outcome.value
        yield (Attempt(again(look, found.judged)), found) if found is not None else _plainly_made(look, kept)
