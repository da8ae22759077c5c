"""A raw client that is made in __init__, as most people do."""
import asyncio
import json
import sys

import redis.asyncio as redis


class Ledger:
    def __init__(self, host="localhost"):
        self.r = redis.Redis(host=host, port=6379, decode_responses=True)
        self.stream = "orders:fx"

    async def run(self, count):
        for n in range(count):
            await self.r.xadd(self.stream, {"n": n, "side": "buy" if n % 2 else "sell"})
        rows = await self.r.xrange(self.stream)
        print(json.dumps({"rows": [fields for _, fields in rows]}))
        removed = await self.r.xtrim(self.stream, maxlen=2, approximate=False)
        print(json.dumps({"removed": removed, "left": await self.r.xlen(self.stream)}))
        await self.r.aclose()


async def main():
    ledger = Ledger()
    await ledger.run(int(sys.argv[1]))


if __name__ == "__main__":
    asyncio.run(main())
