"""Analytics engine: the mean and the range of each symbol's prices."""

import json
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI, HTTPException

from dual_messagebus_client import EngineType, MessageType, get_dual_bus_client
from engine_stats import Counters

PORT = 8100


class AnalyticsEngine:
    def __init__(self) -> None:
        self.bus = None
        self.counters = Counters("analytics")
        self.prices: dict[str, list[float]] = {}

    async def start(self) -> None:
        self.bus = await get_dual_bus_client(EngineType.ANALYTICS)
        await self.bus.subscribe_to_marketdata([MessageType.MARKET_DATA], self.on_market_data)

    async def stop(self) -> None:
        await self.bus.close()

    async def on_market_data(self, message: dict[str, str]) -> None:
        if message["message_type"] != MessageType.MARKET_DATA.value:
            return
        tick = json.loads(message["payload"])
        self.prices.setdefault(tick["symbol"], []).append(tick["price"])
        self.counters.handled(tick["source"], "market.data")

    def summary(self, symbol: str) -> dict[str, float]:
        """Mean, lowest and highest price since the start."""
        prices = self.prices[symbol]
        return {"mean": sum(prices) / len(prices), "low": min(prices), "high": max(prices)}


engine = AnalyticsEngine()


@asynccontextmanager
async def lifespan(app: FastAPI):
    await engine.start()
    yield
    await engine.stop()


app = FastAPI(title="Analytics engine", lifespan=lifespan)


@app.get("/health")
async def health():
    return {"engine": "analytics", "connected": engine.bus is not None}


@app.get("/stats")
async def stats():
    return engine.counters.stats()


@app.get("/summary/{symbol}")
async def summary(symbol: str):
    if symbol not in engine.prices:
        raise HTTPException(404, f"no prices of {symbol}")
    return {"symbol": symbol, **engine.summary(symbol)}


if __name__ == "__main__":
    uvicorn.run(app, port=PORT)
