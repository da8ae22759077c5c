"""VPIN engine: how one-sided the order flow of each symbol is."""

import json
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI, HTTPException, Query

from dual_messagebus_client import EngineType, MessageType, get_dual_bus_client
from engine_stats import Counters

PORT = 10000


class VpinEngine:
    def __init__(self) -> None:
        self.bus = None
        self.counters = Counters("vpin")
        self.last_prices: dict[str, float] = {}
        self.volumes: dict[str, list[int]] = {}  # bought and sold

    async def start(self) -> None:
        self.bus = await get_dual_bus_client(EngineType.VPIN)
        await self.bus.subscribe_to_marketdata([MessageType.MARKET_DATA], self.on_market_data)

    async def stop(self) -> None:
        await self.bus.close()

    async def on_market_data(self, message: dict[str, str]) -> None:
        if message["message_type"] != MessageType.MARKET_DATA.value:
            return
        tick = json.loads(message["payload"])
        self.add_tick(tick["symbol"], tick["price"], tick["size"])
        await self.publish_toxicity(tick["symbol"])
        self.counters.handled(tick["source"], "market.data")

    def add_tick(self, symbol: str, price: float, size: int) -> None:
        """Count the size as bought where the price did not fall, else as sold."""
        rising = price >= self.last_prices.get(symbol, price)
        self.last_prices[symbol] = price
        self.volumes.setdefault(symbol, [0, 0])[0 if rising else 1] += size

    def toxicity(self, symbol: str) -> float:
        """From 0, as much bought as sold, to 1, all on one side."""
        bought, sold = self.volumes.get(symbol, (0, 0))
        return abs(bought - sold) / max(bought + sold, 1)

    async def publish_toxicity(self, symbol: str) -> None:
        payload = {"source": "vpin", "symbol": symbol, "toxicity": self.toxicity(symbol)}
        if await self.bus.publish_message(MessageType.VPIN_CALCULATION, payload):
            self.counters.published("vpin")


engine = VpinEngine()


@asynccontextmanager
async def lifespan(app: FastAPI):
    await engine.start()
    yield
    await engine.stop()


app = FastAPI(title="VPIN engine", lifespan=lifespan)


@app.get("/health")
async def health():
    return {"engine": "vpin", "connected": engine.bus is not None}


@app.get("/stats")
async def stats():
    return engine.counters.stats()


@app.get("/toxicity/{symbol}")
async def toxicity(symbol: str):
    if symbol not in engine.volumes:
        raise HTTPException(404, f"no ticks of {symbol}")
    return {"symbol": symbol, "toxicity": engine.toxicity(symbol)}


@app.post("/toxicity")
async def publish_toxicity(symbol: str = "AAPL", count: int = Query(1, ge=1, le=1000)):
    for _ in range(count):
        await engine.publish_toxicity(symbol)
    return engine.counters.stats()["published"]


if __name__ == "__main__":
    uvicorn.run(app, port=PORT)
