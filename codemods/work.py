"""From texts to verdicts: scan an engine and judge it. Pure: no git, no terminal, no server."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from msgspec import Struct, field
from msgspec.structs import replace

from codemods.model import Change, FileOutcome, StreamEnd, Verdict
from codemods.reading import atoms
from codemods.reading.contract import Contract, read_contract
from codemods.reading.flow import Program
from codemods.reading.index import Index, build_index
from codemods.reading.scopes import Module
from codemods.reading.selection import Selection
from codemods.reading.source import Source, UnreadableError, uncompilable
from codemods.reading.use import Use
from codemods.reading.uses import find_uses
from codemods.reading.wrapper import read_wrapper
from codemods.settings import Engine, Settings
from codemods.verdicts.cases import Case, Court
from codemods.verdicts.engine import NOBODY, Unit, hold_reliant, hold_together, judge_engine
from codemods.verdicts.native import native_ends
from codemods.verdicts.sites import describe, is_native

__all__ = [
    "Judged",
    "Scan",
    "at_hand",
    "forget",
    "hold_for_files",
    "judge_and_forget",
    "judge_scan",
    "judged_as",
    "judged_routed",
    "judged_units",
    "read_contract",
    "scan_engine",
    "taken_up",
]

NOTHING: Mapping[str, Source] = MappingProxyType({})


class Judged(Struct, frozen=True):
    """What a scan of one engine says where every stream is routed, as values alone: they can be kept, and sent."""

    change: Change
    ends: tuple[StreamEnd, ...]
    failed: tuple[FileOutcome, ...]
    read: frozenset[str]  # the files that verdicts looked at
    uses_target: bool
    asked: frozenset[str]  # the ids of its questions that answers in engines.yaml can close


class Scan(Struct, eq=False):
    """What was found in one engine. `court` is None where nothing legacy and nothing of the target is used."""

    engine: Engine
    texts: Mapping[str, bytes]
    index: Index
    contract: Contract
    court: Court | None
    failed: tuple[FileOutcome, ...] = ()
    ends: tuple[StreamEnd, ...] = ()
    settings: Settings = field(default_factory=Settings)
    read: frozenset[str] = frozenset()  # the files that verdicts looked at
    uses_target: bool = False
    asked: frozenset[str] = frozenset()  # the ids of its questions that answers in engines.yaml can close
    units: list[Unit] = field(default_factory=list)  # judged with every stream routed, until somebody takes them
    judged: Judged | None = None  # what came of that; then the court is gone, and its memory is free


def scan_engine(
    engine: Engine,
    texts: Mapping[str, bytes],
    settings: Settings,
    contract: Contract,
    index: Index | None = None,
    lean: bool = False,
    also: Mapping[str, Source] = NOTHING,
) -> Scan:
    """Find every legacy use in the engine's files among `texts`, which are all Python files of the repository.

    The index is of these texts, or of more; without one it is made here. A lean scan takes less memory, and nothing
    can be rewritten from it. The files of `also` are looked at whether they seem to matter or not, and not read again.
    """
    index = build_index(texts, settings) if index is None else index
    selection = Selection(engine, texts, settings, index, lean, also)
    selection.add(set(also))
    while True:
        program = selection.program()
        court = _court(engine, texts, settings, contract, program) if program is not None else None
        units = judge_engine(court, {}) if court is not None else []
        cases = [case for unit in units for case in unit.cases]
        stays = bool(selection.faults)
        ends = [replace(end, held=stays or not case.moves) for case in cases for end in case.ends]
        ends += native_ends(court) if court is not None else []
        more = selection.asked_for(program) if program is not None else set()
        if not more:
            failed = tuple(FileOutcome(e.path, "failed", f"{e.path}:{e.line}: {e.cause}") for e in selection.faults)
            read = frozenset(selection.modules)
            asked = frozenset(court.asked) if court is not None else frozenset()
            native = court is not None and any(is_native(use) for use in court.uses)
            return Scan(
                engine, texts, index, contract, court, failed, tuple(ends), settings, read, native, asked, units
            )
        selection.add(more)


def judged_units(scan: Scan, modes: Mapping[str, str], back: Mapping[Use, str] = NOBODY) -> list[Unit]:
    """What `judge_engine` gives for the scan's court. They are the caller's own, who may hold what moves in them.

    The verdicts of the scan itself are these where no stream becomes messages and nothing is taken back.
    """
    assert scan.court is not None
    units, scan.units = scan.units, []
    if units and not back and "message" not in modes.values():
        return units
    return judge_engine(scan.court, modes, back)


def judge_scan(scan: Scan, modes: Mapping[str, str]) -> Change:
    """The verdicts of a scan without rewriting anything: `texts` is empty, and LibCST is not imported."""
    if scan.judged is not None and not any(modes.get(end.name) == "message" for end in scan.ends):
        return scan.judged.change
    scan = at_hand(scan)
    if scan.court is None:
        return Change(scan.engine.name, files=scan.failed)
    return _described(scan, scan.court, judged_units(scan, modes))


def judged_routed(scan: Scan) -> Judged:
    """The verdicts of a scan for the case that every stream is routed."""
    nothing = Change(scan.engine.name, files=scan.failed)
    change = _described(scan, scan.court, judged_units(scan, {})) if scan.court is not None else nothing
    return judged_as(scan, change)


def judged_as(scan: Scan, change: Change) -> Judged:
    """What the scan says, with these verdicts."""
    return Judged(change, scan.ends, scan.failed, scan.read, scan.uses_target, scan.asked)


def judge_and_forget(scan: Scan) -> Judged:
    """The same verdicts; the engine's trees are gone."""
    judged = judged_routed(scan)
    forget(scan)
    return judged


def forget(scan: Scan) -> None:
    """Give the engine's trees up."""
    if scan.court is not None:
        scan.court.program.release()
        vars(scan.court).clear()  # what it has worked out holds it in turn, and it the trees
        scan.court, scan.units = None, []


def taken_up(
    judged: Judged,
    engine: Engine,
    texts: Mapping[str, bytes],
    settings: Settings,
    contract: Contract,
    index: Index,
) -> Scan:
    """The scan that was judged so; whoever needs its trees has them made again from these texts."""
    failed, ends, read = judged.failed, judged.ends, judged.read
    uses_target, asked = judged.uses_target, judged.asked
    return Scan(engine, texts, index, contract, None, failed, ends, settings, read, uses_target, asked, judged=judged)


def _court(
    engine: Engine, texts: Mapping[str, bytes], settings: Settings, contract: Contract, program: Program
) -> Court:
    wrappers = {wrapper.module: read_wrapper(wrapper, texts, settings) for wrapper in settings.wrappers}
    court = Court(engine, settings, contract, program, wrappers)
    found = list(find_uses(program))
    mine = {holder for use in found if engine.owns(use.path) for holder in use.holders}
    for use in found:
        if use.kind == "construct" and mine.intersection(use.holders):
            given = [*use.call.args, *(keyword.value for keyword in use.call.keywords)]
            mine.update(atom for node in given for atom in atoms.of(program.value(use.module, node), atoms.CONFIG))
    court.uses = [use for use in found if engine.owns(use.path) or mine.intersection(use.holders)]
    return court


def _described(scan: Scan, court: Court, units: list[Unit]) -> Change:
    hold_for_files(units, scan.failed)
    hold_reliant(court, units)
    if any(unit.moves for unit in units):
        from codemods.dropping import note_dropped, plan_files

        plans = list(plan_files(court, units, scan.texts.keys()))
        note_dropped(units, [order for planned in plans for order in planned.dropped])
    return describe(scan, court, units, {}, ())


def at_hand(scan: Scan) -> Scan:
    """The scan with its court, which is made again where it was forgotten."""
    if scan.judged is None:
        return scan
    return scan_engine(scan.engine, scan.texts, scan.settings, scan.contract, scan.index)


def hold_for_files(units: list[Unit], failed: tuple[FileOutcome, ...]) -> None:
    """A file that cannot be read may use any client of the engine; one that cannot run holds what would move in it."""
    broken: dict[Module, UnreadableError | None] = {}
    for unit in units:
        for case in [case for case in unit.cases if case.moves]:
            if failed:
                case.hold(Verdict.REFUSE, f"what this file does with the client is not known: {failed[0].reason}")
            else:
                modules = (case.use.module, *(order.module for order in case.orders))
                error = next((e for module in modules if (e := _why_broken(module, broken)) is not None), None)
                if error is None:
                    continue
                case.hold(Verdict.REFUSE, cause_of(case, error.path, error.line, error.cause))
            hold_together(unit)
            break


def _why_broken(module: Module, known: dict[Module, UnreadableError | None]) -> UnreadableError | None:
    """Why no Python runs a file, although it parses: of what comes of it, nothing could be proved."""
    if module not in known:
        known[module] = uncompilable(module.source)
    return known[module]


def cause_of(case: Case, path: str, line: int, cause: str) -> str:
    """A cause, with its place where that is not the case's own, which stands before each reason anyway."""
    return cause if (path, line) == (case.use.path, case.use.line) else f"{path}:{line}: {cause}"
