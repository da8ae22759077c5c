"""Copied from the platform in March, do not edit. The message bus on the main Redis.

    config = EnhancedMessageBusConfig(redis_host="localhost", consumer_group="portfolio")
    bus = BufferedMessageBusClient(config)
    await bus.start()
    await bus.subscribe("market.data.*", on_price)
    await bus.publish("portfolio.update.AAPL", {"quantity": 10}, priority=MessagePriority.HIGH)
"""

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum
from fnmatch import fnmatchcase
from typing import Any

import redis.asyncio as redis

logger = logging.getLogger(__name__)

MAX_STREAM_LENGTH = 100_000


class MessagePriority(Enum):
    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    CRITICAL = "critical"


@dataclass
class MessageBusConfig:
    """Where the bus is, and how this engine reads it."""

    redis_host: str = "localhost"
    redis_port: int = 6379
    redis_db: int = 0
    stream_key: str = "messagebus"
    consumer_group: str = "engines"
    consumer_name: str = "engine-1"
    buffer_interval_ms: int = 50  # how long a read waits for messages
    max_buffer_size: int = 100  # how many messages one read takes


@dataclass
class EnhancedMessageBusConfig(MessageBusConfig):
    """A bus which also listens to the operators' control stream."""

    control_stream: str = "messagebus:control"


@dataclass
class BusMessage:
    """What a handler is given."""

    topic: str
    payload: dict[str, Any]
    priority: MessagePriority
    timestamp: float


Handler = Callable[[BusMessage], Awaitable[None]]


class BufferedMessageBusClient:
    """Publishes to the shared stream and hands each message to the handlers whose pattern matches its topic."""

    def __init__(self, config: MessageBusConfig) -> None:
        self.config = config
        self._redis: redis.Redis | None = None
        self._handlers: list[tuple[str, Handler]] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._running = False

    @property
    def is_connected(self) -> bool:
        return self._redis is not None

    async def start(self) -> None:
        """Connect and begin to read. A Redis that cannot be reached is logged, not raised."""
        client = redis.Redis(
            host=self.config.redis_host,
            port=self.config.redis_port,
            db=self.config.redis_db,
            decode_responses=True,
        )
        try:
            await self._create_group(client)
        except redis.RedisError:
            logger.exception("message bus at %s:%s is not there", self.config.redis_host, self.config.redis_port)
            await client.aclose()
            return
        self._redis = client
        self._running = True
        self._tasks.append(asyncio.create_task(self._read_messages(client)))
        if isinstance(self.config, EnhancedMessageBusConfig):
            self._tasks.append(asyncio.create_task(self._read_control(client, self.config.control_stream)))

    async def stop(self) -> None:
        """End the reading tasks and disconnect."""
        self._running = False  # redis-py now and then swallows a cancellation
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        if self._redis is not None:
            await self._redis.aclose()
            self._redis = None

    async def publish(
        self, topic: str, payload: dict[str, Any], priority: MessagePriority = MessagePriority.NORMAL
    ) -> bool:
        """Put one message on the stream; False where it could not be sent."""
        if self._redis is None:
            return False
        fields = {
            "topic": topic,
            "payload": json.dumps(payload),
            "priority": priority.value,
            "timestamp": str(time.time()),
        }
        try:
            await self._redis.xadd(self.config.stream_key, fields, maxlen=MAX_STREAM_LENGTH, approximate=True)
        except redis.RedisError:
            logger.exception("could not publish %s", topic)
            return False
        return True

    async def subscribe(self, topic_pattern: str, handler: Handler) -> None:
        """From now on, call `handler` with each message whose topic matches the pattern."""
        self._handlers.append((topic_pattern, handler))

    async def _create_group(self, client: redis.Redis) -> None:
        try:
            await client.xgroup_create(self.config.stream_key, self.config.consumer_group, id="$", mkstream=True)
        except redis.ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise

    async def _read_messages(self, client: redis.Redis) -> None:
        while self._running:
            try:
                entries = await client.xreadgroup(
                    self.config.consumer_group,
                    self.config.consumer_name,
                    {self.config.stream_key: ">"},
                    count=self.config.max_buffer_size,
                    block=self.config.buffer_interval_ms,
                )
                for _, messages in entries:
                    for message_id, fields in messages:
                        await self._dispatch(fields)
                        await client.xack(self.config.stream_key, self.config.consumer_group, message_id)
            except redis.RedisError:
                logger.exception("reading %s failed", self.config.stream_key)
                await asyncio.sleep(1)

    async def _dispatch(self, fields: dict[str, str]) -> None:
        message = BusMessage(
            topic=fields["topic"],
            payload=json.loads(fields["payload"]),
            priority=MessagePriority(fields["priority"]),
            timestamp=float(fields["timestamp"]),
        )
        for pattern, handler in self._handlers:
            if not fnmatchcase(message.topic, pattern):
                continue
            try:
                await handler(message)
            except Exception:
                logger.exception("a handler of %s failed", message.topic)

    async def _read_control(self, client: redis.Redis, stream: str) -> None:
        """Follow the operators' commands, which arrive on a stream of their own."""
        while self._running:
            try:
                entries = await client.xreadgroup(
                    f"{self.config.consumer_group}-control", self.config.consumer_name, {stream: ">"}, block=1000
                )
                for _, messages in entries:
                    for message_id, fields in messages:
                        logger.info("control message: %s", fields)
                        await client.xack(stream, f"{self.config.consumer_group}-control", message_id)
            except redis.RedisError:
                await asyncio.sleep(0.001)  # nobody has sent a command yet
