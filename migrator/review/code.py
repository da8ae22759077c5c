"""Lines of code as HTML: coloured by Pygments, with every character that would deceive a reader made visible."""

from __future__ import annotations

import unicodedata
from collections.abc import Container, Iterator
from functools import cache

from markupsafe import Markup, escape
from pygments.lexers.python import PythonLexer
from pygments.token import STANDARD_TYPES, _TokenType

from migrator.review.hunks import split

LONGEST = 2_000  # characters of a line that are shown
COLOURED = 2_000_000  # characters of all texts of a page that are coloured: the lexer takes 2 s for each million

ODD = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""Categories of characters that nobody sees: controls, the bidirectional ones among them, lone surrogates, ..."""

CLASSES = frozenset(
    [
        "k",
        "kn",
        "kc",
        "kd",
        "ow",
        "s",
        "s1",
        "s2",
        "sd",
        "sa",
        "si",
        "se",
        "mi",
        "mf",
        "mh",
        "c1",
        "ch",
        "nf",
        "nc",
        "fm",
        "nd",
        "nn",
    ]
)
"""The classes of Pygments that the page has a colour for."""

LEXER = PythonLexer(stripnl=False, stripall=False, ensurenl=False)


def html_lines(text: str, wanted: Container[int], coloured: bool = True) -> list[Markup]:
    """One piece of HTML for each line of the text, as `split` counts them; it holds no line end.

    Lines that are not wanted, by their numbers from 1, are empty: a large file is read for a few of them.
    """
    lines = split(text)
    if not coloured:
        return [plain_line(line) if number in wanted else Markup() for number, line in enumerate(lines, 1)]
    return [Markup("".join(pieces)) for pieces in _coloured("\n".join(lines), wanted)] if lines else []


def plain_line(line: str) -> Markup:
    """A line without colours."""
    return _cut(line) if len(line) > LONGEST else _visible(line)


def _coloured(text: str, wanted: Container[int]) -> Iterator[list[str]]:
    """The pieces of each line, each escaped."""
    line: list[str] = []
    length, number = 0, 1
    for _, kind, value in LEXER.get_tokens_unprocessed(text):
        first = True
        for part in value.split("\n") if "\n" in value else (value,):
            if not first:
                yield [*line, _more(length)]
                line, length, number = [], 0, number + 1
            first = False
            if part and length < LONGEST and number in wanted:
                line.append(_span(_class(kind), _visible(part[: LONGEST - length])))
            length += len(part)
    yield [*line, _more(length)]


@cache
def _class(kind: _TokenType) -> str:
    return STANDARD_TYPES.get(kind) or (STANDARD_TYPES.get(kind.parent, "") if kind.parent else "")


def _span(name: str, piece: Markup) -> str:
    return f'<span class="{name}">{piece}</span>' if name in CLASSES else piece


def _cut(line: str) -> Markup:
    return _visible(line[:LONGEST]) + _more(len(line))


def _more(length: int) -> Markup:
    """What is said behind a line that was cut."""
    count = length - LONGEST
    return Markup('<span class="more">{:,} more characters</span>').format(count) if count > 0 else Markup()


def _visible(text: str) -> Markup:
    if text.isascii() and text.isprintable():
        return escape(text)
    return Markup("").join(_character(each) for each in text)


def _character(character: str) -> Markup:
    if character == "\t" or unicodedata.category(character) not in ODD:
        return escape(character)
    name = unicodedata.name(character, "a control character")
    return Markup('<span class="odd" title="{}">U+{:04X}</span>').format(name, ord(character))


def said(text: object) -> str:
    """A text for an attribute: what nobody sees is written as its number."""
    return "".join(each if unicodedata.category(each) not in ODD else f"U+{ord(each):04X}" for each in str(text))
