"""Mistakes that people make by hand with the target: each is found, by its own rule, and nothing is invented."""

from __future__ import annotations

import pytest
from checked import COMPARED, RIGHT, RISK, findings
from engines_of_one import SERVICE, change_texts, slug, texts_of

from codemods.checking.rules import RULES, Finding

HELD = "self.bus = await get_dual_bus_client(EngineType.PORTFOLIO)"
TELLS = "sent = await self.bus.publish_message("
STATS = "return sent and self.bus.get_stats()"
READY = "self.bus.marketdata_client is not None"
CLOSE = "await self.bus.close()"
DECODED = 'payload = json.loads(message["payload"])\n        if message.get'
WRONG = {
    "a start": (HELD, f"{HELD}\n        await self.bus.start()", "no-such-method"),
    "a connect": (HELD, f"{HELD}\n        await self.bus.connect()", "no-such-method"),
    "a disconnect": (CLOSE, "await self.bus.disconnect()", "no-such-method"),
    "an aclose": (CLOSE, "await self.bus.aclose()", "no-such-method"),
    "a check of the wrapper's": (READY, "self.bus.is_connected", "no-such-method"),
    "the wrapper's metrics": (STATS, "return sent and self.bus.metrics", "no-such-method"),
    "the wrapper's subscribe": (RISK, 'self.bus.subscribe("risk.*", on_risk)', "no-such-method"),
    "a handler that is added": (RISK, 'self.bus.add_message_handler("risk.*", on_risk)', "no-such-method"),
    "the wrapper's publish": (TELLS, "sent = await self.bus.publish(", "no-such-method"),
    "a publish by the bus": (TELLS, "sent = await self.bus.publish_to_engine_logic(", "no-such-method"),
    "a method of the spare client": ("self.spare.initialize()", "self.spare.start()", "no-such-method"),
    "a keyword that is not there": ("priority=MessagePriority", "prio=MessagePriority", "wrong-arguments"),
    "a topic": ("MessageType.RISK_METRIC, {", 'MessageType.RISK_METRIC, topic="x", payload={', "wrong-arguments"),
    "no payload": ('MessageType.RISK_METRIC, {"a": 1}', "MessageType.RISK_METRIC", "wrong-arguments"),
    "no handler": ("[MessageType.RISK_METRIC], on_risk", "[MessageType.RISK_METRIC]", "wrong-arguments"),
    "too many arguments": ("self.bus.close()", "self.bus.close(5)", "wrong-arguments"),
    "a factory without its engine": (
        "get_dual_bus_client(EngineType.PORTFOLIO)",
        "get_dual_bus_client()",
        "wrong-arguments",
    ),
    "a factory with a config": (
        "get_dual_bus_client(EngineType.PORTFOLIO)",
        "get_dual_bus_client(EngineType.PORTFOLIO, port=6380)",
        "wrong-arguments",
    ),
    "a text for a list": ("[MessageType.RISK_METRIC], on_risk", '"risk_metric", on_risk', "types-no-list"),
    "a list of texts": ("[MessageType.RISK_METRIC], on_risk", '["risk_metric"], on_risk', "types-no-list"),
    "a bare member": ("[MessageType.RISK_METRIC], on_risk", "MessageType.RISK_METRIC, on_risk", "types-no-list"),
    "an empty list": ("[MessageType.RISK_METRIC], on_risk", "[], on_risk", "types-no-list"),
    "a constant list of texts": (
        "[MessageType.MARKET_DATA, MessageType.PRICE_UPDATE]",
        '["market_data"]',
        "types-no-list",
    ),
    "a text for a type": ("MessageType.RISK_METRIC, {", '"risk_metric", {', "no-message-type"),
    "a type of the other bus": (
        "[MessageType.RISK_METRIC], on_risk",
        "[MessageType.MARKET_DATA], on_risk",
        "wrong-bus",
    ),
    "types of the other bus": ("subscribe_to_marketdata", "subscribe_to_engine_logic", "wrong-bus"),
    "a member that is not there": ("MessageType.PORTFOLIO_UPDATE", "MessageType.PORTFOLIO_UPDATES", "no-such-member"),
    "a priority that is not there": ("MessagePriority.HIGH", "MessagePriority.MEDIUM", "no-such-member"),
    "an engine that is not there": ("(EngineType.PORTFOLIO)", "(EngineType.PORTFOLIOS)", "no-such-member"),
    "a name that is not there": (
        "    DualMessageBusClient,\n",
        "    DualMessageBusClient,\n    BusMessage,\n",
        "no-such-name",
    ),
    "an import that was forgotten": ("    MessagePriority,\n", "", "not-imported"),
    "a plain handler": ("TYPES, self.on_price)", "TYPES, self.is_told)", "handler-not-async"),
    "a plain function": ("async def on_risk", "def on_risk", "handler-not-async"),
    "a handler of topic and message": (
        "on_price(self, message)",
        "on_price(self, topic, message)",
        "handler-arguments",
    ),
    "a handler of nothing": ("on_risk(message)", "on_risk()", "handler-arguments"),
    "no function": (
        "[MessageType.RISK_METRIC], on_risk",
        '[MessageType.RISK_METRIC], "on_risk"',
        "handler-no-function",
    ),
    "an attribute of the message": (
        'json.loads(message["payload"])\n        if',
        "message.payload\n        if",
        "handler-reads",
    ),
    "a topic of the message": ('message["message_type"])', 'message["topic"])', "handler-reads"),
    "a topic that may be there": ('message["message_type"])', 'message.get("topic"))', "handler-reads"),
    "a type in capitals": (COMPARED, 'message["message_type"] == "MARKET_DATA"', "no-such-type"),
    "a type that may be there, of another word": (COMPARED, 'message.get("message_type") != "prices"', "no-such-type"),
    "a member of a plain enum": (COMPARED, 'message["message_type"] == MessageType.RISK_METRIC', "no-such-type"),
    "types of which none is one": (
        COMPARED,
        'message["message_type"] in {"A", MessageType.RISK_METRIC}',
        "no-such-type",
    ),
    "a type in capitals, by a name": (
        'payload = json.loads(message["payload"])\n        if message.get("source_engine") != "portfolio"',
        'payload = json.loads(message["payload"])\n        kind = message["message_type"]\n'
        '        if "RISK_METRIC" == kind',
        "no-such-type",
    ),
    "a payload that is not decoded": (
        'json.loads(message["payload"])\n        if',
        'message["payload"]\n        if',
        "payload-not-decoded",
    ),
    "a payload read on the spot": (
        'message["timestamp"].upper()',
        'message["payload"]["account"]',
        "payload-not-decoded",
    ),
    "a payload that is encoded": (
        "PORTFOLIO_UPDATE,\n            {",
        "PORTFOLIO_UPDATE,\n            json.dumps({",
        "payload-encoded-twice",
    ),
    "a datetime": ("datetime.now(timezone.utc).isoformat()", "datetime.now(timezone.utc)", "payload-not-json"),
    "a Decimal": ("text_of(value)", "Decimal(value)", "payload-not-json"),
    "a set": ('{"a": 1}', '{"a": {1}}', "payload-not-json"),
    "bytes": ('{"a": 1}', '{"a": [b"1"]}', "payload-not-json"),
    "a member of an enum": ('{"a": 1}', '{"a": MessageType.RISK_METRIC}', "payload-not-json"),
    "a publish without await": (TELLS, "sent = 1\n        self.bus.publish_message(", "not-awaited"),
    "a close without await": (CLOSE, "self.bus.close()", "not-awaited"),
    "a subscription without await": (f"await {RISK}", RISK, "not-awaited"),
    "a factory without await": (HELD, HELD.replace("await ", ""), "not-awaited"),
    "a result that is asked of a coroutine": (
        STATS,
        "return self.bus.publish_message(MessageType.RISK_METRIC, {}) or sent",
        "not-awaited",
    ),
    "statistics that are awaited": (STATS, "return sent and await self.bus.get_stats()", "awaited-in-vain"),
}

MAIN = "async def on_risk(message):"
SERVED = """\
def main():
    import uvicorn

    engine = Engine()
    asyncio.run(engine.start())
    uvicorn.run(app)


async def on_risk(message):"""
LIVES = {
    "a publish after the close": (
        CLOSE,
        f'{CLOSE}\n        await self.bus.publish_message(MessageType.RISK_METRIC, {{"a": 1}})',
        "after-close",
    ),
    "a subscription after the stop": (
        CLOSE,
        f"await self.bus.stop()\n        if self.spare:\n            await {RISK}",
        "after-close",
    ),
    "a client that is made before the server": (MAIN, SERVED, "two-loops"),
}
WRONG |= LIVES
NOT_WRONG = {
    "the value of a member": (COMPARED, 'message["message_type"] == MessageType.MARKET_DATA.value'),
    "the text of a type": (COMPARED, 'message["message_type"] != "market_data"'),
    "texts of which one is a type": (COMPARED, 'message["message_type"] in ("market_data", "MARKET_DATA")'),
    "names that are not known": (COMPARED, 'message["message_type"] in self.kinds'),
    "a word in a type": (COMPARED, '"risk" in message["message_type"]'),
    "a type between two others": (COMPARED, '"a" < message["message_type"] < "z"'),
    "a publish before the close": (
        CLOSE,
        f'await self.bus.publish_message(MessageType.RISK_METRIC, {{"a": 1}})\n        {CLOSE}',
    ),
    "a publish on another client after the close": (
        CLOSE,
        f'{CLOSE}\n        await self.spare.publish_message(MessageType.RISK_METRIC, {{"a": 1}})',
    ),
    "a client that is made anew": (
        CLOSE,
        f"{CLOSE}\n        {HELD}\n        await {RISK}",
    ),
    "a start that may make it anew": (
        CLOSE,
        f"{CLOSE}\n        await self.start()\n        await {RISK}",
    ),
    "a close under a condition": (
        CLOSE,
        f"if self.spare:\n            {CLOSE}\n        await {RISK}",
    ),
    "a client that is made and closed before the server": (
        MAIN,
        SERVED.replace("engine.start()", "once(engine)").replace(
            "def main", "async def once(engine):\n    await engine.start()\n    await engine.stop()\n\n\ndef main"
        ),
    ),
    "a server on the loop of the client": (
        MAIN,
        SERVED.replace("uvicorn.run(app)", "pass").replace("engine.start()", "uvicorn.Server(engine.start()).serve()"),
    ),
}


@pytest.mark.parametrize("name", NOT_WRONG, ids=slug)
def test_what_is_right_is_no_finding(name: str) -> None:
    old, new = NOT_WRONG[name]
    assert RIGHT.count(old) >= 1
    assert findings(RIGHT.replace(old, new, 1)) == []


def test_the_right_code_has_no_finding() -> None:
    compile(RIGHT, SERVICE, "exec")
    assert findings(RIGHT) == []
    assert change_texts(texts_of(RIGHT)).sites == ()


@pytest.mark.parametrize("name", WRONG, ids=slug)
def test_a_mistake_is_found_by_its_own_rule(name: str) -> None:
    old, new, rule = WRONG[name]
    assert RIGHT.count(old) >= 1
    text = RIGHT.replace(old, new, 1)
    if "json.dumps(" in new:
        text = text.replace(".isoformat()},\n", ".isoformat()}),\n")
    compile(text, SERVICE, "exec")
    found = findings(text)
    assert {each.rule for each in found} == {rule}


MANY = """\
from dual_messagebus_client import EngineType, MessageType, get_dual_bus_client


class Engine:
    async def start(self):
        self.bus = get_dual_bus_client(EngineType.PORTFOLIO)
        await self.bus.connect()
        await self.bus.subscribe_to_marketdata(["market_data"], self.on_price)

    def on_price(self, message):
        self.bus.publish_message(MessageType.PRICE, message.payload)
"""
FOUND = [
    (6, 19, "not-awaited", "get_dual_bus_client() is a coroutine, and is not awaited"),
    (
        7,
        14,
        "no-such-method",
        "DualMessageBusClient has no method connect(); get_dual_bus_client() gives a connected client, and "
        "create_dual_bus_client() one to initialize()",
    ),
    (8, 47, "types-no-list", "'market_data' is no member of MessageType"),
    (8, 64, "handler-not-async", f"the handler on_price, at {SERVICE}:10, is a plain function"),
    (11, 8, "not-awaited", "publish_message() is a coroutine, and is not awaited"),
    (11, 33, "no-such-member", "MessageType has no PRICE; perhaps PRICE_UPDATE is meant"),
    (11, 52, "handler-reads", "a message is a dict, and has no attribute payload"),
]


RENAMED = {
    "imported by another name": ("    get_dual_bus_client,\n", "    get_dual_bus_client as made,\n", "made()"),
    "under another name": ("TYPES = [", "made = get_dual_bus_client\nTYPES = [", "made()"),
    "behind a partial function": (
        "TYPES = [",
        "made = partial(get_dual_bus_client)\nTYPES = [",
        "get_dual_bus_client()",
    ),
    "given to an object": (
        "    async def start",
        "    made = get_dual_bus_client\n\n    async def start",
        "Engine.made()",
    ),
    "found by a text": (
        "TYPES = [",
        'import dual_messagebus_client\nmade = getattr(dual_messagebus_client, "get_dual_bus_client")\nTYPES = [',
        "made()",
    ),
}


@pytest.mark.parametrize("name", RENAMED, ids=slug)
def test_a_factory_that_goes_by_another_name_is_checked_as_well(name: str) -> None:
    old, new, call = RENAMED[name]
    text = (
        RIGHT.replace(old, new, 1)
        .replace(HELD, f"self.bus = {call}")
        .replace("import asyncio", "import asyncio\nfrom functools import partial")
    )
    assert {each.rule for each in findings(text)} == {"not-awaited", "wrong-arguments"}


def test_every_mistake_has_its_place_and_says_what_is_meant() -> None:
    assert findings(MANY) == [Finding(SERVICE, *found) for found in FOUND]


def test_every_rule_is_shown() -> None:
    shown = {rule for _, _, rule in WRONG.values()}
    assert shown | {"legacy-use", "unreadable", "shared-group", "no-bus"} == set(RULES)
