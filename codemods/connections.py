"""Legacy clients become the target's shared client, `await get_dual_bus_client(EngineType.X)`; configs go with them.

Where nothing can be awaited, `create_dual_bus_client` gives a client that its start connects, or the first thing that
runs before all of its uses.
Not touched: clients that only serve keys, clients made in loops, servers that engines.yaml does not list.
"""

from __future__ import annotations

from typing import Any

import libcst as cst

from codemods.codemod import Codemod, Example, Statements, Transformer


class ConnectionTransformer(Transformer):
    """Replaces the construction of a client, or makes the bus beside a client that stays."""

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:
        made = self.expression(self._make())
        if not self.order.data["await"]:
            return made.with_changes(lpar=updated_node.lpar, rpar=updated_node.rpar)
        return cst.Await(made, lpar=updated_node.lpar, rpar=updated_node.rpar)

    def statement(self, node: Any) -> Statements:
        if "got" in self.order.data:
            return cst.FlattenSentinel([*self._got(node), node.with_changes(leading_lines=[])])
        if "declared" in self.order.data:
            return cst.FlattenSentinel([node, *self.statements(self._declared())])
        owner, dot, _ = str(self.order.data["after"]).rpartition(".")
        awaited = "await " if self.order.data["await"] else ""
        made = self.statements(f"{owner}{dot}{self.order.data['bus']} = {awaited}{self._make()}")
        return cst.FlattenSentinel([node, *made])

    def _got(self, node: Any) -> list[cst.BaseStatement]:
        """The statement that gets the shared client, below what stands above the one that uses it."""
        first, *rest = self.statements(f"{self.order.data['got']} = await {self._make()}")
        return [first.with_changes(leading_lines=node.leading_lines), *rest]

    def _declared(self) -> str:
        """What says that there is no bus yet; of which kind, where that is said of the client."""
        parts = self.order.data["parts"]
        kind = "".join(self.local(text) if is_name else text for text, is_name in parts)
        return f"{self.order.data['declared']}{': ' if kind else ''}{kind} = None"

    def _make(self) -> str:
        factory, engine_type = self.local(self.order.data["factory"]), self.local("EngineType")
        return f"{factory}({engine_type}.{self.order.data['engine_type']})"


WRAPPER = """\
import os

from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig


class Engine:
    def __init__(self):
        self.cfg = MessageBusConfig(redis_host=os.getenv("H", "{host}"), redis_port=6379)
        self.bus = None

    async def start(self):
        self.bus = BufferedMessageBusClient(self.cfg)  # the bus
        await self.bus.start()
"""

codemod = Codemod(
    name="connections",
    summary="legacy clients become the target's shared client",
    review="read",
    transformer=ConnectionTransformer,
    examples=(
        Example(
            "a config, and a client in an async start",
            before=WRAPPER.format(host="redis"),
            after="""\
from dual_messagebus_client import EngineType, get_dual_bus_client


class Engine:
    def __init__(self):
        self.bus = None

    async def start(self):
        self.bus = await get_dual_bus_client(EngineType.PORTFOLIO)  # the bus
""",
        ),
        Example(
            "a plain client in an async function",
            before="""\
import redis


async def tell(order):
    client = redis.Redis(host='localhost', port=6379)
    client.xadd("client-orders", {"order": str(order)})
""",
            after="""\
from dual_messagebus_client import EngineType, get_dual_bus_client


async def tell(order):
    client = await get_dual_bus_client(EngineType.PORTFOLIO)
    await client.engine_logic_client.xadd("client-orders", {"order": str(order)})
""",
        ),
        Example(
            "one client for keys and streams is split",
            before="""\
import redis.asyncio as redis


class Engine:
    async def start(self):
        self.redis = redis.Redis(host="localhost", port=6379, decode_responses=True)

    async def tell(self, order):
        await self.redis.set("last", order)
        await self.redis.xadd("client-orders", {"order": order})

    async def stop(self):
        await self.redis.aclose()
""",
            after="""\
import redis.asyncio as redis

from dual_messagebus_client import EngineType, get_dual_bus_client


class Engine:
    async def start(self):
        self.redis = redis.Redis(host="localhost", port=6379, decode_responses=True)
        self.bus = await get_dual_bus_client(EngineType.PORTFOLIO)

    async def tell(self, order):
        await self.redis.set("last", order)
        await self.bus.engine_logic_client.xadd("client-orders", {"order": order})

    async def stop(self):
        await self.redis.aclose()
        await self.bus.close()
""",
        ),
        Example(
            "a client made where awaiting is impossible",
            before="""\
from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig

bus = BufferedMessageBusClient(MessageBusConfig())


async def start():
    await bus.start()
""",
            after="""\
from dual_messagebus_client import EngineType, create_dual_bus_client

bus = create_dual_bus_client(EngineType.PORTFOLIO)


async def start():
    await bus.initialize()
""",
        ),
        Example(
            "a raw client of a module",
            before="""\
import asyncio

import redis.asyncio as redis

client = redis.Redis(host="localhost", port=6379)


async def main():
    await client.xadd("client-orders", {"order": "1"})
    await client.aclose()


asyncio.run(main())
""",
            after="""\
import asyncio

from dual_messagebus_client import EngineType, create_dual_bus_client

client = create_dual_bus_client(EngineType.PORTFOLIO)


async def main():
    await client.initialize()
    await client.engine_logic_client.xadd("client-orders", {"order": "1"})
    await client.close()


asyncio.run(main())
""",
        ),
        Example(
            "a server that nobody listed",
            before=WRAPPER.format(host="redis-2.internal"),
            after=None,
            says="is redis-2.internal:6379 one of the servers being left?",
        ),
        Example(
            "a raw client at module level",
            before="import redis\n\nclient = redis.Redis(host='localhost')\nclient.xadd('client-orders', {'a': 'b'})\n",
            after=None,
            says="where nothing can be awaited",
        ),
        Example(
            "a client made in a loop",
            before=WRAPPER.format(host="redis").replace(
                "        self.bus = BufferedMessageBusClient(self.cfg)  # the bus\n        await",
                "        while True:\n            self.bus = BufferedMessageBusClient(self.cfg)\n        await",
            ),
            after=None,
            says="made in a loop",
        ),
        Example(
            "a password",
            before=WRAPPER.format(host="redis").replace("redis_port=6379", "redis_port=6379, redis_password='x'"),
            after=None,
            says="a password",
        ),
        Example(
            "a name like a client is no client",
            before="redis_info = {'xadd': 1}\nclient = redis_info.get('xadd')\n",
            after=None,
        ),
    ),
)
