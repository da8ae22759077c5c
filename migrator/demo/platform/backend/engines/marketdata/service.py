"""Market data engine: hands the exchanges' ticks to the platform."""

from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI, HTTPException, Query

from dual_messagebus_client import EngineType, MessageType, get_dual_bus_client
from engine_stats import Counters

PORT = 8800


class MarketDataEngine:
    def __init__(self) -> None:
        self.bus = None
        self.counters = Counters("marketdata")
        self.last_ticks: dict[str, dict] = {}

    async def start(self) -> None:
        self.bus = await get_dual_bus_client(EngineType.MARKETDATA)

    async def stop(self) -> None:
        await self.bus.close()

    async def publish_tick(self, symbol: str, price: float, size: int) -> None:
        """One tick, as a message for the engines and raw for those which keep their own place in the stream."""
        tick = {"source": "marketdata", "symbol": symbol, "price": price, "size": size}
        self.last_ticks[symbol] = tick
        if await self.bus.publish_message(MessageType.MARKET_DATA, {"topic": f"market.data.{symbol}", **tick}):
            self.counters.published("market.data")
        raw = {key: str(value) for key, value in tick.items()}
        await self.bus.marketdata_client.xadd("raw-ticks", raw, maxlen=100_000, approximate=True)
        self.counters.published("raw-ticks")


engine = MarketDataEngine()


@asynccontextmanager
async def lifespan(app: FastAPI):
    await engine.start()
    yield
    await engine.stop()


app = FastAPI(title="Market data engine", lifespan=lifespan)


@app.get("/health")
async def health():
    return {"engine": "marketdata", "connected": engine.bus is not None}


@app.get("/stats")
async def stats():
    return engine.counters.stats()


@app.get("/ticks/{symbol}")
async def last_tick(symbol: str):
    if symbol not in engine.last_ticks:
        raise HTTPException(404, f"no ticks of {symbol}")
    return engine.last_ticks[symbol]


@app.post("/ticks")
async def publish_ticks(symbol: str = "AAPL", price: float = 100.0, count: int = Query(1, ge=1, le=1000)):
    """Ticks that rise by a cent each."""
    for step in range(count):
        await engine.publish_tick(symbol, round(price + step / 100, 2), 100)
    return engine.counters.stats()["published"]


if __name__ == "__main__":
    uvicorn.run(app, port=PORT)
