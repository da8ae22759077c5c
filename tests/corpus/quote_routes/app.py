import json
import os

import redis
from fastapi import BackgroundTasks, Depends, FastAPI, HTTPException

app = FastAPI(title="quotes")


@app.on_event("startup")
def open_link():
    app.state.link = redis.Redis(
        host=os.environ.get("REDIS_HOST", "localhost"),
        port=6379,
        decode_responses=True,
    )
    print(json.dumps({"open": True}), flush=True)


@app.on_event("shutdown")
def close_link():
    app.state.link.close()
    print(json.dumps({"open": False}), flush=True)


def newest(symbol: str, count: int = 1):
    """The newest quotes of a symbol; none is no error here."""
    return [quote for _, quote in app.state.link.xrevrange(f"ticks:{symbol}", count=count)]


def wanted(symbol: str):
    if not newest(symbol):
        raise HTTPException(404, f"{symbol} is not quoted")
    return symbol


def note(symbol: str):
    """Said once the answer is sent."""
    (found,) = newest(symbol)
    print(json.dumps({"noted": found["px"]}), flush=True)


@app.post("/quotes/{symbol}")
def quote(symbol: str, px: float, later: BackgroundTasks):
    app.state.link.xadd(f"ticks:{symbol}", {"symbol": symbol, "px": px}, maxlen=50)
    later.add_task(note, symbol)
    return {"quotes": app.state.link.xlen(f"ticks:{symbol}")}


@app.get("/quotes/{symbol}")
def last(symbol: str = Depends(wanted)):
    (found,) = newest(symbol)
    return found


@app.get("/quotes/{symbol}/spread")
def spread(symbol: str = Depends(wanted)):
    prices = [float(each["px"]) for each in newest(symbol, count=2)]
    return {"spread": max(prices) - min(prices)}


@app.get("/about")
def about():
    return {"title": app.title}
