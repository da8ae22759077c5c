"""What came of work on the code, with all that it asked: found again where every answer is the same, to the byte."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeVar, cast

from msgspec import MsgspecError, Raw, Struct, msgpack

from migrator.remembered.memory import NOT_KEPT, Memory
from migrator.remembered.noted import Notes, Questions

if TYPE_CHECKING:
    from codemods.reading.index import Index
    from migrator.texts import Texts

T = TypeVar("T")


class Code(Struct, frozen=True):
    """The code that a piece of work can reach."""

    texts: Mapping[str, bytes]  # of the repository
    index: Index


class Trace(Struct, frozen=True, array_like=True):
    """What came of a piece of work, and what that follows from besides what it was given."""

    listing: str  # of all files: where it is the same, no answer needs to be asked for
    questions: Questions
    answers: str
    value: Raw


class Traces:
    """What earlier runs kept of work that can reach these texts, all or some of them."""

    def __init__(self, memory: Memory, texts: Texts) -> None:
        self._memory, self._texts = memory, texts

    def recall(self, work: str, given: tuple[object, ...], kind: type[T], code: Code, make: Callable[[Code], T]) -> T:
        """What comes of the work on this code: found, or made and kept."""
        if not self._memory:
            return make(code)
        found = self.load(work, given, kind, code)
        if found is None:
            notes = Notes()
            found = make(Code(*notes.of(code.texts, code.index)))
            self.save(work, given, found, code, notes.questions)
        return found

    def load(self, work: str, given: tuple[object, ...], kind: type[T], code: Code) -> T | None:
        """What came of the work on code that answers the same; None where nothing is known of such."""
        known = self._memory.load(work, given, Trace)
        if known is None:
            return None
        if known.listing != self._texts.listing and known.answers != _answers(known.questions, code):
            return None
        try:
            return msgpack.decode(known.value, type=kind)
        except (MsgspecError, *NOT_KEPT):
            return None

    def save(self, work: str, given: tuple[object, ...], value: object, code: Code, questions: Questions) -> None:
        """Keep what came of the work, which asked this of the code."""
        try:
            data = Raw(msgpack.encode(value, order="deterministic"))
        except NOT_KEPT:
            return
        self._memory.save(work, given, Trace(self._texts.listing, questions, _answers(questions, code), data))


def _answers(questions: Questions, code: Code) -> str:
    return questions.answers(cast("Texts", code.texts), code.index)
