"""Reads bytes, and waits without end for the next."""
import asyncio
import json
import signal

from redis.asyncio import Redis


async def read(client):
    last = b"0-0"
    while True:
        for _, rows in await client.xread({"raw-ticks": last}, block=0):
            for last, row in rows:
                print(json.dumps({k.decode(): v.decode() for k, v in row.items()}), flush=True)


async def main():
    client = Redis()
    task = asyncio.create_task(read(client))
    await client.ping()
    print('{"reading": true}', flush=True)
    leave = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, leave.set)
    await leave.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await client.aclose()


asyncio.run(main())
