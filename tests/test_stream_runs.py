"""Engines with a raw client do on two buses what they did on one: before and after their change, on real servers."""

from __future__ import annotations

import pytest
from engines_of_one import slug
from stream_engines import engine, sync, with_key
from stream_runs import assert_does_the_same

from migrator.live.servers import Servers

ADD = 'pipe.xadd("raw-ticks", {"a": "b"})'
HELPER = """\
async def _add(self, pipe, ticks):
    for tick in ticks:
        pipe.xadd("raw-ticks", tick)
"""
PIPELINES = {
    "a pipeline": engine(f"pipe = self.redis.pipeline()\n{ADD}\nreturn await pipe.execute()"),
    "a pipeline without a transaction": engine(
        f"pipe = self.redis.pipeline(transaction=False)\n{ADD}\nawait pipe.execute()"
    ),
    "a pipeline that `with` enters": engine(
        f"async with self.redis.pipeline() as pipe:\n    {ADD}\n    return await pipe.execute()"
    ),
    "a chain": engine('return await self.redis.pipeline().xadd("raw-ticks", {"a": "b"}).xlen("raw-ticks").execute()'),
    "a pipeline that a loop fills": engine(
        "pipe = self.redis.pipeline()\nfor tick in other:\n"
        '    pipe.xadd("raw-ticks", tick, maxlen=10)\nreturn await pipe.execute()'
    ),
    "a pipeline that a comprehension fills": engine(
        'pipe = self.redis.pipeline()\n[pipe.xadd("raw-ticks", tick) for tick in other]\nawait pipe.execute()'
    ),
    "a pipeline that goes on by another name": engine(
        f'pipe = self.redis.pipeline()\nmore = {ADD}\nmore.xlen("raw-ticks")\nreturn await more.execute()'
    ),
    "a pipeline in a loop": engine(
        f"for number in range(3):\n    async with self.redis.pipeline() as pipe:\n        {ADD}\n"
        "        await pipe.execute()"
    ),
    "a pipeline of several streams of one bus": engine(
        'pipe = self.redis.pipeline()\npipe.xadd("margin-calls", {"a": "b"}).xadd("client-orders", {"a": "b"})\n'
        "return await pipe.execute()"
    ),
    "a stream for each symbol": engine(
        'pipe = self.redis.pipeline()\nfor symbol in (name, "AAPL"):\n'
        '    pipe.xadd(f"market.data.{symbol}", {"a": "b"})\nawait pipe.execute()'
    ),
    "a pipeline that a method fills": engine(
        "pipe = self.redis.pipeline()\nawait self._add(pipe, other)\nreturn await pipe.execute()", rest=HELPER
    ),
    "a pipeline that a nested function fills": engine(
        f"pipe = self.redis.pipeline()\n\ndef push():\n    {ADD}\n\npush()\nawait pipe.execute()"
    ),
    "a pipeline that a method gives": engine(
        f"pipe = self.made()\n{ADD}\nreturn await pipe.execute()",
        rest="def made(self):\n    return self.redis.pipeline()",
    ),
    "a pipeline that is kept": engine(
        f"self.pipe = self.redis.pipeline()\n{ADD.replace('pipe', 'self.pipe')}\nawait self.pipe.execute()"
    ),
    "a pipeline that is executed when it is long": engine(
        'pipe = self.redis.pipeline()\nfor tick in other:\n    pipe.xadd("raw-ticks", tick)\n'
        "    if len(pipe) > 1:\n        await pipe.execute()\nif pipe.command_stack:\n    await pipe.execute()"
    ),
    "a pipeline that is reset": engine(
        f"pipe = self.redis.pipeline()\ntry:\n    {ADD}\n    await pipe.execute()\nfinally:\n    await pipe.reset()"
    ),
    "every kind of stream command": engine(
        'pipe = self.redis.pipeline()\npipe.xgroup_create("raw-ticks", "g", id="0", mkstream=True)\n'
        f'{ADD}\npipe.xreadgroup("g", "c", {{"raw-ticks": ">"}}, count=5)\npipe.xrange("raw-ticks")\n'
        'pipe.xinfo_groups("raw-ticks")\npipe.xpending("raw-ticks", "g")\npipe.xtrim("raw-ticks", maxlen=1)\n'
        "return await pipe.execute(raise_on_error=False)"
    ),
    "a stream that is watched": engine(
        'async with self.redis.pipeline() as pipe:\n    await pipe.watch("raw-ticks")\n'
        f'    count = await pipe.xlen("raw-ticks")\n    pipe.multi()\n    {ADD}\n'
        "    return count, await pipe.execute()"
    ),
    "a transaction": engine(
        f"def both(pipe):\n    pipe.multi()\n    {ADD}\n\nreturn await self.redis.transaction(both)"
    ),
    "a transaction that watches": engine(
        'async def both(pipe):\n    count = await pipe.xlen("raw-ticks")\n    pipe.multi()\n'
        f"    {ADD}\n    return count\n\n"
        'return await self.redis.transaction(both, "raw-ticks", value_from_callable=True)'
    ),
    "a split client's two pipelines": with_key(
        f"pipe = self.redis.pipeline()\n{ADD}\nawait pipe.execute()\nkeys = self.redis.pipeline()\n"
        'keys.set("last", 1).incr("last")\nreturn await keys.execute()'
    ),
    "a split client's transaction of keys": with_key(
        f"pipe = self.redis.pipeline()\n{ADD}\nawait pipe.execute()\n"
        'return await self.redis.transaction(lambda pipe: pipe.incr("last"))'
    ),
    "a synchronous pipeline": sync(f"pipe = self.redis.pipeline()\n{ADD}\nfirst = pipe.execute()[0]\nreturn first"),
    "a synchronous pipeline that `with` enters": sync(
        f"with self.redis.pipeline() as pipe:  # all at once\n    {ADD}\n    pipe.execute()\n    pipe.reset()"
    ),
    "a pipeline with a key command on its stream": engine(
        f'pipe = self.redis.pipeline()\n{ADD}.expire("raw-ticks", 60)\nreturn await pipe.execute()'
    ),
    "a synchronous pipeline in a plain function": sync(
        "return self._more()",
        rest=f"def _more(self):\n    with self.redis.pipeline() as pipe:\n        {ADD}\n        return pipe.execute()",
    ),
    "a synchronous transaction": sync(f"return self.redis.transaction(lambda pipe: {ADD})"),
}


TOP = """\
STREAMS = ["raw-ticks", "market.data.x"]
SYMBOLS = ("A", "B")
NAME = b"raw-ticks"
WAIT = 50
"""
FILL = """\
for stream in STREAMS:
    await self.redis.xadd(stream, {"a": stream})
for symbol in SYMBOLS:
    await self.redis.xadd(f"market.data.{symbol}", {"a": symbol})
"""
READ = "for stream, messages in await self.redis.xread(last, count=1, block=WAIT):\n"
NAMES = {
    "streams of a comprehension": "return await self.redis.xread({stream: 0 for stream in STREAMS}, block=WAIT)",
    "a stream for each symbol": 'return await self.redis.xread({f"market.data.{symbol}": 0 for symbol in SYMBOLS})',
    "streams of `fromkeys`": 'return await self.redis.xread(dict.fromkeys(STREAMS, "0"))',
    "streams that a name holds": f"last = dict.fromkeys(STREAMS, 0)\n{READ}    last[stream] = messages[0][0]\n"
    "return await self.redis.xread(last, block=WAIT)",
    "streams that an attribute holds": "self.last = {stream: 0 for stream in STREAMS}\n"
    f"{READ.replace('last', 'self.last')}"
    "    self.last[stream] = messages[0][0]\nreturn sorted(self.last)",
    "a mapping that gets a stream later": 'last = {"raw-ticks": 0}\nlast["market.data.x"] = 0\n'
    f"{READ}    last[stream] = messages[0][0]\nreturn sorted(last)",
    "a mapping in another": 'more = {"raw-ticks": 0}\nreturn await self.redis.xread({**more, "market.data.A": 0})',
    "names of bytes": 'return await self.redis.xlen(NAME), await self.redis.xread({b"raw-ticks": 0})',
    "several at a time": "import asyncio\n\n"
    "return await asyncio.gather(*(self.redis.xlen(stream) for stream in STREAMS))",
    "unpacked options": 'return await self.redis.xread({"raw-ticks": 0}, **{"count": 1, "block": 10})',
    "a stream that calls give": 'return [await self._size("raw-ticks"), await self._size("market.data.x")]',
    "a stream of a loop that a call gives": "return [await self._size(stream) for stream in STREAMS]",
    "streams beside something else": "for stream, tick in zip(STREAMS, other):\n"
    "    await self.redis.xadd(stream, tick)\n"
    "for number, stream in enumerate(STREAMS):\n    await self.redis.xtrim(stream, maxlen=number)",
    "streams that are unpacked": "return await self.redis.exists(*STREAMS)",
    "commands that are written out": "return [\n"
    '    await self.redis.execute_command("XADD", "raw-ticks", "*", "a", "1"),\n'
    '    await self.redis.execute_command("XGROUP", "CREATE", "raw-ticks", "g", "$"),\n'
    '    await self.redis.execute_command("XINFO GROUPS", "raw-ticks"),\n]',
    "key commands on a stream": 'await self.redis.expire("raw-ticks", 60)\n'
    'before = await self.redis.exists("raw-ticks"), await self.redis.type("raw-ticks")\n'
    'await self.redis.delete("raw-ticks", "market.data.x")\nreturn before, await self.redis.ttl("raw-ticks")',
    "a group of each": 'for stream in STREAMS:\n    await self.redis.xgroup_create(stream, "g", id="0")\n'
    'for stream, messages in await self.redis.xreadgroup("g", "c", streams={s: ">" for s in STREAMS}):\n'
    '    await self.redis.xack(stream, "g", *[message for message, _ in messages])\n'
    'return await self.redis.xpending("raw-ticks", "g")',
}


@pytest.mark.parametrize("name", NAMES, ids=slug)
def test_commands_whose_streams_are_worked_out_do_the_same(
    name: str, servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    rest = "async def _size(self, stream):\n    return await self.redis.xlen(stream)" if "_size" in NAMES[name] else ""
    assert_does_the_same(engine(FILL + NAMES[name], top=TOP, rest=rest), servers, monkeypatch)


def test_a_ping_of_two_buses_does_the_same(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    both = 'await self.redis.xadd("client-orders", {"a": "b"})\nawait self.redis.xadd("raw-ticks", {"a": "b"})\n'
    asked = "await self.redis.ping()\nreturn [await self.redis.ping(), not await self.redis.ping()]"
    assert_does_the_same(engine(both + asked), servers, monkeypatch)


@pytest.mark.parametrize("name", PIPELINES, ids=slug)
def test_pipelines_do_the_same(name: str, servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    assert_does_the_same(PIPELINES[name], servers, monkeypatch)


TELL = """\
async def tell(self, link, prices):
    for price in prices:
        try:
            await link.xadd("raw-ticks", price)
        except ConnectionError:
            return
    await link.set("last", prices[-1]["p"])
"""
HOLD = """\
async def link(self):
    return self.redis

async def stop(self):
    await self.redis.aclose()
"""
SPLIT = {
    "another name": 'mine = self.redis\nawait mine.set("last", name)\nreturn await mine.xadd("raw-ticks", other[0])',
    "an argument": "await self.tell(self.redis, other)",
    "an accessor": "await self.tell(await self.link(), other)\nreturn await (await self.link()).get('last')",
    "a pipeline": 'async with (await self.link()).pipeline() as pipe:\n    pipe.xadd("raw-ticks", other[1])\n'
    '    await pipe.execute()\nawait self.redis.set("last", name)',
}


@pytest.mark.parametrize("name", SPLIT, ids=slug)
def test_a_client_of_keys_and_streams_does_the_same_whatever_holds_it(
    name: str, servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    rest = f"{TELL}\n{HOLD}" if "self.tell(" in SPLIT[name] else HOLD
    assert_does_the_same(engine(SPLIT[name], rest=rest), servers, monkeypatch)
