"""From texts to a change: scan an engine, judge it, rewrite it, prove it. Pure: no git, no terminal, no server."""

from __future__ import annotations

from collections import ChainMap, defaultdict
from collections.abc import Mapping
from itertools import chain
from types import MappingProxyType
from typing import TYPE_CHECKING, cast

from msgspec import Struct, field
from msgspec.structs import replace

from codemods.model import Change, FileOutcome, StreamEnd, Verdict
from codemods.orders import Order
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
from codemods.verdicts.engine import Unit, hold_reliant, hold_together, judge_engine
from codemods.verdicts.native import native_ends
from codemods.verdicts.sites import describe, is_native

if TYPE_CHECKING:
    from codemods.rewriting import RewriteError

__all__ = ["Scan", "change_engine", "judge_and_forget", "judge_scan", "read_contract", "scan_engine"]

IMPORTING = ("import", "passed on")
NOTHING: Mapping[str, Source] = MappingProxyType({})
ROUNDS = 8  # of taking clients back after a failed proof; each takes back one at least


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
    units: list[Unit] = field(default_factory=list)  # judged with every stream routed
    judged: Change | None = None  # what came of that; then the court is gone, and its memory is free


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
        ends = [end for unit in units for case in unit.cases for end in case.ends]
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


def judge_and_forget(scan: Scan) -> Scan:
    """The same scan with its verdicts for the case that every stream is routed, and without the engine's trees."""
    if scan.court is None:
        return scan
    judged = _described(scan, scan.court, scan.units)
    scan.court.program.release()
    vars(scan.court).clear()  # what it has worked out holds it in turn, and it the trees
    return replace(scan, court=None, units=[], judged=judged)


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


def change_engine(scan: Scan, modes: Mapping[str, str]) -> Change:
    """Judge, rewrite and prove one engine; a client whose proof fails is taken back whole, and said so."""
    scan = _at_hand(scan)
    if scan.court is None:
        return Change(scan.engine.name, files=scan.failed)
    units = judge_engine(scan.court, modes)
    _hold_for_files(units, scan.failed)
    dropped: list[Order] = []
    faults: list[str] = []
    texts: dict[str, bytes] = {}
    for _ in range(ROUNDS):
        hold_reliant(scan.court, units)
        if not any(unit.moves for unit in units):
            texts = {}
            break
        texts, fault, blamed = _rewrite(scan, scan.court, units, modes, dropped)
        if fault is None:
            _note_dropped(scan.court, units, dropped)
            break
        faults.append(fault)
        _take_back(units, fault, blamed)
    return describe(scan, scan.court, units, texts, tuple(faults))


def _hold_for_files(units: list[Unit], failed: tuple[FileOutcome, ...]) -> None:
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
                case.hold(Verdict.REFUSE, _said_of(case, error))
            hold_together(unit)
            break


def _why_broken(module: Module, known: dict[Module, UnreadableError | None]) -> UnreadableError | None:
    """Why no Python runs a file, although it parses: of what comes of it, nothing could be proved."""
    if module not in known:
        known[module] = uncompilable(module.source)
    return known[module]


def _said_of(case: Case, error: UnreadableError | RewriteError) -> str:
    """The cause, with its place where that is not the case's own, which stands before each reason anyway."""
    return error.cause if (error.path, error.line) == (case.use.path, case.use.line) else str(error)


def _orders(units: list[Unit]) -> dict[Module, list[Order]]:
    by_module: dict[Module, list[Order]] = defaultdict(list)
    for unit in units:
        for case in unit.cases:
            for order in case.orders:
                if order not in by_module[order.module]:  # several cases may need one function to be async
                    by_module[order.module].append(order)
            if case.moves and case.use.kind in IMPORTING:
                by_module[case.use.module] += []
    return by_module


def _rewrite(
    scan: Scan, court: Court, units: list[Unit], modes: Mapping[str, str], dropped: list[Order]
) -> tuple[dict[str, bytes], str | None, list[Order]]:
    """The new texts, or the first fault with the orders that it puts in doubt."""
    from codemods.naming import moving, plan_imports
    from codemods.proof.exports import prove_exports
    from codemods.proof.names import prove_names
    from codemods.proof.proof import prove, prove_imports, read_result
    from codemods.proof.untouched import prove_untouched
    from codemods.rewriting import RewriteError, rewrite
    from codemods.tidying import empty_blocks

    texts: dict[str, bytes] = {}
    changed: dict[Module, tuple[Source, list[Order]]] = {}
    dropped.clear()  # what an earlier pass would have dropped may stay now
    uses = [case.use for unit in units for case in unit.cases if case.moves and case.use.kind in IMPORTING]
    going = moving((order for unit in units for case in unit.cases for order in case.orders), uses, scan.texts.keys())
    for module, judged in _orders(units).items():
        orders = [*judged, *empty_blocks(module, judged)]
        plan = plan_imports(court.program, module, orders, going)
        whole = [*orders, *plan.orders]
        dropped += [order for order in plan.orders if order.data.get("drop")]
        if not whole:
            continue
        try:
            new = rewrite(module, whole, plan.names.__getitem__)
            texts[module.path] = module.source.encode(new)
        except RewriteError as error:
            if not error.is_fault:
                _hold_unreadable_statement(units, error)
                return _rewrite(scan, court, units, modes, dropped)
            return {}, str(error), error.orders
        except UnicodeEncodeError as error:
            return {}, f"{module.path}:1: the new text has no form in {module.source.encoding}: {error.reason}", orders
        result = read_result(module.path, texts[module.path])
        if isinstance(result, str):
            return {}, result, orders
        fault = prove(module.source, result, whole) or prove_imports(result, scan.texts.keys(), scan.settings)
        fault = fault or prove_untouched(module, result, whole) or prove_names(module.source, result)
        if fault is not None:
            return {}, fault, orders
        changed[module] = result, orders
    for module, (result, orders) in changed.items():
        fault = prove_exports(module, result, _with_change(scan, texts), scan.index, scan.engine)
        if fault is not None:
            return {}, fault, orders
    results = {module.path: result for module, (result, _) in changed.items()}
    again = _second_pass(scan, units, texts, results, modes) if any(unit.moves for unit in units) else None
    return texts, again, []


def _with_change(scan: Scan, texts: Mapping[str, bytes]) -> Mapping[str, bytes]:
    """All texts, these in the place of those of before."""
    parts = (cast("dict[str, bytes]", each) for each in (texts, scan.texts))  # neither is written to
    return ChainMap(*parts)


def _hold_unreadable_statement(units: list[Unit], error: RewriteError) -> None:
    """Refuse the clients that need a statement which LibCST cannot take."""
    for unit in units:
        case = next((case for case in unit.cases if any(order in error.orders for order in case.orders)), None)
        if case is not None:
            case.hold(Verdict.REFUSE, _said_of(case, error))
            hold_together(unit)


def _note_dropped(court: Court, units: list[Unit], dropped: list[Order]) -> None:
    """An import whose last use went is a rewrite too; it is a site even where it is not redis's."""
    cases = {id(case.use.node): case for unit in units for case in unit.cases if case.use.kind in IMPORTING}
    extra = []
    for order in dropped:
        case = cases.get(id(order.node))
        if case is None:
            case = Case(Use(order.module, order.node, "import"), Verdict.REWRITE, "")
            extra.append(case)
        if case.use.wrapper is None:
            case.verdict, case.codemod, case.reason = Verdict.REWRITE, "imports", "goes with its last use"
    if extra:
        units.append(Unit("", "import", extra))


def _second_pass(
    scan: Scan, units: list[Unit], texts: Mapping[str, bytes], results: Mapping[str, Source], modes: Mapping[str, str]
) -> str | None:
    """What a second run would still change, or finds never awaited: nothing; and what the target would not take."""
    from codemods.proof.awaits import prove_awaits
    from codemods.proof.ends import prove_ends
    from codemods.proof.promises import prove_promises

    assert scan.court is not None
    index = scan.index.amended(texts)
    known = {path: module.source for path, module in scan.court.program.modules.items()} | dict(results)
    after = scan_engine(scan.engine, _with_change(scan, texts), scan.settings, scan.court.contract, index, also=known)
    if after.court is None:
        return None
    orders = list(chain.from_iterable(_orders(units).values()))
    fault = prove_awaits(after.court.program, orders) or prove_promises(scan.court, after.court, texts)
    if fault is not None:
        return fault
    for unit in judge_engine(after.court, modes):
        for case in unit.cases:
            if case.moves:
                return (
                    f"{case.use.path}:{case.use.line}: proof: a second run would rewrite this again ({case.use.kind})"
                )
    return prove_ends(scan.court, after.court, orders, texts)


def _take_back(units: list[Unit], fault: str, blamed: list[Order]) -> None:
    """Refuse the clients of these orders, or all where no order is to blame."""
    for unit in units:
        mine = [case for case in unit.cases if case.moves]
        if mine and (not blamed or any(order in blamed for case in mine for order in case.orders)):
            mine[0].hold(Verdict.REFUSE, f"its proof failed: {fault}")
            hold_together(unit)


def judge_scan(scan: Scan, modes: Mapping[str, str]) -> Change:
    """The verdicts of a scan without rewriting anything: `texts` is empty, and LibCST is not imported."""
    if scan.judged is not None and not any(modes.get(end.name) == "message" for end in scan.ends):
        return scan.judged
    scan = _at_hand(scan)
    if scan.court is None:
        return Change(scan.engine.name, files=scan.failed)
    return _described(scan, scan.court, judge_engine(scan.court, modes))


def _described(scan: Scan, court: Court, units: list[Unit]) -> Change:
    _hold_for_files(units, scan.failed)
    hold_reliant(court, units)
    return describe(scan, court, units, {}, ())


def _at_hand(scan: Scan) -> Scan:
    """The scan with its court, which is made again where it was forgotten."""
    if scan.judged is None:
        return scan
    return scan_engine(scan.engine, scan.texts, scan.settings, scan.contract, scan.index)
