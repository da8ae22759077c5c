"""Takes over orders that a dead worker left, first its own backlog, then the rest.  NOGROUP is healed on the way."""
import asyncio
import json
import logging
import os
import signal
from collections.abc import AsyncIterator
from typing import NamedTuple

import redis.asyncio as redis
from redis.exceptions import ResponseError

STREAM = os.getenv("ORDERS_STREAM", "orders:equity")
DEAD = "orders:dead"
GROUP = "keepers"
log = logging.getLogger("keeper")


class Work(NamedTuple):
    id: str
    body: dict


class Keeper:
    def __init__(self, name: str, client: redis.Redis) -> None:
        self.name = name
        self.client = client
        self.closing = asyncio.Event()

    async def ensure(self) -> None:
        try:
            await self.client.xgroup_create(STREAM, GROUP, id="0", mkstream=True)
        except ResponseError as e:
            if not str(e).startswith("BUSYGROUP"):
                raise

    async def work(self) -> AsyncIterator[Work]:
        start = "0-0"
        while start:
            start, claimed, *_ = await self.client.xautoclaim(STREAM, GROUP, self.name, min_idle_time=0, start_id=start, count=10)
            for id_, body in claimed:
                yield Work(id_, body)
            if start == "0-0":
                break
        while not self.closing.is_set():
            try:
                reply = await self.client.xreadgroup(groupname=GROUP, consumername=self.name, streams={STREAM: ">"}, count=1, block=100)
            except ResponseError as e:
                if "NOGROUP" not in str(e):
                    raise
                await self.ensure()
                continue
            for _stream, rows in reply:
                for id_, body in rows:
                    yield Work(id_, body)

    async def keep(self) -> None:
        await self.ensure()
        print(json.dumps({"keeper": self.name}), flush=True)
        async for item in self.work():
            try:
                qty = int(item.body["qty"])
                print(json.dumps({"qty": qty}), flush=True)
            except (KeyError, ValueError) as bad:
                await self.client.xadd(DEAD, {**item.body, "why": type(bad).__name__}, maxlen=100)
                print(json.dumps({"dead": item.body}), flush=True)
            finally:
                await self.client.xack(STREAM, GROUP, item.id)
        pending = await self.client.xpending(STREAM, GROUP)
        print(json.dumps({"pending": pending["pending"]}), flush=True)


async def main() -> None:
    client = redis.Redis(port=6379, decode_responses=True)
    keeper = Keeper("k1", client)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, keeper.closing.set)
    try:
        await keeper.keep()
    finally:
        await client.aclose()


if __name__ == "__main__":
    asyncio.run(main())
