"""All engines scanned: remembered, or one after the other in this process, or by workers where they help."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct

from codemods.model import Change
from migrator.attempt import Attempt, attempt
from migrator.collector import without_collector
from migrator.ground import Ground
from migrator.looking import Look, again, change_of, scan_of
from migrator.results import Progress

if TYPE_CHECKING:
    from codemods.work import Scan
    from migrator.remembered.scans import Records
    from migrator.workers.job import Found
    from migrator.workers.pool import Pool


class Scans(Struct, frozen=True):
    """What came of the looks, by the engines' names."""

    scans: Mapping[str, Attempt[Scan]]  # in the order of the looks
    changes: Mapping[str, Attempt[Change]]  # made along with a look, for the case that every stream is routed


class _Made(Struct, frozen=True):
    """What came of one look."""

    scan: Attempt[Scan]
    change: Attempt[Change] | None = None
    noted: Found | None = None


def scans_of(looks: Sequence[Look], kept: Collection[str], ground: Ground, progress: Progress) -> Scans:
    """The scan of each engine.

    What is `kept` is to be rewritten. One engine alone keeps its trees for that; several are changed at once, while
    their trees are there: mostly, no stream becomes messages, and the change is final. What is not kept may come from
    what an earlier run found.
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
            made = next(making)
            scans[name] = made.scan
            if records and made.noted is not None and made.noted.questions is not None:
                records.keep(look, made.noted.judged, made.noted.questions)
            if made.change is not None:
                changes[name] = made.change
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


def _made_here(looks: Sequence[Look], kept: Collection[str], is_noted: bool) -> Iterator[_Made]:
    for look in looks:
        name = look.engine.name
        if name in kept:
            yield _kept(look) if len(kept) == 1 else _changed_at_once(look)
            continue
        noted = attempt(name, partial(_noted, look)).value if is_noted else None
        yield noted or _plainly_made(look)


def _plainly_made(look: Look) -> _Made:
    """The scan where nothing is remembered and nobody helps. What fails otherwise fails here, and says so."""
    return _Made(attempt(look.engine.name, partial(scan_of, look, False)))


def _kept(look: Look) -> _Made:
    """The scan with its trees."""
    return _Made(attempt(look.engine.name, partial(scan_of, look, True)))


def _changed_at_once(look: Look) -> _Made:
    """The scan with the change, where that is final, and without trees: those of 13 engines would take 160 MB."""
    kept = _kept(look)
    if kept.scan.value is None or any(end.canonical for end in kept.scan.value.ends):
        return kept  # its streams may become messages, which the ends in other engines decide
    change, judged = change_of(kept.scan.value)
    return _Made(Attempt(again(look, judged)), change)


def _noted(look: Look) -> _Made:
    from migrator.remembered.scans import noted_scan
    from migrator.workers.job import Found

    scan, judged, questions = noted_scan(look)
    return _Made(Attempt(scan), noted=Found(judged, questions))


def _made_by(pool: Pool, looks: Sequence[Look], kept: Collection[str]) -> Iterator[_Made]:
    from migrator.workers.dispatch import outcomes
    from migrator.workers.job import Job

    jobs = [Job(look, is_to_change=look.engine.name in kept) for look in looks]
    for job, outcome in zip(jobs, outcomes(pool, jobs), strict=True):
        found = outcome.value
        if found is None:
            yield _changed_at_once(job.look) if job.is_to_change else _plainly_made(job.look)
        else:
            yield _Made(Attempt(again(job.look, found.judged)), found.change, found)
