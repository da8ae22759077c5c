"""Backtesting engine: records the live signals, to be replayed against history."""

import json
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI, HTTPException

from dual_messagebus_client import EngineType, MessageType, get_dual_bus_client
from engine_stats import Counters

PORT = 8110


class BacktestingEngine:
    def __init__(self) -> None:
        self.bus = None
        self.counters = Counters("backtesting")
        self.signals: dict[str, list[str]] = {}

    async def start(self) -> None:
        self.bus = await get_dual_bus_client(EngineType.BACKTESTING)
        await self.bus.subscribe_to_engine_logic([MessageType.STRATEGY_SIGNAL], self.on_signal)

    async def stop(self) -> None:
        await self.bus.close()

    async def on_signal(self, message: dict[str, str]) -> None:
        if message["message_type"] != MessageType.STRATEGY_SIGNAL.value:
            return
        signal = json.loads(message["payload"])
        self.signals.setdefault(signal["symbol"], []).append(signal["action"])
        self.counters.handled(signal["source"], "strategy.signal")


engine = BacktestingEngine()


@asynccontextmanager
async def lifespan(app: FastAPI):
    await engine.start()
    yield
    await engine.stop()


app = FastAPI(title="Backtesting engine", lifespan=lifespan)


@app.get("/health")
async def health():
    return {"engine": "backtesting", "connected": engine.bus is not None}


@app.get("/stats")
async def stats():
    return engine.counters.stats()


@app.get("/signals/{symbol}")
async def signals(symbol: str):
    if symbol not in engine.signals:
        raise HTTPException(404, f"no signals for {symbol}")
    return {"symbol": symbol, "signals": engine.signals[symbol]}


if __name__ == "__main__":
    uvicorn.run(app, port=PORT)
