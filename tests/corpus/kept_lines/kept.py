"""Orders to the archive.

The archive lives at redis://localhost:6379/0 and will stay there (ticket OPS-12); so will the port 6379 in the table.
"""
import asyncio
import json

import redis.asyncio as redis

PORTS = {"redis": 6379, "postgres": 5432, "marketdata": 6380}


class Archive:
    async def open(self):
        self.client = redis.Redis(host="localhost", port=PORTS["redis"], decode_responses=True)

    async def put(self, order):
        await self.client.xadd("orders:equity", order)  # migrate: keep the archive is read by the auditors' own tools
        await self.client.incr("archive:count")

    async def close(self):
        print(json.dumps({"count": await self.client.get("archive:count"), "length": await self.client.xlen("orders:equity")}))
        await self.client.aclose()


class Caller:
    """Margin calls, on a client of its own."""

    async def open(self):
        self.link = redis.Redis(host="localhost", port=6379, decode_responses=True)

    async def call(self, account):
        await self.link.xadd("margin-calls", {"account": account})

    async def close(self):
        await self.link.aclose()


async def main():
    archive, caller = Archive(), Caller()
    await archive.open()
    await caller.open()
    for account in ("blue", "red"):
        await archive.put({"account": account})
        await caller.call(account)
    await caller.close()
    await archive.close()


if __name__ == "__main__":
    asyncio.run(main())
