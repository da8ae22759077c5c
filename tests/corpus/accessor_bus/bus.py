"""One bus for the whole process. `get_bus()` makes it when it is first asked for."""
import asyncio
import logging
from typing import Optional

from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig

logger = logging.getLogger(__name__)
_bus: Optional[BufferedMessageBusClient] = None
_lock = asyncio.Lock()


async def get_bus() -> BufferedMessageBusClient:
    global _bus
    async with _lock:
        if _bus is None:
            _bus = BufferedMessageBusClient(MessageBusConfig(consumer_group="accessor"))
            await _bus.start()
            logger.info("bus is up")
    return _bus


async def close_bus() -> None:
    global _bus
    if _bus is not None:
        await _bus.stop()
        _bus = None
