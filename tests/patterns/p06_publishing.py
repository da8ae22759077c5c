"""P6: a publish on a wrapper; its topic decides the message type, its payload must be a mapping."""

from patterns.case import Case

ENGINE = """\
import asyncio
import json
from dataclasses import asdict
from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig, MessagePriority  #: import {verdict}

TOPIC = "portfolio.update.const"
TOPICS = {{"x": "risk.metric.x", "y": "risk.metric.y"}}


class Engine:
    async def start(self):
        self.bus = BufferedMessageBusClient(MessageBusConfig())  #: construct {verdict}, config {verdict}
        await self.bus.start()  #: start {verdict}

    async def tell(self, s, payload, **more):
        {told}
"""
PLAIN = "await self.bus.publish({})  #: publish {}"


def engine(told: str, verdict: str = "rewrite") -> str:
    return ENGINE.format(told=told, verdict=verdict)


def publishing(arguments: str, verdict: str = "rewrite") -> str:
    return engine(PLAIN.format(arguments, verdict), verdict)


NO_TYPE = "which message type replaces the topic `{}`?"
KEYS = "may the payload `{}` carry the topic as `topic`? Its keys are not all known, or it has that one"
REWRITTEN = {
    "a literal topic": '"portfolio.update.x", {"a": 1}',
    "an f-string": 'f"strategy.signal.{s}", {"s": s}',
    "a constant": 'TOPIC, {"a": 1}',
    "a choice of topics of one type": '"risk.metric.a" if s else "risk.metric.b", {"a": 1}',
    "a sum": '"risk.metric." + s, {"a": 1}',
    "keywords": 'topic="risk.metric.a", payload={"a": 1}',
    "an empty payload": '"risk.metric.a", {}',
    "a text with a gap": '"risk.metric.{}".format(s), {"a": 1}',
    "a text with a percent sign": '"risk.metric.%s" % s, {"a": 1}',
    "an f-string with a call that makes a text": 'f"risk.metric.{s.upper()}", {"a": 1}',
    "a table": 'TOPICS[s], {"a": 1}',
    "a table with another topic": 'TOPICS.get(s, "risk.metric.b"), {"a": 1}',
}
PRIORITIES = {
    "a priority": "priority=MessagePriority.HIGH  #: publish rewrite, priority rewrite",
    "a choice of priorities": "priority=MessagePriority.HIGH if s else MessagePriority.LOW"
    "  #: publish rewrite, priority rewrite, priority rewrite",
}
ASKED = {
    "a topic without a route": ('"orders.new", {"a": 1}', NO_TYPE.format("orders.new")),
    "a topic that is a parameter": ('s, {"a": 1}', "which topics does `s` hold? They decide the message type"),
    "a payload that is a parameter": ('"risk.metric.a", payload', KEYS.format("payload")),
    "a payload of a dataclass": ('"risk.metric.a", asdict(s)', KEYS.format("asdict(s)")),
    "a payload of a model": ('"risk.metric.a", s.model_dump()', KEYS.format("s.model_dump()")),
    "a payload with a topic of its own": ('"risk.metric.a", {"topic": 1}', KEYS.format('{"topic": 1}')),
    "a payload that is unpacked": ('"risk.metric.a", {**payload}', KEYS.format("{**payload}")),
}
REFUSED = {
    "a payload that is JSON text": (
        '"risk.metric.a", json.dumps({"a": 1}, default=str)',
        "the payload is JSON text already: its handlers read text, the target's read a mapping",
    ),
    "arguments that are unpacked": (
        "*payload",
        "the arguments are unpacked, so topic and payload cannot be told apart",
    ),
    "a topic that a call computes": (
        'self.named(s), {"a": 1}',
        "the topic is computed by a call, which would then run after the payload's own",
    ),
    "topics of two types": (
        '"risk.metric.a" if s else "market.data.b", {"a": 1}',
        "the topics market.data.b (MARKET_DATA), risk.metric.a (RISK_METRIC) "
        "have different message types: publish each by a call of its own",
    ),
}
ONE = 'self.bus.publish("risk.metric.a", {"a": 1})'

UNWRAPPED = engine(PLAIN.format('"risk.metric.a", json.dumps({"a": 1}, indent=1)', "rewrite"))

IS = (
    Case("a mapping that is made a text", UNWRAPPED),
    *(Case(name, publishing(arguments)) for name, arguments in REWRITTEN.items()),
    *(
        Case(name, engine(f'await self.bus.publish("risk.metric.a", {{"a": 1}}, {mark.replace("  #", ")  #")}'))
        for name, mark in PRIORITIES.items()
    ),
    *(Case(name, publishing(arguments, "ask"), (text,)) for name, (arguments, text) in ASKED.items()),
    *(Case(name, publishing(arguments, "refuse"), (text,)) for name, (arguments, text) in REFUSED.items()),
    Case("a result that is used", engine(f"return await {ONE}  #: publish rewrite")),
    Case("a task", engine(f"asyncio.create_task({ONE})  #: publish rewrite")),
    Case("several at once", engine(f"await asyncio.gather({ONE}, {ONE})  #: publish rewrite, publish rewrite")),
    Case("another name", engine(f"bus = self.bus\n        await {ONE.replace('self.', '')}  #: publish rewrite")),
    Case(
        "a name of a loop over constants",
        engine(
            'for topic in TOPICS.values():\n            await self.bus.publish(topic, {"a": 1})  #: publish rewrite'
        ),
    ),
    Case(
        "a priority that is a parameter",
        engine(
            "pass\n\n    async def more(self, p: MessagePriority = MessagePriority.LOW):"
            "  #: annotation rewrite, priority rewrite\n        "
            + PLAIN.format('"risk.metric.a", {"a": 1}, priority=p', "rewrite")
        ),
    ),
    Case("a comprehension", engine(f"[await {ONE} for _ in payload]  #: publish rewrite")),
    Case(
        "a name that is bound to a mapping",
        engine(
            'p = {"a": 1}\n        p["b"] = 2\n        await self.bus.publish("risk.metric.a", p)  #: publish rewrite'
        ),
    ),
    Case(
        "a publish that is never awaited",
        engine(f"{ONE}  #: publish refuse", "refuse"),
        ("the publish is never awaited",),
        warned=("broken: nothing is published",),
    ),
    Case(
        "an argument that is missing",
        publishing('"risk.metric.a"', "refuse"),
        ("topic or payload is missing",),
        warned=("broken: publish() needs `payload`",),
    ),
    Case(
        "a priority that only the wrapper could have",
        engine(
            'await self.bus.publish("risk.metric.a", {}, priority=MessagePriority.BULK)'
            "  #: publish refuse, priority refuse",
            "refuse",
        ),
        ("the target's MessagePriority has no BULK",),
        warned=("broken: the wrapper's MessagePriority has no BULK",),
    ),
    Case(
        "a publish in a thread",
        engine("await asyncio.to_thread(self.bus.publish, 'risk.metric.a', {})  #: attribute refuse", "refuse"),
        ("publish() is not called on the client here, so what it is given cannot be told",),
    ),
)

IS_NOT = (
    Case(
        "a class of one's own with publish and subscribe",
        """\
class EventBus:
    def publish(self, topic, payload): print("redis", topic)
    def subscribe(self, topic, handler): pass


bus = EventBus()
bus.publish("risk.metric.a", {"a": 1})  #!
bus.subscribe("risk.metric.*", print)  #!
""",
    ),
    Case(
        "a publish on another object beside a client",
        """\
from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig  #: import rewrite
from mqtt import Client


class Engine:
    async def start(self):
        self.mqtt = Client()
        self.bus = BufferedMessageBusClient(MessageBusConfig())  #: construct rewrite, config rewrite
        await self.bus.start()  #: start rewrite

    async def tell(self):
        await self.mqtt.publish("risk.metric.a", {"a": 1})  #!
        await self.bus.publish("risk.metric.a", {"a": 1})  #: publish rewrite
""",
    ),
    Case(
        "a method called publish of the engine itself",
        """\
from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig  #: import rewrite


class Engine:
    async def start(self):
        self.bus = BufferedMessageBusClient(MessageBusConfig())  #: construct rewrite, config rewrite
        await self.bus.start()  #: start rewrite
        await self.publish("a")  #!

    async def publish(self, name):
        await self.bus.publish("risk.metric.a", {"a": name == ""})  #: publish rewrite
""",
    ),
    Case("a topic in a table", 'TOPICS = {"risk.metric.a": "redis"}  #!\n'),
)
