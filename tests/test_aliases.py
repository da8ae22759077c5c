"""Another name for a raw client's class follows the one client that moves, where it names types and makes clients."""

from __future__ import annotations

import pytest
from engines_of_one import SERVICE, assert_moves, change, change_texts, slug, text_after, texts_of

from codemods.model import Verdict

TEXT = """\
import redis.asyncio as redis

Link = redis.Redis


class Engine:
    link: Link | None = None

    async def start(self) -> None:
        self.link = Link(host="localhost", port=6379, decode_responses=True)

    async def tell(self) -> None:
        await self.link.xadd("raw-ticks", {"a": "b"})
"""
AFTER = """\
from dual_messagebus_client import DualMessageBusClient, EngineType, get_dual_bus_client

Link = DualMessageBusClient


class Engine:
    link: Link | None = None

    async def start(self) -> None:
        self.link = await get_dual_bus_client(EngineType.PORTFOLIO)

    async def tell(self) -> None:
        await self.link.marketdata_client.xadd("raw-ticks", {"a": "b"})
"""


def test_another_name_follows_the_client() -> None:
    result = change(TEXT)
    assert text_after(result, TEXT) == AFTER
    assert_moves(result)
    assert change(AFTER).texts == {}


MORE = "\n\n    async def more(self) -> None:\n        {}\n"
STAYS = {
    "it is asked for": TEXT + MORE.format("assert isinstance(self.link, Link)"),
    "it is handed on": TEXT + MORE.format("print(Link)"),
    "it is a default": TEXT + MORE.replace("(self)", "(self, kind=Link)").format("pass"),
    "it is bound twice": TEXT.replace("\n\n\nclass", "\nLink = redis.Redis\n\n\nclass", 1),
    "another client stays": TEXT + '\n\ncache = redis.Redis()\n\n\nasync def keep():\n    await cache.get("a")\n',
    "the client stays for its keys": TEXT + MORE.format('await self.link.set("a", 1)'),
}


@pytest.mark.parametrize("name", STAYS, ids=slug)
def test_another_name_stays_where_it_means_more_than_this_client(name: str) -> None:
    text = STAYS[name]
    result = change(text)
    after = text_after(result, text)
    assert "Link = redis.Redis\n" in after
    assert result.faults == ()


def test_another_name_stays_with_a_client_that_is_held() -> None:
    text = TEXT + MORE.format("await self.link.xlen(self)")
    result = change(text)
    assert (dict(result.texts), {site.verdict for site in result.sites if site.kind == "alias"}) == ({}, {Verdict.ASK})


def test_another_name_is_followed_in_files_that_take_it() -> None:
    taken = TEXT.replace("import redis.asyncio as redis\n\nLink = redis.Redis", "from links import Link")
    links = "import redis.asyncio as redis\n\nLink = redis.Redis\n"
    result = change(taken, links=links)
    after = next(text.decode() for path, text in result.texts.items() if path.endswith("links.py"))
    assert after == "from dual_messagebus_client import DualMessageBusClient\n\nLink = DualMessageBusClient\n"
    assert text_after(result, taken) == AFTER.replace(
        "from dual_messagebus_client import DualMessageBusClient, EngineType, get_dual_bus_client\n\n"
        "Link = DualMessageBusClient\n",
        "from links import Link\n\nfrom dual_messagebus_client import EngineType, get_dual_bus_client\n",
    )
    assert_moves(result)


def test_another_name_that_other_engines_share_stays() -> None:
    text = TEXT.replace("import redis.asyncio as redis\n\nLink = redis.Redis", "from common.links import Link")
    links = b"import redis.asyncio as redis\n\nLink = redis.Redis\n"
    result = change_texts({**texts_of(text), "backend/common/links.py": links})
    assert set(result.texts) == {SERVICE}
    assert "    async def tell(self) -> None:\n        await self.link.marketdata_client.xadd(" in text_after(
        result, text
    )
