"""The check that every line outside the fragments of a change is there as it was, in its order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from codemods.fragments import cut
from codemods.orders import Order
from codemods.reading.scopes import Module
from codemods.reading.source import Source


def prove_untouched(module: Module, after: Source, orders: list[Order]) -> str | None:
    """The first line of a file that nothing claims and that is changed, or that is new where nothing is; or None.

    Blank lines next to a fragment are the change's own: a gap may close, or open.
    """
    lines, at = list(after.lines), 0
    gaps = list(_gaps(module.source, module, orders))
    for number, (first, gap) in enumerate(gaps):
        if not gap:
            continue
        is_first, is_last = number == 0, number == len(gaps) - 1
        found = _find(gap, lines, at)
        if found < 0 or (is_first and any(line.strip() for line in lines[:found])):
            return _said(module, first, gap, lines[at:])
        at = found + len(gap)
        if is_last and any(line.strip() for line in lines[at:]):
            found = _find_last(gap, lines)
            if found < at - len(gap) or any(line.strip() for line in lines[found + len(gap) :]):
                return _said(module, first, gap, lines[at:])
    return None


def _gaps(source: Source, module: Module, orders: list[Order]) -> Iterator[tuple[int, Sequence[str]]]:
    """The lines between the fragments, each run with its first line's number, and without blank lines at its ends."""
    start = 1
    for fragment in [*cut(source, module, orders), None]:
        stop = fragment.start if fragment is not None else len(source.lines) + 1
        run = list(source.lines[start - 1 : stop - 1])
        first = start
        while run and not run[0].strip():
            del run[0]
            first += 1
        while run and not run[-1].strip():
            del run[-1]
        yield first, run
        start = fragment.stop + 1 if fragment is not None else stop


def _find(run: Sequence[str], lines: Sequence[str], at: int) -> int:
    """Where a run of lines stands at or after a place; -1 where it does not."""
    last = len(lines) - len(run)
    return next((here for here in range(at, last + 1) if _is_at(run, lines, here)), -1)


def _find_last(run: Sequence[str], lines: Sequence[str]) -> int:
    return next((here for here in range(len(lines) - len(run), -1, -1) if _is_at(run, lines, here)), -1)


def _is_at(run: Sequence[str], lines: Sequence[str], here: int) -> bool:
    return lines[here] == run[0] and list(lines[here : here + len(run)]) == list(run)


def _said(module: Module, first: int, gap: Sequence[str], after: Sequence[str]) -> str:
    """The first line of a run that is not there any more."""
    there = set(after)
    line = next((first + number for number, text in enumerate(gap) if text not in there), first)
    return f"{module.path}:{line}: proof: a line that nothing claims was changed, or moved"
