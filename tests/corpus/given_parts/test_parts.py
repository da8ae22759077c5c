import asyncio
from unittest.mock import AsyncMock

import pytest

from engines.given_parts.parts import Move, Scout, Teller
from enhanced_messagebus_client import MessagePriority


def test_a_move_is_told():
    bus = AsyncMock()
    asyncio.run(Teller(bus).move(Move("A", 0.5)))
    bus.publish.assert_awaited_once()


def test_numbers_go_up():
    bus = AsyncMock()
    bus.publish.return_value = True
    teller = Teller(bus)
    for _ in range(2):
        asyncio.run(teller.emit("portfolio.update.A", {"symbol": "A"}))
    bus.publish.assert_awaited_with(
        "portfolio.update.A", {"symbol": "A", "number": 1}, priority=MessagePriority.NORMAL
    )
    assert (teller.told, bus.publish.await_count) == (2, 2)


@pytest.fixture
def bus():
    return AsyncMock()


@pytest.fixture
def scout(bus):
    return Scout(bus, Teller(bus))


def test_a_scout_opens_its_bus(scout, bus):
    asyncio.run(scout.open())
    bus.start.assert_awaited_once()
    assert Scout(AsyncMock(), Teller(AsyncMock())).prices == {}
