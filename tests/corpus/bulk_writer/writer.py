"""Writes ticks in bulk, one stream for each symbol."""
import asyncio
import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass

import redis.asyncio as redis

MAXLEN = 1000


@dataclass(slots=True)
class Tick:
    symbol: str
    px: float

    def fields(self) -> dict[str, str]:
        return {"px": f"{self.px:.4f}"}


class BulkWriter:
    def __init__(self) -> None:
        self._redis: redis.Redis | None = None

    async def __aenter__(self) -> "BulkWriter":
        self._redis = redis.Redis(host="localhost", port=6379, decode_responses=True)
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._redis.aclose()

    async def write(self, ticks: Iterable[Tick]) -> int:
        async with self._redis.pipeline(transaction=False) as pipe:
            for tick in ticks:
                pipe.xadd(f"ticks:{tick.symbol}", tick.fields(), maxlen=MAXLEN, approximate=True)
            replies = await pipe.execute()
        return len(replies)


async def main(lines: list[str]) -> None:
    ticks = [Tick(symbol, float(px)) for symbol, px in (line.split("=") for line in lines)]
    async with BulkWriter() as writer:
        print(json.dumps({"written": await writer.write(ticks)}))


asyncio.run(main(sys.argv[1:]))
