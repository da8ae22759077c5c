import asyncio
from unittest.mock import AsyncMock, patch

from engines.mock_followers.service import Pulse


@patch("engines.mock_followers.service.BufferedMessageBusClient")
def test_a_beat_is_published(bus_class):
    bus_class.return_value.start = AsyncMock()
    bus_class.return_value.publish = AsyncMock(return_value=True)
    pulse = Pulse()
    asyncio.run(pulse.start())
    assert asyncio.run(pulse.beat()) == 1
    assert bus_class.return_value.publish.await_count == 1


def test_beats_begin_at_none():
    assert Pulse().beats == 0
