"""Stubborn mill: whatever a vector does to it, it goes on with the next one."""
import asyncio
import contextlib
import json
import logging
import signal

import redis.asyncio as redis

logging.basicConfig(level=logging.CRITICAL)
logger = logging.getLogger("mill")

STREAM = "feature-vectors"
GROUP = "features:1"


class StubbornMill:
    def __init__(self) -> None:
        self.link: redis.Redis | None = None
        self.worker: asyncio.Task | None = None
        self.failed = 0

    async def start(self) -> None:
        self.link = redis.Redis(host="localhost", port=6379, decode_responses=True)
        self.worker = asyncio.create_task(self.grind())

    async def stop(self) -> None:
        if self.worker is not None and not self.worker.done():
            self.worker.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self.worker
        await self.link.aclose()

    async def grind(self) -> None:
        try:
            await self.link.xgroup_create(STREAM, GROUP, id="0", mkstream=True)
        except redis.ResponseError as e:
            if "BUSYGROUP" not in str(e):
                raise
        while True:
            try:
                batch = await self.link.xreadgroup(GROUP, "mill-1", {STREAM: ">"}, count=5, block=300)
                if not batch:
                    continue
                for _, entries in batch:
                    for entry_id, vector in entries:
                        try:
                            numbers = json.loads(vector["values"])
                            await self.on_vector(vector["symbol"], numbers)
                            await self.link.xack(STREAM, GROUP, entry_id)
                        except Exception:
                            # bad vectors stay where they are
                            logger.exception("could not grind %s", vector)
                            print('{"failed": true}', flush=True)
                            self.failed += 1
            except asyncio.CancelledError:
                logger.info("the mill stands still")
                raise
            except redis.ConnectionError:
                logger.warning("no connection")
                await asyncio.sleep(5)
            except Exception as e:
                logger.error(f"reading failed: {e}")
                await asyncio.sleep(1)

    async def on_vector(self, symbol, numbers):
        print(json.dumps({"symbol": symbol, "sum": sum(numbers), "failed": self.failed}), flush=True)


async def main():
    mill = StubbornMill()
    await mill.start()
    print(json.dumps({"event": "up"}), flush=True)
    done = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, done.set)
    await done.wait()
    await mill.stop()


if __name__ == "__main__":
    asyncio.run(main())
