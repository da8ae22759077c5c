"""One line of a file as tokens: its brackets, and what stands outside of them."""

from __future__ import annotations

import io
import keyword
import token
import tokenize
from collections.abc import Iterator
from functools import cached_property

from msgspec import Struct

CLOSING = {"(": ")", "[": "]", "{": "}"}
BRACKETS = {*CLOSING, *CLOSING.values()}


class Token(Struct, frozen=True):
    """A token, and its columns in characters."""

    text: str
    start: int
    stop: int
    is_operand: bool  # what comes next is an operator and no prefix


class TokenLine(Struct, frozen=True, dict=True):
    """A line without its end; ranges of tokens are half open, as everywhere in Python."""

    text: str
    tokens: tuple[Token, ...]
    depth: int  # the number of brackets around it

    @cached_property
    def pairs(self) -> dict[int, int]:
        """The closing bracket of each opening one."""
        pairs, opened = {}, []
        for index, item in enumerate(self.tokens):
            if item.text in CLOSING:
                opened.append(index)
            elif item.text in BRACKETS and opened:
                pairs[opened.pop()] = index
        return pairs

    @cached_property
    def stop(self) -> int:
        """The first bracket that closes what was opened above; without one, the end."""
        closed = {*self.pairs.values()}
        closing = (i for i, item in enumerate(self.tokens) if item.text in CLOSING.values() and i not in closed)
        return next(closing, len(self.tokens))

    @property
    def closes_what_it_opens(self) -> bool:
        """Whether all brackets that open on this line close on it, before any that were opened above."""
        return all(i in self.pairs and i < self.stop for i, item in enumerate(self.tokens) if item.text in CLOSING)

    @property
    def margin(self) -> str:
        """The white space before the first token."""
        return self.text[: self.tokens[0].start]

    def cut(self, start: int, stop: int) -> str:
        """The text of a range of tokens."""
        return self.text[self.tokens[start].start : self.tokens[stop - 1].stop]

    def top(self, start: int, stop: int) -> Iterator[int]:
        """The tokens of a range that stand in no bracket and in no lambda of it."""
        colons = 0  # still to come, one for each lambda
        is_lambda = False
        for index in self._outside(start, stop):
            text = self.tokens[index].text
            is_lambda = is_lambda and (text != "," or colons > 0)
            if not is_lambda:
                yield index
            is_lambda = is_lambda or text == "lambda"
            colons += (text == "lambda") - (text == ":" and colons > 0)

    def brackets(self, start: int, stop: int) -> list[int]:
        """The opening brackets of a range that have something in them, and stand in no other; the last one first."""
        return [index for index in self._outside(start, stop) if self.pairs.get(index, index) > index + 1][::-1]

    def _outside(self, start: int, stop: int) -> Iterator[int]:
        index = start
        while index < stop:
            yield index
            index = self.pairs.get(index, index) + 1


def read_line(lines: list[str], row: int) -> TokenLine | None:
    """The line of this number, from 0; None where a comment or a string of several lines touches it."""
    depth = 0
    tokens: list[Token] = []
    for kind, text, (first, start), (last, stop) in _tokens("\n".join(line.rstrip("\r\n") for line in lines)):
        if first - 1 > row:
            break
        if last - 1 < row:
            depth += (text in CLOSING) - (text in CLOSING.values())
        elif kind == token.COMMENT or first < last:
            return None
        elif text.strip():
            tokens.append(Token(text, start, stop, _is_operand(kind, text)))
    return TokenLine(lines[row].rstrip("\r\n"), tuple(tokens), depth) if tokens else None


def _tokens(text: str) -> Iterator[tuple[int, str, tuple[int, int], tuple[int, int]]]:
    """Kind, text and place of each token; an f-string is one of them."""
    opened: list[tuple[int, int]] = []
    for item in tokenize.generate_tokens(io.StringIO(text).readline):
        name = token.tok_name[item.type]
        if name.endswith("STRING_START"):  # pragma: no cover  Python takes f-strings apart from 3.12 on
            opened.append(item.start)
        elif name.endswith("STRING_END"):  # pragma: no cover  the same
            start = opened.pop()
            if not opened:
                yield token.STRING, '""', start, item.end
        elif not opened:  # pragma: no branch  the same
            yield item.type, item.string, item.start, item.end


def _is_operand(kind: int, text: str) -> bool:
    if kind == token.NAME:
        return not keyword.iskeyword(text) or text in {"None", "True", "False"}
    return kind in {token.NUMBER, token.STRING} or text in {*CLOSING.values(), "..."}
