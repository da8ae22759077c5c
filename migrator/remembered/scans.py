"""An engine's scan, remembered: found again where all that it asked of the code has the same answers, to the byte."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from codemods.settings import Engine
from migrator.looking import Look, again, scan_of
from migrator.remembered.memory import Memory
from migrator.remembered.noted import Notes, Questions
from migrator.remembered.traces import Code, Traces

if TYPE_CHECKING:
    from codemods.work import Judged, Scan
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

    def keep(self, look: Look, judged: Judged, questions: Questions) -> None:
        """Keep for later runs what a scan said, with what it asked of the code."""
        self._traces.save(WORK, _given(look), judged, Code(look.texts, look.index), questions)


def noted_scan(look: Look) -> tuple[Scan, Judged, Questions]:
    """The scan as `scan_of` makes it, what it says where every stream is routed, and all that it asked of the code."""
    from codemods.work import judged_routed

    notes = Notes()
    texts, index = notes.of(look.texts, look.index)
    scan = scan_of(replace(look, texts=texts, index=index), False)
    judged = judged_routed(scan) if scan.judged is None else scan.judged
    return replace(scan, texts=look.texts, index=look.index), judged, notes.questions


def _given(look: Look) -> tuple[object, ...]:
    return form_of(look.engine), look.settings, look.contract


def form_of(engine: Engine) -> tuple[object, ...]:
    """All of an engine that decides what is found in it, as plain values."""
    files = getattr(engine, "files", ())  # those of no engine are a list
    return type(engine).__name__, engine.name, engine.engine_type, engine.paths, files
