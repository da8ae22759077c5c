"""Stream commands that are bound to a name first: the name goes to the bus of every stream that it is called for."""

from __future__ import annotations

import pytest
from engines_of_one import ENGINE, SERVICE, assert_held, change, settings, slug, text_after, texts_of
from stream_engines import engine, sync, with_key
from stream_runs import assert_does_the_same

from codemods.model import StreamEnd, Verdict
from codemods.work import read_contract, scan_engine
from migrator.live.servers import Servers

ADD = 'await add("raw-ticks", {"a": "b"})'
MOVES = {
    "a local name": (engine(f"add = self.redis.xadd\n{ADD}\nreturn {ADD} != ''"), "add = self.redis.{}.xadd\n"),
    "a name that a loop calls": (
        engine(
            "await self.redis.xadd('raw-ticks', {'a': 'b'})\nlast = '0'\nfetch = self.redis.xread\n"
            'for _, rows in await fetch({"raw-ticks": last}, count=1, block=50):\n    for last, row in rows:\n'
            '        print(row)\nreturn await self.redis.xlen("raw-ticks")'
        ),
        "fetch = self.redis.{}.xread\n",
    ),
    "an attribute": (
        engine(
            'return await self._add("raw-ticks", {"a": name})',
            rest='async def more(self):\n    await self._add("raw-ticks", {"a": "c"})',
        ).replace("\n    async def read", "        self._add = self.redis.xadd\n\n    async def read"),
        "self._add = self.redis.{}.xadd\n",
    ),
    "coroutines that run together": (
        engine(
            "import asyncio\nadd = self.redis.xadd\n"
            'await asyncio.gather(*[add("raw-ticks", each) for each in other[:1]])'
        ),
        "add = self.redis.{}.xadd\n",
    ),
    "a command on what the bound read delivers": (
        engine(
            'await self.redis.xgroup_create("raw-ticks", "g", id="0", mkstream=True)\n'
            'await self.redis.xadd("raw-ticks", {"a": "b"})\nfetch = self.redis.xreadgroup\n'
            'for stream, rows in await fetch("g", "c", {"raw-ticks": ">"}):\n'
            '    await self.redis.xack(stream, "g", rows[0][0])'
        ),
        'self.redis.{}.xack(stream, "g", rows[0][0])\n',
    ),
    "a synchronous client": (
        sync('add = self.redis.xadd\nadd("raw-ticks", {"a": "b"})\nreturn add("raw-ticks", {"a": "c"}) != ""'),
        'return await add("raw-ticks", {"a": "c"}) != ""\n',
    ),
    "a function that becomes async for it": (
        sync(
            "self.redis.xadd('raw-ticks', {'a': 'b'})\nreturn self.size()",
            rest='def size(self):\n    size = self.redis.xlen\n    return size("raw-ticks")',
        ),
        "    async def size(self):\n        size = self.redis.{}.xlen\n        return await size(",
    ),
    "a client of keys and streams": (with_key(f"add = self.redis.xadd\n{ADD}"), "add = self.bus.{}.xadd\n"),
    "a client that other names hold": (
        with_key(f"link = self.redis\nadd = link.xadd\n{ADD}"),
        "bus = await get_dual_bus_client(EngineType.PORTFOLIO)\n        add = bus.{}.xadd\n",
    ),
}


@pytest.mark.parametrize("name", MOVES, ids=slug)
def test_a_bound_command_goes_to_the_bus_of_its_calls(
    name: str, servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    text, expected = MOVES[name]
    assert expected.replace("{}", "marketdata_client") in text_after(change(text), text)
    assert_does_the_same(text, servers, monkeypatch)


HANDED = "{} is handed on here, not called"
REFUSED = {
    "given to somebody": ("add = self.redis.xadd  # here\nother(add)", HANDED),
    "given to a map": ("add = self.redis.xadd  # here\nreturn map(add, name)", HANDED),
    "returned": ("add = self.redis.xadd  # here\nreturn add", HANDED),
    "never called": ("add = self.redis.xadd  # here", HANDED),
    "one of two": ("add = self.redis.xadd  # here\nif name:\n    add = print\nadd(name)", HANDED),
    "a parameter before": ("name = self.redis.xadd  # here\nname('raw-ticks', {})", HANDED),
    "two names": ("add = more = self.redis.xadd  # here\nadd('raw-ticks', {})", HANDED),
    "in a container": ("add = [self.redis.xadd]  # here\nawait add[0]('raw-ticks', {})", HANDED),
    "by its name": ("add = getattr(self.redis, 'xadd')  # here\nawait add('raw-ticks', {})", HANDED),
    "an attribute that somebody else may have": (
        "self.add = self.redis.xadd  # here\nawait self.add('raw-ticks', {})\nother.add(name)",
        HANDED,
    ),
    "for streams of two buses": (
        "add = self.redis.xadd  # here\nawait add('raw-ticks', {})\nawait add('client-orders', {})",
        "{} is bound to a name here, by which it is called for streams of both buses",
    ),
}


@pytest.mark.parametrize("name", REFUSED, ids=slug)
def test_a_bound_command_whose_calls_are_not_all_seen_is_refused(name: str) -> None:
    body, reason = REFUSED[name]
    assert_held(engine(body), Verdict.REFUSE, reason.format("xadd"))


def test_a_bound_command_on_a_stream_that_nobody_knows_is_asked() -> None:
    text = engine("add = self.redis.xadd  # here\nawait add(name, {'a': 'b'})  # there")
    reason = "which stream does xadd(name, {'a': 'b'}) name?, where it is called at <there>"
    assert_held(text, Verdict.ASK, reason)


def test_a_key_command_on_the_stream_of_a_bound_command_follows_it() -> None:
    text = with_key(f"add = self.redis.xadd\n{ADD}\nawait self.redis.delete('raw-ticks')")
    assert "await self.bus.marketdata_client.delete('raw-ticks')" in text_after(change(text), text)


def ends_in(text: str) -> list[StreamEnd]:
    texts, told = texts_of(text), settings()
    return [end for end in scan_engine(ENGINE, texts, told, read_contract(texts, told)).ends if end.role == "publish"]


def test_a_bound_command_is_an_end_of_its_stream_before_and_after_the_change() -> None:
    text = engine(f"add = self.redis.xadd\n{ADD}")
    (before,), (after,) = ends_in(text), ends_in(text_after(change(text), text))
    assert (before.name, before.path, before.bus) == ("raw-ticks", SERVICE, "")
    assert (after.name, after.path, after.bus) == ("raw-ticks", SERVICE, "marketdata")
