"""An engine on the target that is right in every way, and what is found once it is not."""

from __future__ import annotations

from engines_of_one import ENGINE, TARGET, settings, texts_of

from codemods.checking.check import check_engine
from codemods.checking.rules import Finding
from codemods.work import read_contract, scan_engine

RIGHT = '''\
"""Values positions."""

import asyncio
import json
from datetime import datetime, timezone
from decimal import Decimal

from dual_messagebus_client import (
    DualMessageBusClient,
    EngineType,
    MessagePriority,
    MessageType,
    create_dual_bus_client,
    get_dual_bus_client,
)

TYPES = [MessageType.MARKET_DATA, MessageType.PRICE_UPDATE]


def text_of(value: Decimal) -> str:
    return str(value)


class Engine:
    def __init__(self) -> None:
        self.bus: DualMessageBusClient | None = None
        self.spare = create_dual_bus_client(EngineType.PORTFOLIO, "spare")

    async def start(self) -> None:
        self.bus = await get_dual_bus_client(EngineType.PORTFOLIO)
        await self.spare.initialize()
        await self.bus.subscribe_to_marketdata(TYPES, self.on_price)
        await self.bus.subscribe_to_engine_logic([MessageType.RISK_METRIC], on_risk)
        await self.bus.subscribe_to_engine_logic(message_types=[MessageType.MARGIN_CALL], handler=self.on_call)

    async def on_price(self, message):
        payload = json.loads(message["payload"])
        if message.get("source_engine") != "portfolio":
            await self.tell(payload["symbol"], Decimal(payload.get("price", 0)))

    async def on_call(self, message: dict[str, str]) -> None:
        payload = message["payload"]
        if isinstance(payload, str):
            payload = json.loads(payload)
        print(payload["account"], message["timestamp"].upper(), len(message["payload"]))

    async def tell(self, symbol, value):
        sent = await self.bus.publish_message(
            MessageType.PORTFOLIO_UPDATE,
            {"symbol": symbol, "value": text_of(value), "at": datetime.now(timezone.utc).isoformat()},
            priority=MessagePriority.HIGH,
        )
        task = asyncio.create_task(self.bus.publish_message(MessageType.RISK_METRIC, {"a": 1}))
        await task
        return sent and self.bus.get_stats()

    def is_told(self, message):
        return "portfolio" in message["source_engine"]

    def is_ready(self) -> bool:
        return self.bus is not None and self.bus.marketdata_client is not None

    async def stop(self) -> None:
        await self.bus.marketdata_client.xlen("raw-ticks")
        await self.bus.close()


async def on_risk(message):
    risk = json.loads(message["payload"])
    print(risk["symbol"], message["message_type"])
'''
RISK = "self.bus.subscribe_to_engine_logic([MessageType.RISK_METRIC], on_risk)"
COMPARED = 'message.get("source_engine") != "portfolio"'


def findings(text: str, *edits: tuple[str, str]) -> list[Finding]:
    """What is found in an engine that is this text, with these edits of the target's source."""
    texts = texts_of(text)
    for old, new in edits:
        assert old.encode() in texts[TARGET]
        texts[TARGET] = texts[TARGET].replace(old.encode(), new.encode())
    scan = scan_engine(ENGINE, texts, settings(), read_contract(texts, settings()))
    assert scan.court is not None
    return check_engine(scan.court)
