"""The check that every line outside the fragments of a change is there as it was, in its order."""

from __future__ import annotations

from collections.abc import Sequence

from codemods.fragments import cut
from codemods.model import Fault
from codemods.orders import Order
from codemods.proof.regions import find_run, gaps, is_at
from codemods.reading.scopes import Module
from codemods.reading.source import Source


def prove_untouched(module: Module, after: Source, orders: list[Order]) -> Fault | None:
    """The first line of a file that nothing claims and that is changed, or that is new where nothing is; or None.

    Blank lines next to a fragment are the change's own: a gap may close, or open.
    """
    lines, at = list(after.lines), 0
    runs = list(gaps(module, cut(module.source, module, orders)))
    for number, (first, gap) in enumerate(runs):
        if not gap:
            continue
        is_first, is_last = number == 0, number == len(runs) - 1
        found = find_run(gap, lines, at)
        if found < 0 or (is_first and any(line.strip() for line in lines[:found])):
            return _said(module, first, gap, lines[at:])
        at = found + len(gap)
        if is_last and any(line.strip() for line in lines[at:]):
            found = _find_last(gap, lines)
            if found < at - len(gap) or any(line.strip() for line in lines[found + len(gap) :]):
                return _said(module, first, gap, lines[at:])
    return None


def _find_last(run: Sequence[str], lines: Sequence[str]) -> int:
    return next((here for here in range(len(lines) - len(run), -1, -1) if is_at(run, lines, here)), -1)


def _said(module: Module, first: int, gap: Sequence[str], after: Sequence[str]) -> Fault:
    """The first line of a run that is not there any more."""
    there = set(after)
    number = next((number for number, text in enumerate(gap) if text not in there), 0)
    said = "a line that nothing claims was changed, or moved"
    return Fault("untouched", module.path, first + number, said, before=gap[number])
