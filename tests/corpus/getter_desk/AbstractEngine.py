"""
AbstractEngine.py

Template method pattern (GoF). Sub classes MUST override handleEvent() and MAY override onStarted().
"""
import asyncio
import logging
import signal
from abc import ABC, abstractmethod
from typing import List, Optional

from enhanced_messagebus_client import BufferedMessageBusClient, BusMessage, MessageBusConfig, MessagePriority


class IEventSink(ABC):
    @abstractmethod
    async def emit(self, suffix: str, body: dict) -> bool:
        """Emits an event."""
        raise NotImplementedError


class AbstractEngine(IEventSink):
    RESULT_PREFIX: str = "risk.metric"

    def __init__(self, name: str) -> None:
        self.__bus: Optional[BufferedMessageBusClient] = None
        self.__name: str = name
        self.__running: bool = False
        self._logger = logging.getLogger(self.__class__.__name__)

    # ----- getters / setters -----
    def getBus(self) -> BufferedMessageBusClient:
        if self.__bus is None:
            raise RuntimeError("engine is not started")
        return self.__bus

    def getName(self) -> str:
        return self.__name

    def isHealthy(self) -> bool:
        return self.__bus is not None and self.__bus.is_connected

    # ----- template method -----
    async def execute(self) -> None:
        await self.__initialize()
        try:
            for topic in self.getTopics():
                await self.getBus().subscribe(topic, self.__dispatch)
            await self.onStarted()
            await self.__waitForShutdown()
        finally:
            await self.__shutdown()

    async def __initialize(self) -> None:
        config: MessageBusConfig = MessageBusConfig()
        config.redis_host = "localhost"
        config.redis_port = 6379
        config.consumer_group = self.__name
        self.__bus = BufferedMessageBusClient(config)
        await self.__bus.start()
        self.__running = True

    async def __dispatch(self, message: BusMessage) -> None:
        try:
            await self.handleEvent(message.topic, message.payload)
        except ValueError as ex:
            self._logger.warning("[%s] rejected %s: %s", self.__name, message.topic, ex)
            await self.emit("rejected", {"reason": str(ex)})

    async def __waitForShutdown(self) -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for sig in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(sig, stop.set)
        await stop.wait()

    async def __shutdown(self) -> None:
        self.__running = False
        if self.__bus is not None:
            await self.__bus.stop()
            self.__bus = None

    async def emit(self, suffix: str, body: dict) -> bool:
        return await self.getBus().publish(
            topic=self.RESULT_PREFIX + "." + suffix, payload=body, priority=MessagePriority.NORMAL
        )

    async def onStarted(self) -> None:
        pass  # hook

    @abstractmethod
    def getTopics(self) -> List[str]: ...

    @abstractmethod
    async def handleEvent(self, topic: str, body: dict) -> None: ...
