"""Collateral engine: reads the clients' orders and calls for margin when an account holds too little."""

import asyncio
import logging
from contextlib import asynccontextmanager

import redis
import uvicorn
from fastapi import FastAPI, HTTPException, Query

from engine_stats import Counters

logger = logging.getLogger(__name__)

PORT = 9000
MARGIN_RATE = 0.25
CREDIT = 1_000_000.0


class CollateralEngine:
    def __init__(self) -> None:
        self.client = None
        self.task = None
        self.running = False
        self.counters = Counters("collateral")
        self.requirements: dict[str, float] = {}

    async def start(self) -> None:
        self.client = redis.Redis(host="localhost", port=6379, decode_responses=True)
        try:
            self.client.xgroup_create("client-orders", "collateral", id="0", mkstream=True)
        except redis.ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise
        self.running = True
        self.task = asyncio.create_task(self.read_orders())

    async def stop(self) -> None:
        self.running = False
        if self.task is not None:
            await self.task
        if self.client is not None:
            self.client.close()

    async def read_orders(self) -> None:
        while self.running:
            entries = self.client.xreadgroup("collateral", "collateral-1", {"client-orders": ">"}, count=50)
            if not entries:
                await asyncio.sleep(0.02)
                continue
            for _, messages in entries:
                for message_id, fields in messages:
                    await self.on_order(fields)
                    self.client.xack("client-orders", "collateral", message_id)

    async def on_order(self, fields: dict) -> None:
        account = fields["account"]
        requirement = self.add_order(account, int(fields["quantity"]), float(fields["price"]))
        if requirement > CREDIT:
            await self.publish_margin_call(account, requirement - CREDIT)
        self.counters.handled(fields["source"], "client-orders")

    def add_order(self, account: str, quantity: int, price: float) -> float:
        """The account's margin requirement, with this order."""
        self.requirements[account] = self.requirements.get(account, 0.0) + MARGIN_RATE * quantity * price
        return self.requirements[account]

    async def publish_margin_call(self, account: str, amount: float) -> None:
        client = redis.Redis(host='localhost', port=6379)
        client.xadd("margin-calls", {"source": "collateral", "account": account, "amount": f"{amount:.2f}"})
        self.counters.published("margin-calls")
        logger.info("margin call: %s must provide %.2f", account, amount)


engine = CollateralEngine()


@asynccontextmanager
async def lifespan(app: FastAPI):
    await engine.start()
    yield
    await engine.stop()


app = FastAPI(title="Collateral engine", lifespan=lifespan)


@app.get("/health")
async def health():
    return {"engine": "collateral", "connected": engine.running}


@app.get("/stats")
async def stats():
    return engine.counters.stats()


@app.get("/requirements/{account}")
async def requirement(account: str):
    if account not in engine.requirements:
        raise HTTPException(404, f"no orders from {account}")
    return {"account": account, "requirement": engine.requirements[account]}


@app.post("/margin-calls")
async def call_margin(account: str = "ACC-1", amount: float = 1000.0, count: int = Query(1, ge=1, le=1000)):
    for _ in range(count):
        await engine.publish_margin_call(account, amount)
    return engine.counters.stats()["published"]


if __name__ == "__main__":
    uvicorn.run(app, port=PORT)
