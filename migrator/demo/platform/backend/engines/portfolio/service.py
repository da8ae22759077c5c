"""Portfolio engine: keeps positions, values them at market, and tells the platform when they change."""

import logging
import os
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI, HTTPException, Query

from engine_stats import Counters
from enhanced_messagebus_client import BufferedMessageBusClient, EnhancedMessageBusConfig, MessagePriority

logger = logging.getLogger(__name__)

PORT = 8900
LOT = 10


class PortfolioEngine:
    def __init__(self) -> None:
        self.cfg = EnhancedMessageBusConfig(
            redis_host=os.getenv("REDIS_HOST", "localhost"),
            redis_port=6379,
            consumer_group="portfolio",
            consumer_name="portfolio-1",
            buffer_interval_ms=50,
            max_buffer_size=100,
        )
        self.bus = None
        self.counters = Counters("portfolio")
        self.prices: dict[str, float] = {}
        self.positions: dict[str, int] = {}
        self.exposure: dict[str, float] = {}

    async def start(self) -> None:
        try:
            self.bus = BufferedMessageBusClient(self.cfg)
            await self.bus.start()

            async def on_price(message):
                symbol = message.topic.split(".")[-1]
                self.prices[symbol] = message.payload["price"]
                self.counters.handled(message.payload["source"], "market.data")

            async def on_risk(message):
                self.exposure[message.payload["symbol"]] = message.payload["exposure"]
                self.counters.handled(message.payload["source"], "risk.metric")

            async def on_signal(message):
                symbol = message.payload["symbol"]
                self.trade(symbol, message.payload["action"])
                await self.publish_update(symbol)
                self.counters.handled(message.payload["source"], "strategy.signal")

            await self.bus.subscribe("market.data.*", on_price)
            await self.bus.subscribe("risk.metric.*", on_risk)
            await self.bus.subscribe("strategy.signal.*", on_signal)
        except Exception:
            logger.exception("the portfolio engine runs without its message bus")
            self.bus = None

    async def stop(self) -> None:
        if self.bus is not None:
            await self.bus.stop()

    def trade(self, symbol: str, action: str) -> None:
        """One lot more or less of a symbol."""
        self.positions[symbol] = self.positions.get(symbol, 0) + (LOT if action == "buy" else -LOT)

    def value(self, symbol: str) -> float:
        """A position at its last price."""
        return self.positions.get(symbol, 0) * self.prices.get(symbol, 0.0)

    async def publish_update(self, symbol: str) -> None:
        if self.bus is None:
            return
        sent = await self.bus.publish(
            f"portfolio.update.{symbol}",
            {
                "source": "portfolio",
                "symbol": symbol,
                "quantity": self.positions.get(symbol, 0),
                "value": self.value(symbol),
            },
            priority=MessagePriority.HIGH,
        )
        if sent:
            self.counters.published("portfolio.update")


engine = PortfolioEngine()


@asynccontextmanager
async def lifespan(app: FastAPI):
    await engine.start()
    yield
    await engine.stop()


app = FastAPI(title="Portfolio engine", lifespan=lifespan)


@app.get("/health")
async def health():
    return {"engine": "portfolio", "connected": engine.bus is not None and engine.bus.is_connected}


@app.get("/stats")
async def stats():
    return engine.counters.stats()


@app.get("/positions")
async def positions():
    return engine.positions


@app.get("/positions/{symbol}")
async def position(symbol: str):
    if symbol not in engine.positions:
        raise HTTPException(404, f"no position in {symbol}")
    return {"symbol": symbol, "quantity": engine.positions[symbol], "value": engine.value(symbol)}


@app.post("/updates")
async def publish_updates(symbol: str = "AAPL", count: int = Query(1, ge=1, le=1000)):
    """Tell everybody the state of a position, as at the end of a trading day."""
    for _ in range(count):
        await engine.publish_update(symbol)
    return engine.counters.stats()["published"]


if __name__ == "__main__":
    uvicorn.run(app, port=PORT)
