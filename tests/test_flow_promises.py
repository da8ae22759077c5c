"""What annotations promise: a table of small programs, each with one `SHOW(...)`."""

from __future__ import annotations

import pytest
from programs import CLIENT, HEAD, values

PROMISES = {
    "an attribute that is annotated alone": ("class A:\n  c: Redis\n  def go(self):\n    SHOW(self.c)\n", [CLIENT]),
    "an attribute that a parameter fills": (
        "class A:\n  def __init__(self, c):\n    self.c: Redis | None = c\n    SHOW(self.c)\n",
        [CLIENT, "unknown"],
    ),
    "a result that is annotated": ("def f() -> Redis:\n  return g()\nSHOW(f())\n", [CLIENT, "unknown"]),
    "a text as an annotation": ("def f(c: 'redis.Redis'):\n  SHOW(c)\n", [CLIENT]),
    "a text in Optional": ("def f(c: Optional['Redis']):\n  SHOW(c)\n", [CLIENT]),
    "an annotated type": ("def f(c: Annotated[Redis, 'the store']):\n  SHOW(c)\n", [CLIENT]),
    "a variable of a context": (
        "from contextvars import ContextVar\nc: ContextVar[Redis] = given()\nSHOW(c.get())\n",
        [CLIENT],
    ),
    "an annotated type with a name": ("Link = Annotated[Redis, 1]\ndef f(c: Link):\n  SHOW(c)\n", [CLIENT]),
    "an annotated dict": ("def f(c: dict[str, Redis]):\n  SHOW(c['a'])\n", [CLIENT]),
    "an annotated class": ("def f(c: type[Redis]):\n  SHOW(c)\n", ["unknown"]),
    "an annotated list of texts": ("def f(c: list[str]):\n  SHOW(c)\n", ["unknown"]),
    "an annotated parameter nobody fills": ("def f(c: redis.Redis):\n  SHOW(c)\n", [CLIENT]),
    "an optional parameter": ("from typing import Optional\ndef f(c: Optional[Redis]):\n  SHOW(c)\n", [CLIENT]),
    "a union parameter": ("def f(c: Redis | None = None):\n  SHOW(c)\n", [CLIENT, "none"]),
    "an instance that an annotation promises": (
        "class A:\n  def __init__(self):\n    self.c = Redis()\ndef f(a: 'A', b: A):\n  SHOW(b.c)\n",
        [CLIENT],
    ),
    "an annotation of something else": ("def f(c: redis.ConnectionPool, d: int):\n  SHOW(c)\n", ["unknown"]),
    "an annotation of a pipeline": ("def f(c: redis.Pipeline):\n  SHOW(c)\n", ["pipeline redis.asyncio"]),
    "a type of itself": (
        "T = Union[Redis, Iterable['T'], Iterable['T']]\ndef f(c: T):\n  SHOW(c)\n",
        [CLIENT],
    ),
    "a union without end": (f"def f(c: {' | '.join(['int'] * 900)} | Redis):\n  SHOW(c)\n", [CLIENT]),
}


@pytest.mark.parametrize(("text", "expected"), PROMISES.values(), ids=PROMISES.keys())
def test_an_annotation_is_believed_where_nothing_else_is_known(text: str, expected: list[str]) -> None:
    assert values(HEAD + text) == expected
