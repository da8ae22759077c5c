import asyncio
import aioredis


class Tape:
    def __init__(self, loop=None):
        self._loop = loop or asyncio.get_event_loop()
        self._pool = None

    async def connect(self):
        self._pool = await aioredis.create_redis_pool(('localhost', 6379), encoding='utf-8', minsize=2)

    async def read(self, last='$'):
        while True:
            for stream, msg_id, fields in await self._pool.xread(['raw-ticks'], latest_ids=[last], timeout=500):
                last = msg_id
                yield dict(fields)

    async def count(self):
        return await self._pool.incr('tape:count')

    async def close(self):
        self._pool.close()
        await self._pool.wait_closed()


if __name__ == '__main__':
    async def show():
        tape = Tape()
        await tape.connect()
        async for tick in tape.read():
            print(await tape.count(), tick)
    asyncio.get_event_loop().run_until_complete(show())
