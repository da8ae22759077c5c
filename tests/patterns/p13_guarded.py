"""P13: imports that may fail, stand-ins for what they would have given, and flags that say which it was."""

from patterns.case import Case

ENGINE = """\
{imports}


class Engine:
    async def start(self):
        self.bus = BufferedMessageBusClient(MessageBusConfig())  #: construct {verdict}, config {verdict}
        await self.bus.start()  #: start {verdict}

    async def tell(self):
        await self.bus.publish("portfolio.update.x", {{"a": 1}})  #: publish {verdict}
"""
FROM = "from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig  #: import {}"
STAND_IN = "a stand-in takes the wrapper's place when the import fails: service.py:4"
MIXED = "what is used here may also be {}"


def engine(imports: str, verdict: str = "rewrite") -> str:
    return ENGINE.format(imports=imports.replace("FROM", FROM.format(verdict)), verdict=verdict)


IS = (
    Case(
        "a flag",
        engine("try:\n    FROM\n    BUS_AVAILABLE = True\nexcept ImportError:\n    BUS_AVAILABLE = False"),
    ),
    Case("a failure that is told", engine("try:\n    FROM\nexcept ImportError:\n    print('no bus')\n    raise")),
    Case("None instead", engine("try:\n    FROM\nexcept ImportError:\n    BufferedMessageBusClient = None")),
    Case(
        "None instead, which is asked for",
        engine(
            "try:\n    FROM\nexcept ImportError:\n    BufferedMessageBusClient, MessageBusConfig = None, None\n\n"
            "HAS_BUS = BufferedMessageBusClient is not None  #: reference rewrite\n"
            "if not MessageBusConfig: print('no bus')  #: reference rewrite"
        ),
    ),
    Case("None before", engine("MessageBusConfig = None\ntry:\n    FROM\nexcept ImportError:\n    pass")),
    Case(
        "None instead, which is used as a value",
        engine(
            "try:\n    FROM\nexcept ImportError:\n    BufferedMessageBusClient = None\n\n"
            "print(BufferedMessageBusClient)  #: reference refuse",
            "refuse",
        ),
        ("enhanced_messagebus_client.BufferedMessageBusClient is used as a value here, not called",),
    ),
    Case(
        "the same by another way",
        engine(f"try:\n    FROM\nexcept ImportError:\n    {FROM.format('rewrite').replace('from ', 'from backend.')}"),
    ),
    Case(
        "an unused one with its guard",
        "try:\n    from enhanced_messagebus_client import MessageBusConfig  #: import rewrite\n"
        "except ImportError:\n    MessageBusConfig = None\n",
    ),
    Case(
        "a class instead",
        engine("try:\n    FROM\nexcept ImportError:\n    class BufferedMessageBusClient: pass", "refuse"),
        (STAND_IN, MIXED.format("BufferedMessageBusClient")),
    ),
    Case(
        "another module instead",
        engine("try:\n    FROM\nexcept ImportError:\n    from other import BufferedMessageBusClient", "refuse"),
        (STAND_IN, MIXED.format("something that is not known")),
    ),
    Case(
        "in a function",
        """\
async def start():
    from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig  #: import rewrite
    bus = BufferedMessageBusClient(MessageBusConfig())  #: construct rewrite, config rewrite
    await bus.start()  #: start rewrite
    await bus.publish("portfolio.update.x", {"a": 1})  #: publish rewrite
""",
    ),
    Case(
        "in a function, of a name of the module",
        """\
BufferedMessageBusClient = MessageBusConfig = None


async def start():
    global BufferedMessageBusClient, MessageBusConfig
    from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig  #: import refuse
    bus = BufferedMessageBusClient(MessageBusConfig())  #: construct refuse, config refuse
    await bus.start()  #: start refuse
""",
        ("the wrapper is imported inside a function, and BufferedMessageBusClient is bound outside of it",),
    ),
    Case("under a condition", engine("import os\nif os.getenv('BUS'):\n    FROM")),
    Case(
        "a priority under a condition, of a client that is made elsewhere",
        """\
import os
from make import made
if os.getenv('BUS'):
    from enhanced_messagebus_client import MessagePriority  #: import refuse


async def tell():
    bus = await made()
    await bus.publish("portfolio.update.x", {"a": 1}, priority=MessagePriority.HIGH)  #: publish refuse, priority refuse
""",
        ("the wrapper is imported only if `os.getenv('BUS')`, and its client is made at make.py:5",),
        more={
            "make.py": """\
from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig  #: import refuse


async def made():
    bus = BufferedMessageBusClient(MessageBusConfig())  #: construct refuse, config refuse
    await bus.start()  #: start refuse
    return bus
"""
        },
    ),
    Case("with others on its line", engine("import os; FROM")),
    Case(
        "under TYPE_CHECKING",
        """\
from __future__ import annotations
from typing import TYPE_CHECKING
from app import make

if TYPE_CHECKING:
    from enhanced_messagebus_client import BufferedMessageBusClient  #: import refuse


async def tell(bus: BufferedMessageBusClient):  #: annotation refuse
    await bus.publish("portfolio.update.x", {"a": 1})  #: publish refuse
""",
        ("where this client is made is not to be seen in this engine",),
    ),
    Case(
        "redis under a flag",
        """\
try:
    import redis.asyncio as redis  #: import keep
    HAS_REDIS = True
except ImportError:
    HAS_REDIS = False


async def start():
    link = redis.Redis()  #: construct rewrite
    await link.xadd("raw-ticks", {"a": "1"})  #: stream rewrite
""",
    ),
    Case(
        "aioredis where redis is too old",
        """\
try:
    from redis import asyncio as aioredis  #: import keep
except ImportError:
    import aioredis  #: import keep


class Cache:
    async def start(self):
        self.redis = aioredis.from_url("redis://localhost")  #: construct keep
        await self.redis.get("a")  #: command keep
""",
    ),
)

IS_NOT = (
    Case(
        "a guarded import of something else",
        "try:\n    import ujson as redis\nexcept ImportError:\n    redis = None\n\nprint(redis and redis.Redis)  #!\n",
    ),
    Case("a flag that is called like it", "REDIS_AVAILABLE = False\n\nif REDIS_AVAILABLE:\n    print('redis')  #!\n"),
    Case(
        "a stand-in where no import is",
        "class BufferedMessageBusClient:  #!\n    async def start(self): pass\n\n\n"
        "bus = BufferedMessageBusClient()  #!\n",
    ),
)
