"""Strategy engine: turns predictions into signals, with an eye on what the portfolio already holds."""

import logging
import os
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI, HTTPException, Query

from engine_stats import Counters
from enhanced_messagebus_client import BufferedMessageBusClient, EnhancedMessageBusConfig, MessagePriority

logger = logging.getLogger(__name__)

PORT = 8700
STRONG = 0.8


class StrategyEngine:
    def __init__(self) -> None:
        self.cfg = EnhancedMessageBusConfig(
            redis_host=os.getenv("REDIS_HOST", "localhost"),
            redis_port=6379,
            consumer_group="strategy",
            consumer_name="strategy-1",
        )
        self.bus = None
        self.counters = Counters("strategy")
        self.holdings: dict[str, int] = {}
        self.signals: dict[str, str] = {}

    async def start(self) -> None:
        try:
            self.bus = BufferedMessageBusClient(self.cfg)
            await self.bus.start()
            await self.bus.subscribe("ml.prediction.*", self.on_prediction)
            await self.bus.subscribe("portfolio.update.*", self.on_portfolio_update)
        except Exception:
            logger.exception("the strategy engine runs without its message bus")
            self.bus = None

    async def stop(self) -> None:
        if self.bus is not None:
            await self.bus.stop()

    async def on_prediction(self, message) -> None:
        symbol = message.topic.split(".")[-1]
        confidence = message.payload["confidence"]
        await self.publish_signal(symbol, self.decide(confidence), confidence)
        self.counters.handled(message.payload["source"], "ml.prediction")

    async def on_portfolio_update(self, message) -> None:
        self.holdings[message.payload["symbol"]] = message.payload["quantity"]
        self.counters.handled(message.payload["source"], "portfolio.update")

    def decide(self, confidence: float) -> str:
        """Buy where a rise is likelier than a fall."""
        return "buy" if confidence >= 0.5 else "sell"

    async def publish_signal(self, symbol: str, action: str, confidence: float) -> None:
        self.signals[symbol] = action
        if self.bus is None:
            return
        sent = await self.bus.publish(
            f"strategy.signal.{symbol}",
            {"source": "strategy", "symbol": symbol, "action": action, "confidence": confidence},
            priority=MessagePriority.HIGH if confidence >= STRONG else MessagePriority.NORMAL,
        )
        if sent:
            self.counters.published("strategy.signal")


engine = StrategyEngine()


@asynccontextmanager
async def lifespan(app: FastAPI):
    await engine.start()
    yield
    await engine.stop()


app = FastAPI(title="Strategy engine", lifespan=lifespan)


@app.get("/health")
async def health():
    return {"engine": "strategy", "connected": engine.bus is not None and engine.bus.is_connected}


@app.get("/stats")
async def stats():
    return engine.counters.stats()


@app.get("/signals/{symbol}")
async def signal(symbol: str):
    if symbol not in engine.signals:
        raise HTTPException(404, f"no signal for {symbol}")
    return {"symbol": symbol, "action": engine.signals[symbol], "holding": engine.holdings.get(symbol, 0)}


@app.post("/signals")
async def publish_signals(symbol: str = "AAPL", action: str = "buy", count: int = Query(1, ge=1, le=1000)):
    for _ in range(count):
        await engine.publish_signal(symbol, action, 1.0)
    return engine.counters.stats()["published"]


if __name__ == "__main__":
    uvicorn.run(app, port=PORT)
