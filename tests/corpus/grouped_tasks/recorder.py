"""Records orders: one TaskGroup, a reader, a reaper of dead consumers, and a trimmer."""
import asyncio
import contextlib
import json
import logging
import socket
import time
from collections import Counter

from redis import asyncio as aioredis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError

logger = logging.getLogger(__name__)

ORDERS = "orders:new"
FILLS = "orders:fills"
DLQ = "orders:dlq"
GROUP = "recorder"
ME = f"{socket.gethostname()}-1"
MAX_DELIVERIES = 3
metrics: Counter[str] = Counter()
stopping = asyncio.Event()


class Poison(Exception):
    pass


async def ensure_group(r: aioredis.Redis, *streams: str) -> None:
    for stream in streams:
        try:
            await r.xgroup_create(stream, GROUP, "0", mkstream=True)
        except ResponseError as exc:
            if exc.args[0].startswith("BUSYGROUP"):
                logger.debug("group %s on %s is there", GROUP, stream)
            else:
                raise


async def handle(r: aioredis.Redis, fields: dict[str, str]) -> None:
    qty = int(fields["qty"])
    if qty < 0:
        raise Poison("negative")
    await r.xadd(FILLS, {"id": fields["id"], "qty": qty}, maxlen=1000, approximate=False)
    await r.hincrby("recorder:totals", fields["id"], qty)


async def reader(r: aioredis.Redis) -> None:
    while not stopping.is_set():  # redis-py now and then swallows a cancellation
        try:
            batch = await r.xreadgroup(GROUP, ME, {ORDERS: ">"}, count=16, block=50)
        except RedisConnectionError:
            metrics["reconnects"] += 1
            await asyncio.sleep(0.5)
            continue
        for _, entries in batch or []:
            done = []
            for entry_id, fields in entries:
                try:
                    await handle(r, fields)
                except Poison as exc:
                    await r.xadd(DLQ, {**fields, "error": str(exc)})
                    metrics["dead"] += 1
                done.append(entry_id)
                metrics["read"] += 1
            await r.xack(ORDERS, GROUP, *done)
            print(json.dumps({"acked": len(done), **metrics}), flush=True)


async def reaper(r: aioredis.Redis) -> None:
    cursor = "0-0"
    while not stopping.is_set():
        cursor, claimed, *_ = await r.xautoclaim(ORDERS, GROUP, ME, min_idle_time=60_000, start_id=cursor, count=10)
        for entry_id, fields in claimed:
            info = await r.xpending_range(ORDERS, GROUP, min=entry_id, max=entry_id, count=1)
            if info and info[0]["times_delivered"] > MAX_DELIVERIES:
                await r.xadd(DLQ, fields)
                await r.xack(ORDERS, GROUP, entry_id)
        await asyncio.sleep(0.1)


async def trimmer(r: aioredis.Redis) -> None:
    while True:
        await asyncio.sleep(3600)
        await r.xtrim(FILLS, maxlen=500)


async def main() -> None:
    r = aioredis.from_url("redis://localhost:6379", decode_responses=True, health_check_interval=30)
    await r.ping()
    await r.set("recorder:started", "yes", ex=60)
    await ensure_group(r, ORDERS)
    print(json.dumps({"ready": True}), flush=True)
    began = time.monotonic()
    try:
        async with asyncio.TaskGroup() as tg:
            tg.create_task(reader(r), name="reader")
            tg.create_task(reaper(r), name="reaper")
            tg.create_task(trimmer(r), name="trimmer")
    except* RedisConnectionError as group:
        logger.error("redis went away after %.1f s: %s", time.monotonic() - began, group.exceptions)
    finally:
        await r.aclose()


if __name__ == "__main__":
    import signal

    async def guarded() -> None:
        task = asyncio.ensure_future(main())

        def stop() -> None:
            stopping.set()
            task.cancel()

        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop)
        with contextlib.suppress(asyncio.CancelledError):
            await task

    asyncio.run(guarded())
