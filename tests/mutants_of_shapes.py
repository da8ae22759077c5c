"""Engines of rarer shapes, and wrong variants of each: consumer loops, patches in tests, lifespans, kept handlers."""

from __future__ import annotations

from mutants import Mutant

from codemods.loops import CONSUMER

LOOP_ENGINE = CONSUMER
PATCHED_ENGINE = """\
import asyncio
from unittest.mock import AsyncMock, patch

from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig

WAIT = 3


async def tell(symbol):
    bus = BufferedMessageBusClient(MessageBusConfig())
    await bus.start()
    await bus.publish("portfolio.update.x", {"symbol": symbol})
    await bus.stop()


def test_it_is_told_once():
    with patch("engines.portfolio.service.BufferedMessageBusClient") as made:
        made.return_value.start = AsyncMock()
        made.return_value.stop = AsyncMock()
        made.return_value.publish = AsyncMock(return_value=True)
        asyncio.run(tell("AAPL"))
    made.return_value.publish.assert_awaited_once_with("portfolio.update.x", {"symbol": "AAPL"})
    made.return_value.stop.assert_awaited_once()
    assert WAIT < 5
"""
SERVED_ENGINE = """\
import asyncio

import uvicorn
from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig
from fastapi import FastAPI


class Engine:
    async def start(self):
        self.bus = BufferedMessageBusClient(MessageBusConfig())
        await self.bus.start()

    async def stop(self):
        await self.bus.stop()


engine = Engine()
app = FastAPI(title="Portfolio", debug=False)


@app.post("/tell")
async def tell():
    await engine.bus.publish("portfolio.update.x", {"a": 1})


if __name__ == "__main__":
    asyncio.run(engine.start())
    uvicorn.run(app, port=8900)
    asyncio.run(engine.stop())
"""
SUBSCRIBING = """\
from enhanced_messagebus_client import {names}


class Engine:
    async def start(self):
        self.bus = BufferedMessageBusClient(MessageBusConfig())
        await self.bus.start()
        await self.bus.subscribe("market.data.*", self.on_price)

    async def on_price(self, message):
"""
PASSING_ENGINE = f"""\
{SUBSCRIBING.format(names="BufferedMessageBusClient, MessageBusConfig")}\
        self.note(1, message=message)

    def note(self, n: int, message, limit=3):
        print(n, message.topic, message.payload, limit)
"""

KEPT_ENGINE = f"""\
{SUBSCRIBING.format(names="BufferedMessageBusClient, BusMessage, MessageBusConfig")}\
        print(message.topic, message.payload)

    async def replay(self, old):
        await self.on_price(BusMessage("market.data.old", old, None, 0.0))
"""

START = "await self.redis.subscribe_to_engine_logic([MessageType.GPU_COMPUTATION], self.consume)"
TYPE = 'if message["message_type"] != MessageType.GPU_COMPUTATION.value:\n            return\n'
TOLD = 'publish_message(MessageType.GPU_COMPUTATION, {"symbol": symbol, "source": "me"})'
OF_LOOPS: tuple[Mutant, ...] = (
    (START, START.replace("await ", ""), "awaits", "subscribe_to_engine_logic() is not awaited"),
    (START, START.replace("GPU_COMPUTATION", "RISK_METRIC"), "ends", "1 ordered, 0 there"),
    (START, START.replace("engine_logic", "marketdata"), "promises", "is on the other bus"),
    (
        START,
        START.replace("self.consume", "self.handle"),
        "promises",
        "a message has no key 'symbol' (handler-reads)",
    ),
    (START, f"{START}\n        {START}", "ends", "1 ordered, 2 there"),
    ("async def consume(self, message)", "async def consume(self)", "bound", "`message`, which nothing binds"),
    ("async def consume(self, message)", "async def consume(self, message, more)", "promises", "needs `more`"),
    (TYPE, TYPE.replace("!=", "=="), "claims", "!= MessageType.GPU_COMPUTATION.value` was to be here"),
    (TYPE, TYPE.replace("GPU_COMPUTATION", "RISK_METRIC"), "claims", "`MessageType.GPU_COMPUTATION` was to be here"),
    (TYPE, "", "compiles", "the result does not parse: unindent does not match any outer indentati"),
    (TYPE, TYPE.replace("return", "raise ValueError"), "claims", "`return` was to be here"),
    ('json.loads(message["payload"])', 'message["payload"]', "names", "`json` is imported, and not used"),
    (
        "await self.handle(fields)",
        "self.handle(fields)",
        "claims",
        "`await self.handle(fields)` was to be here, and `self.handle(fields)` is",
    ),
    (
        "await self.handle(fields)",
        "await self.handle(message)",
        "promises",
        "a message has no key 'symbol' (handler-reads)",
    ),
    (
        "await self.handle(fields)",
        "await self.handle(fields)\n        await self.handle(fields)",
        "claims",
        "`await self.handle(fields)` is here, and nothing was to be",
    ),
    (TOLD, TOLD.replace("GPU_COMPUTATION", "RISK_METRIC"), "ends", "a publish of GPU_COMPUTATION: 1 ordered, 0 there"),
    (TOLD, TOLD.replace('"me"', '"you"'), "claims", "`'me'` was to be here, and `'you'` is"),
    (TOLD, TOLD.replace('"symbol": symbol, ', ""), "claims", "`'symbol'` was to be here, and `'source'` is"),
)
PATCHED = "engines.portfolio.service.get_dual_bus_client"
ASSERTED = "assert_awaited_once_with("
OF_PATCHES: tuple[Mutant, ...] = (
    (
        PATCHED,
        "engines.portfolio.service.create_dual_bus_client",
        "claims",
        "`'engines.portfolio.service.get_dual_bus_client'` was to be here, and ",
    ),
    (
        PATCHED,
        "engines.portfolio.service.BufferedMessageBusClient",
        "claims",
        "`'engines.portfolio.service.get_dual_bus_client'` was to be here, and ",
    ),
    (
        PATCHED,
        "engines.portfolio.services.get_dual_bus_client",
        "claims",
        "`'engines.portfolio.service.get_dual_bus_client'` was to be here, and ",
    ),
    (") as made:", ") as mades:", "bound", "the result uses the name `made`, which nothing binds"),
    (
        "made.return_value.publish_message = AsyncMock(",
        "made.return_value.publish = AsyncMock(",
        "claims",
        "`made.return_value.publish_message` was to be here, and `made.return_v",
    ),
    (
        "made.return_value.publish_message = AsyncMock(",
        "made.return_value.publish_message = MagicMock(",
        "bound",
        "the result uses the name `MagicMock`, which nothing binds",
    ),
    (
        "AsyncMock(return_value=True)",
        "AsyncMock(return_value=False)",
        "claims",
        "`True` was to be here, and `False` is",
    ),
    (
        "made.return_value.close = AsyncMock()",
        "made.return_value.stop = AsyncMock()",
        "claims",
        "`made.return_value.close` was to be here, and `made.return_value.stop` is",
    ),
    (
        ASSERTED,
        "assert_awaited_with(",
        "claims",
        "`made.return_value.publish_message.assert_awaited_once_with` was to be",
    ),
    (
        "made.return_value.close.assert_awaited_once()",
        "made.return_value.close.assert_awaited()",
        "claims",
        "`made.return_value.close.assert_awaited_once` was to be here, and `mad",
    ),
    (
        "made.return_value.close.assert_awaited_once()",
        "pass",
        "claims",
        "`made.return_value.close.assert_awaited_once()` was to be here, and `p",
    ),
    (
        'MessageType.PORTFOLIO_UPDATE, {"symbol": "AAPL"',
        'MessageType.RISK_METRIC, {"symbol": "AAPL"',
        "claims",
        "`MessageType.PORTFOLIO_UPDATE` was to be here, and `MessageType.RISK_M",
    ),
    ('"symbol": "AAPL"', '"symbol": "MSFT"', "claims", "`'AAPL'` was to be here, and `'MSFT'` is"),
    (
        '{"symbol": "AAPL", "topic": "portfolio.update.x"}',
        '{"symbol": "AAPL"}',
        "claims",
        "`{'symbol': 'AAPL', 'topic': 'portfolio.update.x'}` was to be here, an",
    ),
    (
        'asyncio.run(tell("AAPL"))',
        'asyncio.run(tell("MSFT"))',
        "statements",
        "a statement that nothing claims was changed",
    ),
    ("assert WAIT < 5", "assert WAIT < 6", "statements", "a statement that nothing claims was changed"),
)
OF_LIFESPANS: tuple[Mutant, ...] = (
    (
        "    await engine.start()\n",
        "    engine.start()\n",
        "claims",
        "`await engine.start()` was to be here, and `engine.start()` is",
    ),
    ("    await engine.start()\n", "", "claims", "`await engine.start()` was to be here, and `yield` is"),
    ("    await engine.stop()\n", "", "claims", "`await engine.stop()` was to be here, and is not"),
    (
        "    await engine.start()\n    yield\n",
        "    yield\n    await engine.start()\n",
        "claims",
        "`await engine.start()` was to be here, and `(yield)` is",
    ),
    ("    yield\n", "", "claims", "`yield` was to be here, and `await engine.stop()` is"),
    ("    yield\n", "    yield\n    yield\n", "claims", "`await engine.stop()` was to be here, and `yield` is"),
    ("    yield\n", "    yield app\n", "claims", "`(yield)` was to be here, and `(yield app)` is"),
    ("@asynccontextmanager\n", "", "names", "`asynccontextmanager` is imported, and not used"),
    ("async def lifespan(", "def lifespan(", "compiles", "the result does not compile: 'await' outside async function"),
    ("lifespan(app: FastAPI)", "lifespan(app: Engine)", "claims", "`FastAPI` was to be here, and `Engine` is"),
    (", lifespan=lifespan)", ")", "claims", "`FastAPI(title='Portfolio', debug=False, lifespan=lifespan)` was to be"),
    ("debug=False, lifespan", "debug=True, lifespan", "claims", "`False` was to be here, and `True` is"),
    ("debug=False, ", "", "claims", "`FastAPI(title='Portfolio', debug=False, lifespan=lifespan)` was to be"),
    (
        "lifespan=lifespan)",
        "on_startup=lifespan)",
        "claims",
        "`FastAPI(title='Portfolio', debug=False, lifespan=lifespan)` was to be",
    ),
    (
        "    uvicorn.run(app, port=8900)\n",
        "    asyncio.run(engine.start())\n    uvicorn.run(app, port=8900)\n",
        "bound",
        "the result uses the name `asyncio`, which nothing binds",
    ),
    ("port=8900", "port=8901", "statements", "a statement that nothing claims was changed"),
)
NOTED = "self.note(1, topic=topic, payload=payload)"
NOTES = "def note(self, n: int, topic, payload, limit=3):"
OF_PASSING: tuple[Mutant, ...] = (
    (
        NOTED,
        NOTED.replace("topic=topic, ", ""),
        "claims",
        "`self.note(1, topic=topic, payload=payload)` was to be here, and `self",
    ),
    (NOTED, NOTED.replace("payload=payload", "payload=topic"), "claims", "`payload` was to be here, and `topic` is"),
    (
        NOTED,
        NOTED.replace("topic=topic, payload=payload", "topic=payload, payload=topic"),
        "claims",
        "`topic` was to be here, and `payload` is",
    ),
    (
        NOTED,
        NOTED.replace("payload=payload", "payload=message"),
        "claims",
        "`payload` was to be here, and `message` is",
    ),
    (
        NOTED,
        NOTED.replace("topic=topic", "message=topic"),
        "claims",
        "`self.note(1, topic=topic, payload=payload)` was to be here, and `self",
    ),
    (NOTED, NOTED.replace("(1, ", "(2, "), "claims", "`1` was to be here, and `2` is"),
    (
        NOTED,
        NOTED.replace("(1, ", "("),
        "claims",
        "`self.note(1, topic=topic, payload=payload)` was to be here, and `self",
    ),
    (
        NOTED,
        NOTED.replace("self.note", "self.on_price"),
        "claims",
        "`self.note` was to be here, and `self.on_price` is",
    ),
    (
        NOTES,
        NOTES.replace("topic, payload", "payload, topic"),
        "claims",
        "`...  note(self, n: int, topic, payload, limit=3): print(n, topic ...`",
    ),
    (
        NOTES,
        NOTES.replace("topic, payload", "message"),
        "bound",
        "the result uses the name `payload`, which nothing binds",
    ),
    (NOTES, NOTES.replace("n: int", "n: str"), "claims", "`int` was to be here, and `str` is"),
    (NOTES, NOTES.replace("limit=3", "limit=4"), "claims", "`3` was to be here, and `4` is"),
    (
        NOTES,
        NOTES.replace("def note", "async def note"),
        "claims",
        "`def note(self, n: int, topic, payload, limit=3): print(n, to ...` was",
    ),
    (
        "print(n, topic, payload, limit)",
        "print(n, payload, topic, limit)",
        "claims",
        "`topic` was to be here, and `payload` is",
    ),
)
RECEIVES = "async def receive_on_price(message):"
CALLS = "await self.on_price(SimpleNamespace(topic=topic, payload=payload))"
REPLAYS = 'SimpleNamespace(topic="market.data.old", payload=old)'
OF_KEPT: tuple[Mutant, ...] = (
    (RECEIVES, RECEIVES.replace("async ", ""), "compiles", "'await' outside async function"),
    (RECEIVES, RECEIVES.replace("message", "envelope"), "bound", "`message`, which nothing binds"),
    (CALLS, CALLS.replace("await ", ""), "claims", "`await self.on_price(SimpleNames"),
    (CALLS, CALLS.replace("topic=topic, payload=payload", "topic=payload, payload=topic"), "claims", "was to be here"),
    (CALLS, CALLS.replace(", payload=payload", ""), "claims", "was to be here"),
    (CALLS, "await self.on_price(message)", "promises", "a message is a dict, and has n"),
    (CALLS, CALLS.replace("self.on_price", "self.replay"), "claims", "was to be here"),
    (CALLS, f"{CALLS}\n            {CALLS}", "claims", "`await self.on_price(SimpleNames"),
    ('payload.pop("topic", None)', 'payload.get("topic")', "claims", "was to be here"),
    ("await receive_on_price(message)", "await self.on_price(message)", "promises", "a message is a dict, and has n"),
    (REPLAYS, REPLAYS.replace("old)", "topic)"), "bound", "`topic`, which nothing binds"),
    (REPLAYS, REPLAYS.replace("payload=old", "payload={}"), "claims", "was to be here"),
    (REPLAYS, REPLAYS.replace("topic=", "subject="), "claims", "was to be here"),
)
OF_SHAPES = {
    "kept handlers": (KEPT_ENGINE, OF_KEPT),
    "passing": (PASSING_ENGINE, OF_PASSING),
    "loops": (LOOP_ENGINE, OF_LOOPS),
    "patches": (PATCHED_ENGINE, OF_PATCHES),
    "lifespans": (SERVED_ENGINE, OF_LIFESPANS),
}
"""By codemod: the engine, and what is written instead of what."""
