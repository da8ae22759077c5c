"""Legacy code for the benchmarks' trees: classes that use Redis about ten times each, as engines do."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shape:
    """One way to use Redis: what it imports, and the class. `$name` is what its file is about."""

    imports: str
    body: str


CACHE = Shape(
    "import json\nimport os\n\nimport redis.asyncio as redis\n",
    '''

class ${Name}Store:
    """Keeps what was worked out for each $name, so that a restart does not lose it."""

    def __init__(self) -> None:
        self.redis: redis.Redis | None = None
        self.prefix = "$name"

    async def start(self) -> None:
        self.redis = redis.Redis(host=os.getenv("REDIS_HOST", "localhost"), port=6379, decode_responses=True)
        await self.redis.ping()

    async def stop(self) -> None:
        if self.redis is not None:
            await self.redis.aclose()

    async def remember(self, key: str, figures: dict[str, float]) -> None:
        await self.redis.set(f"{self.prefix}:{key}", json.dumps(figures), ex=3600)
        await self.redis.sadd(f"{self.prefix}:known", key)

    async def recall(self, key: str) -> dict[str, float]:
        text = await self.redis.get(f"{self.prefix}:{key}")
        return json.loads(text) if text else {}

    async def forget(self, key: str) -> None:
        await self.redis.delete(f"{self.prefix}:{key}")
        await self.redis.srem(f"{self.prefix}:known", key)

    async def rank(self, count: int = 10) -> list[str]:
        return await self.redis.zrevrange(f"{self.prefix}:rank", 0, count - 1)

    async def count_up(self, key: str) -> int:
        return await self.redis.hincrby(f"{self.prefix}:counts", key, 1)
''',
)

SYNCHRONOUS = Shape(
    "import redis\n",
    '''

class ${Name}Lock:
    """One job at a time for each $name, and how often there was one."""

    def __init__(self, host: str = "localhost") -> None:
        self.client = redis.Redis(host=host, port=6379, decode_responses=True)

    def take(self, key: str, seconds: int = 30) -> bool:
        taken = self.client.set(f"$name:lock:{key}", "1", nx=True, ex=seconds)
        self.client.hincrby("$name:locks", key, 1)
        return bool(taken)

    def give_back(self, key: str) -> None:
        self.client.delete(f"$name:lock:{key}")

    def counts(self) -> dict[str, int]:
        found = self.client.hgetall("$name:locks")
        return {key: int(value) for key, value in found.items()}

    def clear(self) -> None:
        for key in self.client.scan_iter("$name:lock:*"):
            self.client.delete(key)
        self.client.expire("$name:locks", 60)

    def is_up(self) -> bool:
        try:
            return bool(self.client.ping())
        except redis.ConnectionError:
            return False
''',
)

PUBLISHER = Shape(
    "import os\n\nfrom enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig, MessagePriority\n",
    '''

class ${Name}Publisher:
    """Tells the platform of every $name that changed."""

    def __init__(self) -> None:
        self.cfg = MessageBusConfig(redis_host=os.getenv("REDIS_HOST", "localhost"), redis_port=6379)
        self.bus: BufferedMessageBusClient | None = None

    async def start(self) -> None:
        try:
            self.bus = BufferedMessageBusClient(self.cfg)
            await self.bus.start()
        except Exception:
            logger.exception("the $name publisher runs without its bus")
            self.bus = None

    async def stop(self) -> None:
        if self.bus is not None:
            await self.bus.stop()

    async def update(self, symbol: str, quantity: float) -> None:
        if self.bus is None or not self.bus.is_connected:
            return
        await self.bus.publish(f"portfolio.update.{symbol}", {"symbol": symbol, "quantity": quantity})

    async def signal(self, symbol: str, action: str) -> bool:
        payload = {"symbol": symbol, "action": action, "source": "$name"}
        return await self.bus.publish(f"strategy.signal.{symbol}", payload, priority=MessagePriority.HIGH)

    async def measure(self, symbol: str, exposure: float) -> None:
        await self.bus.publish(f"risk.metric.{symbol}", {"symbol": symbol, "exposure": exposure})
''',
)

REPORTER = Shape(
    "from enhanced_messagebus_client import BufferedMessageBusClient, MessagePriority\n",
    '''

class ${Name}Reporter:
    """Reports each $name over the client that its engine gives it."""

    def __init__(self, bus: BufferedMessageBusClient) -> None:
        self.bus = bus

    async def moved(self, symbol: str, quantity: float) -> None:
        await self.bus.publish(f"portfolio.update.{symbol}", {"symbol": symbol, "quantity": quantity})

    async def closed(self, symbol: str) -> None:
        if not self.bus.is_connected:
            return
        await self.bus.publish(f"portfolio.update.{symbol}", {"symbol": symbol, "quantity": 0.0})

    async def advise(self, symbol: str, action: str) -> bool:
        payload = {"symbol": symbol, "action": action, "source": "$name"}
        return await self.bus.publish(f"strategy.signal.{symbol}", payload, priority=MessagePriority.HIGH)

    async def warn(self, symbol: str, exposure: float, level: int) -> None:
        await self.bus.publish(f"risk.metric.{symbol}", {"symbol": symbol, "exposure": exposure})
        if level > 3:
            await self.bus.publish("risk.metric.$name", {"symbol": symbol, "exposure": exposure, "level": level})

    async def forecast(self, symbol: str, confidence: float) -> None:
        payload = {"symbol": symbol, "confidence": confidence}
        await self.bus.publish(f"ml.prediction.{symbol}", payload)

    async def flatten(self, symbols: list[str]) -> None:
        for symbol in symbols:
            await self.bus.publish(f"strategy.signal.{symbol}", {"symbol": symbol, "action": "flat"})
''',
)

SUBSCRIBER = Shape(
    "from enhanced_messagebus_client import BufferedMessageBusClient, BusMessage, MessageBusConfig\n",
    '''

class ${Name}Listener:
    """Keeps the last price and prediction of each symbol that has a $name."""

    def __init__(self) -> None:
        self.bus: BufferedMessageBusClient | None = None
        self.prices: dict[str, float] = {}
        self.predictions: dict[str, float] = {}

    async def start(self) -> None:
        self.bus = BufferedMessageBusClient(MessageBusConfig(redis_host="localhost", redis_port=6379))
        await self.bus.start()
        await self.bus.subscribe("market.data.*", self.on_price)
        await self.bus.subscribe("ml.prediction.*", self.on_prediction)

    async def stop(self) -> None:
        await self.bus.stop()

    async def on_price(self, message: BusMessage) -> None:
        symbol = message.topic.split(".")[-1]
        self.prices[symbol] = message.payload["price"]

    async def on_prediction(self, message: BusMessage) -> None:
        self.predictions[message.payload["symbol"]] = message.payload["confidence"]

    def is_up(self) -> bool:
        return self.bus is not None and self.bus.is_connected
''',
)

STREAMS = Shape(
    "import asyncio\n\nimport redis.asyncio as redis\n",
    '''

class ${Name}Feed:
    """Reads the ticks of each $name, and passes the factors on."""

    def __init__(self) -> None:
        self.redis: redis.Redis | None = None
        self.task: asyncio.Task | None = None
        self.running = False

    async def start(self) -> None:
        self.redis = redis.Redis(host="localhost", port=6379, decode_responses=True)
        try:
            await self.redis.xgroup_create("raw-ticks", "$name", id="0", mkstream=True)
        except redis.ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise
        self.running = True
        self.task = asyncio.create_task(self.read())

    async def stop(self) -> None:
        self.running = False
        self.task.cancel()
        await self.redis.aclose()

    async def read(self) -> None:
        while self.running:
            entries = await self.redis.xreadgroup("$name", "$name-1", {"raw-ticks": ">"}, count=50, block=500)
            for stream, messages in entries:
                for message_id, fields in messages:
                    await self.pass_on(fields)
                    await self.redis.xack(stream, "$name", message_id)

    async def pass_on(self, fields: dict[str, str]) -> None:
        await self.redis.xadd("factor-values", {"symbol": fields["symbol"], "value": fields["price"]}, maxlen=10000)
''',
)

ACCESSOR = Shape(
    "import redis.asyncio as redis\n",
    '''
_shared: redis.Redis | None = None


async def get_shared_store() -> redis.Redis:
    """The one client for keys that all engines share."""
    global _shared
    if _shared is None:
        _shared = redis.Redis(host="localhost", port=6379, decode_responses=True)
        await _shared.ping()
    return _shared
''',
)

BORROWER = Shape(
    "from engines.common.$stem import get_shared_store\n",
    '''

class ${Name}Archive:
    """What every engine may know of a $name."""

    async def put(self, key: str, text: str) -> None:
        store = await get_shared_store()
        await store.set(f"$name:{key}", text)
        await store.expire(f"$name:{key}", 600)

    async def take(self, key: str) -> str | None:
        store = await get_shared_store()
        return await store.getdel(f"$name:{key}")
''',
)
"""It has no word that a scan looks for first: only its import leads there."""

MIGRATED = Shape(
    "import json\n\nfrom dual_messagebus_client import EngineType, MessagePriority, MessageType, get_dual_bus_client\n",
    '''

class ${Name}Engine:
    """Answers each portfolio update with a metric of its $name; it is on the dual bus already."""

    def __init__(self) -> None:
        self.bus = None
        self.values: dict[str, float] = {}

    async def start(self) -> None:
        self.bus = await get_dual_bus_client(EngineType.$engine)
        await self.bus.subscribe_to_engine_logic([MessageType.PORTFOLIO_UPDATE], self.on_update)

    async def stop(self) -> None:
        await self.bus.close()

    async def on_update(self, message: dict[str, str]) -> None:
        if message["message_type"] != MessageType.PORTFOLIO_UPDATE.value:
            return
        update = json.loads(message["payload"])
        self.values[update["symbol"]] = update["quantity"]
        payload = {"topic": "risk.metric.$name", "symbol": update["symbol"], "exposure": update["quantity"]}
        await self.bus.publish_message(MessageType.RISK_METRIC, payload, priority=MessagePriority.HIGH)
''',
)

TO_MIGRATE = (CACHE, CACHE, SYNCHRONOUS, CACHE, PUBLISHER, CACHE, SUBSCRIBER, STREAMS)
"""What the files of an engine that is to move use, one after the other: caches mostly."""

ONE_OWNER = (REPORTER, CACHE, REPORTER, SYNCHRONOUS, REPORTER, CACHE)
"""What they use where each engine has one publisher that makes the client, and gives it to all others."""

ELSEWHERE = (CACHE, SYNCHRONOUS)
"""What the files of migrated engines, and of none, use."""
