"""Small targets for tests of what is read from their source."""

from __future__ import annotations

from codemods.reading.contract import Contract, read_contract
from codemods.settings import Settings

MODULE = "dual_messagebus_client.py"
SMALL = """\
import redis.asyncio as redis
from enum import Enum

class EngineType(Enum):
    PORTFOLIO = "portfolio"

class MessageType(Enum):
    MARKET_DATA = "market_data"
    RISK_METRIC = "risk_metric"

class MessagePriority(Enum):
    NORMAL = "normal"

class MessageBusType(Enum):
    MARKETDATA_BUS = "marketdata"
    ENGINE_LOGIC_BUS = "engine_logic"

BUS = {
    MessageType.MARKET_DATA: MessageBusType.MARKETDATA_BUS,
    MessageType.RISK_METRIC: MessageBusType.ENGINE_LOGIC_BUS,
}

async def get_dual_bus_client(engine_type, instance_id=None):
    return DualMessageBusClient(engine_type)

class DualMessageBusClient:
    def __init__(self, engine_type):
        self.marketdata_client = redis.Redis(port=6380, socket_timeout=5, decode_responses=True)
        self.engine_logic_client = redis.Redis(port=6381, socket_timeout=0.5, decode_responses=True)
    async def publish_message(self, message_type, payload, priority=MessagePriority.NORMAL, *, correlation_id=None):
        envelope = {"message_type": message_type.value, "payload": payload}
    async def subscribe_to_marketdata(self, message_types, handler): ...
    async def subscribe_to_engine_logic(self, message_types, handler): ...
    async def close(self): ...
"""


def read(text: str, settings: Settings | None = None, **others: str) -> Contract:
    texts = {MODULE: text.encode(), **{f"{name}.py": other.encode() for name, other in others.items()}}
    return read_contract(texts, settings or Settings())


def without(*parts: str) -> str:
    """The small client with each part, `old` or `old -> new`, taken out or replaced."""
    text = SMALL
    for part in parts:
        old, _, new = part.partition(" -> ")
        assert old in text
        text = text.replace(old, new)
    return text


NO_ENUM = "{}:1: the target offers no enum {}; define it there, or import it from a module of the repository"
