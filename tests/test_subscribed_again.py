"""Subscriptions that run several times, and patterns that are decided at run time: what no answer makes right."""

from __future__ import annotations

import pytest
from engines_of_one import assert_held, change, settings_with, slug
from subscribing_engines import ONE as SUBSCRIBED
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


@pytest.mark.parametrize("decorator", ['app.websocket("/ws")', 'router.post("/watch")'])
def test_what_subscribes_with_each_request_is_refused(decorator: str) -> None:
    watch = f"@{decorator}\nasync def watch(self, socket):\n    {SUBSCRIBED}  # here\n"
    reason = AGAIN.format("watch").replace(", once more at <there>", " by a request")
    assert_held(engine("pass", f"{watch}\n{PRICE}"), Verdict.REFUSE, reason)


def test_what_subscribes_with_a_hook_that_runs_once_moves() -> None:
    text = engine("pass", f"@app.on_event('startup')\nasync def watch(self):\n    {SUBSCRIBED}\n\n{PRICE}")
    assert {site.verdict for site in change(text).sites} == {Verdict.REWRITE}


WATCH = "await self.bus.subscribe({}, self.on_price)  # here"
ASKED = "topic:backend/engines/portfolio/service.py:Engine.start:{}"
PUT_TOGETHER = {
    "a symbol": ('f"market.data.{self.symbol}"', "market.data.*", Verdict.REFUSE),
    "a symbol that is added": ('"market.data." + self.symbol', "market.data.*", Verdict.REFUSE),
    "a symbol that the answer knows": ('f"market.data.{self.symbol}"', "market.data.A", Verdict.REWRITE),
    "all below a prefix": ('f"{self.prefix}.*"', "market.data.*", Verdict.REWRITE),
    "a pattern as a whole": ("self.pattern", "market.data.*", Verdict.REWRITE),
}


@pytest.mark.parametrize("name", PUT_TOGETHER, ids=slug)
def test_an_answer_that_is_wider_than_what_is_put_together_is_refused(name: str) -> None:
    topic, answer, verdict = PUT_TOGETHER[name]
    text = engine(WATCH.format(topic))
    result = change(text, settings_with({ASKED.format(topic): answer}))
    assert {site.verdict for site in result.sites} == {verdict}
    shown = {site.reason for site in result.sites if site.held_by is None and site.verdict is Verdict.REFUSE}
    assert shown <= {f"`{topic}` subscribes to what it is at run time, and not to all of `market.data.*`"}


def test_one_of_two_patterns_is_refused() -> None:
    text = engine(WATCH.format('"market.data.A" if self.one else "market.data.B"'))
    reason = "one of two patterns is subscribed to here, and which is decided at run time: subscribe in two branches"
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
