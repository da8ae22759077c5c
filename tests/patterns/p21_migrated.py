"""P21: code on the target is no legacy: it is left alone, and so is what only looks like it."""

from patterns.case import Case

IS = (
    Case(
        "a client of the target",
        """\
from dual_messagebus_client import EngineType, MessageType, get_dual_bus_client  #!


class Engine:
    async def start(self):
        self.bus = await get_dual_bus_client(EngineType.PORTFOLIO)  #!
        await self.bus.subscribe_to_marketdata([MessageType.MARKET_DATA], self.on_price)  #!

    async def on_price(self, message):
        await self.bus.publish_message(MessageType.PORTFOLIO_UPDATE, {"a": 1})  #!

    async def stop(self):
        await self.bus.close()  #!
""",
    ),
    Case(
        "stream commands on the target",
        """\
from dual_messagebus_client import EngineType, get_dual_bus_client


async def main():
    bus = await get_dual_bus_client(EngineType.PORTFOLIO)
    await bus.marketdata_client.xadd("raw-ticks", {"a": "1"})  #!
    await bus.engine_logic_client.ping()  #!
""",
    ),
    Case(
        "a target that is made unconnected",
        """\
from dual_messagebus_client import EngineType, create_dual_bus_client

bus = create_dual_bus_client(EngineType.PORTFOLIO)  #!


async def main():
    await bus.initialize()  #!
""",
    ),
    Case(
        "a cache beside the target",
        """\
import redis.asyncio as redis  #: import keep
from dual_messagebus_client import EngineType, get_dual_bus_client


async def main():
    cache = redis.Redis()  #: construct keep
    bus = await get_dual_bus_client(EngineType.PORTFOLIO)
    await cache.set("a", 1)  #: command keep
    await bus.close()  #!
""",
    ),
)

IS_NOT = (
    Case(
        "a client of one's own with the methods of the target",
        "class DualMessageBusClient:\n    async def publish_message(self, kind, payload): pass\n\n\n"
        "# redis\nbus = DualMessageBusClient()  #!\n",
    ),
    Case(
        "the target's name from another module",
        "from other import get_dual_bus_client\n\n\nasync def main():\n    # redis\n"
        "    bus = await get_dual_bus_client(1)\n    await bus.marketdata_client.xadd('raw-ticks', {})  #!\n",
    ),
    Case(
        "half of it is migrated",
        """\
from dual_messagebus_client import EngineType, MessageType, get_dual_bus_client
from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig  #: import rewrite


class Engine:
    async def start(self):
        self.old = BufferedMessageBusClient(MessageBusConfig())  #: construct rewrite, config rewrite
        await self.old.start()  #: start rewrite
        self.new = await get_dual_bus_client(EngineType.PORTFOLIO)  #!

    async def tell(self):
        await self.new.publish_message(MessageType.PORTFOLIO_UPDATE, {"a": 1})  #!
        await self.old.publish("portfolio.update.x", {"a": 1})  #: publish rewrite
""",
    ),
)
