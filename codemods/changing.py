"""From verdicts to a change: drafts are made and proved, and a client whose draft fails is taken back whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from msgspec.structs import replace

from codemods.drafting import Draft, draft
from codemods.dropping import note_dropped
from codemods.model import Change, Fault
from codemods.orders import Order
from codemods.reading.use import Use
from codemods.verdicts.cases import Case
from codemods.verdicts.engine import Unit, hold_reliant
from codemods.verdicts.sites import describe
from codemods.work import (
    Judged,
    Scan,
    at_hand,
    cause_of,
    forget,
    hold_for_files,
    judged_as,
    judged_routed,
    judged_units,
)

if TYPE_CHECKING:
    from codemods.rewriting import RewriteError

Back = dict[Use, str]
"""The use at which each client that was taken back is held, with the reason."""


def change_engine(scan: Scan, modes: Mapping[str, str]) -> Change:
    """Judge, rewrite and prove one engine; a client whose proof fails is taken back whole, and said so."""
    change, _ = _changed(scan, modes)
    return change


def change_and_forget(scan: Scan) -> tuple[Change, Judged]:
    """The change where every stream is routed, and what the scan alone says of that; the engine's trees are gone."""
    change, verdicts = _changed(scan, {})
    judged = judged_routed(scan) if verdicts is None else judged_as(scan, verdicts)
    forget(scan)
    return change, judged


def _changed(scan: Scan, modes: Mapping[str, str]) -> tuple[Change, Change | None]:
    """The change, and its verdicts alone where they are those of a scan: nothing was taken back."""
    scan = at_hand(scan)
    if scan.court is None:
        nothing = Change(scan.engine.name, files=scan.failed)
        return nothing, nothing
    back: Back = {}
    faults: list[Fault] = []
    while True:
        units = _judged(scan, modes, back)
        made = draft(scan, units, modes, back)
        if made.refused is not None:
            back |= _unreadable(units, made.refused)
        elif made.fault is not None:
            for fault, culprits in _culprits(scan, units, modes, back, made):
                faults.append(replace(fault, clients=tuple(unit.id for unit in culprits)))
                back |= _held(culprits, f"its proof failed: {fault}")
        else:
            note_dropped(units, made.dropped)
            change = describe(scan, scan.court, units, made.texts, tuple(faults))
            verdicts = None if back else replace(change, texts={}, files=scan.failed)
            return replace(change, notes=(*change.notes, *made.notes)), verdicts


def _judged(scan: Scan, modes: Mapping[str, str], back: Back) -> list[Unit]:
    """The units with their verdicts, where these are taken back: what another client leaves to them is then its own."""
    assert scan.court is not None
    units = judged_units(scan, modes, back)
    hold_for_files(units, scan.failed)
    hold_reliant(scan.court, units)
    return units


def _moving(units: list[Unit]) -> list[Unit]:
    return [unit for unit in units if unit.moves]


def _first(unit: Unit) -> Case:
    return next(case for case in unit.cases if case.moves)


def _held(units: Iterable[Unit], reason: str) -> Back:
    return {_first(unit).use: reason for unit in units}


def _unreadable(units: list[Unit], error: RewriteError) -> Back:
    """The clients that need a statement which LibCST cannot take; all, where none can be named."""
    found = [case for unit in units if (case := _ordering(unit, error.orders)) is not None]
    found = found or [_first(unit) for unit in _moving(units)]
    return {case.use: cause_of(case, error.path, error.line, error.cause) for case in found}


def _ordering(unit: Unit, orders: Iterable[Order]) -> Case | None:
    wanted = set(orders)
    return next((case for case in unit.cases if case.moves and not wanted.isdisjoint(case.orders)), None)


def _culprits(
    scan: Scan, units: list[Unit], modes: Mapping[str, str], back: Back, made: Draft
) -> list[tuple[Fault, list[Unit]]]:
    """The clients whose proof fails, with the fault of each: those that fail alone, or the one without which none does.

    A draft of one client shows the fault with the fewest statements around it.
    """
    assert made.fault is not None
    moving = _moving(units)
    if len(moving) == 1:
        return [(made.fault, moving)]
    alone = [(fault, [unit]) for unit in moving if (fault := _fault_of(scan, units, modes, back, [unit])) is not None]
    if alone:
        return alone
    blamed = sorted(moving, key=lambda unit: _ordering(unit, made.blamed) is None)
    for unit in blamed:
        rest = [other for other in moving if other is not unit]
        if _fault_of(scan, units, modes, back, rest) is None:
            return [(made.fault, [unit])]
    return [(made.fault, moving)]


def _fault_of(scan: Scan, units: list[Unit], modes: Mapping[str, str], back: Back, some: list[Unit]) -> Fault | None:
    """The first check that the draft of some clients fails, where all others stay."""
    kept = back | _held((unit for unit in _moving(units) if unit not in some), "")
    return draft(scan, _judged(scan, modes, kept), modes, kept).fault
