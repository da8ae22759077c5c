"""A check that asks what its condition has asked already goes; where its answer counts by itself, it stays."""

from __future__ import annotations

import pytest
from engines_of_one import change, slug, text_after

TEXT = """\
from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig


class Engine:
    def __init__(self):
        self.bus = None

    async def start(self):
        self.bus = BufferedMessageBusClient(MessageBusConfig())
        await self.bus.start()

    def check(self, a):
        return {check}
"""
HAS = 'hasattr(self.bus, "publish")'
GET = 'getattr(self.bus, "is_connected", False)'
BOTH = "self.bus.marketdata_client is not None and self.bus.engine_logic_client is not None"
GOES = {
    "behind a test for None": (f"self.bus is not None and {HAS}", "self.bus is not None"),
    "behind a test for truth, where truth counts": (f"bool(self.bus and {HAS})", "bool(self.bus)"),
    "behind a denied test": (f"not self.bus or not {HAS}", "not self.bus"),
    "behind a test for nothing": (f"self.bus is None or not {HAS} or a", "self.bus is None or a"),
    "in the midst": (f"self.bus and {HAS} and a", "self.bus and a"),
    "twice": (f'self.bus and {HAS} and hasattr(self.bus, "stop") and a', "self.bus and a"),
    "in parentheses": (f"not (self.bus and ({HAS}))", "not self.bus"),
    "in parentheses that are needed": (f"(self.bus is not None and {HAS}) == a", "(self.bus is not None) == a"),
    "by its name": (f"self.bus is not None and {GET}", f"( self.bus is not None and {BOTH} )"),
}
STAYS = {
    "the first to ask": (HAS, "self.bus is not None"),
    "True, and not the client, is given": (f"self.bus and {HAS}", "self.bus and self.bus is not None"),
    "True, and not the other, is given": (
        f"self.bus is not None and a and {HAS}",
        "self.bus is not None and a and self.bus is not None",
    ),
    "True, and not the client, is given on": (
        f"(self.bus and {HAS}) or 5",
        "(self.bus and self.bus is not None) or 5",
    ),
    "a call in between": (f"self.bus and a() and {HAS} and a", "self.bus and a() and self.bus is not None and a"),
    "another client is asked for": (f"a.bus and {HAS} and a", "a.bus and self.bus is not None and a"),
    "the answer is the other one": (f"self.bus is not None or {HAS}", "self.bus is not None or self.bus is not None"),
}


@pytest.mark.parametrize("name", GOES | STAYS, ids=slug)
def test_a_check_goes_where_its_condition_is_the_same_without_it(name: str) -> None:
    check, expected = (GOES | STAYS)[name]
    text = TEXT.format(check=check)
    result = change(text)
    written = " ".join(text_after(result, text).partition("return ")[2].split())
    assert (written, result.faults) == (expected, ())


def test_a_check_over_lines_goes_with_its_line() -> None:
    check = (
        f"(\n            self.bus is not None\n            and {HAS}\n            and self.bus.is_connected\n        )"
    )
    text = TEXT.format(check=check)
    assert text_after(change(text), text).endswith("""
        return (
            self.bus is not None
            and self.bus.marketdata_client is not None
            and self.bus.engine_logic_client is not None
        )
""")


def test_a_check_that_a_comment_speaks_of_stays() -> None:
    check = f"(\n            self.bus is not None  # seen\n            and {HAS}\n            and a\n        )"
    text = TEXT.format(check=check)
    assert text_after(change(text), text) == text_after(change(TEXT), TEXT).replace(
        "{check}", check.replace(HAS, "self.bus is not None")
    )


def test_a_check_whose_nothing_is_given_on_is_refused() -> None:
    text = TEXT.format(check='getattr(self.bus, "is_connected", None) and a')
    assert text_after(change(text), text) == text
    text = TEXT.format(check='bool(getattr(self.bus, "is_connected", None) and a)')
    assert text_after(change(text), text) != text
