import asyncio

from engines.called_elsewhere.desk import Desk
from enhanced_messagebus_client import BusMessage, MessagePriority


def message(px) -> BusMessage:
    return BusMessage("market.data.A", {"px": px}, MessagePriority.NORMAL, 1.5)


def test_prices_are_kept_in_order(capsys):
    desk = Desk()
    asyncio.run(desk.on_price(message(1)))
    asyncio.run(desk.on_price(message(2)))
    assert desk.seen == [1, 2]
