import asyncio
from unittest.mock import AsyncMock, patch

from engines.patched_desk.service import PatchedDesk


@patch("engines.patched_desk.service.redis.Redis")
def test_limit_is_read_from_the_cache(fake):
    fake.return_value.get = AsyncMock(return_value="5")
    desk = PatchedDesk()
    desk.cache = fake()
    assert asyncio.run(desk.limit("blue")) == 5.0


def test_breach_is_told():
    with patch("engines.patched_desk.service.BufferedMessageBusClient") as bus_class:
        bus_class.return_value = AsyncMock()
        desk = PatchedDesk()
        asyncio.run(desk.start())
        desk.cache = AsyncMock()
        desk.cache.get.return_value = None
        asyncio.run(desk.breach("red", 1.0))
        desk.bus.publish.assert_awaited_once()
