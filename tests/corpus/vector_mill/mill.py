"""Vector mill: vectors in, one number out."""
import asyncio
import json
import logging
import signal

import redis.asyncio as redis

logging.basicConfig(level=logging.WARNING)


class VectorMill:
    def __init__(self):
        self.link = None
        self.worker = None
        self.alive = False
        self.sums = {}

    async def start(self):
        self.link = redis.Redis(host="localhost", port=6379, decode_responses=True)
        try:
            await self.link.xgroup_create("feature-vectors", "mill", id="0", mkstream=True)
        except redis.ResponseError as err:
            if "BUSYGROUP" not in str(err):
                raise
        self.alive = True
        self.worker = asyncio.create_task(self.grind())

    async def stop(self):
        self.alive = False
        self.worker.cancel()
        await self.link.aclose()

    async def grind(self):
        """Everything that arrives, one after the other."""
        while self.alive:
            batch = await self.link.xreadgroup("mill", "mill-1", {"feature-vectors": ">"}, count=5, block=300)
            for _, entries in batch:
                for entry_id, vector in entries:
                    await self.on_vector(vector)
                    await self.link.xack("feature-vectors", "mill", entry_id)

    async def on_vector(self, vector):
        numbers = json.loads(vector["values"])
        self.sums[vector["symbol"]] = sum(numbers)
        print(json.dumps({"symbol": vector["symbol"], "sum": sum(numbers), "seen": sorted(self.sums)}), flush=True)


async def main():
    mill = VectorMill()
    await mill.start()
    print(json.dumps({"event": "up"}), flush=True)
    done = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, done.set)
    await done.wait()
    await mill.stop()


if __name__ == "__main__":
    asyncio.run(main())
