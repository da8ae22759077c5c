"""Plain functions in every shape do after they became async what they did before: run both ways, and compared."""

from __future__ import annotations

from textwrap import indent

import pytest
from engines_of_one import change, settings, slug, text_after, texts_of
from recorded_runs import record_of

from codemods.work import read_contract

ENGINE = """\
import time

import redis


class Engine:
    async def start(self):
        self.redis = redis.Redis(decode_responses=True)
        self.seen = 0

    def count(self, times=1, *more, by=1):
        self.redis.xadd("raw-ticks", {{"a": "1"}})
        return self.redis.xlen("raw-ticks") * times * by

    def reply(self):
        return self.redis.xrange("client-orders")

    def compute(self, n):
{body}

    async def work(self, n):
        return self.compute(n), self.seen, self.reply()

    async def stop(self):
        self.redis.close()
"""
SHAPES = {
    "a return": "return self.count()",
    "a sum": "return 1 + self.count() * 2 - self.count()",
    "a power": "return self.count() ** 2 % 7 + 2 ** self.count() % 5",
    "a sign and a negation": "return -self.count(), not self.count(), ~self.count()",
    "a comparison": "return 1 < self.count() <= self.count() != 5, 3 in [self.count()]",
    "a choice": "return self.count() if self.count() else self.count()",
    "and, or": "return self.count() and 0 or self.count()",
    "an attribute of the result": "return self.count().bit_length()",
    "a part of the result": "return self.count(), self.reply()[0][1][0][0], self.reply()[:1]",
    "a call of the result": "return str(self.count()).zfill(5).join([str(self.count()), 'x'])",
    "an f-string": "return f'{self.count()} {self.count():>5} {self.count()!r} {self.count() + 1:{self.count()}}'",
    "arguments": "return self.count(self.count(), *[self.count()], by=self.count()), max(*self.reply()[0], key=str)",
    "a list, a set, a mapping": (
        "return [self.count() for _ in range(n)], {self.count(): self.count() for _ in range(n)}"
    ),
    "a comprehension with a condition": (
        "return [i for i in range(9) if self.count() % 2 for _ in range(self.count() % 3)]"
    ),
    "a comprehension in a comprehension": "return [[self.count() for _ in range(i)] for i in range(n)]",
    "a display": "return (self.count(), [self.count()], {'a': self.count()}, *[self.count()])",
    "a walrus": "if (found := self.count()) > 1:\n    return found\nreturn -1",
    "an augmented assignment": "self.seen += self.count()\nself.seen -= 1\nreturn self.seen",
    "several targets": "a, (b, *c) = self.count(), [self.count(), 3, 4]\nreturn a, b, c",
    "a subscript that is stored": "kept = {}\nkept[self.count()] = self.count()\ndel kept[max(kept)]\nreturn kept",
    "a loop": (
        "found = []\nfor _ in range(self.count() % 4 + 1):\n"
        "    found.append(self.count())\nelse:\n    found.append(0)\nreturn found"
    ),
    "a loop over the reply": "return [fields for _, fields in self.reply()[0][1]], self.count()",
    "while": "while self.count() % 5:\n    if self.count() > 50:\n        break\nreturn self.count()",
    "with and assert": "with open('/dev/null') as file:\n    assert self.count(), self.count()\nreturn file.closed",
    "an attempt": (
        "try:\n    return self.count() / (n - n)\nexcept ZeroDivisionError:\n"
        "    return self.count()\nfinally:\n    self.seen = self.count()"
    ),
    "a raise": "raise ValueError(self.count())",
    "match": "match self.count() % 2:\n    case 0:\n        return self.count()\n    case _:\n        return 'odd'",
    "one line": "if n: return self.count()",
    "a nested function": "def twice(k):\n    return self.count() * k\nreturn twice(2) + twice(k=self.count())",
    "a recursion": "return 0 if n <= 0 else self.compute(n - 1) + self.count()",
    "a default": "def given(k=self.count()):\n    return k\nreturn given() + given(1)",
    "a sleep": "time.sleep(0)\nreturn [time.sleep(0), self.count()]",
    "parentheses and lines": "return (\n    self\n    .count(\n        2,  # twice\n    )\n    + 1\n)",
    "a starred part": "first, *rest = *range(self.count() % 3 + 2), self.count()\nreturn first, rest",
    "a slice": "return 'abcdefgh'[self.count() % 3 : self.count() % 8], list(range(9))[:: self.count() % 3 + 1]",
    "global text": "global LAST\nLAST = self.count()\nreturn LAST",
}


@pytest.mark.parametrize("name", SHAPES, ids=slug)
def test_it_does_what_it_did(name: str) -> None:
    text = ENGINE.format(body=indent(SHAPES[name], " " * 8))
    result = change(text)
    after = text_after(result, text)
    assert "    async def compute(self, n):\n" in after
    told, contract = settings(), read_contract(texts_of(""), settings())
    assert record_of(after, told, contract) == record_of(text, told, contract)
