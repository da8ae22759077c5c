"""An engine's scan, remembered: found again where the code and all that was asked of it are the same, to the byte."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrator.looking import Look, again, scan_of
from migrator.remembered.memory import Memory

if TYPE_CHECKING:
    from codemods.work import Scan


def remembered_scan(memory: Memory, look: Look, code: str) -> Scan:
    """The scan, as an earlier run kept it or made now. `code` is a digest of all files that the look can reach.

    A scan whose streams may become messages is made each time: its verdicts wait for the ends of other engines.
    """
    from codemods.work import Judged

    engine = (type(look.engine).__name__, look.engine.name, look.engine.engine_type, look.engine.paths)
    files = getattr(look.engine, "files", ())  # those of no engine are a list
    given = (code, (engine, files), look.settings, look.contract)
    known = memory.load("scan", given, Judged)
    if known is not None:
        return again(look, known)
    scan = scan_of(look, False)
    if scan.judged is not None:
        memory.save("scan", given, scan.judged)
    return scan
