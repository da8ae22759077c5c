"""Folds the lines that a change made too long, as Black would; every line that was there before stays as it is.

Only tokens are looked at, and only a line on which its brackets close. To Python a newline between two tokens in
brackets means nothing, so care is needed only where a comma or a pair of parentheses is added.
"""

from __future__ import annotations

import re

from msgspec import Struct

from codemods.reading.source import split_lines
from codemods.reading.tokens import TokenLine, read_line

SEPARATORS = (",", "if else", "and or", "< > == != <= >= in not is", "|", "^", "&", "<< >>", "+ -", "* / // % @")
STRENGTH = {text: -rank for rank, texts in enumerate(SEPARATORS) for text in texts.split()}
"""What is in brackets is split at the strongest of its separators."""
CLAUSES = {"for", "async", "if"}  # a comprehension is split before these instead
ASSIGN = re.compile(r"(?:[-+*/%@&|^]|//|<<|>>|\*\*)?=")
VALUE_AFTER = {"return", "assert", "if", "elif", "while"}  # and a value that may take parentheses
HEADERS = {"if", "elif", "while", "for", "async", "with", "def", "class", "except"}  # of a suite on its own lines
BARE = HEADERS | {"del", "from", "global", "import", "nonlocal", "raise", "@"}  # parentheses would change their meaning
NEVER = {"else", "try", "finally"}  # what else stands on their line is a suite
SOFT, ORDINARY = {"match", "case"}, {"=", ".", ":"}  # keywords, unless one of these follows


def fold(before: str, after: str, width: int, indent: str, newline: str) -> str:
    """The text after a change, with its new lines folded to the width where their brackets allow it.

    A line that also stands in the text before is left alone; so is one with a comment, a `;` or a backslash."""
    lines, known = split_lines(after), set(split_lines(before))
    row = 0
    while row < len(lines):
        text = lines[row].rstrip("\r\n")
        parts = _parts(lines, row, width, indent) if len(text) > width and lines[row] not in known else []
        if parts:
            ends = [newline] * (len(parts) - 1) + [lines[row][len(text) :]]
            lines[row : row + 1] = [part + end for part, end in zip(parts, ends, strict=True)]
        else:
            row += 1
    return "".join(lines)


def _parts(lines: list[str], row: int, width: int, indent: str) -> list[str]:
    """What a line is split into, or nothing; the parts are looked at again."""
    if any(line.rstrip("\r\n").endswith("\\") for line in lines[max(row - 1, 0) : row + 1]):
        return []
    line = read_line(lines, row)
    if line is None or not line.closes_what_it_opens:
        return []
    folding = _Fold(line, width, indent)
    if line.depth:
        return folding.arguments() if _is_whole(lines, row) else folding.element()
    return folding.statement() if folding.is_one_statement else []


def _is_whole(lines: list[str], row: int) -> bool:
    """Whether a line is all that a pair of brackets around it holds."""
    around = lines[row - 1 : row] + lines[row + 1 : row + 2]
    return len(around) == 2 and around[0].rstrip().endswith(("(", "[", "{")) and around[1].lstrip()[:1] in set(")]}")


class _Fold(Struct, frozen=True):
    line: TokenLine
    width: int
    step: str  # of the file's indentation

    # where a line is split

    def statement(self) -> list[str]:
        """The parts of a statement: its value's last brackets, or parentheses around the value, or any brackets."""
        if "def" in self.first or "class" in self.first:
            return self._definition()
        value = self._value()
        if value is None:
            return self._open_last()
        separators, bracket = self._separators(*value), self._last_bracket(*value)
        is_at_the_end = bracket is not None and self.line.pairs[bracket] == value[1] - 1
        if len(separators) > 1 or self._has_comma(separators) or (separators and not is_at_the_end):
            return self._enclose(*value)
        if bracket is not None:
            return self._open(bracket)
        return self._enclose(*value) if self._gains_by_parentheses(*value) else self._open_last()

    def element(self) -> list[str]:
        """The parts of a line in brackets: its operands, or the content of its last brackets."""
        line, stop = self.line, self.line.stop
        stop -= stop > 0 and self.text(stop - 1) == ","
        separators = self._separators(0, stop)
        if not separators or self._has_comma(separators):
            return self._open_last()
        starts = [line.tokens[0].start, *(line.tokens[i].start for i in separators)]
        stops = [*starts[1:], len(line.text)]
        return [line.margin + line.text[a:b].strip() for a, b in zip(starts, stops, strict=True)]

    def arguments(self) -> list[str]:
        """The parts of a line that is all that its brackets hold: each element gets a line, if there are several."""
        stop = self.line.stop - (self.text(self.line.stop - 1) == ",")
        separators = self._separators(0, stop)
        if not self._has_comma(separators):
            return self.element()
        ranges = zip([0, *(i + 1 for i in separators)], [*separators, stop], strict=True)
        return [f"{self.line.margin}{self.line.cut(a, b)}," for a, b in ranges]

    @property
    def is_one_statement(self) -> bool:
        """Whether the line is a simple statement, or a header without its suite, and nothing else."""
        if self.text(0) in NEVER or (self.text(0) in SOFT and not self.first & ORDINARY):
            return False
        return (self.text(0) in HEADERS) == (self.text(-1) == ":") and all(t.text != ";" for t in self.line.tokens)

    @property
    def first(self) -> set[str]:
        """The first two tokens: an `async def` is a `def`."""
        return {item.text for item in self.line.tokens[:2]}

    def text(self, index: int) -> str:
        return self.line.tokens[index].text

    def _definition(self) -> list[str]:
        """The parameters of a function, or the bases of a class."""
        brackets = [i for i in self.line.brackets(0, len(self.line.tokens)) if self.text(i) == "("]
        if not brackets:
            return self._open_last()
        head, *rows, tail = self._open(brackets[-1])
        commas = self._has_comma(self._separators(brackets[-1] + 1, self.line.pairs[brackets[-1]]))
        if "def" in self.first and not commas:
            rows = [f"{row}," for row in rows]  # one parameter gets its comma, one base does not
        return [head, *rows, tail]

    def _value(self) -> tuple[int, int] | None:
        """The tokens that may stand in parentheses of their own."""
        stop = len(self.line.tokens) - (self.text(-1) == ":")
        top = list(self.line.top(0, stop))
        at = {self.text(i): i for i in top}
        if self.text(0) in VALUE_AFTER and stop > 1:
            return at[","] + 1 if self.text(0) == "assert" and "," in at else 1, stop
        if "for" in self.first:
            return next(i for i in top if self.text(i) == "in") + 1, stop
        assigns = [i for i in top if ASSIGN.fullmatch(self.text(i))]
        if self.text(0) in BARE or (":" in at and not assigns):
            return None
        return max(assigns, default=-1) + 1, stop

    def _gains_by_parentheses(self, start: int, stop: int) -> bool:
        """Whether a value without separators fits on a line of its own, or can be split there."""
        line = self.line
        if start == 0 or line.pairs.get(start) == stop - 1:
            return False
        moved = len(line.margin + self.step) - line.tokens[start].start
        ends = [line.tokens[i].stop for i in (stop - 1, *line.brackets(start, stop))]
        return line.tokens[start].start < self.width and moved + min(ends) <= self.width

    def _separators(self, start: int, stop: int) -> list[int]:
        """The strongest separators of a range."""
        top = list(self.line.top(start, stop))
        found = [i for i in top if self.text(i) == "," or (i > start and self.line.tokens[i - 1].is_operand)]
        loop = next((i for i in top if self.text(i) == "for"), None)
        if loop is not None:
            return [i for i in found if i >= loop - 1 and self.text(i) in CLAUSES]
        strengths = {i: STRENGTH[self.text(i)] for i in found if self.text(i) in STRENGTH}
        return [i for i in strengths if strengths[i] == max(strengths.values())]

    def _has_comma(self, separators: list[int]) -> bool:
        return any(self.text(i) == "," for i in separators)

    def _last_bracket(self, start: int, stop: int) -> int | None:
        """The last bracket up to which the line fits."""
        return next((i for i in self.line.brackets(start, stop) if self.line.tokens[i].stop <= self.width), None)

    # how it is split

    def _open_last(self) -> list[str]:
        fitting = self._last_bracket(0, self.line.stop)
        brackets = self.line.brackets(0, self.line.stop) if fitting is None else [fitting]
        return self._open(brackets[0]) if brackets else []

    def _open(self, first: int) -> list[str]:
        """The content of a pair of brackets on lines of its own."""
        line, last = self.line, self.line.pairs[first]
        is_literal = first == 0 or not line.tokens[first - 1].is_operand
        rows = self._rows(first + 1, last, is_literal)
        return [line.text[: line.tokens[first].stop], *rows, line.margin + line.text[line.tokens[last].start :]]

    def _enclose(self, start: int, stop: int) -> list[str]:
        """A value in parentheses, on lines of its own."""
        line = self.line
        head, tail = line.text[: line.tokens[start].start], line.text[line.tokens[stop - 1].stop :]
        return [f"{head}(", *self._rows(start, stop, is_literal=True), f"{line.margin}){tail}"]

    def _rows(self, start: int, stop: int, is_literal: bool) -> list[str]:
        """The content of brackets: an element a line in a literal, and where the arguments of a call need it."""
        line, margin = self.line, self.line.margin + self.step
        commas = [i for i in self._separators(start, stop) if self.text(i) == ","]
        row = margin + line.cut(start, stop)
        if not commas or (not is_literal and len(row) <= self.width and commas[-1] != stop - 1):
            return [row]
        ranges = zip([start, *(i + 1 for i in commas)], [*commas, stop], strict=True)
        return [f"{margin}{line.cut(a, b)}," for a, b in ranges if a < b]
