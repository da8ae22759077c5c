"""ML engine: predicts the next move of each symbol from its last price, and remembers the prediction."""

import json
import logging
import os
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI, HTTPException, Query
from redis import asyncio as aioredis

from engine_stats import Counters

try:
    from enhanced_messagebus_client import BufferedMessageBusClient, EnhancedMessageBusConfig, MessagePriority

    BUS_AVAILABLE = True
except ImportError:
    BUS_AVAILABLE = False

logger = logging.getLogger(__name__)

PORT = 8400
CACHE_SECONDS = 300


class MLEngine:
    def __init__(self) -> None:
        self.bus = None
        self.cache = None
        self.counters = Counters("ml")
        self.last_prices: dict[str, float] = {}

    async def start(self) -> None:
        self.cache = aioredis.Redis(host="localhost", port=6379, decode_responses=True)
        if BUS_AVAILABLE:
            try:
                config = EnhancedMessageBusConfig(
                    redis_host=os.getenv("REDIS_HOST", "localhost"),
                    redis_port=6379,
                    consumer_group="ml",
                    consumer_name="ml-1",
                )
                self.bus = BufferedMessageBusClient(config)
                await self.bus.start()
                await self.bus.subscribe("market.data.*", self.on_market_data)
            except Exception:
                logger.exception("the ML engine runs without its message bus")
                self.bus = None

    async def stop(self) -> None:
        if self.bus is not None:
            await self.bus.stop()
        await self.cache.aclose()

    async def on_market_data(self, message) -> None:
        symbol = message.topic.split(".")[-1]
        confidence = self.learn(symbol, message.payload["price"])
        await self.publish_prediction(symbol, confidence)
        self.counters.handled(message.payload["source"], "market.data")

    def learn(self, symbol: str, price: float) -> float:
        """How sure we are that the price rises: one half where nothing speaks for it."""
        last = self.last_prices.get(symbol, price)
        self.last_prices[symbol] = price
        return min(max(0.5 + 10 * (price - last) / last, 0.0), 1.0)

    async def publish_prediction(self, symbol: str, confidence: float) -> None:
        await self.cache.setex(f"ml:prediction:{symbol}", CACHE_SECONDS, json.dumps({"confidence": confidence}))
        if self.bus is None:
            return
        sent = await self.bus.publish(
            f"ml.prediction.{symbol}",
            {"source": "ml", "symbol": symbol, "confidence": confidence},
            priority=MessagePriority.NORMAL,
        )
        if sent:
            self.counters.published("ml.prediction")


engine = MLEngine()


@asynccontextmanager
async def lifespan(app: FastAPI):
    await engine.start()
    yield
    await engine.stop()


app = FastAPI(title="ML engine", lifespan=lifespan)


@app.get("/health")
async def health():
    return {"engine": "ml", "connected": engine.bus is not None and engine.bus.is_connected}


@app.get("/stats")
async def stats():
    return engine.counters.stats()


@app.get("/predictions/{symbol}")
async def prediction(symbol: str):
    cached = await engine.cache.get(f"ml:prediction:{symbol}")
    if cached is None:
        raise HTTPException(404, f"no prediction for {symbol}")
    return {"symbol": symbol, **json.loads(cached)}


@app.post("/predictions")
async def predict(symbol: str = "AAPL", confidence: float = 0.6, count: int = Query(1, ge=1, le=1000)):
    for _ in range(count):
        await engine.publish_prediction(symbol, confidence)
    return engine.counters.stats()["published"]


if __name__ == "__main__":
    uvicorn.run(app, port=PORT)
