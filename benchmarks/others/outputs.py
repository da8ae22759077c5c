"""What two tools made of the same files, statement by statement: alike, otherwise, or one of them only.

Files are compared as `ast.unparse` writes them, a statement a line: line breaks and comments make no difference.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path

Reasons = Mapping[tuple[str, int], str]
"""Why code stays, by its path and line."""
LONGEST = 80  # characters of a statement that a sentence shows
ALIKE, OTHERWISE, OTHER, OWN = KINDS = ("alike", "otherwise", "that migrate leaves", "by migrate alone")


@dataclass(slots=True)
class Comparison:
    """How many statements each of two tools changed, with an example where they differ."""

    own_files: int = 0
    files: int = 0  # that the other changed
    counts: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)

    def told(self, name: str) -> str:
        """What there is to know, as one sentence."""
        own, other = (self.counts[ALIKE] + self.counts[OTHERWISE] + self.counts[alone] for alone in (OWN, OTHER))
        files = f"{_counted(other, 'statement')} in {_counted(self.files, 'file')}"
        kinds = (f"{self.counts[kind]} {kind}{self.examples.get(kind, '')}" for kind in KINDS)
        return f"{name} changes {files}, migrate {own} in {self.own_files}: {'; '.join(kinds)}"


def compare(base: Path, own: Path, other: Path, reasons: Reasons) -> Comparison:
    """What the other tool changed, against this tool's own result, in copies of the same folder."""
    found = Comparison()
    for path in sorted(path.relative_to(base) for path in base.rglob("*.py")):
        before, *after = ((folder / path).read_bytes() for folder in (base, own, other))
        if after != [before, before]:
            statements = _statements(before)
            ours, theirs = (outcome(statements, _statements(text)) for text in after)
            found.own_files += bool(ours)
            found.files += bool(theirs)
            _count(found, _Place(path.as_posix(), statements, _lines(before), reasons), ours, theirs)
    return found


def outcome(before: Sequence[str], after: Sequence[str]) -> dict[int, str]:
    """What each statement that is not there any more became, by its number; nothing where it went.

    Of several that became fewer or more, the last ones belong together.
    """
    found: dict[int, str] = {}
    for tag, start, end, first, last in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "insert":
            found[max(0, start - 1)] = f"... {_joined(after[first:last])}"
        elif tag != "equal":
            pairs = min(end - start, last - first)
            found |= dict.fromkeys(range(start, end - pairs), "")
            found |= {end - back: after[last - back].strip() for back in range(pairs, 0, -1)}
            if last - first > pairs:
                found[start] = _joined(after[first : last - pairs + 1])
    return found


@dataclass(frozen=True, slots=True)
class _Place:
    """One file before any change, and how a statement of it is shown."""

    path: str
    statements: Sequence[str]
    lines: Mapping[int, int]  # of a statement, by its number
    reasons: Reasons

    def shown(self, number: int) -> str:
        return f"{self.path}:{self.lines.get(number, 1)} `{_short(self.statements[number].strip())}`"

    def kept(self, number: int) -> str:
        given = self.reasons.get((self.path, self.lines.get(number, 1)))
        return f", where migrate says: {given}" if given else ""


def _count(found: Comparison, place: _Place, ours: Mapping[int, str], theirs: Mapping[int, str]) -> None:
    for number in sorted({*ours, *theirs}):
        kind, example = _judged(place, number, ours.get(number), theirs.get(number))
        found.counts[kind] += 1
        if example:
            found.examples.setdefault(kind, example)


def _judged(place: _Place, number: int, own: str | None, other: str | None) -> tuple[str, str]:
    """Of which kind a statement is that one of them changed, and how it is shown."""
    if own == other:
        return ALIKE, ""
    shown = f", as {place.shown(number)}"
    if own is None:
        return OTHER, f"{shown}{place.kept(number)}"
    if other is None:
        return OWN, shown
    return OTHERWISE, f"{shown}: {_seen(other, own)}, where migrate has {_seen(own, other)}"


def _statements(text: bytes) -> list[str]:
    return ast.unparse(ast.parse(text)).splitlines()


def _lines(text: bytes) -> dict[int, int]:
    """The line in the file of each statement, by its number among those that `ast.unparse` writes."""
    tree = ast.parse(text)
    pairs = zip(_walked(ast.parse(ast.unparse(tree))), _walked(tree), strict=True)
    return {written.lineno - 1: own.lineno for written, own in pairs}


def _walked(tree: ast.AST) -> Iterator[ast.stmt]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.stmt))


def _seen(text: str, other: str) -> str:
    """The part of a statement where it differs from another, or that it is not there."""
    if not text:
        return "nothing"
    same = next((at for at, (one, two) in enumerate(zip(text, other, strict=False)) if one != two), 0)
    start = same - LONGEST // 3
    return f"`{_short(text if len(text) <= LONGEST or start <= 0 else f'...{text[start:]}')}`"


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."


def _joined(lines: Sequence[str]) -> str:
    return "; ".join(line.strip() for line in lines)


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
