"""Position keeper. Books fills, tells everybody what we hold.

(c) desk tools
"""
from __future__ import annotations

import json
import logging
import os
from contextlib import asynccontextmanager
from typing import Any, Dict, Optional

from fastapi import FastAPI, HTTPException

from enhanced_messagebus_client import (
    BufferedMessageBusClient,
    BusMessage,
    EnhancedMessageBusConfig,
    MessagePriority,
)

log = logging.getLogger("positions")


def say(**facts: Any) -> None:
    print(json.dumps(facts), flush=True)


class PositionKeeper:
    """Holds positions by symbol."""

    bus: Optional[BufferedMessageBusClient]

    def __init__(self) -> None:
        self.cfg = EnhancedMessageBusConfig(
            redis_host=os.getenv("REDIS_HOST", "localhost"),
            redis_port=6379,
            consumer_group="positions",
            buffer_interval_ms=20,
        )
        self.bus = None
        self.positions: Dict[str, int] = {}
        self.last: Dict[str, float] = {}

    async def start(self) -> None:
        try:
            self.bus = BufferedMessageBusClient(self.cfg)  # talks to the old box
            await self.bus.start()
        except Exception:
            log.exception("no bus today")
            self.bus = None
            return
        await self.bus.subscribe("trade.fill.*", self._on_fill)
        await self.bus.subscribe("market.data.*", self._on_price)
        say(ready=True)

    async def stop(self) -> None:
        if self.bus:
            await self.bus.stop()

    async def _on_fill(self, msg: BusMessage) -> None:
        """A fill changes the book and is told at once."""
        symbol = msg.topic.rsplit(".", 1)[-1]
        qty = int(msg.payload["qty"])
        self.positions[symbol] = self.positions.get(symbol, 0) + qty
        told = await self.tell(symbol)
        say(handled=msg.topic, qty=qty, told=told)

    async def _on_price(self, msg: BusMessage) -> None:
        self.last[msg.topic.rsplit(".", 1)[-1]] = msg.payload["price"]
        say(handled=msg.topic, payload=msg.payload)

    async def tell(self, symbol: str) -> bool:
        if self.bus is None:
            return False
        return await self.bus.publish(
            f"portfolio.update.{symbol}",
            {"symbol": symbol, "qty": self.positions[symbol], "value": self.positions[symbol] * self.last.get(symbol, 0.0)},
            priority=MessagePriority.HIGH,
        )


keeper = PositionKeeper()


@asynccontextmanager
async def lifespan(app: FastAPI):
    await keeper.start()
    yield
    await keeper.stop()


app = FastAPI(lifespan=lifespan)


@app.get("/health")
async def health():
    return {"ok": True, "bus": keeper.bus is not None and keeper.bus.is_connected}


@app.get("/positions/{symbol}")
async def position(symbol: str):
    if symbol not in keeper.positions:
        raise HTTPException(404, "flat")
    return {"symbol": symbol, "qty": keeper.positions[symbol]}


@app.post("/tell/{symbol}")
async def tell(symbol: str):
    return {"told": await keeper.tell(symbol)}
