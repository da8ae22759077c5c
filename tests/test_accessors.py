"""A connected check of what an accessor gives: it is asked twice where a second call certainly does the same."""

from __future__ import annotations

import pytest
from engines_of_one import assert_held, change, slug, text_after
from wrapper_engines import engine

from codemods.model import Verdict

COMPUTED = "the client is computed here, and the check would compute it twice"
CHECK = "def check(self):\n    return self.got().is_connected  # here\n"
LOOKS = {
    "an attribute": "return self.bus",
    "a documented one": '"""The bus."""\nreturn self.bus',
    "an assertion": 'assert self.bus is not None, "start first"\nreturn self.bus',
    "a guard": "if self.bus is None:\n    raise RuntimeError(self.n)\nreturn self.bus",
}
DOES_MORE = {
    "a count": "self.n += 1\nreturn self.bus",
    "a call in its guard": "if self.count():\n    raise RuntimeError\nreturn self.bus",
    "a call in its assertion": "assert self.count()\nreturn self.bus",
}


def accessed(body: str, head: str = "def got(self):") -> str:
    """An engine whose check asks what a method with this body gives."""
    lines = "".join(f"    {line}\n" for line in body.split("\n"))
    return engine(f"{head}\n{lines}\n{CHECK}")


@pytest.mark.parametrize("name", LOOKS, ids=slug)
def test_an_accessor_that_only_looks_is_called_for_each_client(name: str) -> None:
    text = accessed(LOOKS[name])
    after = " ".join(text_after(change(text), text).split())
    both = "self.got().marketdata_client is not None and self.got().engine_logic_client is not None # here"
    assert f"def check(self): return {both}" in after


@pytest.mark.parametrize("name", DOES_MORE, ids=slug)
def test_an_accessor_that_does_more_is_refused(name: str) -> None:
    assert_held(accessed(DOES_MORE[name]), Verdict.REFUSE, COMPUTED)


def test_an_accessor_behind_a_decorator_is_refused() -> None:
    assert_held(accessed("return self.bus", "@counted\ndef got(self):"), Verdict.REFUSE, COMPUTED)
