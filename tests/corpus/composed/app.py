import json
import os

import redis.asyncio as redis
from fastapi import FastAPI
from fastapi.responses import JSONResponse

REDIS_URL = os.environ.get("REDIS_URL", "redis://localhost:6379/0")

app = FastAPI()
link: redis.Redis | None = None


@app.on_event("startup")
async def _open() -> None:
    global link
    link = redis.from_url(REDIS_URL, decode_responses=True)
    print(json.dumps({"open": True}), flush=True)


@app.on_event("shutdown")
async def _close() -> None:
    await link.aclose()


@app.get("/health")
async def health():
    try:
        return {"redis": await link.ping()}
    except redis.RedisError as error:
        return JSONResponse({"error": str(error)}, status_code=503)


@app.post("/call/{account}")
async def call(account: str, amount: float = 0.0):
    await link.xadd("margin-calls", {"account": account, "amount": f"{amount:g}"})
    return {"calls": await link.xlen("margin-calls")}


@app.delete("/call/{entry}")
async def drop(entry: str):
    return {"dropped": await link.xdel("margin-calls", entry)}
