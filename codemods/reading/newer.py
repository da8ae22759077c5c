"""Syntax of a later Python: which one a line needs that the running one cannot parse."""

from __future__ import annotations

import re
import sys
from typing import NamedTuple

ANY = re.compile("")
LONGEST = 1000  # characters that are looked at; a pattern may go over them once for each of its parts
F_STRING = r"(?i:\b(?:f|rf|fr))"


class Syntax(NamedTuple):
    """One piece of syntax: the Python that brought it, its name for people, and how its line shows it."""

    since: tuple[int, int]
    name: str
    line: re.Pattern[str]
    message: re.Pattern[str] = ANY  # of an older parser


SYNTAX = (  # the first that fits counts: a default of a type parameter is a type parameter too
    Syntax(
        (3, 13), "a default of a type parameter", re.compile(r"^\s*(?:(?:async\s+)?def|class|type)\s+\w+\s*\[[^\]]*=")
    ),
    Syntax((3, 12), "a type statement", re.compile(r"^\s*type\s+\w+\s*[\[=]")),
    Syntax((3, 12), "a type parameter", re.compile(r"^\s*(?:(?:async\s+)?def|class)\s+\w+\s*\[")),
    Syntax(
        (3, 12),
        "an f-string like this",
        re.compile(F_STRING),
        re.compile(r"^f-string expression part cannot include (?:a backslash|'#')"),
    ),
    Syntax((3, 12), "an f-string like this", re.compile(F_STRING + r"""(["'])(?:(?!\1).)*\{[^}]*\1[^}]*\1[^}]*\}""")),
    Syntax(
        (3, 12), "an f-string like this", re.compile(F_STRING + r"""(?P<quote>["'])(?!(?P=quote))[^"'{]*\{[^}"']*$""")
    ),
    Syntax((3, 14), "a t-string", re.compile(r"""(?i:\b(?:t|rt|tr))["']""")),
    Syntax((3, 14), "several exceptions without brackets", re.compile(r"^\s*except\b\*?[^(:]*,")),
    Syntax((3, 15), "a lazy import", re.compile(r"^\s*lazy\s+(?:import|from)\b")),
)
PYTHON_2 = re.compile(r"^\s*except\b[^(:,]*,\s*[a-z_]\w*\s*:")
"""`except OSError, error:` is Python 2 far more often than two classes, of which one has a small letter."""


def needed(line: str, message: str, running: tuple[int, int] = sys.version_info[:2]) -> str:
    """The rest of a sentence about a line that does not parse: which Python it needs; "" where no later one helps."""
    line = line[:LONGEST]
    found = next((each for each in SYNTAX if each.line.search(line) and each.message.search(message)), None)
    if found is None or found.since <= running or PYTHON_2.search(line):
        return ""
    return f"; {found.name} needs Python {_dotted(found.since)}, and migrate runs on {_dotted(running)}"


def _dotted(version: tuple[int, int]) -> str:
    return ".".join(map(str, version))
