"""Engines that subscribe do on two buses what they did on one: before and after their change, on real servers."""

from __future__ import annotations

from pathlib import Path

import pytest
from engines_of_one import slug
from subscribing_engines import ONE, ONLY, PRICE, RISK, engine, prepared, registering
from test_subscription_places import CALLS, GIVEN, METHODS, OBJECTS
from told_engines import assert_told_the_same

from migrator.live.servers import Servers

LOOP = "for topic in {}:\n    await self.bus.subscribe(topic, self.on_price)"
ITEMS = "for topic, handler in {}:\n    await self.bus.subscribe(topic, handler)"
BOTH = f"{PRICE}\n{RISK}"
ENGINES = {
    "one pattern": (engine(), 4),
    "a loop over a tuple": (engine(LOOP.format('("market.data.A", "risk.metric.*")')), 5),
    "a loop over the tuple of a module": (
        engine(LOOP.format("TOPICS"), top='TOPICS = ("market.data.A", "market.data.Q")\n'),
        2,
    ),
    "a loop over the list of a class": (
        engine(LOOP.format("self.TOPICS"), f'TOPICS = ["market.data.*"]\n\n{PRICE}'),
        4,
    ),
    "a loop over a mapping": (
        engine(ITEMS.format('{"market.data.*": self.on_price, "risk.metric.*": self.on_risk}.items()'), BOTH),
        7,
    ),
    "a loop over the mapping of the instance": (
        engine(ITEMS.format("self.handlers.items()"), BOTH).replace(
            "        self.bus = None\n",
            "        self.bus = None\n        self.handlers = "
            '{"market.data.*": self.on_price, "risk.metric.v": self.on_risk}\n',
        ),
        5,
    ),
    "nested loops over pairs": (
        engine(
            'for last in ("A", "B"):\n    for topic, handler in '
            '((f"market.data.{last}", self.on_price), (f"risk.metric.{last}", self.on_risk)):\n'
            "        await self.bus.subscribe(topic, handler)",
            BOTH,
        ),
        5,
    ),
    "a loop and a subscription": (
        engine(
            LOOP.format(["market.data.A", "market.data.B"])
            + '\nawait self.bus.subscribe("market.data.*", self.on_risk)',
            BOTH,
        ),
        7,
    ),
    "a message that is given to another method, and to a third": (
        engine(
            rest="async def on_price(self, message):\n    message.payload['x'] = 1\n    await self.note(message)\n\n"
            "async def note(self, m):\n    self.tell(m.topic, what=m)\n\n"
            "def tell(self, topic, what):\n    print(topic, what.topic, what.payload)\n"
        ),
        4,
    ),
    "a constant": (engine("await self.bus.subscribe(TOPIC, self.on_price)", top='TOPIC = "market.data.B*"\n'), 2),
    "the member of an enum": (
        engine(
            "await self.bus.subscribe(Topic.PRICE.value, self.on_price)",
            top='from enum import Enum\n\n\nclass Topic(Enum):\n    PRICE = "market.data.B"\n',
        ),
        1,
    ),
    "two methods on two buses": (
        engine(
            f"{ONE}\nawait self.more()",
            f'{BOTH}\nasync def more(self):\n    await self.bus.subscribe("risk.metric.*", self.on_risk)\n',
        ),
        7,
    ),
    "two methods on one bus": (engine(CALLS, METHODS), 6),
    "objects that share the client": (engine(GIVEN, "pass", OBJECTS), 5),
    "handlers that a factory makes": (
        engine("\n".join(f'await self.bus.subscribe("market.data.*", self.only({n}))' for n in (1, 5)), ONLY),
        2,
    ),
    "a handler on one line": (engine(rest="async def on_price(self, message): print(message.topic)\n"), 4),
    "a handler that raises": (
        engine(
            rest="async def on_price(self, message):\n    print(message.topic)\n"
            '    raise ValueError(message.payload["n"])\n'
        ),
        4,
    ),
}


@pytest.mark.parametrize("name", ENGINES, ids=slug)
def test_handlers_are_told_the_same(servers: Servers, tmp_path: Path, name: str) -> None:
    text, count = ENGINES[name]
    told = assert_told_the_same(servers, tmp_path, text)
    assert sum(len(entries) for kind, entries in told.items() if kind not in ("pending", "raised")) == count
    assert len(told.get("raised", ())) == (count if "raises" in name else 0)
    assert told["pending"] == [0]


REGISTERED = {
    "handlers that a constructor adds": prepared(
        'self.bus.add_message_handler("market.data.*", self.on_price)\n'
        'for topic in ("risk.metric.A", "risk.metric.B"):\n    self.bus.add_message_handler(topic, self.on_risk)',
        BOTH,
    ),
    "handlers that are added before the start and after it": prepared(
        'self.bus.add_message_handler("market.data.*", self.on_price)',
        BOTH,
        'self.bus.add_message_handler("market.data.B", self.on_risk)\n'
        'self.bus.add_message_handler("risk.metric.A", self.on_risk)',
    ),
}


@pytest.mark.parametrize("name", REGISTERED, ids=slug)
def test_handlers_that_are_added_without_waiting_are_told_the_same(servers: Servers, tmp_path: Path, name: str) -> None:
    own, told = registering()
    found = assert_told_the_same(servers, tmp_path, REGISTERED[name], told, own)
    assert sum(len(entries) for kind, entries in found.items() if kind != "pending") == 6


TEXTS = """\
async def on_price(self, message):
    payload = json.loads(message.payload)
    print(message.topic, payload)

async def on_signal(self, message):
    print(self.read(message))

def read(self, message):
    return json.loads(message.payload)
"""
TOLD = """\
await self.bus.subscribe("strategy.signal.*", self.on_signal)
await self.bus.publish("strategy.signal.x", json.dumps({"n": 6, "of": [1]}))
"""


def test_payloads_that_are_made_texts_and_read_as_texts_stay_the_same(servers: Servers, tmp_path: Path) -> None:
    text = engine(f"{ONE}\n{TOLD}", TEXTS, "import json\n")
    told = assert_told_the_same(servers, tmp_path, text, as_text=True)
    assert {kind: len(entries) for kind, entries in told.items()} == {
        "MARKET_DATA": 4,
        "ML_PREDICTION": 1,
        "pending": 1,
    }
