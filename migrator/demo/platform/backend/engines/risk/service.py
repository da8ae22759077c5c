"""Risk engine: the exposure of each position, weighted with the toxicity of its order flow."""

import json
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI, HTTPException, Query

from dual_messagebus_client import EngineType, MessagePriority, MessageType, get_dual_bus_client
from engine_stats import Counters

PORT = 8200


class RiskEngine:
    def __init__(self) -> None:
        self.bus = None
        self.counters = Counters("risk")
        self.toxicity: dict[str, float] = {}
        self.exposures: dict[str, float] = {}

    async def start(self) -> None:
        self.bus = await get_dual_bus_client(EngineType.RISK)
        await self.bus.subscribe_to_engine_logic([MessageType.PORTFOLIO_UPDATE], self.on_portfolio_update)
        await self.bus.subscribe_to_engine_logic([MessageType.VPIN_CALCULATION], self.on_vpin)

    async def stop(self) -> None:
        await self.bus.close()

    async def on_portfolio_update(self, message: dict[str, str]) -> None:
        if message["message_type"] != MessageType.PORTFOLIO_UPDATE.value:
            return
        update = json.loads(message["payload"])
        self.exposures[update["symbol"]] = self.exposure(update["symbol"], update["value"])
        await self.publish_metric(update["symbol"])
        self.counters.handled(update["source"], "portfolio.update")

    async def on_vpin(self, message: dict[str, str]) -> None:
        if message["message_type"] != MessageType.VPIN_CALCULATION.value:
            return
        calculation = json.loads(message["payload"])
        self.toxicity[calculation["symbol"]] = calculation["toxicity"]
        self.counters.handled(calculation["source"], "vpin")

    def exposure(self, symbol: str, value: float) -> float:
        """A position's value, up to twice as much where the flow is toxic."""
        return abs(value) * (1 + self.toxicity.get(symbol, 0.0))

    async def publish_metric(self, symbol: str) -> None:
        payload = {
            "topic": f"risk.metric.{symbol}",
            "source": "risk",
            "symbol": symbol,
            "exposure": self.exposures.get(symbol, 0.0),
        }
        if await self.bus.publish_message(MessageType.RISK_METRIC, payload, priority=MessagePriority.HIGH):
            self.counters.published("risk.metric")


engine = RiskEngine()


@asynccontextmanager
async def lifespan(app: FastAPI):
    await engine.start()
    yield
    await engine.stop()


app = FastAPI(title="Risk engine", lifespan=lifespan)


@app.get("/health")
async def health():
    return {"engine": "risk", "connected": engine.bus is not None}


@app.get("/stats")
async def stats():
    return engine.counters.stats()


@app.get("/exposures/{symbol}")
async def exposure(symbol: str):
    if symbol not in engine.exposures:
        raise HTTPException(404, f"no exposure to {symbol}")
    return {"symbol": symbol, "exposure": engine.exposures[symbol]}


@app.post("/metrics")
async def publish_metrics(symbol: str = "AAPL", count: int = Query(1, ge=1, le=1000)):
    for _ in range(count):
        await engine.publish_metric(symbol)
    return engine.counters.stats()["published"]


if __name__ == "__main__":
    uvicorn.run(app, port=PORT)
