"""P2: how redis and the wrapper are imported; what is imported decides, never what it is called."""

from patterns.case import Case

STREAM = """\
{imported}


class Engine:
    async def start(self):
        self.link = {made}  #: construct {verdict}

    async def tell(self):
        await self.link.xadd("raw-ticks", {{"a": "1"}})  #: stream {verdict}
"""
OLD = "aioredis is not maintained, and its replies differ: move to redis.asyncio first"
EITHER = "the client is a synchronous one or not, by what is imported"

ASYNC = {
    "redis.asyncio as redis": ("import redis.asyncio as redis", "redis.Redis()"),
    "redis.asyncio as another name": ("import redis.asyncio as store", "store.Redis()"),
    "redis.asyncio by its whole path": ("import redis.asyncio", "redis.asyncio.Redis()"),
    "asyncio from redis": ("from redis import asyncio as aioredis", "aioredis.Redis()"),
    "asyncio from redis without another name": ("from redis import asyncio", "asyncio.Redis()"),
    "the class from redis.asyncio": ("from redis.asyncio import Redis", "Redis()"),
    "the class under another name": ("from redis.asyncio import Redis as Store", "Store()"),
    "the class from redis.asyncio.client": ("from redis.asyncio.client import Redis", "Redis()"),
    "StrictRedis": ("from redis.asyncio import StrictRedis", "StrictRedis()"),
    "the factory": ("from redis.asyncio import from_url", 'from_url("redis://localhost:6379")'),
    "the factory of the module": ("import redis.asyncio as redis", 'redis.from_url("redis://localhost:6379/0")'),
    "the factory of the class": ("from redis.asyncio import Redis", 'Redis.from_url("redis://localhost")'),
    "several modules in one import": ("import os, redis.asyncio as redis", "redis.Redis()"),
    "an import with a comment": ("import redis.asyncio as redis  # noqa: F401", "redis.Redis()"),
}


def stream(imported: str, made: str, verdict: str = "rewrite", imports: str = "rewrite") -> str:
    return STREAM.format(imported=f"{imported}  #: import {imports}", made=made, verdict=verdict)


WRAPPED = """\
{imported}


class Engine:
    async def start(self):
        self.bus = {made}
        await self.bus.start()  #: start {verdict}

    async def tell(self):
        await self.bus.publish("portfolio.update.x", {{"a": 1}})  #: publish {verdict}
"""


def wrapped(imported: str, prefix: str = "", verdict: str = "rewrite") -> str:
    made = f"{prefix}BufferedMessageBusClient({prefix}MessageBusConfig())"
    return WRAPPED.format(
        imported=f"{imported}  #: import {verdict}",
        made=f"{made}  #: construct {verdict}, config {verdict}",
        verdict=verdict,
    )


NAMES = "BufferedMessageBusClient, MessageBusConfig"

IS = (
    *(Case(name, stream(*shape)) for name, shape in ASYNC.items()),
    *(
        Case(
            f"a synchronous client by {name}",
            f"""\
{imported}  #: import {gone}


class Engine:
    async def start(self):
        self.link = {made}  #: construct rewrite

    async def tell(self):
        self.link.xadd("raw-ticks", {{"a": "1"}})  #: stream rewrite
""",
        )
        for name, imported, made, gone in (
            ("its module", "import redis", "redis.Redis()", "rewrite"),
            ("its class", "from redis import Redis", "Redis()", "rewrite"),
            ("its factory", "import redis", 'redis.from_url("redis://localhost:6379")', "rewrite"),
            ("its older name", "import redis", "redis.StrictRedis()", "rewrite"),
            ("its inner module", "from redis.client import Redis", "Redis()", "rewrite"),
        )
    ),
    *(
        Case(f"aioredis by {name}", stream("import aioredis", made, "refuse", "keep"), (OLD,))
        for name, made in (
            ("the class of 2.x", "aioredis.Redis()"),
            ("the factory of 2.x", 'aioredis.from_url("redis://localhost")'),
            ("the awaited factory of 1.x", 'await aioredis.create_redis("redis://localhost")'),
            ("the awaited pool of 1.x", 'await aioredis.create_redis_pool("redis://localhost")'),
        )
    ),
    Case(
        "a class that is synchronous or not, by the version of Python",
        stream(
            "import sys\nif sys.version_info > (3, 8):\n    from redis.asyncio import Redis  #: import keep\n"
            "else:\n    from redis import Redis",
            "Redis()",
            "refuse",
            "keep",
        ),
        (EITHER,),
    ),
    Case("the names of a wrapper", wrapped(f"from enhanced_messagebus_client import {NAMES}")),
    Case("the module of a wrapper", wrapped("import enhanced_messagebus_client", "enhanced_messagebus_client.")),
    Case("the module of a wrapper as another name", wrapped("import enhanced_messagebus_client as emb", "emb.")),
    Case(
        "an unused import of a wrapper",
        "from enhanced_messagebus_client import MessagePriority  #: import rewrite\n\nLOT = 1\n",
    ),
    Case("an unused import of redis", "import redis  #: import keep\n\nLOT = 1\n"),
    Case(
        "a star import of redis",
        "from redis.asyncio import *  #: import keep\n\nclient = Redis()  #: construct keep\n"
        "print(client.get('a'))  #: command keep\n",
    ),
    Case(
        "an import inside a function",
        """\
async def tell():
    import redis.asyncio as redis  #: import keep
    link = redis.Redis()  #: construct keep
    await link.get("a")  #: command keep
""",
    ),
    Case(
        "redis through a package's own module",
        "from .store import redis  #!\n\nclient = redis.Redis()  #: construct keep\nclient.get('a')  #: command keep\n",
        more={"store.py": "import redis  #: import keep\n", "__init__.py": ""},
    ),
)

IS_NOT = (
    Case(
        "a module of the engine called redis",
        "from . import redis  #!\n\nclient = redis.Redis()  #!\n",
        more={
            "redis.py": "class Redis:\n    def get(self): pass\n",
            "__init__.py": "",
        },
    ),
    Case("redis of another package", "from stores import redis\n\nclient = redis.Redis()  #!\n"),
    Case(
        "a shadowed import",
        """\
import redis  #: import keep


def read(redis):
    return redis.Redis().get("a")  #!
""",
    ),
    Case(
        "a name that is bound again",
        """\
from redis import Redis  #: import keep


def read():
    class Redis:
        def get(self, key): return key
    return Redis().get("a")  #!
""",
    ),
    Case(
        "a wrapper's name from another module",
        "from other_bus import BufferedMessageBusClient, MessageBusConfig\n\n"
        "bus = BufferedMessageBusClient(MessageBusConfig())  #!\nbus.publish('a', {})  #!\n",
    ),
    Case(
        "a wrapper's name that the engine defines itself",
        """\
class MessageBusConfig: pass


class BufferedMessageBusClient:
    def __init__(self, config): self.config = config
    async def publish(self, topic, payload): print(topic)


bus = BufferedMessageBusClient(MessageBusConfig())  #!
""",
    ),
    Case(
        "another module of that name inside a function",
        "import redis  #: import keep\n\n\ndef read():\n    from other import redis\n"
        "    return redis.Redis().get('a')  #!\n",
    ),
    Case("asyncio of the standard library", "import asyncio\n\n# redis\nasyncio.Redis()  #!\n"),
    Case(
        "an exception of redis",
        "from redis.exceptions import RedisError  #: import keep\n\nERRORS = (RedisError,)  #: exception keep\n",
    ),
)
