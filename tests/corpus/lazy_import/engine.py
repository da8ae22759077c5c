from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from enhanced_messagebus_client import BufferedMessageBusClient

__all__ = ["SumEngine"]


class SumEngine:
    """Imports the bus only when it is needed: unit tests have none."""

    bus: BufferedMessageBusClient | None = None

    def __init__(self) -> None:
        self.sums: dict[str, float] = {}

    async def start(self) -> None:
        from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig

        self.bus = BufferedMessageBusClient(MessageBusConfig(consumer_group="sums"))
        await self.bus.start()
        await self.bus.subscribe("trade.fill.*", self.add)

    async def add(self, message) -> None:
        payload = message.payload
        topic = message.topic
        account = payload["account"]
        self.sums[account] = self.sums.get(account, 0.0) + payload["qty"] * payload["px"]
        await self.publish(account)
        print(json.dumps({"topic": topic, "sum": self.sums[account]}), flush=True)

    async def publish(self, account: str) -> None:
        assert self.bus is not None
        payload = {"account": account}
        payload["sum"] = self.sums[account]
        await self.bus.publish("risk.metric." + account, payload)

    async def stop(self) -> None:
        if self.bus is not None:
            await self.bus.stop()
