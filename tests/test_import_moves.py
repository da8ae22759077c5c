"""Engines whose imports of the wrapper stand in odd places do on two buses what they did on one, on real servers."""

from __future__ import annotations

from pathlib import Path

import pytest
from engines_of_one import slug
from stepped_engines import Around, assert_walks_the_same
from told_engines import assert_told_the_same

from migrator.live.servers import Servers

FROM = "from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig"
SENT = [("portfolio.update.x", {"a": 1}, "normal")]
BODY = """

class Engine:
    bus = None

    async def start(self):
        self.bus = BufferedMessageBusClient(MessageBusConfig())
        await self.bus.start()

    async def tell(self):
        return await self.bus.publish("portfolio.update.x", {"a": 1})

    async def stop(self):
        await self.bus.stop()
"""
IN_A_FUNCTION = f"""
class Engine:
    bus = None

    async def start(self):
        {FROM}

        self.bus = BufferedMessageBusClient(MessageBusConfig())
        await self.bus.start()

    async def tell(self):
        \"\"\"Tell.\"\"\"
        # with a priority
        from enhanced_messagebus_client import MessagePriority

        async def later():
            return await self.bus.publish("portfolio.update.x", {{"a": 1}}, priority=MessagePriority.NORMAL)

        return await later()

    async def stop(self):
        await self.bus.stop()
"""
GUARDED = f"""
class Engine:
    bus = None

    async def start(self):
        try:
            {FROM}
        except ImportError as error:
            print("no bus")
            return None
        self.bus = BufferedMessageBusClient(MessageBusConfig())
        await self.bus.start()

    async def tell(self):
        if self.bus is None:
            return "not told"
        return await self.bus.publish("portfolio.update.x", {{"a": 1}})

    async def stop(self):
        if self.bus:
            await self.bus.stop()
"""
ASKING = (
    BODY.replace(
        "    async def start(self):",
        "    async def start(self):\n        if BufferedMessageBusClient is None:\n            return",
    )
    .replace("        return await", "        if not self.bus:\n            return 'not told'\n        return await")
    .replace("        await self.bus.stop()", "        if self.bus:\n            await self.bus.stop()")
)
ENGINES = {
    "in a function": IN_A_FUNCTION,
    "in a function, under a guard": GUARDED,
    "in a function, under a guard that is passed over": GUARDED.replace("            return None\n", "")
    .replace("        self.bus = Buffered", "        else:\n          self.bus = Buffered")
    .replace("        await self.bus.start()", "          await self.bus.start()"),
    "under a condition": f"import os\n\nif not os.getenv('NO_BUS'):\n    {FROM}\n{BODY}",
    "among others on its line": f"import os; {FROM}; import sys\n{BODY}",
    "under a flag": f"try:\n    {FROM}\n    OK = True\nexcept ImportError:\n    OK = False\n{BODY}",
    "with None instead": f"try:\n    {FROM}\nexcept ImportError:\n"
    f"    BufferedMessageBusClient = MessageBusConfig = None\n{ASKING}",
    "with None before": "BufferedMessageBusClient, MessageBusConfig = None, None\n"
    f"try:\n    {FROM}\nexcept ImportError:\n    pass\n{ASKING}",
    "with None instead, and annotations": f"try:\n    {FROM}\n    OK = True\nexcept ImportError:\n"
    "    BufferedMessageBusClient = None  # type: ignore\n    OK = False\n"
    + ASKING.replace("BufferedMessageBusClient is None", "not OK").replace(
        "bus = None", "bus: BufferedMessageBusClient = None"
    ),
    "by two ways": f"try:\n    {FROM}\nexcept ImportError:\n    {FROM.replace('from ', 'from .')}\n{BODY}",
    "by two ways, the first of which is nowhere": (
        f"try:\n    {FROM.replace('from ', 'from .')}\nexcept ImportError:\n    {FROM}\n{BODY}"
    ),
    "with quoted annotations": f"from typing import TYPE_CHECKING\n{FROM}\nif TYPE_CHECKING:\n    "
    "from enhanced_messagebus_client import BusMessage as Told\n"
    + BODY.replace("bus = None", 'bus: "BufferedMessageBusClient | None" = None').replace(
        "tell(self)", 'tell(self, last: "Told | None" = None) -> "bool"'
    ),
    "with other names for types": f"from typing import Callable, Optional, TypeVar, cast\n{FROM}, BusMessage\n"
    "Bus = BufferedMessageBusClient\nT = TypeVar('T', bound=BufferedMessageBusClient)\n"
    "Handler = Callable[[BusMessage], None]\n"
    + BODY.replace("bus = None", "bus: Optional[Bus] = None\n    handlers: dict[str, Handler] = {}").replace(
        "await self.bus.publish", "await cast(BufferedMessageBusClient, self.bus).publish"
    ),
}


@pytest.mark.parametrize("name", ENGINES, ids=slug)
def test_engines_send_what_they_sent(servers: Servers, tmp_path: Path, name: str) -> None:
    assert assert_walks_the_same(servers, tmp_path, ENGINES[name]).sent == SENT


HANDLED = f"""
from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from enhanced_messagebus_client import BufferedMessageBusClient


class Engine:
    bus: BufferedMessageBusClient | None = None

    async def start(self) -> None:
        {FROM}

        self.bus = BufferedMessageBusClient(MessageBusConfig())
        await self.bus.start()
        await self.bus.subscribe("market.data.*", self.on_price)

    async def on_price(self, message) -> None:
        payload = message.payload
        # the topic
        topic = message.topic
        print(topic, payload)
        await self.more()

    async def more(self) -> None:
        print("more")
"""


def test_a_handler_imports_what_it_needs_when_it_runs(servers: Servers, tmp_path: Path) -> None:
    """Its module can still be imported where no bus is."""
    told = assert_told_the_same(servers, tmp_path, HANDLED)
    assert len(told["MARKET_DATA"]) == 4
    after = (tmp_path / "after" / "service.py").read_text()
    assert (
        """
    async def on_price(self, message) -> None:
        from dual_messagebus_client import MessageType

        if message["message_type"] != MessageType.MARKET_DATA.value:
"""
        in after
    )


WITHOUT = {
    **{
        name: (ENGINES[name], ["tell", "said", "'not told'"])
        for name in ("with None instead", "with None before", "with None instead, and annotations")
    },
    "in a function, under a guard": (ENGINES["in a function, under a guard"], ["tell", "said", "'not told'"]),
    "in a function, under a guard that is passed over": (
        ENGINES["in a function, under a guard that is passed over"],
        ["tell", "said", "'not told'"],
    ),
    "in a function": (ENGINES["in a function"], ["start", "raised", "ModuleNotFoundError"]),
    "under a flag": (ENGINES["under a flag"], ["start", "raised", "NameError"]),
}


@pytest.mark.parametrize("name", WITHOUT, ids=slug)
def test_engines_whose_bus_is_not_installed_do_without_it_as_they_did(
    servers: Servers, tmp_path: Path, name: str
) -> None:
    text, shown = WITHOUT[name]
    walked = assert_walks_the_same(servers, tmp_path, text, Around(with_bus=False))
    assert (shown in walked.said, walked.sent) == (True, [])
