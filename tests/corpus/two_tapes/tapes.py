"""Counts what is on the tapes of both worlds: ticks here, orders there."""
import asyncio
import json
import sys
from functools import partial

import redis.asyncio as redis

SYMBOLS = ("AAPL", "MSFT")
emit = partial(print, flush=True)


async def count(client, symbol):
    return {symbol: await client.xlen(f"ticks:{symbol}")}


async def trim(client, keep):
    for symbol in SYMBOLS:
        await client.xtrim(f"ticks:{symbol}", maxlen=keep, approximate=False)


async def main(keep):
    client = redis.Redis(host="localhost", port=6379, decode_responses=True)
    for n in range(4):
        await client.xadd(f"ticks:{SYMBOLS[n % 2]}", {"n": str(n)}, id=f"{n + 1}-1")
    before = [await count(client, symbol) for symbol in SYMBOLS]
    await trim(client, keep)
    after = [await count(client, symbol) for symbol in SYMBOLS]
    emit(json.dumps({"before": before, "after": after}))
    orders = [f async for f in follow(client)]
    emit(json.dumps({"orders": orders}))
    await client.aclose()


async def follow(client):
    seen = "0"
    while chunk := await client.xread(streams={"orders:fx": seen}, count=1):
        [[_, [(seen, fields)]]] = chunk
        yield fields


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
