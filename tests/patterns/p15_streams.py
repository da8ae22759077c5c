"""P15: stream commands on a raw client are routed to the bus of their stream."""

from patterns.case import Case

ENGINE = """\
import redis.asyncio as redis  #: import {imports}

STREAM = "margin-calls"


class Engine:
    async def start(self):
        self.redis = redis.Redis(decode_responses=True)  #: construct {verdict}

    async def use(self, name, fields):
        {body}
"""


def engine(body: str, verdict: str = "rewrite") -> str:
    return ENGINE.format(body=body, verdict=verdict, imports="rewrite" if verdict == "rewrite" else "keep")


COMMANDS = (
    'xadd("raw-ticks", {"a": "1"})',
    'xadd("raw-ticks", {"a": "1"}, id="1-1", maxlen=10, nomkstream=True)',
    'xadd("raw-ticks", fields)',
    'xadd(STREAM, {"a": "1"})',
    'xlen("raw-ticks")',
    'xrange("raw-ticks", "-", "+")',
    'xrevrange("raw-ticks", count=1)',
    'xinfo_stream("raw-ticks")',
    'xinfo_groups("raw-ticks")',
    'xinfo_consumers("raw-ticks", "g")',
    'xtrim("raw-ticks", maxlen=100)',
    'xdel("raw-ticks", "1-0")',
    'xack("raw-ticks", "g", "1-0")',
    'xpending("raw-ticks", "g")',
    'xpending_range("raw-ticks", "g", "-", "+", 10)',
    'xclaim("raw-ticks", "g", "c", 1000, ["1-0"])',
    'xautoclaim("raw-ticks", "g", "c", 1000)',
    'xgroup_create("raw-ticks", "g", mkstream=True)',
    'xgroup_destroy("raw-ticks", "g")',
    'xread({"raw-ticks": "$"}, count=1, block=100)',
    'xreadgroup("g", "c", {"raw-ticks": ">"}, block=100)',
)
BUS = "which bus carries the stream `{}`?"

IS = (
    *(Case(command, engine(f"return await self.redis.{command}  #: stream rewrite")) for command in COMMANDS),
    Case(
        "a stream without a route",
        engine('await self.redis.xadd("unknown", {"a": "1"})  #: stream ask', "ask"),
        (BUS.format("unknown"),),
    ),
    Case(
        "a stream for each symbol",
        engine('await self.redis.xadd(f"ticks:{name}", {"a": "1"})  #: stream ask', "ask"),
        (BUS.format("ticks:*"),),
    ),
    Case(
        "a stream that is a parameter",
        engine('await self.redis.xadd(name, {"a": "1"})  #: stream ask', "ask"),
        ("which stream does xadd(name, {'a': '1'}) name?",),
    ),
    Case(
        "streams of two buses at once",
        engine('await self.redis.xread({"raw-ticks": "$", "margin-calls": "$"})  #: stream refuse', "refuse"),
        ("the streams margin-calls, raw-ticks are on different buses",),
    ),
    Case(
        "a read that may block too long",
        engine('await self.redis.xread({"raw-ticks": "$"}, block=60000)  #: stream ask', "ask"),
        ("the read may block for 60000 ms, and the target's socket gives up after 5.0 s: is that accepted?",),
    ),
    Case(
        "a command that is written out for aioredis 1.x",
        """\
import aioredis  #: import keep


async def add():
    link = await aioredis.create_redis("redis://localhost")  #: construct refuse
    await link.execute("xadd", "raw-ticks", "*", "a", "1")  #: command refuse
""",
        (
            "aioredis is not maintained, and its replies differ: move to redis.asyncio first",
            "a stream command that is written out as text is not routed",
        ),
    ),
    Case(
        "a command of an aioredis 1.x connection",
        """\
import aioredis  #: import keep


async def add():
    pool = await aioredis.create_pool("redis://localhost")  #: construct refuse
    async with pool.get() as link:  #: command keep, with refuse
        await link.execute("xadd", "raw-ticks", "*", "a", "1")  #: command refuse
""",
        (
            "aioredis is not maintained, and its replies differ: move to redis.asyncio first",
            "a stream command that is written out as text is not routed",
            "the client is a context manager here, which the shared client of the target is not",
        ),
    ),
    Case(
        "a command that is written out",
        engine('await self.redis.execute_command("XADD", "raw-ticks", "*", "a", "1")  #: command rewrite'),
    ),
    Case(
        "a read that is written out",
        engine('await self.redis.execute_command("XREAD", "STREAMS", "raw-ticks", "0")  #: command refuse', "refuse"),
        ("a stream command that is written out as text is not routed",),
    ),
    Case(
        "key commands on a stream",
        engine(
            'await self.redis.xlen("raw-ticks")  #: stream rewrite\n'
            '        await self.redis.expire("raw-ticks", 60)  #: command rewrite\n'
            '        await self.redis.delete("raw-ticks")  #: command rewrite'
        ),
    ),
    Case(
        "a command that is handed on",
        engine("add = self.redis.xadd  #: attribute refuse", "refuse"),
        ("xadd is handed on here, not called",),
    ),
    Case(
        "a command with a keyword that redis-py never had",
        engine('await self.redis.xadd("raw-ticks", {"a": "1"}, limits=3)  #: stream rewrite'),
        warned=("broken: xadd() takes no `limits`",),
    ),
)

IS_NOT = (
    Case(
        "a method of the same name on another object",
        """\
from redis import Redis  #: import keep


class Log:
    def xadd(self, name, fields): pass


log = Log()
log.xadd("raw-ticks", {"a": "1"})  #!
cache = Redis()  #: construct keep
cache.get("raw-ticks")  #: command keep
""",
    ),
    Case(
        "a mock of a client",
        "from unittest.mock import AsyncMock\n\nredis = AsyncMock()\nredis.xadd('raw-ticks', {})  #!\n",
    ),
    Case(
        "a mock with the class as its measure",
        "from unittest.mock import MagicMock\nimport redis  #: import keep\n\n"
        "link = MagicMock(spec=redis.Redis)  #: mock keep\nlink.xadd('raw-ticks', {})  #!\n",
    ),
    Case(
        "keys by a connection of an aioredis 1.x client",
        """\
import aioredis  #: import keep


async def read():
    link = await aioredis.create_redis("redis://localhost")  #: construct keep
    await link.execute("get", "a")  #: command keep
    await link.execute(b"get", "a")  #: command keep
    await link.get("a")  #: command keep
""",
    ),
    Case("a dict with names of streams", 'STREAMS = {"raw-ticks": "xadd", "redis": "xread"}  #!\n'),
    Case("a parameter that nobody fills", "def read(redis):\n    return redis.xread({'raw-ticks': '$'})  #!\n"),
    Case(
        "a key that is called like a stream",
        "import redis  #: import keep\n\ncache = redis.Redis()  #: construct keep\n"
        "cache.set('xadd', 'raw-ticks')  #: command keep\n",
    ),
)
