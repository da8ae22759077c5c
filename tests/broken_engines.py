"""An engine that has moved rightly, its neighbour, and the ways in which people break it: one exact change each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

CONFIG = """\
version: 1
base: main
source_root: backend
target: {{module: dual_messagebus_client}}
legacy:
  redis: [localhost:6379]
  wrappers:
    - {{module: enhanced_messagebus_client, client: BufferedMessageBusClient, config: [MessageBusConfig]}}
routes:
  - {{match: "risk.metric.*", message_type: RISK_METRIC, probe: true}}
  - {{match: "portfolio.update.*", message_type: PORTFOLIO_UPDATE}}
engines:
  portfolio: {{phase: 1, port: {portfolio}, paths: [engines/portfolio], engine_type: PORTFOLIO}}
  risk: {{migrated: true, port: {risk}, paths: [engines/risk], engine_type: RISK}}
"""

SERVING = '''\
"""Answers /health, as an engine does."""

import asyncio
import os


async def serve(engine, status="200 OK"):
    """Start the engine, and answer for it until it is killed."""

    async def answer(reader, writer):
        wanted = (await reader.readline()).split()[1]
        said = status if wanted == b"/health" else "404 Not Found"
        writer.write(f"HTTP/1.1 {said}\\r\\nContent-Length: 0\\r\\nConnection: close\\r\\n\\r\\n".encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", int(os.environ["PORT"]))
    await engine.start()
    print("up", flush=True)
    async with server:
        await engine.run()
'''

RISK = '''\
"""Exposures."""

import asyncio
import json

from dual_messagebus_client import EngineType, MessageType, get_dual_bus_client
from serving import serve


class Engine:
    def __init__(self):
        self.bus = None

    async def start(self):
        self.bus = await get_dual_bus_client(EngineType.RISK)
        await self.bus.subscribe_to_engine_logic([MessageType.PORTFOLIO_UPDATE], self.on_update)

    async def on_update(self, message):
        if message["message_type"] == MessageType.PORTFOLIO_UPDATE.value:
            json.loads(message["payload"])["symbol"]

    async def run(self):
        while True:
            await self.bus.publish_message(MessageType.RISK_METRIC, {"symbol": "AAPL", "topic": "risk.metric.AAPL"})
            await asyncio.sleep(0.05)


if __name__ == "__main__":
    asyncio.run(serve(Engine()))
'''

LEGACY = '''\
"""Positions, before they moved."""

import asyncio

from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig
from serving import serve


class Engine:
    def __init__(self):
        self.bus = None

    async def start(self):
        self.bus = BufferedMessageBusClient(MessageBusConfig(consumer_group="portfolio"))
        await self.bus.start()
        await self.bus.subscribe("risk.metric.*", self.on_metric)

    async def on_metric(self, message):
        print(message.payload["symbol"])

    async def run(self):
        while True:
            await self.bus.publish("portfolio.update.AAPL", {"symbol": "AAPL"})
            await asyncio.sleep(0.05)


if __name__ == "__main__":
    asyncio.run(serve(Engine()))
'''

RIGHT = '''\
"""Positions."""

import asyncio
import json
import logging

from dual_messagebus_client import EngineType, MessageType, get_dual_bus_client
from serving import serve

logger = logging.getLogger(__name__)


class Engine:
    def __init__(self):
        self.bus = None
        self.exposure = {}

    async def start(self):
        self.bus = await get_dual_bus_client(EngineType.PORTFOLIO)
        try:
            await self.bus.subscribe_to_engine_logic([MessageType.RISK_METRIC], self.on_metric)
        except Exception:
            logger.exception("no exposures")

    async def on_metric(self, message):
        if message["message_type"] == MessageType.RISK_METRIC.value:
            payload = json.loads(message["payload"])
            self.exposure[payload["symbol"]] = payload

    async def run(self):
        while True:
            await self.publish()
            await asyncio.sleep(0.05)

    async def publish(self):
        await self.bus.publish_message(MessageType.PORTFOLIO_UPDATE, {"symbol": "AAPL"})


if __name__ == "__main__":
    asyncio.run(serve(Engine()))
'''

START = "        self.bus = await get_dual_bus_client(EngineType.PORTFOLIO)\n"
SUBSCRIBE = "await self.bus.subscribe_to_engine_logic([MessageType.RISK_METRIC], self.on_metric)"
PUBLISH = 'await self.bus.publish_message(MessageType.PORTFOLIO_UPDATE, {"symbol": "AAPL"})'
HANDLE = 'self.exposure[payload["symbol"]] = payload'
RUN = "            await self.publish()\n"
ENVELOPE = '{"message_type": "portfolio_update", "source_engine": "portfolio", "payload": "{}"}'
SHOUTED = ENVELOPE.replace("portfolio_update", "PORTFOLIO_UPDATE")
CACHE = "        self.cache = redis.Redis(port=6379)\n"
IMPORT = ("import logging\n\n", "import logging\n\nimport redis.asyncio as redis\n\n")


class Broken(NamedTuple):
    """One way to break the engine: what is changed, the checks that fail, and the cause that the first one names."""

    changes: tuple[tuple[str, str], ...]
    fails: tuple[str, ...]
    cause: str
    state: str = "at work"  # in which it is judged

    @property
    def text(self) -> str:
        """The code of the engine; each change must apply."""
        text = RIGHT
        for old, new in self.changes:
            assert old in text
            text = text.replace(old, new)
        return text


BROKEN: Mapping[str, Broken] = {
    "subscribes with texts": Broken(
        ((SUBSCRIBE, SUBSCRIBE.replace("[MessageType.RISK_METRIC]", '["risk_metric"]')),),
        ("subscribed",),
        "backend/engines/portfolio/service.py:21: ",
    ),
    "a handler with two arguments": Broken(
        (("def on_metric(self, message)", "def on_metric(self, topic, message)"),),
        ("pending",),
        "backend/engines/portfolio/service.py:21: ",
        state="not acknowledging",
    ),
    "the wrong envelope": Broken(
        ((PUBLISH, 'await self.bus.engine_logic_client.xadd("engine_logic:portfolio_update", {"symbol": "AAPL"})'),),
        ("envelope",),
        "use publish_message(MessageType.PORTFOLIO_UPDATE, payload)",
    ),
    "publishes what nobody reads": Broken(
        ((PUBLISH, f"{PUBLISH}\n        {PUBLISH.replace('PORTFOLIO_UPDATE', 'POSITION_CHANGE')}"),),
        ("read",),
        "nothing in the code subscribes to POSITION_CHANGE, and no group reads it; where nobody is to, write it in "
        '`edges` of engines.yaml: {from: portfolio, to: (no engine), stream: "POSITION_CHANGE", accept: WHY}',
    ),
    "a subscription that nobody awaits": Broken(
        ((SUBSCRIBE, SUBSCRIBE.removeprefix("await ")),),
        ("subscribed",),
        "backend/engines/portfolio/service.py:21: ",
    ),
    "on one bus alone": Broken(
        ((START, START + "        await self.bus.marketdata_client.aclose()\n"),),
        ("on-marketdata",),
        "it is on engine_logic alone",
    ),
    "a read without a group": Broken(
        (
            (
                RUN,
                RUN + "            try:\n"
                '                await self.bus.engine_logic_client.xreadgroup("orders", "one", {"orders": ">"})\n'
                "            except Exception:\n"
                "                pass\n",
            ),
        ),
        ("failed-reads", "subscribed"),
        "the stream orders is not there, and so has no group orders",
    ),
    "a subscription that was left out": Broken(
        ((SUBSCRIBE, "pass"),),
        ("subscribed",),
        "before it moved it heard risk.metric.* (backend/engines/portfolio/service.py:16), and nothing in its code ",
    ),
    "a subscription to another type": Broken(
        ((SUBSCRIBE, SUBSCRIBE.replace("RISK_METRIC", "MARGIN_CALL")),),
        ("subscribed",),
        "before it moved it heard risk.metric.* (backend/engines/portfolio/service.py:16), and nothing in its code ",
    ),
    "a publish that was left out": Broken(
        ((RUN, ""), (f"    async def publish(self):\n        {PUBLISH}\n", "")),
        ("published",),
        "before it moved it published portfolio.update.AAPL (backend/engines/portfolio/service.py:",
        state="hearing",
    ),
    "a handler that looks for another type": Broken(
        (("== MessageType.RISK_METRIC.value", '== "RISK_METRIC"'),),
        ("subscribed",),
        "py:26: no message has the type 'RISK_METRIC'; 'risk_metric' is meant",
    ),
    "a read that never asks for what is new": Broken(
        (
            (
                RUN,
                RUN + "            logic = self.bus.engine_logic_client\n"
                "            try:\n"
                '                await logic.xgroup_create("engine_logic:risk_metric", "raw", id="0")\n'
                "            except Exception:\n"
                "                pass\n"
                '            await logic.xreadgroup("raw", "one", {"engine_logic:risk_metric": "0"})\n',
            ),
        ),
        ("subscribed",),
        "raw reads engine_logic:risk_metric (backend/engines/portfolio/service.py:38), and is given none of ",
    ),
    "a handler that raises": Broken(
        ((HANDLE, 'self.exposure[payload["nobody"]] = payload'),),
        ("pending",),
        "none of what came was acknowledged: the handler raises at each message",
        state="not acknowledging",
    ),
    "a reader that ended": Broken(
        ((RUN, RUN + "            for reader in self.bus._readers:\n                reader.cancel()\n"),),
        ("subscribed",),
        "its consumer is gone: the reader ended, or never began",
        state="silent",
    ),
    "the wrong bus": Broken(
        ((PUBLISH, f'await self.bus.marketdata_client.xadd("marketdata:portfolio_update", {ENVELOPE})'),),
        ("published", "read"),
        "py:36 sends it there: use publish_message(MessageType.PORTFOLIO_UPDATE, payload), which goes to engine_logic",
    ),
    "a new kind of error": Broken(
        (
            (
                RUN,
                RUN + "            try:\n"
                '                await self.bus.engine_logic_client.lpush("engine_logic:portfolio_update", "x")\n'
                "            except Exception:\n"
                "                pass\n",
            ),
        ),
        ("new-errors",),
        "engine_logic: lpush failed ",
    ),
    "a cache that wears main out": Broken(
        (
            IMPORT,
            (START, START + CACHE),
            (RUN, RUN + '            await self.cache.eval("for i = 1, 3000000 do local n = i end return 1", 0)\n'),
        ),
        ("main-cpu",),
        "most time goes to eval",
    ),
    "a route that fails": Broken(
        (("serve(Engine())", 'serve(Engine(), "503 Service Unavailable")'),),
        ("health",),
        "GET /health: 503, 200 before",
    ),
    "a payload that its reader does not know": Broken(
        ((PUBLISH, PUBLISH.replace('{"symbol": "AAPL"}', '{"data": {"symbol": "AAPL"}}')),),
        ("read",),
        "risk:1 acknowledges nothing of engine_logic:portfolio_update that backend/engines/portfolio/service.py:36 ",
        state="not acknowledged",
    ),
    "a type that no reader looks for": Broken(
        ((PUBLISH, f'await self.bus.engine_logic_client.xadd("engine_logic:portfolio_update", {SHOUTED})'),),
        ("envelope",),
        "use publish_message(MessageType.PORTFOLIO_UPDATE, payload)",
    ),
    "a handler that hangs": Broken(
        ((HANDLE, "await asyncio.sleep(3600)"),),
        ("subscribed", "pending"),
        " of engine_logic:risk_metric and has not asked since: its handler hangs, or takes long, or the reader ended",
        state="silent",
    ),
    "the name of another engine": Broken(
        ((PUBLISH, PUBLISH.replace("self.bus", "(await get_dual_bus_client(EngineType.RISK))")),),
        ("published",),
        "bear the name risk, of no engine that sends them by the code: see which engine type the client of ",
    ),
    "a payload encoded twice": Broken(
        ((PUBLISH, PUBLISH.replace('{"symbol": "AAPL"}', 'json.dumps({"symbol": "AAPL"})')),),
        ("envelope",),
        "backend/engines/portfolio/service.py:36: ",
    ),
}
