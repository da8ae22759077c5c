import asyncio
import json
import signal

import redis.asyncio as redis

from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig


class PatchedDesk:
    def __init__(self):
        self.bus = None
        self.cache = None

    async def start(self):
        self.cache = redis.Redis(host="localhost", port=6379, decode_responses=True)
        self.bus = BufferedMessageBusClient(MessageBusConfig(consumer_group="patched"))
        await self.bus.start()

    async def limit(self, account):
        raw = await self.cache.get(f"limit:{account}")
        return float(raw) if raw else 0.0

    async def breach(self, account, used):
        limit = await self.limit(account)
        if used > limit:
            await self.bus.publish("risk.breach", {"account": account, "over": used - limit})
        return used - limit

    async def stop(self):
        await self.bus.stop()
        await self.cache.aclose()


async def main():
    desk = PatchedDesk()
    await desk.start()
    print(json.dumps({"over": await desk.breach("blue", 12.5)}))
    print(json.dumps({"over": await desk.breach("blue", 2.5)}))
    left = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, left.set)
    await left.wait()
    await desk.stop()


if __name__ == "__main__":
    asyncio.run(main())
