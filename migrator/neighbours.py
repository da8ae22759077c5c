"""What one engine's open question can be told from another's code: the bus on which a stream is already."""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec.structs import replace

from codemods.model import Change, Question, StreamEnd
from codemods.reading.globs import overlap

ROUTE = "route:"
_GUESS = re.compile(r"\bbus: \w+\}.*$", re.MULTILINE)
UNKNOWN = "*"


def with_known_buses(change: Change, ends: Iterable[StreamEnd]) -> Change:
    """The change, its questions about streams with the bus on which an engine on the dual bus has them."""
    there = [end for end in ends if end.bus and end.name != UNKNOWN]
    questions = tuple(_told(question, there) for question in change.questions)
    return replace(change, questions=questions) if questions != change.questions else change


def _told(question: Question, there: list[StreamEnd]) -> Question:
    name = question.id.removeprefix(ROUTE)
    known = [end for end in there if overlap(end.name, name)] if name != question.id else []
    if len({end.bus for end in known}) != 1:
        return question
    first = known[0]
    said = f"bus: {first.bus}}}   # {first.engine} has it there, {first.path}:{first.line}"
    return replace(question, suggestion=_GUESS.sub(lambda _: said, question.suggestion))
