"""A class that says it has no client yet says so of the bus made beside it, which is closed where there is one."""

from __future__ import annotations

import pytest
from engines_of_one import change, slug, text_after

TEXT = """\
from typing import Optional

import redis.asyncio as redis


class Engine:
    def __init__(self) -> None:
        {declared}
        self.seen = 0

    async def start(self) -> None:
        self.redis = redis.Redis(host="localhost", port=6379, decode_responses=True)
        await self.redis.set("a", "b")

    async def read(self) -> int:
        return await self.redis.xlen("raw-ticks")

    async def stop(self) -> None:
        if self.redis is not None:
            await self.redis.aclose()
"""
SAID = {
    "plainly": ("self.redis = None", "self.bus = None"),
    "with a type": ("self.redis: redis.Redis | None = None", "self.bus: DualMessageBusClient | None = None"),
    "with an optional type": (
        "self.redis: Optional[redis.Redis] = None",
        "self.bus: Optional[DualMessageBusClient] = None",
    ),
    "with another type": ("self.redis: object = None", "self.bus = None"),
}
GUARDED = """\
            await self.redis.aclose()
            if self.bus is not None:
                await self.bus.close()
"""
NOT_SAID = {
    "something else is said": "self.redis = redis",
    "two are said at once": "self.redis = self.other = None",
    "it shares its line": "self.redis = None; self.more = 1",
    "nothing is said": "self.other = None",
}


@pytest.mark.parametrize("name", SAID, ids=slug)
def test_a_bus_is_said_where_the_client_is(name: str) -> None:
    declared, expected = SAID[name]
    text = TEXT.format(declared=declared)
    result = change(text)
    after = text_after(result, text)
    assert f"        {declared}\n        {expected}\n        self.seen = 0\n" in after
    assert after.endswith(GUARDED)
    assert (result.faults, change(after).texts) == ((), {})


@pytest.mark.parametrize("name", NOT_SAID, ids=slug)
def test_a_bus_is_not_said_where_the_client_is_not(name: str) -> None:
    text = TEXT.format(declared=NOT_SAID[name])
    result = change(text)
    assert result.faults == ()
    assert "self.bus = None" not in text_after(result, text)
    assert "if self.bus" not in text_after(result, text)


def test_a_class_that_says_it_in_its_body_gets_no_further_field() -> None:
    text = TEXT.format(declared="self.other = None").replace("class Engine:\n", "class Engine:\n    redis = None\n\n")
    assert "self.bus = None" not in text_after(change(text), text)
