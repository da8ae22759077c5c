"""One thing that a diagnosis found: a sentence, its evidence, and what to do next."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct


class Finding(Struct, frozen=True):
    """One sentence of a diagnosis. `kind` is the name of its rule, `server` the name of the server."""

    kind: str
    server: str
    sentence: str
    evidence: tuple[str, ...] = ()
    next: str = ""  # what a person can do


def several(count: int, one: str, many: str = "") -> str:
    """A count with its noun: `1 client`, `2,000 clients`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def listed(words: Iterable[str], most: int = 8) -> str:
    """The words in a row; of many, how many more there are."""
    words = list(words)
    more = len(words) - most
    return ", ".join(words[:most]) + (f" and {more} more" if more > 0 else "")


def rate(per_second: float) -> str:
    """A rate as people read it: whole from ten a second on."""
    return f"{per_second:,.0f}" if per_second >= 10 else f"{per_second:,.1f}"


def span(seconds: float) -> str:
    """A length of time in its largest unit: `12 s`, `3 min`, `5 h`, `2 d`."""
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s" if seconds >= 10 or seconds == 0 else f"{seconds:.1f} s"
