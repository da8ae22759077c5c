"""Sentry: keeps an eye on margin, on the risk team's own Redis."""
import asyncio
import json
import os
import signal

from redis.asyncio import ConnectionPool, Redis

from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig


class Sentry:
    def __init__(self):
        # the risk team's box; same host on laptops
        self.config = MessageBusConfig(redis_host=os.environ.get("RISK_REDIS", "risk-redis.internal"), redis_db=0)
        self.bus = BufferedMessageBusClient(self.config)
        self.pool = ConnectionPool.from_url("redis://localhost:6379/0", decode_responses=True)
        self.store = Redis(connection_pool=self.pool)

    async def run(self):
        await self.bus.start()

        async def on_metric(m):
            await self.store.hincrby("sentry:seen", m.payload["symbol"], 1)
            print(json.dumps({"metric": m.payload}), flush=True)

        await self.bus.subscribe("risk.metric.*", on_metric)
        print(json.dumps({"watching": True}), flush=True)
        stop = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
        await stop.wait()
        await self.bus.stop()
        await self.store.aclose()
        await self.pool.disconnect()


async def main():
    await Sentry().run()


asyncio.run(main())
