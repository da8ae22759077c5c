"""Features engine: computes a feature vector from each raw tick, passes it on and keeps the last one of each symbol."""

import asyncio
import json
import time
from contextlib import asynccontextmanager

import redis.asyncio as redis
import uvicorn
from fastapi import FastAPI, HTTPException, Query

from engine_stats import Counters

PORT = 8500
CACHE_SECONDS = 3600


class FeaturesEngine:
    def __init__(self) -> None:
        self.redis = None
        self.task = None
        self.running = False
        self.counters = Counters("features")
        self.last_prices: dict[str, float] = {}

    async def start(self) -> None:
        self.redis = redis.Redis(host="localhost", port=6379, decode_responses=True)
        self.running = True
        self.task = asyncio.create_task(self.follow_ticks())

    async def stop(self) -> None:
        self.running = False
        self.task.cancel()
        await self.redis.aclose()

    async def follow_ticks(self) -> None:
        last_id = f"{int(time.time() * 1000)}-0"  # ticks from before the start are stale
        while self.running:
            entries = await self.redis.xread({"raw-ticks": last_id}, count=100, block=500)
            for _, messages in entries:
                for message_id, fields in messages:
                    await self.on_tick(fields)
                    last_id = message_id

    async def on_tick(self, fields: dict) -> None:
        symbol = fields["symbol"]
        vector = self.vector(symbol, float(fields["price"]), int(fields["size"]))
        await self.publish_vector(symbol, vector)
        self.counters.handled(fields["source"], "raw-ticks")

    def vector(self, symbol: str, price: float, size: int) -> list[float]:
        """Price, move since the last tick, and traded value in millions."""
        move = price - self.last_prices.get(symbol, price)
        self.last_prices[symbol] = price
        return [price, move, price * size / 1e6]

    async def publish_vector(self, symbol: str, vector: list[float]) -> None:
        await self.redis.set(f"features:{symbol}", json.dumps(vector))
        await self.redis.expire(f"features:{symbol}", CACHE_SECONDS)
        await self.redis.xadd("feature-vectors", {"symbol": symbol, "vector": json.dumps(vector), "source": "features"})
        self.counters.published("feature-vectors")


engine = FeaturesEngine()


@asynccontextmanager
async def lifespan(app: FastAPI):
    await engine.start()
    yield
    await engine.stop()


app = FastAPI(title="Features engine", lifespan=lifespan)


@app.get("/health")
async def health():
    return {"engine": "features", "connected": engine.running}


@app.get("/stats")
async def stats():
    return engine.counters.stats()


@app.get("/vectors/{symbol}")
async def last_vector(symbol: str):
    cached = await engine.redis.get(f"features:{symbol}")
    if cached is None:
        raise HTTPException(404, f"no vector for {symbol}")
    return {"symbol": symbol, "vector": json.loads(cached)}


@app.post("/vectors")
async def publish_vectors(symbol: str = "AAPL", price: float = 100.0, count: int = Query(1, ge=1, le=1000)):
    for _ in range(count):
        await engine.publish_vector(symbol, engine.vector(symbol, price, 100))
    return engine.counters.stats()["published"]


if __name__ == "__main__":
    uvicorn.run(app, port=PORT)
