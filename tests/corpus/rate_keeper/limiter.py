"""A token bucket in Redis, and a cache for quotes. No streams, no bus."""
import json
from datetime import timedelta
from typing import Annotated

import redis.asyncio as redis
from fastapi import Depends, FastAPI, HTTPException, Request
from redis.asyncio.client import Pipeline
from redis.exceptions import LockError

TAKE = """
local left = tonumber(redis.call('GET', KEYS[1]) or ARGV[1])
if left <= 0 then return -1 end
redis.call('SET', KEYS[1], left - 1, 'EX', 60)
return left - 1
"""

redis_info = {"host": "localhost", "port": 6379, "xadd": "not a command"}
app = FastAPI()


async def get_cache(request: Request) -> redis.Redis:
    state = request.app.state
    if getattr(state, "cache", None) is None:
        state.cache = redis.Redis(host=redis_info["host"], port=redis_info["port"], decode_responses=True)
    return state.cache


Cache = Annotated[redis.Redis, Depends(get_cache)]


@app.get("/take/{who}")
async def take(who: str, cache: Cache):
    left = int(await cache.eval(TAKE, 1, f"bucket:{who}", 2))
    if left < 0:
        raise HTTPException(429)
    return {"left": left}


@app.post("/quote/{symbol}")
async def remember(symbol: str, px: float, cache: Cache):
    pipe: Pipeline = cache.pipeline(transaction=True)
    async with pipe:
        pipe.setex(f"quote:{symbol}", timedelta(minutes=5), json.dumps({"px": px}))
        pipe.zadd("quotes", {symbol: px})
        pipe.sadd("symbols", symbol)
        done = await pipe.execute()
    return {"stored": len(done), "info": redis_info.get("xadd")}


@app.get("/quote/{symbol}")
async def recall(symbol: str, cache: Cache):
    try:
        async with cache.lock(f"lock:{symbol}", timeout=1):
            text = await cache.get(f"quote:{symbol}")
    except LockError:
        raise HTTPException(423)
    return json.loads(text) if text else {"miss": symbol}
