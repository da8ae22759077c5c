import asyncio
import redis.asyncio as redis


async def main():
    client = redis.Redis(host="localhost", port=6379, decode_responses=True)
    await client.xadd("raw-ticks", {"from": "good"})
    await client.aclose()
    print('{"sent": 1}')


asyncio.run(main())
