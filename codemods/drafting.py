"""A draft of one engine: the orders of its clients into new texts, with the first check of the proof that they fail."""

from __future__ import annotations

from collections import ChainMap, Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, cast

from msgspec import Struct

from codemods.dropping import Planned, orders_of, plan_files
from codemods.model import Fault
from codemods.orders import Name, Order
from codemods.proof.regions import shown
from codemods.reading.outline import read_module
from codemods.reading.scopes import Module
from codemods.reading.source import Source
from codemods.reading.use import Use
from codemods.verdicts.cases import Court
from codemods.verdicts.engine import Unit
from codemods.work import Scan, forget, judged_units, scan_engine

if TYPE_CHECKING:
    from codemods.rewriting import RewriteError


class Draft(Struct, frozen=True):
    """What clients become. Without `refused` and `fault` the texts are proved; `dropped` are imports that went."""

    texts: Mapping[str, bytes] = {}
    dropped: tuple[Order, ...] = ()
    notes: tuple[str, ...] = ()  # what a person is told of the texts
    refused: RewriteError | None = None  # a statement that LibCST cannot take: of the file, and no fault
    fault: Fault | None = None
    blamed: tuple[Order, ...] = ()  # the orders for the statements that the fault is about


class _File(Struct, frozen=True, eq=False):
    """One file's orders, those for its imports included, and what comes of them."""

    module: Module
    orders: list[Order]
    names: Callable[[Name], str]
    after: Module  # what they made of it, by itself
    notes: tuple[str, ...] = ()


class _FaultyError(Exception):
    """A check that failed, and the orders of its file."""

    def __init__(self, fault: Fault, orders: Collection[Order] = ()) -> None:
        super().__init__(str(fault))
        self.fault, self.orders = fault, tuple(orders)


def draft(scan: Scan, units: list[Unit], modes: Mapping[str, str], back: Collection[Use] = ()) -> Draft:
    """The draft of every client that moves; an empty one where none does. `back` are uses of those that may not."""
    from codemods.rewriting import RewriteError

    assert scan.court is not None
    if not any(unit.moves for unit in units):
        return Draft()
    texts: dict[str, bytes] = {}
    dropped: list[Order] = []
    files: list[_File] = []
    try:
        for planned in plan_files(scan.court, units, scan.texts.keys()):
            dropped += planned.dropped
            files.append(_written(scan, planned, texts))
        _prove_together(scan, units, modes, back, texts, files)
    except RewriteError as error:
        if not error.is_fault:
            return Draft(refused=error)
        return Draft(fault=Fault("orders", error.path, error.line, error.cause), blamed=tuple(error.orders))
    except _FaultyError as error:
        return Draft(fault=error.fault, blamed=error.orders)
    finally:
        for file in files:
            file.after.release()
    return Draft(texts, tuple(dropped), tuple(note for file in files for note in file.notes))


Check = Callable[[], Fault | None]


def _written(scan: Scan, planned: Planned, texts: dict[str, bytes]) -> _File:
    """The file's new text, which is put among `texts`, proved as far as one file shows it."""
    from codemods.comments import gone
    from codemods.fragments import cut
    from codemods.idle_imports import left_idle
    from codemods.proof.names import prove_names
    from codemods.proof.proof import prove, prove_imports, read_result
    from codemods.proof.untouched import prove_untouched
    from codemods.rewriting import rewrite

    module, orders, names = planned.module, planned.orders, planned.names
    new = rewrite(module, orders, names)
    try:
        texts[module.path] = module.source.encode(new)
    except UnicodeEncodeError as error:
        said = f"the new text has no form in {module.source.encoding}: {error.reason}"
        raise _FaultyError(Fault("encoded", module.path, 1, said), orders) from None
    result = read_result(module.path, texts[module.path])
    if isinstance(result, Fault):
        raise _FaultyError(shown(result, module, new.splitlines(keepends=True), orders), orders)
    notes = (*gone(cut(module.source, module, orders), new), *left_idle(module.source, result))
    file = _File(module, orders, names, read_module(result, ""), notes)
    checks = (
        partial(prove, module.source, file.after, orders),
        partial(prove_imports, module.source, result, scan.texts.keys(), scan.settings),
        partial(prove_untouched, module, result, orders),
        partial(prove_names, module, file.after),
    )
    _pass(checks, [file])
    return file


def _prove_together(
    scan: Scan,
    units: list[Unit],
    modes: Mapping[str, str],
    back: Collection[Use],
    texts: Mapping[str, bytes],
    files: list[_File],
) -> None:
    """What only all files together show: what others take from them, and what a second pass finds in them."""
    from codemods.proof.awaits import prove_awaits
    from codemods.proof.claims import prove_claims
    from codemods.proof.ends import prove_ends
    from codemods.proof.exports import prove_exports
    from codemods.proof.promises import prove_promises

    before, changed = scan.court, _with_change(scan, texts)
    assert before is not None
    known = {path: module.source for path, module in before.program.modules.items()}
    known |= {file.module.path: file.after.source for file in files}
    _pass((partial(prove_exports, f.module, f.after, changed, known, scan.index, scan.engine) for f in files), files)
    again = _read_again(scan, before, texts, known)
    after = again.court
    if after is not None:
        orders = list(chain.from_iterable(orders_of(units).values()))
        staying = [case.use for unit in units if any(case.use in back for case in unit.cases) for case in unit.cases]
        checks = (
            partial(prove_awaits, after.program, orders),
            partial(prove_promises, before, after, texts),
            partial(_prove_again, again, modes, staying),
            partial(prove_ends, before, after, orders, texts),
        )
        try:
            _pass(checks, files)
        finally:
            forget(again)
    _pass((partial(prove_claims, f.module, f.after.source, f.orders, f.names) for f in files), files)


def _read_again(scan: Scan, before: Court, texts: Mapping[str, bytes], known: Mapping[str, Source]) -> Scan:
    """The result, read as if it were somebody's code."""
    index, changed = scan.index.amended(texts), _with_change(scan, texts)
    return scan_engine(scan.engine, changed, scan.settings, before.contract, index, also=known)


def _prove_again(after: Scan, modes: Mapping[str, str], staying: Iterable[Use]) -> Fault | None:
    """The first use that a second run would still change, but for what was taken back; None where there is none."""
    known = Counter((use.path, use.kind, use.name) for use in staying)
    for use in (case.use for unit in judged_units(after, modes) for case in unit.cases if case.moves):
        known[use.path, use.kind, use.name] -= 1
        if known[use.path, use.kind, use.name] < 0:
            return Fault("again", use.path, use.line, f"a second run would rewrite this again ({use.kind})")
    return None


def _pass(checks: Iterable[Check], files: list[_File]) -> None:
    """Raise the first fault that these checks find, with the statements that it is about."""
    fault = next((fault for check in checks if (fault := check()) is not None), None)
    if fault is None:
        return
    file = next((file for file in files if file.module.path == fault.path), None)
    if file is None:
        raise _FaultyError(fault)
    raise _FaultyError(shown(fault, file.module, file.after.source.lines, file.orders), file.orders)


def _with_change(scan: Scan, texts: Mapping[str, bytes]) -> Mapping[str, bytes]:
    """All texts, these in the place of those of before."""
    parts = (cast("dict[str, bytes]", each) for each in (texts, scan.texts))  # neither is written to
    return ChainMap(*parts)
