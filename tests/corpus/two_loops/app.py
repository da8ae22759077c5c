import asyncio
import json
import os

import uvicorn
from fastapi import FastAPI

from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig

app = FastAPI()


class Pricer:
    def __init__(self):
        self.bus = None

    async def start(self):
        self.bus = BufferedMessageBusClient(MessageBusConfig(redis_host="localhost", redis_port=6379))
        await self.bus.start()
        print(json.dumps({"up": True}), flush=True)

    async def price(self, symbol):
        await self.bus.publish(f"ml.prediction.{symbol}", {"symbol": symbol, "px": len(symbol) * 1.5})
        return len(symbol) * 1.5


pricer = Pricer()


@app.get("/health")
async def health():
    return {"up": pricer.bus is not None}


@app.post("/price/{symbol}")
async def price(symbol: str):
    return {"px": await pricer.price(symbol)}


if __name__ == "__main__":
    asyncio.run(pricer.start())
    uvicorn.run(app, host="127.0.0.1", port=int(os.getenv("PORT", "8400")), access_log=False)
