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


def remembered_scan(memory: Memory, look: Look, code: str) -> Scan:
    """The scan, as an earlier run kept it or made now. `code` is a digest of all files that the look can reach.

    A scan whose streams may become messages is made each time: its verdicts wait for the ends of other engines.
    """
    engine = (type(look.engine).__name__, look.engine.name, look.engine.engine_type, look.engine.paths)
    files = getattr(look.engine, "files", ())  # those of no engine are a list
    given = ((engine, files), look.settings, look.contract)
    known = memory.load("scan", given, Record)
    scan = _again(look, known, code) if known is not None else None
    if scan is None:
        scan, record = _made(look, code)
        if record is not None:
            memory.save("scan", given, record)
    return scan


def _again(look: Look, known: Record, code: str) -> Scan | None:
    """The scan as it was made of the same code, or of code that answers the same; None where it may say otherwise."""
    from codemods.work import Judged

    if known.code != code and known.answers != known.questions.answers(cast("Texts", look.texts), look.index):
        return None
    try:
        return again(look, msgpack.decode(known.judged, type=Judged))
    except (MsgspecError, *NOT_KEPT):
        return None


def _made(look: Look, code: str) -> tuple[Scan, Record | None]:
    """The scan, and what to keep of it: nothing where its verdicts are not final, or have no form."""
    notes, texts = Notes(), cast("Texts", look.texts)
    noted, index = notes.of(texts, look.index)
    scan = replace(scan_of(replace(look, texts=noted, index=index), False), texts=texts, index=look.index)
    if scan.judged is None:
        return scan, None
    try:
        judged = Raw(msgpack.encode(scan.judged, order="deterministic"))
    except NOT_KEPT:
        return scan, None
    questions = notes.questions
    return scan, Record(code, questions, questions.answers(texts, look.index), judged)
