"""What the sample platform's engines tell each other, and the calls that make them do it."""

from __future__ import annotations

from msgspec import Struct


class Edge(Struct, frozen=True):
    """One publisher and one consumer of a channel."""

    publisher: str
    channel: str
    consumer: str


EDGES = (
    Edge("marketdata", "market.data", "analytics"),
    Edge("marketdata", "market.data", "vpin"),
    Edge("marketdata", "market.data", "ml"),
    Edge("marketdata", "market.data", "portfolio"),
    Edge("marketdata", "raw-ticks", "features"),
    Edge("vpin", "vpin", "risk"),
    Edge("ml", "ml.prediction", "strategy"),
    Edge("ml", "ml.prediction", "toraniko"),
    Edge("strategy", "strategy.signal", "portfolio"),
    Edge("strategy", "strategy.signal", "backtesting"),
    Edge("portfolio", "portfolio.update", "strategy"),
    Edge("portfolio", "portfolio.update", "risk"),
    Edge("risk", "risk.metric", "portfolio"),
    Edge("features", "feature-vectors", "factor"),
    Edge("factor", "factor-values", "websocket"),
    Edge("collateral", "margin-calls", "websocket"),
    Edge("websocket", "client-orders", "collateral"),
)
"""Every edge of the platform. They make a loop only on paper: no portfolio update or risk metric leads to a signal."""

DRIVE = (
    ("marketdata", "POST", "/ticks?count=40"),
    ("vpin", "POST", "/toxicity?count=20"),
    ("ml", "POST", "/predictions?count=20"),
    ("strategy", "POST", "/signals?count=20"),
    ("portfolio", "POST", "/updates?count=20"),
    ("risk", "POST", "/metrics?count=20"),
    ("features", "POST", "/vectors?count=20"),
    ("factor", "POST", "/factors?count=20"),
    ("collateral", "POST", "/margin-calls?count=20"),
    ("websocket", "POST", "/orders?count=20"),
)
"""Engine, method, path. Each publisher is called itself: every edge has traffic, also where those before it are cut."""

ALIVE = (("GET", "/health", 200), ("GET", "/stats", 200))

ROUTES = {
    "analytics": (*ALIVE, ("GET", "/summary/NONE", 404)),
    "backtesting": (*ALIVE, ("GET", "/signals/NONE", 404)),
    "collateral": (*ALIVE, ("GET", "/requirements/NONE", 404), ("POST", "/margin-calls?count=0", 422)),
    "factor": (*ALIVE, ("GET", "/factors/NONE", 404), ("POST", "/factors?count=0", 422)),
    "features": (*ALIVE, ("GET", "/vectors/NONE", 404), ("POST", "/vectors?count=0", 422)),
    "marketdata": (*ALIVE, ("GET", "/ticks/NONE", 404), ("POST", "/ticks?count=0", 422)),
    "ml": (*ALIVE, ("GET", "/predictions/NONE", 404), ("POST", "/predictions?count=0", 422)),
    "portfolio": (*ALIVE, ("GET", "/positions/NONE", 404), ("POST", "/updates?count=0", 422)),
    "risk": (*ALIVE, ("GET", "/exposures/NONE", 404), ("POST", "/metrics?count=0", 422)),
    "strategy": (*ALIVE, ("GET", "/signals/NONE", 404), ("POST", "/signals?count=0", 422)),
    "toraniko": (*ALIVE, ("GET", "/scores/NONE", 404)),
    "vpin": (*ALIVE, ("GET", "/toxicity/NONE", 404), ("POST", "/toxicity?count=0", 422)),
    "websocket": (*ALIVE, ("GET", "/latest", 200), ("GET", "/latest/NONE", 404), ("POST", "/orders?count=0", 422)),
}
"""Engine -> method, path, status: the same before and after a migration. No call publishes, or needs traffic first."""
