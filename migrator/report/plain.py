"""Plain text in columns: tables without rich, which takes 85 ms to import."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Collection, Iterable, Sequence

from migrator.report.visible import one_line

WIDTH = 80
INDENT = "  "

Paint = Callable[[str, str], str]
"""A text in a style for a terminal; the text itself where there are no colours."""

STYLES = {"bold": "1", "green": "32", "yellow": "33", "red": "31"}


def coloured(text: str, style: str) -> str:
    """The text in this style."""
    return f"\x1b[{STYLES[style]}m{text}\x1b[0m" if style and text else text


def uncoloured(text: str, style: str) -> str:
    """The text as it is."""
    return text


def columns(heading: Sequence[str], rows: Iterable[Sequence[str]], right: Collection[str] = ()) -> list[str]:
    """The heading and the rows as lines; columns named in `right` end at the same place, the others begin there."""
    whole = [[one_line(cell) for cell in row] for row in (heading, *rows)]
    widths = [max(len(row[index]) for row in whole) for index in range(len(heading))]
    return [
        " ".join(
            cell.rjust(width) if name in right else cell.ljust(width)
            for cell, width, name in zip(row, widths, heading, strict=True)
        ).rstrip()
        for row in whole
    ]


def wrapped(text: str, depth: int = 1) -> list[str]:
    """The text in lines of 80, indented. A path stays whole, even beyond the width: it is there to be copied."""
    return textwrap.wrap(
        one_line(text),
        WIDTH,
        initial_indent=INDENT * depth,
        subsequent_indent=INDENT * (depth + 1),
        break_long_words=False,
        break_on_hyphens=False,
    )
