"""A figure: one ratio with its noise, its target, and what it was worked out from; as lines of text and of Markdown."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

WIDE = 40


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table; without a target it is only shown."""

    subject: str  # what was measured: a tree, an engine, a command
    what: str
    value: float
    target: float | None = None
    noise: tuple[float, float] | None = None  # the least and the largest of all rounds
    measured: str = ""  # what the value was worked out from
    is_floor: bool = False  # the value is to be at least the target

    @property
    def is_missed(self) -> bool:
        """Whether the value is on the wrong side of its target."""
        if self.target is None:
            return False
        return self.value < self.target if self.is_floor else self.value > self.target

    @property
    def wanted(self) -> str:
        """`<= 3`; nothing without a target."""
        return "" if self.target is None else f"{'>=' if self.is_floor else '<='} {self.target:g}"

    @property
    def outcome(self) -> str:
        """`met` or `missed`; nothing without a target."""
        return "" if self.target is None else ("missed" if self.is_missed else "met")

    def __str__(self) -> str:
        start = f"  {self.what:<{WIDE}} {short(self.value):>6} {spoken(self.noise):>14}"
        return f"{start}  {self.wanted:<8}{self.outcome}".rstrip()


@dataclass(slots=True)
class Part:
    """What one part of the benchmark found: figures, and sentences about what stands beside them."""

    figures: list[Figure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def __iadd__(self, other: Part) -> Part:
        self.figures += other.figures
        self.notes += other.notes
        return self


def ratio(
    subject: str, what: str, over: Sequence[float], under: Sequence[float], target: float | None = None
) -> Figure:
    """The median of the ratios of all rounds, and what they spread over; both of seconds.

    A machine that is slow for a while is so for both sides of a round: medians of each side alone may be of two
    different whiles.
    """
    base = statistics.median(under)
    pairs = zip(over, under, strict=True) if len(under) == len(over) else ((one, base) for one in over)
    each = [one / other for one, other in pairs]
    measured = f"{_spent(statistics.median(over))} / {_spent(base)}"
    return Figure(subject, what, statistics.median(each), target, (min(each), max(each)), measured)


def _spent(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds >= 10 else f"{seconds * 1000:.{0 if seconds >= 0.1 else 1}f} ms"


def short(value: float) -> str:
    """Two or three digits of it, and whole numbers as they are."""
    if abs(value) >= 100 or value == round(value):
        return f"{value:,.0f}"
    return f"{value:.3f}" if abs(value) < 0.1 else f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}"


def spoken(noise: tuple[float, float] | None) -> str:
    """`2.10 to 2.60`; nothing where it was measured once."""
    return "" if noise is None or noise[0] == noise[1] else f"{short(noise[0])} to {short(noise[1])}"


def text(figures: Iterable[Figure]) -> Iterator[str]:
    """The figures as lines, below what each is about."""
    for subject, each in groupby(figures, key=lambda figure: figure.subject):
        yield subject
        yield from map(str, each)


def markdown(figures: Iterable[Figure]) -> Iterator[str]:
    """The figures as a table."""
    yield "| of | what | measured | figure | least to largest | target | |"
    yield "|---|---|---|---|---|---|---|"
    for each in figures:
        value, noise = short(each.value), spoken(each.noise)
        cells = (each.subject, each.what, each.measured, value, noise, each.wanted, each.outcome)
        yield f"| {' | '.join(cells)} |"
