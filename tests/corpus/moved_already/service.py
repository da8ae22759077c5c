"""Written against the dual bus from the first day."""

import asyncio
import json
import signal

from dual_messagebus_client import DualMessageBusClient, EngineType, MessageType, get_dual_bus_client


class Reserve:
    def __init__(self) -> None:
        self.bus: DualMessageBusClient | None = None
        self.total = 0.0

    async def start(self) -> None:
        self.bus = await get_dual_bus_client(EngineType.RISK)
        await self.bus.subscribe_to_engine_logic([MessageType.PORTFOLIO_UPDATE], self.on_update)

    async def on_update(self, message: dict[str, str]) -> None:
        payload = json.loads(message["payload"])
        self.total += payload["value"]
        await self.bus.publish_message(MessageType.RISK_METRIC, {"total": self.total})

    async def publish(self, topic: str, payload: dict) -> None:
        """Not the old one: a word for it that people know."""
        await self.bus.publish_message(MessageType.SYSTEM_ALERT, {"topic": topic, **payload})

    async def stop(self) -> None:
        await self.publish("reserve.down", {"total": self.total})
        await self.bus.close()


async def main() -> None:
    reserve = Reserve()
    await reserve.start()
    done = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, done.set)
    await done.wait()
    await reserve.stop()


if __name__ == "__main__":
    asyncio.run(main())
