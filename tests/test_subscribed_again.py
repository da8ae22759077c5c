"""A function that subscribes and runs several times: its subscriptions would share on the target what arrives."""

from __future__ import annotations

import pytest
from engines_of_one import assert_held, change, slug
from subscribing_engines import PRICE, RISK, engine

from codemods.model import Verdict

LISTEN = """\
async def listen(self, take):
    async def deliver(message):
        await take(message.topic, message.payload)

    await self.bus.subscribe("market.data.*", deliver)  # here
"""
ONE = "await self.listen(self.prices)"
OTHER = "await self.listen(self.volumes)"
AGAIN = (
    "`{}` subscribes whenever it is called, once more at <there>: "
    "the target's subscriptions share what arrives, and each would miss messages"
)
REFUSED = {
    "a handler each time": (engine(f"{ONE}\n{OTHER}  # there", LISTEN), AGAIN.format("listen")),
    "a topic each time, which is not asked for": (
        engine(
            'await self.listen("market.data.*", self.a)\nawait self.listen("trade.*", self.b)  # there',
            LISTEN.replace("take)", "topic, take)").replace('"market.data.*"', "topic"),
        ),
        AGAIN.format("listen"),
    ),
    "a loop": (
        engine("for take in self.takers:\n    await self.listen(take)  # there", LISTEN),
        AGAIN.format("listen"),
    ),
    "a function around it": (
        engine(
            "await self.more()\nawait self.more()  # there",
            f"async def more(self):\n    await self.listen(1)\n{LISTEN}",
        ),
        AGAIN.format("more"),
    ),
}
"""What subscribes at `here`, and what runs it once more at `there`."""


@pytest.mark.parametrize("name", REFUSED, ids=slug)
def test_refused(name: str) -> None:
    text, reason = REFUSED[name]
    assert_held(text, Verdict.REFUSE, reason)


def test_a_handler_that_subscribes_is_refused() -> None:
    more = "async def on_price(self, message):\n    if message.payload:\n        await self.more()\n"
    other = f"async def more(self):\n    await self.bus.subscribe('portfolio.update.*', self.on_risk)  # there\n{RISK}"
    text = engine('await self.bus.subscribe("market.data.*", self.on_price)  # here', f"{more}\n{other}")
    reason = "its handler subscribes at <there>, with each message again: the target's subscriptions share messages"
    assert_held(text, Verdict.REFUSE, reason)


BRANCHES = "if self.first:\n    await self.begin()\nelse:\n    await self.begin()"
BEGIN = 'async def begin(self):\n    await self.bus.subscribe("market.data.*", self.on_price)\n'
MOVED = {
    "one call": engine("await self.begin()", f"{BEGIN}{PRICE}"),
    "two branches": engine(BRANCHES, f"{BEGIN}{PRICE}"),
}


@pytest.mark.parametrize("name", MOVED, ids=slug)
def test_moved_where_it_runs_once(name: str) -> None:
    result = change(MOVED[name])
    assert (result.faults, {site.reason for site in result.sites if site.verdict is not Verdict.REWRITE}) == ((), set())
