"""A client that a function makes for a dataclass's field moves with it, where one such object is made."""

from __future__ import annotations

import pytest
from engines_of_one import SERVICE, change, slug, text_after

from codemods.model import Verdict

ENGINE = """\
import asyncio
from dataclasses import dataclass, field
from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig


def make_bus() -> BufferedMessageBusClient:
    return BufferedMessageBusClient(MessageBusConfig())


@dataclass
class Desk:
    limit: int = 1
    bus: BufferedMessageBusClient = field(default_factory=make_bus)

    async def start(self):
        await self.bus.start()
        await self.bus.publish("portfolio.update.x", {"limit": self.limit})

    async def stop(self):
        await self.bus.stop()


async def main():
    desk = Desk()
    await desk.start()
    await desk.stop()


asyncio.run(main())
"""
FACTORY = "field(default_factory=make_bus)"


def test_the_function_makes_a_client_that_its_start_connects() -> None:
    result = change(ENGINE)
    after = text_after(result, ENGINE)
    assert ({site.verdict for site in result.sites}, result.faults) == ({Verdict.REWRITE}, ())
    assert "def make_bus() -> DualMessageBusClient:\n    return create_dual_bus_client(EngineType.PORTFOLIO)\n" in after
    assert "    bus: DualMessageBusClient = field(default_factory=make_bus)\n" in after
    assert "        await self.bus.initialize()\n" in after
    assert change(after).texts == {}


UNFOLLOWED = "where it can no longer be followed"
HANDED = f"the client is returned by `make_bus` (handed on: {SERVICE}:{{}}) here, {UNFOLLOWED}"
GIVEN = f"the client is given out by a function that is handed on here, {UNFOLLOWED}"
SHARED = f"another instance is made at {SERVICE}:{{}}, and would share the client of the first"
REFUSED = {
    "a lambda": (
        ENGINE.replace(FACTORY, "field(default_factory=lambda: BufferedMessageBusClient(MessageBusConfig()))"),
        {f"the client stands in a lambda here, {UNFOLLOWED}"},
    ),
    "a second object": (ENGINE.replace("    desk = Desk()\n", "    desk = Desk()\n    Desk(2)\n"), {SHARED.format(25)}),
    "objects of a loop": (
        ENGINE.replace("    desk = Desk()\n", "    for desk in [Desk() for _ in range(2)]:\n        pass\n"),
        {SHARED.format(24)},
    ),
    "a function that is handed on as well": (
        ENGINE.replace("    desk = Desk()\n", "    desk = Desk()\n    print(make_bus)\n"),
        {HANDED.format(25), GIVEN},
    ),
    "another maker of classes": (
        ENGINE.replace("@dataclass\n", "@define\n"),
        {HANDED.format(13), GIVEN},
    ),
    "another call": (
        ENGINE.replace(FACTORY, "made(default_factory=make_bus)"),
        {HANDED.format(13), GIVEN},
    ),
}


@pytest.mark.parametrize("name", REFUSED, ids=slug)
def test_refused(name: str) -> None:
    text, reasons = REFUSED[name]
    result = change(text)
    assert reasons <= {site.reason for site in result.sites if site.verdict is Verdict.REFUSE and not site.held_by}
    assert (result.texts, result.faults) == ({}, ())
