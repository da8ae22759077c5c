"""Limits: keeps traders within theirs."""
import asyncio
import json
import logging
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final

from engines.watched_limits.dress import COUNTS, attempts, timed
from engines.watched_limits.settings import get_settings
from enhanced_messagebus_client import BufferedMessageBusClient, BusMessage, EnhancedMessageBusConfig, MessagePriority

LOGGER: Final = logging.getLogger("limits")
OPTIONS: Final = {"buffer_interval_ms": 20, "max_buffer_size": 50}
TOPICS: Final = ("trade.fill.*", "market.data.*")


@asynccontextmanager
async def open_bus(group: str) -> AsyncIterator[BufferedMessageBusClient]:
    settings = get_settings()
    config = EnhancedMessageBusConfig(settings.bus.host, settings.bus.port, consumer_group=group, **OPTIONS)
    bus = BufferedMessageBusClient(config)
    await bus.start()
    try:
        yield bus
    finally:
        await bus.stop()


class Limits:
    def __init__(self, bus: BufferedMessageBusClient, limit: int) -> None:
        self.bus, self.limit = bus, limit
        self.held: dict[str, int] = {}
        self.failures = 2

    async def watch(self) -> None:
        for topic in TOPICS:
            await self.bus.subscribe(topic, self.on_message)
        await self.bus.subscribe("risk.metric.*", self.on_metric)

    async def on_message(self, message: BusMessage) -> None:
        if message.topic.startswith("trade.fill."):
            await self._on_fill(message.payload)
        elif "symbol" in message.payload:
            print(json.dumps({"price": message.payload}), flush=True)
        else:
            LOGGER.error("unexpected %r", message)

    async def _on_fill(self, fill: dict[str, Any]) -> None:
        symbol = fill["symbol"]
        self.held[symbol] = self.held.get(symbol, 0) + fill["quantity"]
        print(json.dumps({"held": self.held}), flush=True)
        if abs(self.held[symbol]) > self.limit:
            await self.tell(symbol, urgent=self.held[symbol] > 0)

    @timed
    @attempts(3)
    async def on_metric(self, message: BusMessage) -> None:
        if self.failures:
            self.failures -= 1
            raise TimeoutError
        print(json.dumps({"metric": message.payload, "of": message.topic, "counts": COUNTS}), flush=True)

    @attempts(number=2)
    async def tell(self, symbol: str, *, urgent: bool = False) -> bool:
        priority = MessagePriority.CRITICAL if urgent else MessagePriority.LOW
        update: dict[str, Any] = {"symbol": symbol, "held": self.held[symbol]}
        update["limit"] = self.limit
        return await self.bus.publish(f"portfolio.update.{symbol}", update, priority=priority)


async def main() -> None:
    end = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, end.set)
    async with AsyncExitStack() as stack:
        bus = await stack.enter_async_context(open_bus("limits"))
        limits = Limits(bus, limit=get_settings().limit)
        await limits.watch()
        print(json.dumps({"open": True}), flush=True)
        await end.wait()


if __name__ == "__main__":
    asyncio.run(main())
