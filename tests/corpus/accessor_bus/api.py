import json
from contextlib import asynccontextmanager

from fastapi import FastAPI

from engines.accessor_bus.bus import close_bus, get_bus


@asynccontextmanager
async def lifespan(_app):
    await get_bus()
    print(json.dumps({"api": "up"}), flush=True)
    yield
    await close_bus()
    print(json.dumps({"api": "down"}), flush=True)


app = FastAPI(lifespan=lifespan)


@app.post("/signal/{symbol}/{action}")
async def signal(symbol: str, action: str):
    bus = await get_bus()
    sent = await bus.publish(topic=f"strategy.signal.{symbol}", payload={"symbol": symbol, "action": action})
    return {"sent": sent}


@app.get("/ready")
async def ready():
    bus = await get_bus()
    return {"ready": bus.is_connected}
