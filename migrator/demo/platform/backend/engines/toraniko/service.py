"""Toraniko engine: the factor model, fed with the predictions of the ML engine."""

import json
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI, HTTPException

from dual_messagebus_client import EngineType, MessageType, get_dual_bus_client
from engine_stats import Counters

PORT = 8950
SMOOTHING = 0.1


class ToranikoEngine:
    def __init__(self) -> None:
        self.bus = None
        self.counters = Counters("toraniko")
        self.scores: dict[str, float] = {}

    async def start(self) -> None:
        self.bus = await get_dual_bus_client(EngineType.TORANIKO)
        await self.bus.subscribe_to_engine_logic([MessageType.ML_PREDICTION], self.on_prediction)

    async def stop(self) -> None:
        await self.bus.close()

    async def on_prediction(self, message: dict[str, str]) -> None:
        if message["message_type"] != MessageType.ML_PREDICTION.value:
            return
        prediction = json.loads(message["payload"])
        self.add_prediction(prediction["symbol"], prediction["confidence"])
        self.counters.handled(prediction["source"], "ml.prediction")

    def add_prediction(self, symbol: str, confidence: float) -> None:
        """Move a symbol's score a little towards the newest prediction."""
        score = self.scores.get(symbol, confidence)
        self.scores[symbol] = score + SMOOTHING * (confidence - score)


engine = ToranikoEngine()


@asynccontextmanager
async def lifespan(app: FastAPI):
    await engine.start()
    yield
    await engine.stop()


app = FastAPI(title="Toraniko engine", lifespan=lifespan)


@app.get("/health")
async def health():
    return {"engine": "toraniko", "connected": engine.bus is not None}


@app.get("/stats")
async def stats():
    return engine.counters.stats()


@app.get("/scores/{symbol}")
async def score(symbol: str):
    if symbol not in engine.scores:
        raise HTTPException(404, f"no predictions for {symbol}")
    return {"symbol": symbol, "score": engine.scores[symbol]}


if __name__ == "__main__":
    uvicorn.run(app, port=PORT)
