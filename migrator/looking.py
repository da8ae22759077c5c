"""One engine looked at: from texts to what a scan of it says. Pure, so that it can be done anywhere and remembered."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from codemods.model import Change
from codemods.settings import Engine, Settings
from migrator.attempt import Attempt, attempt
from migrator.ends import all_ends

if TYPE_CHECKING:
    from codemods.reading.contract import Contract
    from codemods.reading.index import Index
    from codemods.work import Judged, Scan


class Look(Struct, frozen=True):
    """What is to be looked at, with all that decides what is found."""

    engine: Engine
    texts: Mapping[str, bytes]  # every Python file of the repository that its code may use
    settings: Settings
    contract: Contract
    index: Index


def scan_of(look: Look, is_kept: bool) -> Scan:
    """The scan with all ends of its streams. Unless it is kept, its trees are gone where its verdicts are final."""
    from codemods.work import judge_and_forget, scan_engine  # here: a wrong configuration is answered at once

    scan = scan_engine(look.engine, look.texts, look.settings, look.contract, look.index, lean=not is_kept)
    scan = replace(scan, ends=all_ends(scan))
    if is_kept or any(end.canonical for end in scan.ends):
        return scan
    return again(look, judge_and_forget(scan))


def change_of(scan: Scan) -> tuple[Attempt[Change], Judged]:
    """The change where every stream is routed, and what the scan says of that; the scan's trees are gone."""
    from codemods.changing import change_and_forget
    from codemods.work import judge_and_forget

    made = attempt(scan.engine.name, partial(change_and_forget, scan))
    if made.value is None:
        return Attempt(problems=made.problems, trace=made.trace), judge_and_forget(scan)
    change, judged = made.value
    return Attempt(change), judged


def again(look: Look, judged: Judged) -> Scan:
    """The scan of which this is known already."""
    from codemods.work import taken_up

    return taken_up(judged, look.engine, look.texts, look.settings, look.contract, look.index)
