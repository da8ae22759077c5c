import asyncio
import json
import signal

from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig


class Phoenix:
    """Opens its bus anew whenever an operator says so (SIGHUP)."""

    def __init__(self):
        self.bus = BufferedMessageBusClient(MessageBusConfig(consumer_group="phoenix"))
        self.lives = 0

    async def start(self):
        await self.bus.start()
        self.lives += 1

    async def stop(self):
        await self.bus.stop()

    async def restart(self):
        await self.stop()
        await self.start()
        await self.bus.publish("health.phoenix", {"lives": self.lives})


async def main():
    phoenix = Phoenix()
    await phoenix.start()
    await phoenix.restart()
    print(json.dumps({"lives": phoenix.lives}), flush=True)
    ashes = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ashes.set)
    await ashes.wait()
    await phoenix.stop()


asyncio.run(main())
