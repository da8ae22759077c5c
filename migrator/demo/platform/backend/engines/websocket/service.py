"""Websocket engine: keeps the last factor values and margin calls for the dashboards, and takes the clients' orders."""

import asyncio
from contextlib import asynccontextmanager

import redis.asyncio as redis
import uvicorn
from fastapi import FastAPI, HTTPException, Query

from engine_stats import Counters

PORT = 8600


class WebsocketEngine:
    def __init__(self) -> None:
        self.redis = None
        self.task = None
        self.running = False
        self.counters = Counters("websocket")
        self.latest: dict[str, dict] = {}

    async def start(self) -> None:
        self.redis = redis.Redis(host="localhost", port=6379, decode_responses=True)
        for stream in ("factor-values", "margin-calls"):
            try:
                # A dashboard shows the present: what was published before it started is of no use to it.
                await self.redis.xgroup_create(stream, "websocket", id="$", mkstream=True)
            except redis.ResponseError as error:
                if "BUSYGROUP" not in str(error):
                    raise
        self.running = True
        self.task = asyncio.create_task(self.forward())

    async def stop(self) -> None:
        self.running = False
        self.task.cancel()
        await self.redis.aclose()

    async def forward(self) -> None:
        while self.running:
            entries = await self.redis.xreadgroup(
                "websocket", "websocket-1", {"factor-values": ">", "margin-calls": ">"}, count=50, block=500
            )
            for stream, messages in entries:
                for message_id, fields in messages:
                    self.show(stream, fields)
                    await self.redis.xack(stream, "websocket", message_id)

    def show(self, channel: str, fields: dict) -> None:
        self.latest[channel] = fields
        self.counters.handled(fields["source"], channel)

    async def publish_order(self, account: str, symbol: str, quantity: int, price: float) -> None:
        await self.redis.xadd(
            "client-orders",
            {
                "source": "websocket",
                "account": account,
                "symbol": symbol,
                "quantity": str(quantity),
                "price": str(price),
            },
        )
        self.counters.published("client-orders")


engine = WebsocketEngine()


@asynccontextmanager
async def lifespan(app: FastAPI):
    await engine.start()
    yield
    await engine.stop()


app = FastAPI(title="Websocket engine", lifespan=lifespan)


@app.get("/health")
async def health():
    return {"engine": "websocket", "connected": engine.running}


@app.get("/stats")
async def stats():
    return engine.counters.stats()


@app.get("/latest")
async def latest():
    return engine.latest


@app.get("/latest/{channel}")
async def latest_of(channel: str):
    if channel not in engine.latest:
        raise HTTPException(404, f"nothing on {channel} yet")
    return engine.latest[channel]


@app.post("/orders")
async def order(
    account: str = "ACC-1",
    symbol: str = "AAPL",
    quantity: int = 10,
    price: float = 100.0,
    count: int = Query(1, ge=1, le=1000),
):
    for _ in range(count):
        await engine.publish_order(account, symbol, quantity, price)
    return engine.counters.stats()["published"]


if __name__ == "__main__":
    uvicorn.run(app, port=PORT)
