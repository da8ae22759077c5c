"""Factor engine: turns feature vectors into factor values."""

import asyncio
import json
from contextlib import asynccontextmanager

import redis.asyncio as redis
import uvicorn
from fastapi import FastAPI, HTTPException, Query

from engine_stats import Counters

PORT = 8300
WEIGHTS = (0.5, 0.3, 0.2)


class FactorEngine:
    def __init__(self) -> None:
        self.redis = None
        self.task = None
        self.running = False
        self.counters = Counters("factor")
        self.values: dict[str, float] = {}

    async def start(self) -> None:
        self.redis = redis.Redis(host="localhost", port=6379, decode_responses=True)
        try:
            await self.redis.xgroup_create("feature-vectors", "factor", id="0", mkstream=True)
        except redis.ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise
        self.running = True
        self.task = asyncio.create_task(self.consume())

    async def stop(self) -> None:
        self.running = False
        self.task.cancel()
        await self.redis.aclose()

    async def consume(self) -> None:
        while self.running:
            entries = await self.redis.xreadgroup("factor", "factor-1", {"feature-vectors": ">"}, count=20, block=500)
            for _, messages in entries:
                for message_id, fields in messages:
                    await self.on_features(fields)
                    await self.redis.xack("feature-vectors", "factor", message_id)

    async def on_features(self, fields: dict) -> None:
        symbol = fields["symbol"]
        self.values[symbol] = self.weigh(json.loads(fields["vector"]))
        await self.publish_value(symbol, self.values[symbol])
        self.counters.handled(fields["source"], "feature-vectors")

    def weigh(self, vector: list[float]) -> float:
        """The weighted sum of a feature vector."""
        return sum(weight * feature for weight, feature in zip(WEIGHTS, vector, strict=True))

    async def publish_value(self, symbol: str, value: float) -> None:
        await self.redis.xadd(
            "factor-values", {"symbol": symbol, "value": str(value), "source": "factor"}, maxlen=10000
        )
        self.counters.published("factor-values")


engine = FactorEngine()


@asynccontextmanager
async def lifespan(app: FastAPI):
    await engine.start()
    yield
    await engine.stop()


app = FastAPI(title="Factor engine", lifespan=lifespan)


@app.get("/health")
async def health():
    return {"engine": "factor", "connected": engine.running}


@app.get("/stats")
async def stats():
    return engine.counters.stats()


@app.get("/factors/{symbol}")
async def factor(symbol: str):
    if symbol not in engine.values:
        raise HTTPException(404, f"no factor value for {symbol}")
    return {"symbol": symbol, "value": engine.values[symbol]}


@app.post("/factors")
async def publish_factors(symbol: str = "AAPL", value: float = 1.0, count: int = Query(1, ge=1, le=1000)):
    for _ in range(count):
        await engine.publish_value(symbol, value)
    return engine.counters.stats()["published"]


if __name__ == "__main__":
    uvicorn.run(app, port=PORT)
