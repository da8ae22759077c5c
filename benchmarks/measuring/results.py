"""The tables of RESULTS.md: each stands between two markers and is written anew; the prose around them stays."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from benchmarks.measuring.figures import Part, markdown

MARKER = "<!-- measured: {} -->"
END = "<!-- end of what is measured -->"


def written(text: str, parts: Mapping[str, Part], machine: str) -> str:
    """The document with these parts' tables. ValueError where it has no place for one of them."""
    for name, part in parts.items():
        text = _replaced(text, name, "\n".join(_lines(part, machine)))
    return text


def _lines(part: Part, machine: str) -> Iterator[str]:
    if part.figures:
        yield from ("", *markdown(part.figures))
    if part.notes:
        yield from ("", *(f"- {note}" for note in part.notes))
    yield from ("", f"Measured on {machine}.", "")


def _replaced(text: str, name: str, lines: str) -> str:
    marker = MARKER.format(name)
    place = re.compile(f"{re.escape(marker)}\n.*?{re.escape(END)}", re.DOTALL)
    if not place.search(text):
        raise ValueError(f"no place for {name}: there is no {marker} with {END} after it")
    return place.sub(lambda _: f"{marker}\n{lines}\n{END}", text, count=1)
