"""Heartbeats of the desk."""

import asyncio
import json
import signal

from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig, MessagePriority


class Pulse:
    def __init__(self) -> None:
        self.bus = None
        self.beats = 0

    async def start(self) -> None:
        self.bus = BufferedMessageBusClient(MessageBusConfig())
        await self.bus.start()

    async def beat(self) -> int:
        self.beats += 1
        await self.bus.publish("health.pulse", {"beats": self.beats}, priority=MessagePriority.LOW)
        return self.beats

    async def stop(self) -> None:
        await self.bus.stop()


async def main() -> None:
    pulse = Pulse()
    await pulse.start()
    for _ in range(3):
        print(json.dumps({"beat": await pulse.beat()}), flush=True)
    gone = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, gone.set)
    await gone.wait()
    await pulse.stop()


if __name__ == "__main__":
    asyncio.run(main())
