"""Names of a wrapper that go by way of another module of the engine: nobody is left with the old ones."""

from __future__ import annotations

import pytest
from engines_of_one import FOLDER, assert_moves, change_texts, slug, texts_of

from codemods.model import Verdict

BODY = """

class Engine:
    async def start(self):
        self.bus = BufferedMessageBusClient(MessageBusConfig())
        await self.bus.start()
"""
MOVED = """

class Engine:
    async def start(self):
        self.bus = await get_dual_bus_client(EngineType.PORTFOLIO)
"""
NAMES = "BufferedMessageBusClient, MessageBusConfig"
FROM = f"from enhanced_messagebus_client import {NAMES}\n"
TARGET = "from dual_messagebus_client import EngineType, get_dual_bus_client\n"

Files = dict[str, str]
SHAPES: dict[str, tuple[Files, Files]] = {
    "a module of its own": (
        {"service": f"from engines.portfolio.bus import {NAMES}\n{BODY}", "bus": f"{FROM}LOT = 1\n"},
        {"service": f"{TARGET}{MOVED}", "bus": "LOT = 1\n"},
    ),
    "the package, and a module of its own": (
        {"service": f"from . import {NAMES}\n{BODY}", "__init__": f"from .bus import {NAMES}\n", "bus": FROM},
        {"service": f"{TARGET}{MOVED}", "__init__": "", "bus": ""},
    ),
    "a module that has more to give": (
        {
            "service": f"from engines.portfolio.bus import LOT, {NAMES}, SIZE\n\nprint(LOT, SIZE)\n{BODY}",
            "bus": f'{FROM}LOT = SIZE = 1\n__all__ = ["BufferedMessageBusClient", "LOT", "MessageBusConfig", "SIZE"]\n',
        },
        {
            "service": f"{TARGET}from engines.portfolio.bus import LOT, SIZE\n\nprint(LOT, SIZE)\n{MOVED}",
            "bus": 'LOT = SIZE = 1\n__all__ = ["LOT", "SIZE"]\n',
        },
    ),
    "the attribute of a module": (
        {
            "service": "from engines.portfolio import bus\n"
            + BODY.replace("Buffered", "bus.Buffered").replace("(Message", "(bus.Message"),
            "bus": FROM,
        },
        {"service": f"{TARGET}from engines.portfolio import bus\n{MOVED}", "bus": ""},
    ),
    "a test that names what the engine imports": (
        {
            "service": f"{FROM[:-1]}, MessagePriority\n{BODY}"
            "\n    async def tell(self, priority=MessagePriority.LOW):\n"
            '        await self.bus.publish("portfolio.update.x", {}, priority=priority)\n',
            "test_it": "from engines.portfolio import service\n\n\nasync def test_it(engine: service.Engine):\n"
            "    await engine.tell(service.MessagePriority.HIGH)\n",
        },
        {
            "service": "from dual_messagebus_client import EngineType, MessagePriority, MessageType, "
            f"get_dual_bus_client\n{MOVED}"
            "\n    async def tell(self, priority=MessagePriority.LOW):\n        await self.bus.publish_message(\n"
            '            MessageType.PORTFOLIO_UPDATE, {"topic": "portfolio.update.x"}, priority=priority\n        )\n',
            "test_it": "from dual_messagebus_client import MessagePriority\nfrom engines.portfolio import service\n\n\n"
            "async def test_it(engine: service.Engine):\n    await engine.tell(MessagePriority.HIGH)\n",
        },
    ),
    "a copy beside the engine": (
        {"service": FROM.replace("from ", "from .") + BODY, "enhanced_messagebus_client": "LIMIT = 1\n"},
        {"service": TARGET + MOVED, "enhanced_messagebus_client": "LIMIT = 1\n"},
    ),
}


@pytest.mark.parametrize("name", SHAPES, ids=slug)
def test_nobody_is_left_with_the_old_names(name: str) -> None:
    before, after = SHAPES[name]
    texts = {**texts_of(""), **{f"{FOLDER}/{stem}.py": text.encode() for stem, text in before.items()}}
    result = change_texts(texts)
    assert_moves(result)
    found = {stem: result.texts.get(f"{FOLDER}/{stem}.py", text.encode()).decode() for stem, text in before.items()}
    assert found == after


def test_a_name_that_another_engine_takes_stays_and_its_client_too() -> None:
    texts = texts_of(f"from engines.portfolio.bus import {NAMES}\n{BODY}", bus=FROM)
    other = f"from engines.portfolio.bus import {NAMES}\n"
    result = change_texts({**texts, "backend/engines/other.py": other.encode()})
    assert (dict(result.texts), {site.verdict for site in result.sites}) == ({}, {Verdict.REFUSE})
