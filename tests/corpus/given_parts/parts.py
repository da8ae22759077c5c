"""The parts of the scout; each is given what it needs."""

import dataclasses
import json
import logging
from collections import defaultdict, deque
from dataclasses import KW_ONLY, dataclass, field
from typing import Any

from enhanced_messagebus_client import BufferedMessageBusClient, BusMessage, MessagePriority

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Move:
    symbol: str
    change: float

    @property
    def topic(self) -> str:
        return f"ml.prediction.{self.symbol}"


@dataclass
class Teller:
    """Says what the scout has seen."""

    bus: BufferedMessageBusClient
    _: KW_ONLY
    told: int = field(default=0, init=False)

    async def emit(self, topic: str, payload: dict[str, Any] | None = None, urgent: bool = False) -> None:
        payload = payload or {}
        payload["number"] = self.told
        self.told += 1
        await self.bus.publish(topic, payload, priority=MessagePriority.CRITICAL if urgent else MessagePriority.NORMAL)

    async def move(self, move: Move) -> None:
        await self.bus.publish(move.topic, dataclasses.asdict(move))


@dataclass
class Scout:
    """Finds moves in prices."""

    bus: BufferedMessageBusClient
    teller: Teller
    window: int = 3
    prices: dict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))

    async def open(self) -> None:
        await self.bus.start()
        await self.bus.subscribe("market.data.*", self.on_price)

    async def on_price(self, message: BusMessage) -> None:
        match message.payload:
            case {"symbol": str(symbol), "price": price}:
                seen = self.prices[symbol]
                seen.append(price)
                if len(seen) > self.window:
                    seen.popleft()
                change = seen[-1] / seen[0] - 1
                if abs(change) > 0.5:
                    await self.teller.move(Move(symbol, change))
                await self.teller.emit(f"portfolio.update.{symbol}", self.state(symbol), urgent=change < 0)
            case _:
                _log.warning("odd price on %s", message.topic)
        print(json.dumps({"topic": message.topic, "payload": message.payload}), flush=True)

    def state(self, symbol: str) -> dict[str, Any]:
        found: dict[str, Any] = {"symbol": symbol, "seen": len(self.prices[symbol])}
        if found["seen"] == self.window:
            found["full"] = True
        return found
