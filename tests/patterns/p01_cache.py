"""P1: raw clients for keys and caches stay where they are, whatever key command they run."""

from patterns.case import Case

CACHE = """\
import redis.asyncio as redis  #: import keep


class Cache:
    async def start(self):
        self.redis = redis.Redis(host="localhost")  #: construct keep

    async def use(self, key):
        {body}
"""

COMMANDS = {
    "get and set": "await self.redis.set(key, await self.redis.get(key), ex=60)  #: command keep, command keep",
    "a hash": "return await self.redis.hgetall(key)  #: command keep",
    "a list": "await self.redis.rpush(key, 1)  #: command keep",
    "a set": "await self.redis.sadd(key, 1)  #: command keep",
    "a sorted set": "await self.redis.zadd(key, {'a': 1})  #: command keep",
    "a scan": "return [k async for k in self.redis.scan_iter(match='q:*')]  #: command keep",
    "ping and info": "return await self.redis.ping() and await self.redis.info()  #: command keep, command keep",
    "a close": "await self.redis.aclose()  #: command keep",
    "a lock": "async with self.redis.lock('l'): pass  #: command keep",
    "a Lua script": "await self.redis.eval('return 1', 0)  #: command keep",
    "a registered script": "await self.redis.register_script('return 1')(keys=[key])  #: command keep",
    "a pipeline of keys": (
        "pipe = self.redis.pipeline()  #: command keep\n"
        "        pipe.set(key, 1)  #: pipeline call keep\n"
        "        await pipe.execute()  #: pipeline call keep"
    ),
    "an expiry": "await self.redis.expire(key, 60)  #: command keep",
}

IS = (
    *(Case(name, CACHE.format(body=body)) for name, body in COMMANDS.items()),
    Case(
        "a synchronous cache at module level",
        """\
import redis  #: import keep

cache = redis.Redis()  #: construct keep


def price(symbol):
    return cache.get(symbol)  #: command keep
""",
    ),
    Case(
        "a rate limiter that is given its client",
        """\
from redis.asyncio import Redis  #: import keep


class Limiter:
    def __init__(self, client: Redis):  #: annotation keep
        self.client = client

    async def allow(self, key):
        return await self.client.incr(key) < 10  #: command keep


limiter = Limiter(Redis())  #: construct keep
""",
    ),
    Case(
        "a client that serves keys and a stream",
        """\
import redis.asyncio as redis  #: import keep


class Engine:
    async def start(self):
        self.redis = redis.Redis(host="localhost")  #: construct rewrite

    async def use(self):
        await self.redis.set("last", 1)  #: command keep
        await self.redis.xadd("raw-ticks", {"a": "1"})  #: stream rewrite
""",
    ),
)

IS_NOT = (
    Case(
        "a dict called redis_info",
        'redis_info = {"host": "localhost"}  #!\n\n\ndef host():\n    return redis_info.get("host")  #!\n',
    ),
    Case("a parameter called redis", 'def read(redis):\n    return redis.get("a"), redis.set("a", 1)  #!\n'),
    Case(
        "a dict called redis beside a real cache",
        """\
from redis import Redis  #: import keep

cache = Redis()  #: construct keep


def read():
    redis = {"a": 1}
    return redis.get("a"), cache.get("a")  #: command keep
""",
    ),
    Case(
        "a cache class of one's own",
        """\
class Redis:
    def get(self, key): return self.data[key]


cache = Redis()  #!
cache.get("redis")  #!
""",
    ),
    Case("a string that mentions redis", '"""Reads from redis.Redis()."""\nURL = "redis://localhost:6379"  #!\n'),
    Case("a comment that mentions redis", "# client = redis.Redis()\nLIMIT = 1\n"),
    Case("another library with redis in its name", "import fakeredis\n\nclient = fakeredis.FakeRedis()  #!\n"),
    Case("a name that begins like redis", "import redis_tools\n\nclient = redis_tools.Redis()  #!\n"),
)
