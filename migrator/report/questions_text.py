"""Open questions as YAML that is ready to edit: every suggestion is a comment, which a person makes an answer."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from textwrap import wrap

from msgspec.structs import asdict

from codemods.model import Question

WIDTH = 80
SHOWN = 4  # sites of one question; the rest is counted
NONE = "# No question is open.\n"
HEAD = """\
# {count} at {base}. For each: take the # off where the suggestion is right, or write what is,
# and move the lines to the same key of engines.yaml, routes above those that would take the name before them.
"""


def questions_yaml(questions: Sequence[Question], base: str) -> str:
    """A YAML text with one comment for each question and its suggestion, below the key that its answer goes to."""
    if not questions:
        return NONE
    count = "1 question is open" if len(questions) == 1 else f"{len(questions)} questions are open"
    parts = [HEAD.format(count=count, base=base)]
    for key, below in _by_key(questions).items():
        parts.append("\n".join([key, *(line for question in below for line in _lines(question))]) + "\n")
    return "\n".join(parts)


def questions_json(questions: Sequence[Question]) -> str:
    """The questions as one JSON object, in the order of their ids."""
    return json.dumps({"questions": [asdict(question) for question in questions]}, indent=2) + "\n"


def _by_key(questions: Sequence[Question]) -> Mapping[str, list[Question]]:
    """The questions by the first line of what is to be pasted: the key that the answer belongs to."""
    found: dict[str, list[Question]] = {}
    for question in questions:
        found.setdefault(question.suggestion.split("\n", 1)[0], []).append(question)
    return {key: found[key] for key in sorted(found, reverse=True)}  # routes, then servers, then answers


def _lines(question: Question) -> Iterator[str]:
    yield from (f"  # {line}" for line in wrap(" ".join(question.text.split()), WIDTH - 4))
    yield from (f"  #   {site}" for site in question.sites[:SHOWN])
    if len(question.sites) > SHOWN:
        yield f"  #   and {len(question.sites) - SHOWN} more"
    yield from (f"  # {line.removeprefix('  ')}" for line in question.suggestion.split("\n")[1:])
