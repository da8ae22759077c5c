"""Two engines, and for each codemod wrong variants of what it makes of them: what is written instead of what."""

from __future__ import annotations

WRAPPER_ENGINE = '''\
"""Tells positions."""

import logging

from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig, MessagePriority

logger = logging.getLogger(__name__)
LIMIT = 10


class Engine:
    def __init__(self) -> None:
        self.bus: BufferedMessageBusClient | None = None
        self.prices: dict[str, float] = {}

    async def start(self) -> None:
        self.bus = BufferedMessageBusClient(MessageBusConfig(redis_host="localhost", redis_port=6379))
        await self.bus.start()
        await self.bus.subscribe("market.data.*", self.on_price)
        await self.bus.subscribe("strategy.signal.*", self.on_signal)
        logger.info("started")

    async def on_price(self, message) -> None:
        self.prices[message.payload["symbol"]] = message.payload["price"]
        if len(self.prices) > LIMIT:
            await self.tell(message.payload["symbol"])

    async def on_signal(self, message) -> None:
        logger.info("%s: %s", message.topic, message.payload)

    async def tell(self, symbol: str) -> None:
        await self.bus.publish(f"portfolio.update.{symbol}", {"symbol": symbol}, priority=MessagePriority.HIGH)

    def is_ready(self) -> bool:
        return self.bus is not None and self.bus.is_connected

    async def stop(self) -> None:
        logger.info("stopping")
        await self.bus.stop()
'''
RAW_ENGINE = """\
import redis

MAXLEN = 100


async def tell(values):
    client = redis.Redis(host="localhost", port=6379, decode_responses=True)
    for value in values:
        client.xadd("raw-ticks", {"v": value}, maxlen=MAXLEN)
    first = client.xrange("raw-ticks", count=1)[0]
    client.xadd("client-orders", {"first": first[0]})
    return first
"""
Mutant = tuple[str, str, str, str]
"""What stands in the right text, what stands there instead, the check that catches it, and what that says."""

FACTORY = "self.bus = await get_dual_bus_client(EngineType.PORTFOLIO)"
MARKET = "await self.bus.subscribe_to_marketdata([MessageType.MARKET_DATA], dispatch_marketdata)"
SIGNAL = "await self.bus.subscribe_to_engine_logic([MessageType.STRATEGY_SIGNAL], dispatch_engine_logic)"
UPDATE = "MessageType.PORTFOLIO_UPDATE,\n"
TOPIC = '"topic": f"portfolio.update.{symbol}"'
CLOSE = "        await self.bus.close()\n"
READY = "self.bus.marketdata_client is not None"
TICKS = "await client.marketdata_client.xadd("
RANGE = 'first = (await client.marketdata_client.xrange("raw-ticks", count=1))[0]'
ORDERS = 'await client.engine_logic_client.xadd("client-orders", {"first": first[0]})'
MADE = "client = await get_dual_bus_client(EngineType.PORTFOLIO)"
FIRST = 'if message["message_type"] != MessageType.MARKET_DATA.value:\n            return\n'
UNTOUCHED = "that nothing claims was changed"

OF_WRAPPER: dict[str, tuple[Mutant, ...]] = {
    "imports": (
        ("import json\n", "", "bound", "`json`, which nothing binds"),
        ("    MessageType,\n", "", "bound", "`MessageType`, which nothing binds"),
        ("    EngineType,\n", "", "bound", "`EngineType`, which nothing binds"),
        ("from fnmatch import fnmatchcase\n", "", "bound", "`fnmatchcase`, which nothing binds"),
        ("    MessageType,\n", "    MessageTypes,\n", "bound", "`MessageType`, which nothing binds"),
        ("    MessageType,\n", "    MessageType as Kind,\n", "bound", "`MessageType`, which nothing binds"),
        (
            "    get_dual_bus_client,\n",
            "    get_dual_bus_client,\n    DualBusConfig,\n",
            "names",
            "`DualBusConfig` is imported, and not used",
        ),
        (
            "    get_dual_bus_client,\n",
            "    get_dual_bus_client,\n    get_bus,\n",
            "names",
            "`get_bus` is imported, and not used",
        ),
        ("from dual_messagebus_client", "from dual_messagebus_clients", "target", "which is neither the target nor"),
        ("from dual_messagebus_client", "from .dual_messagebus_client", "target", "no file of the repository"),
        ("import json\n", "import json\nimport os\n", "names", "`os` is imported, and not used"),
        ("import logging\n", "", "bound", "`logging`"),
    ),
    "connections": (
        (FACTORY, FACTORY.replace("await ", ""), "promises", "is not awaited"),
        (
            FACTORY,
            FACTORY.replace("EngineType.PORTFOLIO", '"portfolio"'),
            "names",
            "`EngineType` is imported, and not used",
        ),
        (
            FACTORY,
            FACTORY.replace("EngineType.PORTFOLIO", "EngineType.RISK"),
            "ends",
            "a client of PORTFOLIO: 1 ordered, 0 there",
        ),
        (
            FACTORY,
            FACTORY.replace("EngineType.PORTFOLIO", "EngineType.PORTFOLIOS"),
            "promises",
            "EngineType has no PORTFOLIOS",
        ),
        (FACTORY, FACTORY.replace("(EngineType.PORTFOLIO)", "()"), "names", "`EngineType` is imported, and not used"),
        (FACTORY, FACTORY.replace("PORTFOLIO)", "PORTFOLIO, port=6380)"), "promises", "takes no `port`"),
        (FACTORY, FACTORY.replace("self.bus =", "self.buses ="), "claims", "`self.bus` was to be here"),
        (FACTORY, FACTORY.replace("self.bus =", "bus ="), "claims", "`self.bus` was to be here"),
        (FACTORY, f"{FACTORY}\n        await self.bus.start()", "promises", "has no method start()"),
        (FACTORY, f"{FACTORY}\n        await self.bus.connect()", "promises", "has no method connect()"),
        (FACTORY, "pass", "names", "`EngineType` is imported, and not used"),
        (
            FACTORY,
            "self.bus = DualMessageBusClient(EngineType.PORTFOLIO)",
            "names",
            "`get_dual_bus_client` is imported, and not used",
        ),
    ),
    "lifecycle": (
        (CLOSE, CLOSE.replace("await ", ""), "promises", "is not awaited"),
        (CLOSE, CLOSE.replace("close", "stop_all"), "promises", "has no method stop_all()"),
        (CLOSE, CLOSE.replace("close", "disconnect"), "promises", "has no method disconnect()"),
        (CLOSE, CLOSE.replace("close()", "close(5)"), "promises", "takes no positional arguments"),
        (
            CLOSE,
            CLOSE.replace("self.bus.close()", "self.buses.close()"),
            "ends",
            "close() of the client: 1 ordered, 0 there",
        ),
        (CLOSE, CLOSE + CLOSE, "ends", "close() of the client: 1 ordered, 2 there"),
        (CLOSE, "", "ends", "close() of the client: 1 ordered, 0 there"),
        (
            CLOSE,
            "        await self.bus.marketdata_client.aclose()\n",
            "ends",
            "aclose() of marketdata_client: 0 ordered, 1 there",
        ),
        (f'        logger.info("stopping")\n{CLOSE}', CLOSE, "statements", UNTOUCHED),
        (CLOSE, CLOSE.replace("        ", "            "), "compiles", "does not parse"),
        (CLOSE, "        await self.bus.stop()\n", "ends", "close() of the client: 1 ordered, 0 there"),
    ),
    "annotations": (
        (
            ": DualMessageBusClient |",
            ": DualMessageBusClients |",
            "bound",
            "`DualMessageBusClients`, which nothing binds",
        ),
        (": DualMessageBusClient |", ": dual.DualMessageBusClient |", "bound", "`dual`, which nothing binds"),
        (": DualMessageBusClient | None", "", "names", "`DualMessageBusClient` is imported, and not used"),
        (
            ": DualMessageBusClient |",
            ": BufferedMessageBusClient |",
            "bound",
            "`BufferedMessageBusClient`, which nothing binds",
        ),
        ("dict[str, float]", "dict[str, int]", "statements", UNTOUCHED),
        (": DualMessageBusClient |", ": EngineType |", "names", "`DualMessageBusClient` is imported, and not used"),
        ("self.prices: dict[str, float] = {}", "pass", "statements", UNTOUCHED),
        (": DualMessageBusClient |", ": list[DualBusClient] |", "bound", "`DualBusClient`, which nothing binds"),
        (": DualMessageBusClient |", ": redis.Redis |", "bound", "`redis`, which nothing binds"),
        (": DualMessageBusClient |", ": DualMessageBus |", "bound", "`DualMessageBus`, which nothing binds"),
    ),
    "publishing": (
        ("await self.bus.publish_message(", "self.bus.publish_message(", "awaits", "is not awaited"),
        ("publish_message(", "publish(", "promises", "has no method publish()"),
        ("publish_message(", "publish_to_engine_logic(", "promises", "has no method publish_to_engine_logic()"),
        (UPDATE, UPDATE.replace("PORTFOLIO_UPDATE", "PORTFOLIO"), "promises", "MessageType has no PORTFOLIO"),
        (UPDATE, UPDATE.replace("PORTFOLIO_UPDATE", "RISK_METRIC"), "ends", "1 ordered, 0 there"),
        (UPDATE, '"portfolio_update",\n', "promises", "takes a member of MessageType"),
        (f", {TOPIC}", "", "ends", "a payload with its topic of PORTFOLIO_UPDATE"),
        (TOPIC, TOPIC.replace('"topic"', '"name"'), "ends", "a payload with its topic of PORTFOLIO_UPDATE"),
        (
            "priority=MessagePriority.HIGH",
            "priority=MessagePriority.MEDIUM",
            "promises",
            "MessagePriority has no MEDIUM",
        ),
        ("priority=MessagePriority.HIGH", "prio=MessagePriority.HIGH", "promises", "takes no `prio`"),
        (f'{{"symbol": symbol, {TOPIC}}}', f'json.dumps({{"symbol": symbol, {TOPIC}}})', "promises", "is encoded here"),
        (f'{{"symbol": symbol, {TOPIC}}}', f'{{"symbol", {TOPIC[9:]}}}', "promises", "is a set"),
    ),
    "consuming": (
        (MARKET, MARKET.replace("await ", ""), "awaits", "is not awaited"),
        (
            MARKET,
            MARKET.replace("[MessageType.MARKET_DATA]", '["market_data"]'),
            "promises",
            "is no member of MessageType",
        ),
        (MARKET, MARKET.replace("[MessageType.MARKET_DATA]", '"market_data"'), "promises", "takes a list of members"),
        (
            MARKET,
            MARKET.replace("[MessageType.MARKET_DATA]", "MessageType.MARKET_DATA"),
            "promises",
            "takes a list of members",
        ),
        (
            MARKET,
            MARKET.replace("subscribe_to_marketdata", "subscribe_to_engine_logic"),
            "promises",
            "is on the other bus",
        ),
        (MARKET, MARKET.replace("subscribe_to_marketdata", "subscribe"), "promises", "has no method subscribe()"),
        (MARKET, MARKET.replace(", dispatch_marketdata", ""), "promises", "needs `handler`"),
        (MARKET, "pass", "ends", "1 ordered, 0 there"),
        (MARKET, f"{MARKET}\n        {MARKET}", "ends", "1 ordered, 2 there"),
        ("async def dispatch_marketdata", "def dispatch_marketdata", "compiles", "does not compile"),
        (
            "async def dispatch_marketdata(message)",
            "async def dispatch_marketdata(topic, message)",
            "promises",
            "needs `message`",
        ),
        (SIGNAL, SIGNAL.replace("STRATEGY_SIGNAL", "RISK_METRIC"), "ends", "of RISK_METRIC: 0 ordered, 1 there"),
        (
            "await self.on_price(message)",
            "self.on_price(message)",
            "promises",
            "self.on_price() is a coroutine, and is not awaited",
        ),
    ),
    "handlers": (
        ("    async def on_price", "    def on_price", "compiles", "does not compile"),
        ('json.loads(message["payload"])', 'message["payload"]', "promises", "the payload is JSON text"),
        ('json.loads(message["payload"])', "json.loads(message.payload)", "promises", "has no attribute payload"),
        ('json.loads(message["payload"])', 'json.loads(message["data"])', "promises", "has no key 'data'"),
        ('if message["message_type"] !=', 'if message["topic"] !=', "promises", "has no key 'topic'"),
        ("MessageType.MARKET_DATA.value", "MessageType.MARKET.value", "promises", "MessageType has no MARKET"),
        ('payload["price"]\n', 'message.payload["price"]\n', "promises", "has no attribute payload"),
        ("topic, payload)", "message.topic, payload)", "promises", "has no attribute topic"),
        ('payload = json.loads(message["payload"])\n', "", "compiles", "does not parse"),
        ("LIMIT:\n", "LIMIT + 1:\n", "untouched", UNTOUCHED),
        ('json.loads(message["payload"])', 'json.loads(message["message"])', "promises", "has no key 'message'"),
        ('json.loads(message["payload"])', 'loads(message["payload"])', "bound", "`loads`, which nothing binds"),
    ),
    "checks": (
        (READY, "self.bus.is_connected", "promises", "has no attribute is_connected"),
        (READY, "self.bus.connected()", "promises", "has no method connected()"),
        (READY, "self.bus.marketdata_client.ping()", "promises", "is not awaited"),
        (READY, "await self.bus.marketdata_client.ping()", "compiles", "does not compile"),
        (READY, "self.bus.metrics is not None", "promises", "has no attribute metrics"),
        (READY, "bus.marketdata_client is not None", "bound", "`bus`, which nothing binds"),
        (f"and {READY}\n", "and\n", "compiles", "does not parse"),
        (READY, "self.bus.close()", "promises", "is not awaited"),
        (READY, "self.bus.publish_message(MessageType.ML_PREDICTION, {})", "promises", "is not awaited"),
        (
            "self.bus.marketdata_client is not None",
            "self.bus.is_ready is not None",
            "promises",
            "has no attribute is_ready",
        ),
    ),
}
OF_RAW: dict[str, tuple[Mutant, ...]] = {
    "routing": (
        (TICKS, TICKS.replace("marketdata", "engine_logic"), "ends", "xadd() of engine_logic_client"),
        (
            ORDERS,
            ORDERS.replace("engine_logic", "marketdata"),
            "ends",
            "xadd() of engine_logic_client: 1 ordered, 0 there",
        ),
        (
            TICKS,
            TICKS.replace("marketdata_client", "marketdata"),
            "ends",
            "xadd() of marketdata_client: 1 ordered, 0 there",
        ),
        (TICKS, TICKS.replace(".marketdata_client", ""), "promises", "has no method xadd()"),
        (TICKS, TICKS.replace("xadd", "xtrim"), "ends", "xadd() of marketdata_client: 1 ordered, 0 there"),
        (ORDERS, "pass", "ends", "xadd() of engine_logic_client: 1 ordered, 0 there"),
        (ORDERS, f"{ORDERS}\n    {ORDERS}", "ends", "xadd() of engine_logic_client: 1 ordered, 2 there"),
        (
            'await client.engine_logic_client.xadd("client-orders", {"first": first[0]})',
            'await client.publish_message("client-orders", {"first": first[0]})',
            "promises",
            "takes a member of MessageType",
        ),
        (
            'first = (await client.marketdata_client.xrange("raw-ticks", count=1))[0]',
            'first = (await client.engine_logic_client.xrange("raw-ticks", count=1))[0]',
            "ends",
            "xrange() of engine_logic_client: 0 ordered, 1 there",
        ),
        (
            'first = (await client.marketdata_client.xrange("raw-ticks", count=1))[0]',
            'first = (await client.marketdata_client.xrevrange("raw-ticks", count=1))[0]',
            "ends",
            "xrange() of marketdata_client: 1 ordered, 0 there",
        ),
        (
            "await client.marketdata_client.xadd(",
            "await client.engine_logic_client.xdel(",
            "ends",
            "xadd() of marketdata_client: 1 ordered, 0 there",
        ),
    ),
    "asynchrony": (
        (TICKS, TICKS.replace("await ", ""), "promises", "is not awaited"),
        (ORDERS, ORDERS.replace("await ", ""), "promises", "is not awaited"),
        (RANGE, RANGE.replace("await ", ""), "promises", "is not awaited"),
        (RANGE, RANGE.replace("(await", "await (").replace("count=1))", "count=1))"), "promises", "is not awaited"),
        ("async def tell", "def tell", "compiles", "does not compile"),
        (ORDERS, ORDERS.replace("await ", "await await "), "compiles", "does not parse"),
        ("    for value in values:\n", "    async for value in values:\n", "untouched", UNTOUCHED),
        ("    return first\n", "    return await first\n", "statements", UNTOUCHED),
        (MADE, MADE.replace("await ", ""), "promises", "is not awaited"),
        (
            'await client.engine_logic_client.xadd("client-orders", {"first": first[0]})',
            'print(await client.engine_logic_client.xadd("client-orders", {"first": first[0]}).real)',
            "promises",
            "is not awaited",
        ),
    ),
}
