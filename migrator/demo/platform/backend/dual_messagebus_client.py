"""The dual message bus: market data on one Redis, everything that the engines tell each other on a second one.

    bus = await get_dual_bus_client(EngineType.RISK)
    await bus.subscribe_to_engine_logic([MessageType.PORTFOLIO_UPDATE], on_portfolio_update)
    await bus.publish_message(MessageType.RISK_METRIC, {"symbol": "AAPL", "exposure": 1200.0})
    await bus.close()

Each message type has a stream of its own on its bus, shared by all engines. Each subscription reads through a consumer
group of its own, so every subscription gets every message of its types, its own engine's too. A group begins with what
is published after its first subscription and is kept by Redis: what arrives while an engine restarts is delivered
afterwards, and what it had not finished is delivered again. Two running instances of one engine type share their
groups, and so share the messages between them; give each its own `instance_id`.
"""

import asyncio
import inspect
import json
import logging
import os
import time
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from enum import Enum
from typing import Any

import redis.asyncio as redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

logger = logging.getLogger(__name__)

RETRY_SECONDS = 1.0  # between reads while a server cannot be reached
LOST_GROUP = ("NOGROUP", "UNBLOCKED")  # how a server says that the stream or the group went away


class EngineType(Enum):
    ANALYTICS = "analytics"
    BACKTESTING = "backtesting"
    COLLATERAL = "collateral"
    FACTOR = "factor"
    FEATURES = "features"
    MARKETDATA = "marketdata"
    ML = "ml"
    PORTFOLIO = "portfolio"
    RISK = "risk"
    STRATEGY = "strategy"
    TORANIKO = "toraniko"
    VPIN = "vpin"
    WEBSOCKET = "websocket"


class MessageType(Enum):
    MARKET_DATA = "market_data"
    PRICE_UPDATE = "price_update"
    TRADE_EXECUTION = "trade_execution"
    VPIN_CALCULATION = "vpin_calculation"
    TOXICITY_ALERT = "toxicity_alert"
    RISK_METRIC = "risk_metric"
    ML_PREDICTION = "ml_prediction"
    FACTOR_CALCULATION = "factor_calculation"
    ANALYTICS_RESULT = "analytics_result"
    GPU_COMPUTATION = "gpu_computation"
    STRATEGY_SIGNAL = "strategy_signal"
    PORTFOLIO_UPDATE = "portfolio_update"
    ORDER_REQUEST = "order_request"
    POSITION_CHANGE = "position_change"
    ENGINE_HEALTH = "engine_health"
    PERFORMANCE_METRIC = "performance_metric"
    ERROR_ALERT = "error_alert"
    SYSTEM_ALERT = "system_alert"
    FLASH_CRASH_ALERT = "flash_crash_alert"
    MARGIN_CALL = "margin_call"
    RISK_LIMIT_BREACH = "risk_limit_breach"
    SYSTEM_FAILURE = "system_failure"
    BACKTEST_REQUEST = "backtest_request"
    BACKTEST_STARTED = "backtest_started"
    BACKTEST_PROGRESS = "backtest_progress"
    BACKTEST_RESULT = "backtest_result"
    BACKTEST_FAILED = "backtest_failed"
    BACKTEST_CANCELLED = "backtest_cancelled"


class MessagePriority(Enum):
    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"
    CRITICAL = "critical"
    FLASH_CRASH = "flash_crash"


class MessageBusType(Enum):
    MARKETDATA_BUS = "marketdata"
    ENGINE_LOGIC_BUS = "engine_logic"


MESSAGE_BUS: dict[MessageType, MessageBusType] = {
    MessageType.MARKET_DATA: MessageBusType.MARKETDATA_BUS,
    MessageType.PRICE_UPDATE: MessageBusType.MARKETDATA_BUS,
    MessageType.TRADE_EXECUTION: MessageBusType.MARKETDATA_BUS,
    MessageType.VPIN_CALCULATION: MessageBusType.ENGINE_LOGIC_BUS,
    MessageType.TOXICITY_ALERT: MessageBusType.ENGINE_LOGIC_BUS,
    MessageType.RISK_METRIC: MessageBusType.ENGINE_LOGIC_BUS,
    MessageType.ML_PREDICTION: MessageBusType.ENGINE_LOGIC_BUS,
    MessageType.FACTOR_CALCULATION: MessageBusType.ENGINE_LOGIC_BUS,
    MessageType.ANALYTICS_RESULT: MessageBusType.ENGINE_LOGIC_BUS,
    MessageType.GPU_COMPUTATION: MessageBusType.ENGINE_LOGIC_BUS,
    MessageType.STRATEGY_SIGNAL: MessageBusType.ENGINE_LOGIC_BUS,
    MessageType.PORTFOLIO_UPDATE: MessageBusType.ENGINE_LOGIC_BUS,
    MessageType.ORDER_REQUEST: MessageBusType.ENGINE_LOGIC_BUS,
    MessageType.POSITION_CHANGE: MessageBusType.ENGINE_LOGIC_BUS,
    MessageType.ENGINE_HEALTH: MessageBusType.ENGINE_LOGIC_BUS,
    MessageType.PERFORMANCE_METRIC: MessageBusType.ENGINE_LOGIC_BUS,
    MessageType.ERROR_ALERT: MessageBusType.ENGINE_LOGIC_BUS,
    MessageType.SYSTEM_ALERT: MessageBusType.ENGINE_LOGIC_BUS,
    MessageType.FLASH_CRASH_ALERT: MessageBusType.ENGINE_LOGIC_BUS,
    MessageType.MARGIN_CALL: MessageBusType.ENGINE_LOGIC_BUS,
    MessageType.RISK_LIMIT_BREACH: MessageBusType.ENGINE_LOGIC_BUS,
    MessageType.SYSTEM_FAILURE: MessageBusType.ENGINE_LOGIC_BUS,
    MessageType.BACKTEST_REQUEST: MessageBusType.ENGINE_LOGIC_BUS,
    MessageType.BACKTEST_STARTED: MessageBusType.ENGINE_LOGIC_BUS,
    MessageType.BACKTEST_PROGRESS: MessageBusType.ENGINE_LOGIC_BUS,
    MessageType.BACKTEST_RESULT: MessageBusType.ENGINE_LOGIC_BUS,
    MessageType.BACKTEST_FAILED: MessageBusType.ENGINE_LOGIC_BUS,
    MessageType.BACKTEST_CANCELLED: MessageBusType.ENGINE_LOGIC_BUS,
}

Handler = Callable[[dict[str, str]], Awaitable[None]]


def _flag(text: str) -> bool:
    return text.lower() in ("1", "true", "yes", "on")


SERVER_SETTINGS: dict[str, Callable[[str], Any]] = {
    "host": str,
    "port": int,
    "db": int,
    "password": str,
    "tls": _flag,
    "ca": str,
}


@dataclass
class DualBusConfig:
    """Who the client is, and where its two servers are."""

    engine_type: EngineType
    engine_instance_id: str = "1"
    marketdata_redis_host: str = "localhost"
    marketdata_redis_port: int = 6380
    marketdata_redis_db: int = 0
    marketdata_redis_password: str | None = None
    marketdata_redis_tls: bool = False
    marketdata_redis_ca: str | None = None
    engine_logic_redis_host: str = "localhost"
    engine_logic_redis_port: int = 6381
    engine_logic_redis_db: int = 0
    engine_logic_redis_password: str | None = None
    engine_logic_redis_tls: bool = False
    engine_logic_redis_ca: str | None = None
    connect_timeout: float = 5.0
    socket_timeout: float = 5.0  # longer than any read blocks, or each idle read would end in a reconnect
    read_block_ms: int = 1000
    read_count: int = 100
    max_stream_length: int = 100_000

    @classmethod
    def from_environment(cls, engine_type: EngineType, engine_instance_id: str | None = None) -> "DualBusConfig":
        """A config whose servers come from MARKETDATA_REDIS_* and ENGINE_LOGIC_REDIS_* where those are set."""
        config = cls(engine_type, engine_instance_id or "1")
        for server in ("marketdata_redis", "engine_logic_redis"):
            for key, read in SERVER_SETTINGS.items():
                value = os.getenv(f"{server}_{key}".upper())
                if value:
                    setattr(config, f"{server}_{key}", read(value))
        return config


class DualMessageBusClient:
    """One engine's connection to both buses."""

    def __init__(self, config: DualBusConfig) -> None:
        if config.read_block_ms >= config.socket_timeout * 1000:
            raise ValueError(f"socket_timeout ({config.socket_timeout} s) must be longer than read_block_ms")
        self.config = config
        self.marketdata_client: redis.Redis | None = None
        self.engine_logic_client: redis.Redis | None = None
        self._closed = False
        self._connecting = asyncio.Lock()
        self._readers: list[asyncio.Task[None]] = []
        self._subscriptions = dict.fromkeys(MessageBusType, 0)
        self._stats = dict.fromkeys(("published", "not_published", "handled", "failed", "groups_recreated"), 0)
        self._seconds = {"publishing": 0.0, "handling": 0.0}

    async def initialize(self) -> None:
        """Connect to both servers; raises where one does not answer."""
        if self._closed:
            raise RuntimeError("this client was closed: get_dual_bus_client() makes a new one")
        async with self._connecting:
            if self.marketdata_client is not None:
                return
            marketdata, engine_logic = self._marketdata_redis(), self._engine_logic_redis()
            try:
                # Until both have ended: one that still connects would take its connection after the close below.
                answers = await asyncio.gather(marketdata.ping(), engine_logic.ping(), return_exceptions=True)
                for answer in answers:
                    if isinstance(answer, BaseException):
                        raise answer
            except BaseException:
                await asyncio.gather(marketdata.aclose(), engine_logic.aclose(), return_exceptions=True)
                raise
            self.marketdata_client, self.engine_logic_client = marketdata, engine_logic

    def _marketdata_redis(self) -> redis.Redis:
        return self._redis(
            host=self.config.marketdata_redis_host,
            port=self.config.marketdata_redis_port,
            db=self.config.marketdata_redis_db,
            password=self.config.marketdata_redis_password,
            ssl=self.config.marketdata_redis_tls,
            ssl_ca_certs=self.config.marketdata_redis_ca,
        )

    def _engine_logic_redis(self) -> redis.Redis:
        return self._redis(
            host=self.config.engine_logic_redis_host,
            port=self.config.engine_logic_redis_port,
            db=self.config.engine_logic_redis_db,
            password=self.config.engine_logic_redis_password,
            ssl=self.config.engine_logic_redis_tls,
            ssl_ca_certs=self.config.engine_logic_redis_ca,
        )

    def _redis(self, **server: Any) -> redis.Redis:
        return redis.Redis(
            **server,
            socket_connect_timeout=self.config.connect_timeout,
            socket_timeout=self.config.socket_timeout,
            decode_responses=True,
            # Sent again behind our back, an XREADGROUP would skip what the first one took, an XADD would arrive twice.
            retry=Retry(NoBackoff(), 0),
        )

    async def close(self) -> None:
        """End every subscription and disconnect. A closed client stays closed; the factory makes a new one."""
        self._closed = True
        readers = [reader for reader in self._readers if reader is not asyncio.current_task()]
        self._readers.clear()
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)
        clients = [client for client in (self.marketdata_client, self.engine_logic_client) if client is not None]
        self.marketdata_client = self.engine_logic_client = None
        for client in clients:
            await client.aclose()

    async def stop(self) -> None:
        """Close, and log what goes wrong instead of raising it."""
        try:
            await self.close()
        except Exception:
            logger.exception("closing the bus of %s failed", self.config.engine_type.value)

    async def publish_message(
        self,
        message_type: MessageType,
        payload: Any,
        priority: MessagePriority = MessagePriority.NORMAL,
        correlation_id: str | None = None,
    ) -> bool:
        """Send one message on the bus of its type; False where the server did not take it.

        A payload that JSON cannot express raises TypeError, a client that is not connected RuntimeError: those mistakes
        are the caller's own.
        """
        _check_types([message_type])
        envelope = {
            "message_type": message_type.value,
            "source_engine": self.config.engine_type.value,
            "source_instance": self.config.engine_instance_id,
            "payload": json.dumps(payload),
            "priority": priority.value,
            "timestamp": str(time.time()),
            "correlation_id": correlation_id or "",
        }
        client = self._client(MESSAGE_BUS[message_type])
        started = time.perf_counter()
        try:
            await client.xadd(_stream(message_type), envelope, maxlen=self.config.max_stream_length, approximate=True)
        except redis.RedisError:
            logger.exception("could not publish %s", message_type.value)
            self._stats["not_published"] += 1
            return False
        self._stats["published"] += 1
        self._seconds["publishing"] += time.perf_counter() - started
        return True

    async def subscribe_to_marketdata(self, message_types: list[MessageType], handler: Handler) -> None:
        """Call `handler` with each message of these types that is published from now on."""
        await self._subscribe(MessageBusType.MARKETDATA_BUS, message_types, handler)

    async def subscribe_to_engine_logic(self, message_types: list[MessageType], handler: Handler) -> None:
        """Call `handler` with each message of these types that is published from now on."""
        await self._subscribe(MessageBusType.ENGINE_LOGIC_BUS, message_types, handler)

    def get_stats(self) -> dict[str, Any]:
        """Who this client is, whether it is connected, and its counts since it was made."""
        return {
            "engine": self.config.engine_type.value,
            "instance": self.config.engine_instance_id,
            "connected": self.marketdata_client is not None,
            "subscriptions": {bus.value: count for bus, count in self._subscriptions.items()},
            **self._stats,
        }

    def get_performance_metrics(self) -> dict[str, float]:
        """Mean milliseconds of one publish and of one handler call."""
        handled = self._stats["handled"] + self._stats["failed"]
        return {
            "publish_ms": 1000 * self._seconds["publishing"] / max(self._stats["published"], 1),
            "handle_ms": 1000 * self._seconds["handling"] / max(handled, 1),
        }

    def _client(self, bus: MessageBusType) -> redis.Redis:
        client = self.marketdata_client if bus is MessageBusType.MARKETDATA_BUS else self.engine_logic_client
        if client is None:
            raise RuntimeError(f"the bus of {self.config.engine_type.value} is not connected: call initialize() first")
        return client

    async def _subscribe(self, bus: MessageBusType, message_types: list[MessageType], handler: Handler) -> None:
        _check_types(message_types)
        _check_bus(bus, message_types)
        _check_handler(handler)
        client = self._client(bus)
        self._subscriptions[bus] += 1
        # The number keeps two subscriptions of one engine apart, and is the same after a restart.
        group = f"{self.config.engine_type.value}:{self._subscriptions[bus]}"
        streams = [_stream(message_type) for message_type in message_types]
        for stream in streams:
            await _create_group(client, stream, group, "$")
        self._readers.append(asyncio.create_task(self._read(client, group, streams, handler)))

    async def _read(self, client: redis.Redis, group: str, streams: list[str], handler: Handler) -> None:
        """Deliver until closed: first what this instance took before and did not acknowledge, then what is new."""
        positions = dict.fromkeys(streams, "0")
        while not self._closed:  # redis-py now and then swallows a cancellation
            try:
                entries = await client.xreadgroup(
                    group,
                    self.config.engine_instance_id,
                    positions,
                    count=self.config.read_count,
                    block=self.config.read_block_ms,
                )
                for stream, messages in entries:
                    await self._deliver(client, group, stream, messages, handler)
                    if positions[stream] != ">":
                        positions[stream] = messages[-1][0] if messages else ">"
            except redis.ResponseError as error:
                await self._recover(client, group, streams, error)
            except redis.RedisError:
                logger.exception("reading %s failed", ", ".join(streams))
                positions = dict.fromkeys(streams, "0")  # what the lost read had taken is offered again
                await asyncio.sleep(RETRY_SECONDS)

    async def _deliver(
        self, client: redis.Redis, group: str, stream: str, messages: list[Any], handler: Handler
    ) -> None:
        """Hand over each message; one that fails is logged and stays pending, to be offered again after a restart."""
        for message_id, fields in messages:
            started = time.perf_counter()
            try:
                if fields:  # a pending message may have been trimmed from its stream since
                    await handler(fields)
            except Exception:
                logger.exception("%s could not handle %s of %s", group, message_id, stream)
                self._stats["failed"] += 1
                continue
            finally:
                self._seconds["handling"] += time.perf_counter() - started
            self._stats["handled"] += 1
            await client.xack(stream, group, message_id)

    async def _recover(self, client: redis.Redis, group: str, streams: list[str], error: redis.ResponseError) -> None:
        """Make lost groups again, from the start of their streams: after a FLUSHALL everything there is new."""
        if not str(error).startswith(LOST_GROUP):
            logger.error("reading %s failed: %s", ", ".join(streams), error)
            await asyncio.sleep(RETRY_SECONDS)
            return
        logger.warning("%s lost its group: %s", group, error)
        self._stats["groups_recreated"] += 1
        for stream in streams:
            await _create_group(client, stream, group, "0")


def _stream(message_type: MessageType) -> str:
    return f"{MESSAGE_BUS[message_type].value}:{message_type.value}"


def _check_types(message_types: Collection[MessageType]) -> None:
    if not isinstance(message_types, list | tuple | set | frozenset):
        raise TypeError(f"message_types must be a list of MessageType, not {message_types!r}")
    for message_type in message_types:
        if not isinstance(message_type, MessageType):
            raise TypeError(f"{message_type!r} is not a MessageType")


def _check_bus(bus: MessageBusType, message_types: list[MessageType]) -> None:
    if not message_types:
        raise ValueError("message_types is empty: nothing would be delivered")
    for message_type in message_types:
        if MESSAGE_BUS[message_type] is not bus:
            raise ValueError(f"{message_type} travels on the other bus, {MESSAGE_BUS[message_type].value}")


def _check_handler(handler: Handler) -> None:
    if not any(map(inspect.iscoroutinefunction, (handler, type(handler).__call__))):
        raise TypeError(f"the handler {handler!r} must be an async function")


async def _create_group(client: redis.Redis, stream: str, group: str, position: str) -> None:
    try:
        await client.xgroup_create(stream, group, id=position, mkstream=True)
    except redis.ResponseError as error:
        if "BUSYGROUP" not in str(error):
            raise


_clients: dict[tuple[asyncio.AbstractEventLoop, str], DualMessageBusClient] = {}


async def get_dual_bus_client(engine_type: EngineType, instance_id: str | None = None) -> DualMessageBusClient:
    """The connected client that everybody in this event loop shares for this engine and instance."""
    for key in [key for key in _clients if key[0].is_closed()]:
        del _clients[key]
    key = (asyncio.get_running_loop(), f"{engine_type.value}:{instance_id or '1'}")
    client = _clients.get(key)
    if client is None or client._closed:
        client = _clients[key] = create_dual_bus_client(engine_type, instance_id)
    await client.initialize()
    return client


def create_dual_bus_client(engine_type: EngineType, instance_id: str | None = None) -> DualMessageBusClient:
    """A client of its own, not connected yet."""
    return DualMessageBusClient(DualBusConfig.from_environment(engine_type, instance_id))
