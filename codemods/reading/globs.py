"""Topics and streams that are only partly known: a name with `*` for each part that is decided at run time."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from functools import lru_cache

GLOB = {"glob": "{}", "prefix": "{}*", "exact": "{}"}
"""The topics that a subscription takes, by how its wrapper compares them."""

_MARK = re.compile(r"[*?\[]")
_ANYTHING = "\x00\x00"
_TOKEN = re.compile(r"\*|\?|\[!?+\]?+[^\]]*\]|.", re.DOTALL)  # as fnmatch: a `]` that comes first belongs to the set


def is_literal(name: str) -> bool:
    """Whether nothing of the name is decided at run time."""
    return not any(mark in name for mark in "*?[")


def covers(pattern: str, name: str) -> bool:
    """Whether every name that `name` stands for matches `pattern`. False where that is not certain."""
    if is_literal(name) or pattern in (name, "*"):
        return pattern in ("*", name) or fnmatchcase(name, pattern)
    if "?" in pattern + name or "[" in pattern + name:
        return False
    return fnmatchcase(name.replace("*", _ANYTHING), pattern)


@lru_cache(maxsize=4096)
def overlap(one: str, other: str) -> bool:
    """Whether some name matches both. A `[...]` counts as any one character, so True may be too careful."""
    head, its_head = _MARK.split(one, 1)[0], _MARK.split(other, 1)[0]
    if not head.startswith(its_head) and not its_head.startswith(head):
        return False
    left, right = _tokens(one), _tokens(other)
    reached = {(0, 0)}
    pending = [(0, 0)]
    while pending:
        i, j = pending.pop()
        for step in _steps(left, right, i, j):
            if step not in reached:
                reached.add(step)
                pending.append(step)
    return (len(left), len(right)) in reached


def _tokens(pattern: str) -> list[str]:
    return _TOKEN.findall(pattern)


def _steps(left: list[str], right: list[str], i: int, j: int) -> list[tuple[int, int]]:
    steps = []
    a = left[i] if i < len(left) else None
    b = right[j] if j < len(right) else None
    if a == "*":
        steps += [(i + 1, j)] + ([(i, j + 1)] if b is not None else [])
    if b == "*":
        steps += [(i, j + 1)] + ([(i + 1, j)] if a is not None else [])
    if a is not None and b is not None and "*" not in (a, b) and (a == b or len(a + b) > 2 or "?" in (a, b)):
        steps.append((i + 1, j + 1))
    return steps
