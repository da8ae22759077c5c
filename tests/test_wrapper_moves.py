"""What a wrapper's client becomes, connected or not, and what only looks like one."""

from __future__ import annotations

import pytest
from engines_of_one import (
    FOLDER,
    assert_held,
    assert_moves,
    change,
    change_texts,
    edited,
    slug,
    text_after,
)
from wrapper_engines import NAMES, engine, telling

from codemods.model import Verdict

MOVES = {
    "a wrapper's start that needs no await": (
        ("async def start(self)", "def start(self)"),
        engine().replace("await self.bus.start()", "self.bus.start()"),
        "self.bus = await get_dual_bus_client(EngineType.PORTFOLIO)\n",
    ),
    "a check that is a call": (
        ("    @property\n", ""),
        telling("return self.bus.is_connected()"),
        "return self.bus.marketdata_client is not None and self.bus.engine_logic_client is not None\n",
    ),
    "a topic that format fills": (
        ("", ""),
        telling('s = 1\nawait self.bus.publish("risk.metric.{}".format(s), {"a": 1})'),
        'MessageType.RISK_METRIC, {"a": 1, "topic": "risk.metric.{}".format(s)}\n',
    ),
    "a topic that a percent sign fills": (
        ("", ""),
        telling('s = 1\nawait self.bus.publish("risk.metric.%s" % s, {"a": 1})'),
        'publish_message(MessageType.RISK_METRIC, {"a": 1, "topic": "risk.metric.%s" % s})\n',
    ),
    "an annotation of a message": (
        ("", ""),
        engine("def told(self, message: BusMessage):\n    pass", names=f"{NAMES}, BusMessage"),
        "def told(self, message: dict[str, str]):\n",
    ),
}


@pytest.mark.parametrize("name", MOVES, ids=slug)
def test_moves(name: str) -> None:
    (old, new), text, shown = MOVES[name]
    result = change_texts(edited(text, old, new))
    assert shown in text_after(result, text)
    assert_moves(result)


APART = {
    "in another method": engine().replace(
        "        await self.bus.start()\n", "\n    async def begin(self):\n        await self.bus.start()\n"
    ),
    "after a call": engine().replace(
        "        await self.bus.start()\n", "        print(1)\n        await self.bus.start()\n"
    ),
    "under a condition": engine().replace(
        "        await self.bus.start()\n", "        if os.name:\n            await self.bus.start()\n"
    ),
}


@pytest.mark.parametrize("name", APART, ids=slug)
def test_a_client_whose_start_stands_apart_is_made_unconnected(name: str) -> None:
    after = text_after(change(APART[name]), APART[name])
    assert "self.bus = create_dual_bus_client(EngineType.PORTFOLIO)\n" in after
    assert "await self.bus.initialize()\n" in after


@pytest.mark.parametrize("between", ["self.on = True", "def told(message):\n            pass", "self.on: bool = True"])
def test_a_client_whose_start_follows_quietly_is_made_connected(between: str) -> None:
    text = engine().replace("        await self.bus.start()\n", f"        {between}\n        await self.bus.start()\n")
    after = text_after(change(text), text)
    assert "self.bus = await get_dual_bus_client(EngineType.PORTFOLIO)\n" in after
    assert "initialize" not in after


def test_a_subscription_before_the_start_of_an_unconnected_client_is_refused() -> None:
    text = APART["in another method"].replace(
        "    async def begin(self):\n",
        "    async def on_price(self, message):\n        print(message.payload)\n\n    async def begin(self):\n"
        '        await self.bus.subscribe("market.data.*", self.on_price)  # here\n',
    )
    text = text.replace("        await self.bus.start()\n", "        await self.bus.start()  # there\n")
    assert_held(text, Verdict.REFUSE, "this subscribes before the start at <there>, or apart from it")


def test_a_publish_of_an_unconnected_client_is_warned_of() -> None:
    text = APART["after a call"].replace(
        "    async def stop(self):\n",
        '    async def tell(self):\n        await self.bus.publish("portfolio.update.x", {})\n\n'
        "    async def stop(self):\n",
    )
    warned = [(site.kind, site.warnings) for site in change(text).sites if site.warnings]
    warning = "activates: before the start this raises, where the wrapper only said False"
    assert warned == [("publish", (warning,))]


def test_a_client_that_an_annotation_alone_promises_moves_with_the_one_that_is_made() -> None:
    reporter = (
        f"from enhanced_messagebus_client import {NAMES}\n\n\nclass Reporter:\n"
        "    def __init__(self, bus: BufferedMessageBusClient) -> None:\n        self.bus = bus\n\n"
        '    async def tell(self):\n        await self.bus.publish("risk.metric.x", {"a": 1})\n'
    )
    result = change(engine(), reporter=reporter)
    assert_moves(result)
    after = result.texts[f"{FOLDER}/reporter.py"].decode()
    assert "def __init__(self, bus: DualMessageBusClient) -> None:\n" in after
    assert 'MessageType.RISK_METRIC, {"a": 1, "topic": "risk.metric.x"}\n' in after


LOOK_ALIKES = {
    "a mapping called redis_info": 'redis_info = {"redis": 1}\nprint(redis_info.get("publish"))\n',
    "a local called redis": "def f(redis):\n    redis.xadd('raw-ticks', {})\n    redis.publish('a', 'b')\n",
    "a mock": (
        "from unittest.mock import Mock\n\nBufferedMessageBusClient = Mock()\n"
        "bus = BufferedMessageBusClient()\nbus.publish('a', {})\n"
    ),
    "a module of the same name": (
        "from broker import BufferedMessageBusClient\n\nbus = BufferedMessageBusClient()\nbus.publish('a', {})\n"
    ),
    "an own class with publish": (
        "class BufferedMessageBusClient:\n    def publish(self, topic, payload):\n        pass\n\n\n"
        "bus = BufferedMessageBusClient()\nbus.publish('a', {})\n"
    ),
    "words in a string": 'print("enhanced_messagebus_client.BufferedMessageBusClient", "redis.Redis")\n',
}


@pytest.mark.parametrize("name", LOOK_ALIKES, ids=slug)
def test_what_only_looks_like_a_client_is_no_site(name: str) -> None:
    result = change(LOOK_ALIKES[name])
    assert (result.sites, result.clients, dict(result.texts), result.faults) == ((), (), {}, ())


def test_a_name_that_shadows_the_imported_client_is_no_client() -> None:
    text = engine("def other(self, BufferedMessageBusClient):\n    return BufferedMessageBusClient(5).publish('a', {})")
    lines = {site.line for site in change(text).sites}
    assert text.split("\n").index("        return BufferedMessageBusClient(5).publish('a', {})") + 1 not in lines
