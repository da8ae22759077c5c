"""An engine's scan, remembered: found again where all that it asked of the code has the same answers, to the byte."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from migrator.looking import Look, again, scan_of
from migrator.remembered.memory import Memory
from migrator.remembered.noted import Notes, Questions
from migrator.remembered.traces import Code, Traces

if TYPE_CHECKING:
    from codemods.work import Scan
    from migrator.texts import Texts

WORK = "scan"


class Records:
    """The scans that were kept of looks at these texts, all or some of them."""

    def __init__(self, memory: Memory, texts: Texts) -> None:
        self._traces = Traces(memory, texts)

    def recalled(self, look: Look) -> Scan | None:
        """The scan as it was made of code that answers the same; None where it may say otherwise."""
        from codemods.work import Judged

        known = self._traces.load(WORK, _given(look), Judged, Code(look.texts, look.index))
        return None if known is None else again(look, known)

    def keep(self, look: Look, scan: Scan, questions: Questions) -> None:
        """Keep a scan for later runs, with what it asked of the code.

        One whose streams may become messages is made each time: its verdicts wait for the ends of other engines.
        """
        if scan.judged is not None and not any(end.canonical for end in scan.ends):
            self._traces.save(WORK, _given(look), scan.judged, Code(look.texts, look.index), questions)


def noted_scan(look: Look) -> tuple[Scan, Questions]:
    """The scan as `scan_of` makes it, and all that it asked of the code."""
    notes = Notes()
    texts, index = notes.of(look.texts, look.index)
    scan = scan_of(replace(look, texts=texts, index=index), False)
    return replace(scan, texts=look.texts, index=look.index), notes.questions


def _given(look: Look) -> tuple[object, ...]:
    engine = (type(look.engine).__name__, look.engine.name, look.engine.engine_type, look.engine.paths)
    files = getattr(look.engine, "files", ())  # those of no engine are a list
    return (engine, files), look.settings, look.contract
