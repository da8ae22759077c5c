"""Ordinary code for the benchmarks' trees: classes with many methods, docstrings, tables; it never says Redis."""

from __future__ import annotations

import random
from collections.abc import Iterator
from string import Template

_NOUNS = """
    account allocation balance bar basket beta bond calendar curve deposit desk discount dividend drawdown exchange
    exposure factor fee fill forecast future hedge holding index instrument issuer ledger lot mandate margin maturity
    model option order parcel position premium price quote rate rebate region returns scenario sector settlement share
    spread statement tenor tick trade tranche universe venue volume warrant weight window yields
"""
_VERBS = """
    adjust aggregate align apply audit build check classify collect compare compute confirm estimate filter group merge
    net normalise project rank rebuild reconcile reduce round sample settle split summarise trim validate
"""
NOUNS, VERBS = _NOUNS.split(), _VERBS.split()
UNITS = ("bps", "days", "lots", "percent", "points", "shares", "ticks", "units")

HEAD = '''\
"""${Verb} every $noun of the $other desk, and keep what the $third report needs."""

from __future__ import annotations

import logging
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
$imports
logger = logging.getLogger(__name__)

${NOUN}_LIMIT = $number
${OTHER}_STEP = 0.$number
${NOUN}_KINDS = {
    "$noun": ("$unit", $number, 0.25),
    "$other": ("percent", 12, 1.5),
    "$third": ("days", 250, 0.75),
    "residual": ("points", 1, -0.5),
}


@dataclass(frozen=True, slots=True)
class ${Noun}Row:
    """One $noun as the $other file has it."""

    identifier: str
    $noun: float
    $other: float = 0.0
    labels: tuple[str, ...] = ()
    seen: dict[str, int] = field(default_factory=dict)
'''

CLASS = '''

class ${Noun}${Verb}Run${number}:
    """${Verb}s each $noun once a day, against the $other of the day before.

    What has no $third is left out, and counted. All figures are in $unit unless a name says otherwise.

    The file of the day before comes at five in the morning. Until then each $noun is worth what it was at the close,
    which is wrong on the first day of a month: the $third of that day replaces it, and the difference is kept for the
    $other report. A $noun that is not in the file for $number days in a row is taken to be closed.
    """

    kinds = tuple(sorted(${NOUN}_KINDS))

    def __init__(self, $noun: float, $other: float = $number, *, limit: int = ${NOUN}_LIMIT) -> None:
        self.$noun = $noun
        self.$other = $other
        self.limit = limit
        self.counts: dict[str, int] = defaultdict(int)
        self.rows: list[${Noun}Row] = []
        self.started = datetime.now(timezone.utc)
'''

METHODS = (
    '''
    def ${verb}_${third}(self, ${noun}: float, ${other}: float = $number) -> float:
        """The $noun after the $other is taken off, in $unit; never below zero."""
        if $noun <= 0 or not math.isfinite($noun):
            self.counts["$noun"] += 1
            return 0.0
        share = ($noun - $other) / max(abs($other), 1e-9)
        logger.debug("%s: $noun %.4f of $other %.4f", self.limit, $noun, $other)
        return round(max(share * $number, 0.0), 6)
''',
    '''
    def ${verb}_all_${third}s(self, rows: Iterable[Mapping[str, float]]) -> dict[str, float]:
        """Each $other with its $noun, summed over the rows; the smallest ones are dropped.

        rows: from the $third file, one mapping for each line; further columns do no harm. At most as many as the
        limit are read, because a file that is longer has been written twice.
        """
        totals: dict[str, float] = defaultdict(float)
        for number, row in enumerate(rows):
            if number >= self.limit:
                logger.warning("stopped after %d rows of $other", number)
                break
            for name, amount in row.items():
                if name in self.kinds and amount is not None:
                    totals[name] += amount * $number
        return {name: total for name, total in sorted(totals.items()) if abs(total) > 0.$number}
''',
    '''
    def ${verb}_${third}_steps(self, since: datetime, *, every: int = $number) -> list[tuple[datetime, float]]:
        """The $third at each step from a time until now, with the $noun interpolated between two of them.

        The first step is a whole one. A $third that lies in the future is not there yet, so the list may be empty.
        """
        step = timedelta(minutes=every)
        moment, found = since, []
        while moment < self.started and len(found) < self.limit:
            elapsed = (self.started - moment).total_seconds()
            found.append((moment, math.exp(-elapsed / $number) * self.counts["$third"]))
            moment += step
        return found
''',
    '''
    def has_${third}_${number}(self, row: Mapping[str, str]) -> bool:
        """Whether a row has a $noun that can be read, and one of the known kinds."""
        # The $third file leaves the column empty where there is nothing, and says "n/a" where nobody knows.
        try:
            amount = float(row["$noun"])
        except (KeyError, ValueError):
            return False
        return amount > $number and row.get("kind", "residual") in ${NOUN}_KINDS
''',
    '''
    async def load_${third}s(self, names: Iterable[str], attempts: int = 3) -> dict[str, list[float]]:
        """The ${third}s of each name; what cannot be had after some attempts is an empty list.

        The $third service answers slowly around noon. Three attempts have been enough for years; with more of them,
        the $other report would be late. Nothing is raised: a list without a $third is shown as a dash.
        """
        loaded: dict[str, list[float]] = {}
        for name in names:
            for attempt in range(attempts):
                try:
                    loaded[name] = [value async for value in self.iterate_$third(name, attempt)]
                    break
                except TimeoutError as error:
                    logger.warning("%s: $third not there (%s), attempt %d of %d", name, error, attempt, attempts)
            else:
                loaded[name] = []
        return loaded
''',
    '''
    def describe_${verb}_${third}(self) -> str:
        """A line for the log: how many rows there are, and the largest $noun among them."""
        largest = max((row.labels for row in self.rows), default=())
        parts = [f"{kind}={self.counts[kind]:>8,}" for kind in self.kinds if self.counts[kind]]
        return f"{type(self).__name__}: {len(self.rows)} rows, {'/'.join(largest)}; {', '.join(parts) or 'nothing'}"
''',
    '''
    def ${verb}_by_${third}(self, rows: list[${Noun}Row]) -> Iterator[tuple[str, float, int]]:
        """Each $other, the mean of its $noun and how many there were, the heaviest first.

        Two of the same weight come in the order of their names, so that the $third report is the same every day.
        """
        groups: dict[str, list[float]] = {}
        for row in rows:
            key = row.labels[0] if row.labels else "none"
            groups.setdefault(key, []).append(row.seen.get("$noun", 0) * self.$other)
        for key, amounts in sorted(groups.items(), key=lambda item: (-sum(item[1]), item[0])):
            yield key, sum(amounts) / len(amounts), len(amounts)
''',
    '''
    @staticmethod
    def parse_${third}_${number}(text: str, default: float = 0.0) -> tuple[float, str]:
        """The figure and the unit of "12.5 $unit", or of any other $third; the default where there is none."""
        head, _, tail = text.strip().partition(" ")
        digits = head.replace(",", "").rstrip("%")
        if not digits.lstrip("-").replace(".", "", 1).isdigit():
            return default, tail or "$unit"
        # The $other file writes ${third}s in hundredths.
        return float(digits) / (100 if head.endswith("%") else 1), tail or "$unit"
''',
    '''
    @property
    def ${noun}_${third}_ratio(self) -> float:
        """How much $noun there is for each $other; not a number where there is no $other."""
        return self.$noun / self.$other if self.$other else math.nan
''',
)

CURVE = """

${NOUN}_CURVE_$number = (
    # the $other of each day of the $third year, as it was measured
$figures)
"""

FUNCTIONS = (
    '''

def ${verb}_${noun}_${other}(left: Mapping[str, float], right: Mapping[str, float]) -> list[tuple[str, float]]:
    """Every name whose $noun differs between two $other files by more than a step, with the difference."""
    names = left.keys() | right.keys()
    gaps = {name: left.get(name, 0.0) - right.get(name, 0.0) for name in names}
    wide = [(name, gap) for name, gap in gaps.items() if abs(gap) > ${OTHER}_STEP]
    return sorted(wide, key=lambda pair: (-abs(pair[1]), pair[0]))
''',
    '''

def ${third}_table(count: int = $number) -> dict[int, tuple[float, ...]]:
    """The ${third}s for each of the first days: linear at first, then flat."""
    weights = [0.5, 0.25, 0.125, 0.0625, $number / 1000]
    return {
        day: tuple(weight * min(day, ${NOUN}_LIMIT) / (day + 1) for weight in weights if weight > 0)
        for day in range(count)
        if day % 7 not in (5, 6)
    }
''',
)
METHODS_OF_A_CLASS = (6, 14)
ROWS, COLUMNS, PLACES = 12, 10, 7

Words = dict[str, str]


def module(dice: random.Random, size: int, imports: str = "", body: str = "") -> str:
    """A module of about `size` characters, with further imports and, before its own classes, further code.

    The same dice give the same text.
    """
    head = words(dice)
    pieces = [Template(HEAD).substitute(head, imports=imports), body]
    length = sum(map(len, pieces))
    for block in blocks(dice, head):
        if length + len(block) / 2 > size:
            break
        pieces.append(block)
        length += len(block)
    return "".join(pieces)


def blocks(dice: random.Random, head: Words) -> Iterator[str]:
    """Classes, each with its methods and a function after it, without end; a module may stop after any of them."""
    defined = {name: head[name] for name in ("Noun", "NOUN", "OTHER")}
    while True:
        owner = words(dice)
        yield Template(CLASS).substitute(owner | defined)
        for _ in range(dice.randint(*METHODS_OF_A_CLASS)):
            yield Template(dice.choice(METHODS)).substitute(words(dice, owner) | defined)
        yield Template(dice.choice(FUNCTIONS)).substitute(words(dice) | defined)
        yield Template(CURVE).substitute(words(dice), figures=figures(dice))


def figures(dice: random.Random) -> str:
    """Lines of a table; figures compress less than words do, as real files compress less than drawn ones."""
    drawn = iter([f"{dice.random():.{PLACES}f}" for _ in range(ROWS * COLUMNS)])
    return "".join(f"    {', '.join(row)},\n" for row in zip(*[drawn] * COLUMNS, strict=True))


def words(dice: random.Random, owner: Words | None = None) -> Words:
    """What one piece is about: three different nouns, of which a method shares two with its class."""
    drawn = dice.sample(NOUNS, 3)
    noun, other = (owner["noun"], owner["other"]) if owner else drawn[:2]
    third = next(name for name in reversed(drawn) if name not in (noun, other))
    verb = dice.choice(VERBS)
    return {
        "noun": noun,
        "other": other,
        "third": third,
        "verb": verb,
        "unit": dice.choice(UNITS),
        "number": str(dice.randint(2, 400)),
        "Noun": noun.title(),
        "NOUN": noun.upper(),
        "OTHER": other.upper(),
        "Verb": verb.title(),
    }
