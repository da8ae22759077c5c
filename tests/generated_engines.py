"""Engines made up from a grammar and a seed: every seed gives the same text, with `start`, `work(x)` and `stop`.

`@name` in a piece stands for another piece of that name; one that begins a line takes the line's indentation.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping

Grammar = Mapping[str, tuple[str, ...]]
REFERENCE = re.compile(r"(?P<indent>^[ ]*)?@(?P<name>\w+)", re.MULTILINE)
DEEPEST = 3  # blocks within blocks

TOLD = """\
    def log(self, *values, **named):
        RECORD(("log", repr(values), repr(named)))

    def t(self, step):
        self.count += step
        RECORD(("t", step))
        return self.count
"""

WRAPPER_ENGINE = """\
@head
@imports

TOPIC = "portfolio.update.const"
CONFIG = @config


class Engine:
    def __init__(self):
        self.bus = None
        self.count = 0
        self.topic = "strategy.signal.attr"
        self.config = @config

@told
    async def start(self):
        config = @config
        @start
        @subscribe

    async def work(self, x):
        text_x = str(x)
        bus = self.bus
        @block
        return x

@handlers
    async def stop(self):
        if self.bus: await self.bus.stop()
"""

WRAPPER: Grammar = {
    "head": ('"""Doc."""', "from __future__ import annotations", "#!/usr/bin/env python\n# a comment"),
    "start": (
        "self.bus = @client(@made)\nawait self.bus.start()",
        "if self.bus is None:\n    self.bus = @client(config=@made)  # make\n    await self.bus.start()  # go",
        "try:\n    self.bus = @client(@made)\n    await self.bus.start()\n"
        "except Exception:\n    self.bus = None\n    raise",
        "made = @client(@made)\nawait made.start()\nself.bus = made",
        'self.bus = @client(@made)\ntry:\n    await self.bus.start()\nexcept OSError: self.log("no")',
    ),
    "made": ("self.config", "config", "CONFIG", "@config"),
    "config": (
        "@configs()",
        '@configs(redis_host=os.getenv("H", "redis"), redis_port=6379)',
        '@configs(\n    redis_host="redis",  # host\n    consumer_group="g",\n)',
    ),
    "topic": (
        '"portfolio.update.x"',
        'f"portfolio.update.{x}"',
        'f"strategy.signal.{self.count}"',
        "TOPIC",
        "self.topic",
        '"risk.metric." + text_x',
        '"ml.prediction.q" if x else "ml.prediction.z"',
        "'market.data.A'",
    ),
    "payload": (
        '{"a": 1}',
        '{"a": x, "b": [1, 2]}',
        "{}",
        '{"s": self.t(2),}',
        '{\n                "a": 1,  # one\n                "b": self.t(5),\n            }',
        '{"x": {"topic": 1}}',
        '{"c": @bus.is_connected}',
        '{"a": (y := self.t(1)), "b": y}',
        "{'q': \"'\"}",
    ),
    "by_keyword": ("", "", ", priority=@levels.HIGH", ", priority=@levels.HIGH if x else @levels.NORMAL"),
    "level": ("@by_keyword", "@by_keyword", ", @levels.LOW"),
    "publish": (
        "@bus.publish(@topic, @payload@level)",
        "@bus.publish(@topic, @payload@level)",
        "@bus.publish(@topic, @payload@level)",
        "@bus.publish(payload=@payload, topic=@topic@by_keyword)",
        "@bus.publish(topic=@topic, payload=@payload@by_keyword)",
        "@bus.publish(@topic, @payload,\n                @levels.LOW,  # c\n            )",
    ),
    "block": ("@statement", "@statement\n@statement", "# note\n@statement\n\n@statement\n@statement"),
    "statement": ("@simple", "@simple", "@compound"),
    "one": (
        "self.log(1)",
        "self.log(2); self.log(3)",
        "await @publish",
        "self.count += 1",
        "self.log(@bus.is_connected)",
    ),
    "simple": (
        "await @publish",
        "await (@publish)",
        "ok = await @publish; self.log(ok)",
        "await @publish; await @publish",
        "await asyncio.gather(@publish, @publish)",
        "await asyncio.create_task(@publish)",
        "await asyncio.wait_for(@publish, 1)",
        "self.log([await @publish for i in range(2)])",
        "self.log(*[await @publish], **{'k': await @publish})",
        "self.log(z := await @publish)",
        "self.log(@bus.is_connected)  # log",
        "self.log(not @bus.is_connected, @bus is not None and @bus.is_connected)",
        'self.log(f"{@bus.is_connected}")',
        'self.log("up" if @bus and @bus.is_connected else "down")',
        "x and await @publish",
        'assert await @publish, "no"',
        'other = self.bus; await other.publish("risk.metric.w", {"x": x})',
        'payload = {"k": x}\npayload["m"] = 2\nawait @bus.publish("risk.metric.w", payload)',
    ),
    "compound": (
        "if await @publish: self.log(1)",
        "if x > 1:\n    @block\nelse:\n    @block",
        "if x < 1:\n    @block\nelif @bus.is_connected:\n    @block\nelif await @publish: @one\nelse: @one",
        "try:\n    @block\nexcept (ValueError, RuntimeError) as error:\n    @block\nelse:\n    @block\nfinally: @one",
        "for i in range(2):\n    @block\nelse: @one",
        'for i, payload in enumerate([{}]): await @bus.publish("risk.metric.w", {"i": i})',
        "while True:\n    @block\n    break",
        'while not @bus.is_connected: break\nelse: self.log("e")',
        "async with asyncio.Lock(): @one",
        'with open("/dev/null") as nothing: await @publish',
        "match x:\n    case 3 if @bus.is_connected: @one\n    case _:\n        @block",
        'async def inner(x, *, k=1):\n    """Doc."""\n    @block\nawait inner(x)',
        "async def given(): return await @publish\nself.log(await given())",
        "def first(v=await @publish): return v\nself.log(first())",
    ),
    "handled": (
        "self.log(message.topic, message.payload)",
        'payload = message.payload\nself.log(payload["p"])\nraise ValueError(1)',
        '"""Doc."""\ntopic = message.topic.split(".")\nif topic[0] == "market": self.log(message.payload.get("n"))\n'
        'payload = dict(message.payload); payload["topic"] = 1; self.log(payload)',
        "for k, v in message.payload.items():\n    self.log(k, v, message.topic)\n"
        '    await self.bus.publish("portfolio.update.k", {"v": v})',
        "f = lambda payload: (payload, message.payload)\nself.log(f(message.topic))",
        'try:\n    self.log(message.payload["zzz"])\nexcept KeyError: raise\nfinally: self.log("f")',
    ),
}

NAMINGS: tuple[Mapping[str, str], ...] = (
    {
        "imports": "import asyncio\nimport os\n"
        "from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig, MessagePriority as P",
        "client": "BufferedMessageBusClient",
        "configs": "MessageBusConfig",
        "levels": "P",
    },
    {
        "imports": "import asyncio, os\nimport enhanced_messagebus_client as emb",
        "client": "emb.BufferedMessageBusClient",
        "configs": "emb.MessageBusConfig",
        "levels": "emb.MessagePriority",
    },
    {
        "imports": "import os\nimport json\nimport asyncio\nfrom enhanced_messagebus_client import (\n"
        "    BufferedMessageBusClient as Bus,  # bus\n    MessageBusConfig,\n    MessagePriority,\n)",
        "client": "Bus",
        "configs": "MessageBusConfig",
        "levels": "MessagePriority",
    },
    {
        "imports": "import asyncio, os\nimport enhanced_messagebus_client",
        "client": "enhanced_messagebus_client.BufferedMessageBusClient",
        "configs": "enhanced_messagebus_client.MessageBusConfig",
        "levels": "enhanced_messagebus_client.MessagePriority",
    },
)
PATTERNS = ("market.data.*", "market.data.A", "risk.metric.*", "strategy.signal.*", "ml.prediction.*")
LOCAL = 'async def on{0}(message):\n    payload = message.payload\n    self.log("{0}", message.topic, payload)\n'
METHOD = "    async def on{0}(self, message):\n        @handled\n\n"

RAW_ENGINE = """\
import asyncio
@imports

STREAM = "margin-calls"


class Engine:
    def __init__(self):
        self.redis = None
        self.count = 0
        self.stream = "factor-values"

@told
    async def start(self):
        @start

    async def work(self, x):
        @begin
        @block
        return x

    async def stop(self):
        @stop
"""

RAW: Grammar = {
    "arguments": (
        'host="localhost", port=6379, decode_responses=True',
        '"localhost", decode_responses=True',
        "decode_responses=True",
    ),
    "stream": ('"raw-ticks"', '"margin-calls"', "STREAM", 'f"client-orders"', "self.stream"),
    "command": (
        '@redis.xadd(@stream, {"a": str(self.t(1))})',
        "@redis.xlen(@stream)",
        "@redis.xrange(@stream, count=3)",
        '@redis.xread({@stream: "$"}, count=1, block=100)',
        '@redis.xreadgroup("g", "c", {@stream: ">"}, block=50)',
        '@redis.xack(@stream, "g", "1-0")',
        '@redis.xadd(\n                @stream,  # s\n                {"a": "b"},\n                maxlen=5)',
        "@redis.xtrim(name=@stream, maxlen=self.t(2))",
    ),
    "call": ("@wait@command",),
    "value": ("(@wait@command)",),
    "block": ("@statement", "@statement\n@statement", "# note\n@statement\n@statement  # noqa\n@statement"),
    "statement": ("@simple", "@simple", "@simple", "@key", "@compound"),
    "simple": (
        "@call",
        "z = @call; self.log(z)",
        "@call; @call",
        "self.log(@value + 1 if not isinstance(@value, list) else 0)",
        'self.log(f"{(@wait@redis.xlen(self.stream))}")',
        "self.log([@call for i in range(2)])",
        "self.log(*[@call], k=@call)",
        'self.log(-@wait@redis.xlen("raw-ticks") ** 2)',
        "self.log(@value.__class__.__name__)",
        "x and @call",
        "assert @call or True",
    ),
    "compound": (
        'for s, found in @wait@redis.xread({"raw-ticks": "0"}): self.log(s, found)',
        'for s, found in @wait@redis.xreadgroup("g", "c", {"raw-ticks": ">"}) or []:\n'
        '    for i, f in found: @wait@redis.xack(s, "g", i)',
        "if @call: self.log(1)",
        "if x:\n    @block",
        "if x > 5: pass\nelif @call:\n    @call  # c\nelse: @call",
        "while @call: break",
        "try: @call\nexcept redis.ResponseError as error: @call\nelse: @call",
        'try:\n    @block\nfinally: self.log("f")',
        "async def given(k=@call): return @call, k\nself.log(await given())",
        "async def given():\n    @block\nawait given()",
        "match @call:\n    case 0: @call\n    case _: @call",
    ),
}
CLIENTS = {
    False: (("import redis", "redis.Redis"), ("from redis import Redis\nimport redis", "Redis")),
    True: (
        ("import redis.asyncio as redis", "redis.Redis"),
        ("from redis import asyncio as redis", "redis.Redis"),
        ("import redis\nimport redis.asyncio", "redis.asyncio.Redis"),
        ("from redis.asyncio import Redis\nimport redis", "Redis"),
    ),
}
KEYS = ('@wait@redis.set("k", @value)', 'self.log(@wait@redis.get("k"))')


class Draw:
    """One engine being drawn: the grammar, the choices made once for the whole engine, and the dice."""

    def __init__(self, grammar: Grammar, fixed: Mapping[str, str], dice: random.Random) -> None:
        self.pieces: Grammar = {**grammar, **{name: (text,) for name, text in fixed.items()}}
        self.dice = dice

    def text(self, piece: str, depth: int = 0) -> str:
        """The piece with every reference replaced by what is drawn for it."""

        def drawn(found: re.Match[str]) -> str:
            name, indent = found["name"], found["indent"]
            choices = self.pieces[name]
            chosen = choices[0] if name == "statement" and depth > DEEPEST else self.dice.choice(choices)
            return indented(self.text(chosen, depth + (name == "block")), indent or "")

        return REFERENCE.sub(drawn, piece)


def indented(text: str, indent: str) -> str:
    """The lines of a text, each with this indentation; empty ones stay empty."""
    return "\n".join(indent + line if line.strip() else line for line in text.split("\n"))


def wrapper_engine(seed: int) -> str:
    """An engine with one wrapper client, which publishes, asks whether it is connected, and may subscribe."""
    dice = random.Random(seed)
    subscribe, handlers = "", ""
    for number, pattern in enumerate(dice.sample(PATTERNS, dice.randint(0, 3))):
        is_local = dice.random() < 0.3
        subscribe += LOCAL.format(number) if is_local else ""
        subscribe += f'await self.bus.subscribe("{pattern}", {"" if is_local else "self."}on{number})\n'
        handlers += "" if is_local else METHOD.format(number)
    fixed = {
        **dice.choice(NAMINGS),
        "bus": dice.choice(("self.bus", "self.bus", "(self.bus)", "bus")),
        "subscribe": subscribe.strip(),
        "handlers": handlers,
        "told": TOLD,
    }
    return Draw(WRAPPER, fixed, dice).text(WRAPPER_ENGINE)


def raw_engine(seed: int) -> str:
    """An engine with one raw redis client, synchronous or not, on streams and perhaps on keys."""
    dice = random.Random(seed)
    is_async, has_keys, is_local = (dice.random() < chance for chance in (0.5, 0.4, 0.3))
    imports, client = dice.choice(CLIENTS[is_async])
    wait = "await " if is_async else ""
    made = f"{client}(@arguments)"
    closes = not is_local and dice.random() < 0.7
    fixed = {
        "imports": imports,
        "wait": wait,
        "redis": "r" if is_local else "self.redis",
        "start": "pass" if is_local else f"self.redis = {made}",
        "begin": f"r = {made}" if is_local else "pass",
        "stop": f"{wait}self.redis.{'aclose' if is_async else 'close'}()" if closes else "pass",
        "told": TOLD,
    }
    return Draw({**RAW, "key": KEYS if has_keys else RAW["simple"]}, fixed, dice).text(RAW_ENGINE)
