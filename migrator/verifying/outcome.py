"""What one check came to: passed, failed with its causes, or not told."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

PASSED, FAILED, NOT_TOLD = "passed", "failed", "not told"


class Outcome(Struct, frozen=True):
    """One check of one engine."""

    check: str = ""
    asks: str = ""
    state: str = PASSED
    figures: str = ""  # what was seen
    causes: tuple[str, ...] = ()  # of a failure, the likeliest first; of what is not told, what would tell


def passed(figures: str) -> Outcome:
    """What holds, with its figures."""
    return Outcome(figures=figures)


def failed(figures: str, causes: Iterable[str] = ()) -> Outcome:
    """What does not hold, with the causes that the evidence names."""
    return Outcome(state=FAILED, figures=figures, causes=tuple(dict.fromkeys(causes)))


def not_told(figures: str, *causes: str) -> Outcome:
    """What cannot be seen from here, and what would show it."""
    return Outcome(state=NOT_TOLD, figures=figures, causes=causes)
