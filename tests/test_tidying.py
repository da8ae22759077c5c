"""What a change leaves unused goes with it, where nobody else sees it and nothing happens by it."""

from __future__ import annotations

import pytest
from engines_of_one import SERVICE, change, slug, text_after

RAW = """\
import os
import redis.asyncio as redis


class Engine:
    async def start(self, more):
{made}
        await self.redis.xadd("raw-ticks", {{"a": "b"}})
"""
BECAME = """\
        self.redis = await get_dual_bus_client(EngineType.PORTFOLIO)
        await self.redis.marketdata_client.xadd("raw-ticks", {"a": "b"})
"""
MAKE = "        self.redis = redis.from_url(url, decode_responses=True)"
URL = '        url = "redis://localhost:6379"\n'
WHOLE = """\
        host = os.getenv("REDIS_HOST", "localhost")
        port = int(os.getenv("REDIS_PORT", "6379"))
        url = f"redis://{host}:{port}"
"""


def start_after(made: str) -> str:
    """The body of the function that makes the client, as it is after the change."""
    text = RAW.format(made=made)
    result = change(text)
    assert (result.faults, "dual_messagebus_client" in text_after(result, text)) == ((), True)
    return text_after(result, text).partition("more):\n")[2]


def test_locals_that_only_the_client_used_go_with_it_one_after_the_other() -> None:
    text = RAW.format(made=WHOLE + MAKE)
    after = text_after(change(text), text)
    assert after.endswith(f"    async def start(self, more):\n{BECAME}")
    assert "import os" not in after


def test_a_comment_above_a_local_that_goes_stays() -> None:
    assert start_after(f"        # where it is\n{URL}{MAKE}") == f"        # where it is\n{BECAME}"


STAYS = {
    "it is read elsewhere": URL + MAKE + "\n        print(url)",
    "it is read before": URL + "        print(url)\n" + MAKE,
    "a function inside reads it": URL + MAKE + "\n        self.again = lambda: url",
    "it is deleted": URL + MAKE + "\n        del url",
    "all locals are looked at": URL + MAKE + "\n        print(locals())",
    "it shares its line": '        url = "redis://localhost:6379"; print(more)\n' + MAKE,
    "it has two names": '        url = where = "redis://localhost:6379"\n' + MAKE,
    "it is bound twice": URL + '        if more:\n            url = "redis://localhost:6379"\n' + MAKE,
    "it is the only statement of its block": (
        '        with more:\n            url = "redis://localhost:6379"\n' + MAKE
    ),
    "it was never read": '        other = "redis://localhost:6379"\n' + URL + MAKE,
}


@pytest.mark.parametrize("name", STAYS, ids=slug)
def test_a_local_that_somebody_else_may_see_stays(name: str) -> None:
    made = STAYS[name]
    kept, _, rest = made.partition(MAKE)
    kept = kept.replace(URL, "") if name == "it was never read" else kept
    assert start_after(made) == f"{kept}{BECAME.partition(chr(10))[0]}{rest}\n{BECAME.partition(chr(10))[2]}"


def test_a_name_of_the_module_stays_where_the_client_goes() -> None:
    text = RAW.format(made=MAKE).replace("\n\nclass", '\nurl = "redis://localhost:6379"\n\n\nclass', 1)
    assert 'url = "redis://localhost:6379"\n' in text_after(change(text), text)


def test_a_config_takes_the_locals_along_that_only_it_used() -> None:
    text = """\
import os
from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig


class Engine:
    async def start(self):
        host = os.getenv("REDIS_HOST", "localhost")
        group = "desk"
        try:
            self.bus = BufferedMessageBusClient(MessageBusConfig(redis_host=host, consumer_group=group))
            await self.bus.start()
        except OSError:
            print(group)
"""
    assert (
        text_after(change(text), text)
        == """\
from dual_messagebus_client import EngineType, get_dual_bus_client


class Engine:
    async def start(self):
        group = "desk"
        try:
            self.bus = await get_dual_bus_client(EngineType.PORTFOLIO)
        except OSError:
            print(group)
"""
    )


def test_another_name_for_a_client_that_stays_goes_where_only_streams_used_it() -> None:
    text = """\
import redis.asyncio as redis


class Engine:
    async def start(self):
        client = redis.from_url("redis://localhost:6379", decode_responses=True)
        self.redis = client
        await client.set("a", "b")

    async def tell(self):
        link = self.redis
        await link.xadd("raw-ticks", {"a": "b"})

    async def count(self):
        link = self.redis
        await link.incr("count")
        return await link.xlen("raw-ticks")
"""
    after = text_after(change(text), text)
    assert (
        after.partition("    async def tell(self):\n")[2]
        == """\
        bus = await get_dual_bus_client(EngineType.PORTFOLIO)
        await bus.marketdata_client.xadd("raw-ticks", {"a": "b"})

    async def count(self):
        link = self.redis
        await link.incr("count")
        bus = await get_dual_bus_client(EngineType.PORTFOLIO)
        return await bus.marketdata_client.xlen("raw-ticks")
"""
    )


SET = """\
from .settings import HOST, PORT as LEGACY_PORT, STREAM
from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig


class Engine:
    async def start(self):
        self.bus = BufferedMessageBusClient(MessageBusConfig(redis_host=HOST, redis_port=LEGACY_PORT))
        await self.bus.start()
        await self.bus.publish("portfolio.update.A", {"stream": STREAM})
"""
SETTINGS = 'HOST = "localhost"\nPORT = 6379\nSTREAM = "a"\n'


def test_an_import_of_a_module_of_the_project_stays_unused_and_is_told() -> None:
    result = change(SET, settings=SETTINGS)
    text = text_after(result, SET)
    assert text.startswith("from .settings import HOST, PORT as LEGACY_PORT, STREAM\n")
    assert [note for note in result.notes if "is imported here" in note] == [
        f"{SERVICE}:1: `{name}` is imported here, and nothing in this file uses it any more"
        for name in ("HOST", "LEGACY_PORT")
    ]


@pytest.mark.parametrize("use", ["WHERE = HOST", '__all__ = ["HOST"]', "HOST: str"])
def test_an_import_that_something_else_needs_is_not_told(use: str) -> None:
    notes = change(f"{SET}\n\n{use}\n", settings=SETTINGS).notes
    assert not any("`HOST` is imported here" in note for note in notes)
