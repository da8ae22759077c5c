"""An engine's scan, remembered: found again where all that it asked of the code has the same answers, to the byte."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from msgspec import MsgspecError, Raw, Struct, msgpack
from msgspec.structs import replace

from migrator.looking import Look, again, scan_of
from migrator.remembered.memory import NOT_KEPT, Memory
from migrator.remembered.noted import Notes, Questions

if TYPE_CHECKING:
    from codemods.work import Scan
    from migrator.texts import Texts


class Record(Struct, frozen=True, array_like=True):
    """What a scan said, and what that follows from besides what it was given."""

    code: str  # a digest of all files that it could reach
    questions: Questions
    answers: str
    judged: Raw


class Records:
    """The scans that were kept. `code` is a digest of all files that any look can reach."""

    def __init__(self, memory: Memory, code: str) -> None:
        self._memory, self._code = memory, code

    def recalled(self, look: Look) -> Scan | None:
        """The scan as it was made of code that answers the same; None where it may say otherwise."""
        from codemods.work import Judged

        known = self._memory.load("scan", _given(look), Record)
        if known is None:
            return None
        if known.code != self._code and known.answers != known.questions.answers(cast("Texts", look.texts), look.index):
            return None
        try:
            return again(look, msgpack.decode(known.judged, type=Judged))
        except (MsgspecError, *NOT_KEPT):
            return None

    def keep(self, look: Look, scan: Scan, questions: Questions) -> None:
        """Keep a scan for later runs, with what it asked of the code.

        One whose streams may become messages is made each time: its verdicts wait for the ends of other engines.
        """
        if scan.judged is None or any(end.canonical for end in scan.ends):
            return
        try:
            judged = Raw(msgpack.encode(scan.judged, order="deterministic"))
        except NOT_KEPT:
            return
        answers = questions.answers(cast("Texts", look.texts), look.index)
        self._memory.save("scan", _given(look), Record(self._code, questions, answers, judged))


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
