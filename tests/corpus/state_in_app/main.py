from __future__ import annotations

import json
from contextlib import asynccontextmanager
from typing import AsyncIterator

from fastapi import APIRouter, Depends, FastAPI, Request
from redis.asyncio import Redis

router = APIRouter(prefix="/orders")


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.redis = Redis(host="localhost", port=6379, db=0, decode_responses=True)
    print(json.dumps({"lifespan": "up"}), flush=True)
    try:
        yield
    finally:
        await app.state.redis.aclose()
        print(json.dumps({"lifespan": "down"}), flush=True)


def get_redis(request: Request) -> Redis:
    return request.app.state.redis


@router.post("/{account}")
async def place(account: str, qty: int, redis: Redis = Depends(get_redis)) -> dict[str, str]:
    order_id = await redis.xadd("orders:equity", {"account": account, "qty": qty})
    return {"account": account, "placed": "yes" if order_id else "no"}


@router.get("/count")
async def count(request: Request) -> dict[str, int]:
    return {"count": await request.app.state.redis.xlen("orders:equity")}


@router.get("/tail/{n}")
async def tail(n: int, redis: Redis = Depends(get_redis)):
    return [fields for _, fields in await redis.xrevrange("orders:equity", count=n)]


app = FastAPI(lifespan=lifespan)
app.include_router(router)
