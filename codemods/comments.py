"""Comments that a change takes away, with the code that they are about: each is told to a person."""

from __future__ import annotations

import re
import token
import tokenize
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain

from codemods.fragments import Fragment
from codemods.reading.source import split_lines
from codemods.secrets import without_secrets

DIRECTIVE = re.compile(r"#\s*(noqa|type:|pylint:|pragma:|fmt:|isort:|ruff:|nosec)")
"""Comments that speak to a tool about their own line, and go with it."""


def gone(fragments: Sequence[Fragment], new: str) -> Iterator[str]:
    """A note with place and text for each comment in what changed that the file's new text has not any more."""
    found = [each for fragment in fragments if "#" in fragment.text for each in _comments(fragment)]
    if not found:
        return
    source = fragments[0].source
    old = [line for line in source.lines if "#" in line]
    left = [line for line in split_lines(new) if "#" in line]
    missing = Counter({text: _ending(old, text) - _ending(left, text) for text in {text for _, text in found}})
    for line, text in found:
        if missing[text] > 0:
            missing[text] -= 1
            yield f"{source.path}:{line}: comment gone: {without_secrets(text)}"


def _ending(lines: list[str], comment: str) -> int:
    return sum(line.rstrip().endswith(comment) for line in lines)


def _comments(fragment: Fragment) -> Iterator[tuple[int, str]]:
    """Each comment for people, with its line in the file."""
    above = fragment.start - 1 - len(split_lines(fragment.scaffold))
    lines = split_lines(fragment.scaffold + fragment.text + fragment.tail)
    ended = (line.rstrip("\r\n") + "\n" for line in lines)  # the tokenizer knows no lone carriage return
    for item in tokenize.generate_tokens(chain(ended, [""]).__next__):
        if item.type == token.COMMENT and not DIRECTIVE.match(item.string):
            yield above + item.start[0], item.string.rstrip()
