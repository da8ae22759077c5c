"""How far the campaign is, as a bar for each phase: its sites by what becomes of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from codemods.model import Ledger
from migrator.scanned import EngineScan, total

VERDICTS = ("rewrite", "ask", "refuse", "suppressed", "keep")


class Segment(Struct, frozen=True):
    """A part of a bar, in thousandths of the longest bar."""

    verdict: str
    count: int
    start: float
    width: float


class Bar(Struct, frozen=True):
    """One phase."""

    title: str
    engines: tuple[EngineScan, ...]
    ledger: Ledger
    segments: tuple[Segment, ...]


def bars_of(campaign: Iterable[EngineScan]) -> tuple[Bar, ...]:
    """A bar for each phase, in their order; engines that no phase moves are left out."""
    engines = [each for each in campaign if each.phase is not None]
    phases = {phase: tuple(each for each in engines if each.phase == phase) for phase in sorted(_phases(engines))}
    ledgers = {phase: total(each) for phase, each in phases.items()}
    longest = max((_sum(ledger) for ledger in ledgers.values()), default=0) or 1
    return tuple(
        Bar(f"phase {phase}", each, ledgers[phase], tuple(_segments(ledgers[phase], longest)))
        for phase, each in phases.items()
    )


def _phases(engines: Sequence[EngineScan]) -> set[int]:
    return {each.phase for each in engines if each.phase is not None}


def _sum(ledger: Ledger) -> int:
    return sum(getattr(ledger, name) for name in VERDICTS)


def _segments(ledger: Ledger, longest: int) -> Iterable[Segment]:
    start = 0.0
    for name in VERDICTS:
        count = getattr(ledger, name)
        if count:
            width = count * 1000 / longest
            yield Segment(name, count, round(start, 2), round(width, 2))
            start += width
