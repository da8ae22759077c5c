import asyncio
import json
import sys
import redis.asyncio as redis


async def settle(client: redis.Redis, account: str, amount: float) -> list:
    """One transaction: the balance changes and the call is told, or neither."""
    async with client.pipeline(transaction=True) as pipe:
        pipe.incrbyfloat(f"balance:{account}", -amount)
        pipe.xadd("margin-calls", {"account": account, "amount": amount})
        return await pipe.execute()


async def main(accounts):
    client = redis.Redis(decode_responses=True)
    for n, account in enumerate(accounts, 1):
        done = await settle(client, account, n * 1.5)
        print(json.dumps({"account": account, "balance": float(done[0])}))
    print(json.dumps({"calls": await client.xlen("margin-calls")}))
    await client.aclose()

asyncio.run(main(sys.argv[1:]))
