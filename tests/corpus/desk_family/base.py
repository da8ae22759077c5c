"""What every desk has: a bus, a name, a goodbye."""

from abc import ABC, abstractmethod

from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig, MessagePriority


class Desk(ABC):
    name = "desk"
    bus: "BufferedMessageBusClient | None" = None

    async def open(self) -> None:
        config = MessageBusConfig(consumer_group=self.name)
        self.bus = BufferedMessageBusClient(config)
        await self.bus.start()
        await self.listen()

    async def close(self) -> None:
        await self.say_bye()
        await self.bus.stop()

    async def say_bye(self) -> None:
        await self.bus.publish(f"health.{self.name}", {"state": "down"}, MessagePriority.LOW)

    @abstractmethod
    async def listen(self) -> None:
        """Subscribe to what this desk is about."""
