"""Which lines of a result a fragment became, so that a fault can be shown by the statements that it is about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from codemods.fragments import Fragment, cut
from codemods.model import Fault
from codemods.orders import Order
from codemods.reading.scopes import Module

SHOWN = 12  # lines of a reproducer, of either side; what follows is cut off


class Region(Struct, frozen=True):
    """Fragments that touch, with the lines that they became; lines are counted from 1, and the last is included."""

    fragments: tuple[Fragment, ...]
    first: int
    last: int

    @property
    def orders(self) -> list[Order]:
        """The orders for what stands here."""
        return [order for fragment in self.fragments for order in fragment.orders]


def gaps(module: Module, fragments: Sequence[Fragment]) -> Iterator[tuple[int, Sequence[str]]]:
    """The lines between the fragments, each run with its first line's number, and without blank lines at its ends.

    There is one run before each fragment, and one after the last; a run may be empty.
    """
    lines, start = module.source.lines, 1
    for fragment in [*fragments, None]:
        stop = fragment.start if fragment is not None else len(lines) + 1
        run, first = list(lines[start - 1 : stop - 1]), start
        while run and not run[0].strip():
            del run[0]
            first += 1
        while run and not run[-1].strip():
            del run[-1]
        yield first, run
        start = fragment.stop + 1 if fragment is not None else stop


def find_run(run: Sequence[str], lines: Sequence[str], at: int) -> int:
    """Where a run of lines stands at or after a place; -1 where it does not."""
    last = len(lines) - len(run)
    return next((here for here in range(at, last + 1) if is_at(run, lines, here)), -1)


def is_at(run: Sequence[str], lines: Sequence[str], here: int) -> bool:
    """Whether a run of lines stands at this place."""
    return lines[here] == run[0] and list(lines[here : here + len(run)]) == list(run)


def regions(module: Module, after: Sequence[str], orders: list[Order]) -> list[Region]:
    """The regions of a result; where a run between two fragments is not there any more, they are one region."""
    fragments = cut(module.source, module, orders)
    found: list[Region] = []
    since: list[Fragment] = []
    at = 0
    for number, (_, run) in enumerate(gaps(module, fragments)):
        here = find_run(run, after, at) if run else -1
        if number == len(fragments) and not run:
            here = len(after)
        if here >= 0:
            found += _split(since, at + 1, here) if since else []
            since, at = [], here + len(run)
        since += fragments[number : number + 1]
    return [*found, *(_split(since, at + 1, len(after)) if since else [])]


def _split(fragments: list[Fragment], first: int, last: int) -> Iterator[Region]:
    """Fragments that touch are told apart where each has kept its number of lines."""
    lines = [fragment.stop - fragment.start + 1 for fragment in fragments]
    if sum(lines) != last - first + 1:
        yield Region(tuple(fragments), first, last)
        return
    for fragment, count in zip(fragments, lines, strict=True):
        yield Region((fragment,), first, first + count - 1)
        first += count


def shown(fault: Fault, module: Module, after: Sequence[str], orders: list[Order]) -> Fault:
    """The fault with what was there before and what is there now, where it does not say so itself."""
    if fault.before or fault.after:
        return replace(fault, before=_cut(fault.before.splitlines(True)), after=_cut(fault.after.splitlines(True)))
    for region in regions(module, after, orders):
        if region.first <= fault.line <= max(region.first, region.last):
            old = [line for fragment in region.fragments for line in fragment.text.splitlines(keepends=True)]
            return replace(fault, before=_cut(old), after=_cut(after[region.first - 1 : region.last]))
    return replace(fault, after=_cut(after[fault.line - 1 : fault.line]))


def _cut(lines: Sequence[str]) -> str:
    """The first lines of these, without blank ones at their ends."""
    text = "".join(lines[:SHOWN]).strip("\r\n")
    return f"{text}\n..." if len(lines) > SHOWN else text
