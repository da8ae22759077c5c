"""P5: what starts and stops a client; a method of that name on anything else is none."""

from patterns.case import Case

ENGINE = """\
from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig  #: import {verdict}


class Engine:
    async def start(self):
        self.bus = BufferedMessageBusClient(MessageBusConfig())  #: construct {verdict}, config {verdict}
        {start}

    async def tell(self):
        await self.bus.publish("portfolio.update.x", {{"a": 1}})  #: publish {verdict}

    async def stop(self):
        {stop}
"""
START = "await self.bus.start()  #: start {}"


def engine(stop: str = "pass", start: str = "", verdict: str = "rewrite") -> str:
    return ENGINE.format(start=start or START.format(verdict), stop=stop, verdict=verdict)


RAW = """\
import redis.asyncio as redis  #: import {imports}


class Engine:
    async def start(self):
        self.link = redis.Redis()  #: construct {verdict}
        await self.link.xadd("raw-ticks", {{"a": "1"}})  #: stream {verdict}

    async def stop(self):
        {stop}
"""


def raw(stop: str, verdict: str = "rewrite", imports: str = "rewrite") -> str:
    return RAW.format(stop=stop, verdict=verdict, imports=imports)


IS = (
    Case("a stop", engine("await self.bus.stop()  #: stop rewrite")),
    Case(
        "a stop behind a check", engine("if self.bus is not None:\n            await self.bus.stop()  #: stop rewrite")
    ),
    Case(
        "a stop behind a look for the client",
        engine('if getattr(self, "bus", None):\n            await self.bus.stop()  #: stop rewrite'),
    ),
    Case(
        "a stop of what a look for the client gives",
        engine(
            'bus = getattr(self, "bus", None) or None  #: escape refuse\n        await bus.stop()', verdict="refuse"
        ),
        ("the client is reached by the name `bus` here, where it can no longer be followed",),
    ),
    Case(
        "a stop that forgets the client",
        engine("await self.bus.stop()  #: stop rewrite\n        self.bus = None"),
    ),
    Case(
        "a stop with a time limit",
        engine("import asyncio\n        await asyncio.wait_for(self.bus.stop(), 5)  #: stop rewrite"),
    ),
    Case(
        "a start with a time limit",
        engine(start="import asyncio\n        await asyncio.wait_for(self.bus.start(), 5)  #: start rewrite"),
        warned=("activates: before the start this raises, where the wrapper only said False",),
    ),
    Case(
        "a start whose nothing is returned",
        engine(start="return await self.bus.start()  #: start rewrite"),
        warned=("activates: before the start this raises, where the wrapper only said False",),
    ),
    Case(
        "a start that is given to somebody",
        engine(start="self.keep(self.bus.start())  #: start refuse", verdict="refuse"),
        ("the start is more than a statement of its own",),
        warned=("activates: before the start this raises, where the wrapper only said False",),
    ),
    Case("a client that is never stopped", engine()),
    Case(
        "a start that is never awaited",
        engine(start="self.bus.start()  #: start refuse", verdict="refuse"),
        ("the start is never awaited",),
        warned=(
            "broken: the client is never started",
            "activates: nothing starts this client, so nothing was ever sent here",
        ),
    ),
    Case(
        "a stop that is never awaited",
        engine("self.bus.stop()  #: stop refuse", verdict="refuse"),
        ("the stop is never awaited",),
        warned=("broken: the client is never stopped",),
    ),
    Case(
        "a method that the wrapper never had",
        engine("await self.bus.disconnect()  #: stop refuse", verdict="refuse"),
        ("the wrapper has no method disconnect",),
        warned=("broken: the wrapper has no method disconnect()",),
    ),
    Case(
        "a client that is never started",
        """\
from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig  #: import refuse


class Engine:
    async def tell(self):
        bus = BufferedMessageBusClient(MessageBusConfig())  #: construct refuse, config refuse
        await bus.publish("portfolio.update.x", {"a": 1})  #: publish refuse
""",
        ("the client is never started, so it carries nothing that could move",),
        warned=("activates: nothing starts this client, so nothing was ever sent here",),
    ),
    Case("a raw client's aclose", raw("await self.link.aclose()  #: command rewrite")),
    Case("a raw client's close", raw("await self.link.close()  #: command rewrite")),
    Case(
        "a raw client's pool",
        raw("await self.link.connection_pool.disconnect()  #: attribute refuse", "refuse", "keep"),
        ("the attribute connection_pool of the client has no counterpart on the target",),
    ),
    Case(
        "a key client's close",
        """\
import redis  #: import keep

cache = redis.Redis()  #: construct keep
cache.get("a")  #: command keep
cache.close()  #: command keep
""",
    ),
)

IS_NOT = (
    Case(
        "a start and stop of something else",
        """\
import redis  #: import keep
import threading

worker = threading.Thread()
worker.start()  #!
open("redis").close()  #!
""",
    ),
    Case(
        "a server's start beside a client's",
        """\
import asyncio
from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig  #: import rewrite


class Server:
    async def start(self): pass
    async def stop(self): pass


class Engine:
    async def start(self):
        self.server = Server()
        await self.server.start()  #!
        self.bus = BufferedMessageBusClient(MessageBusConfig())  #: construct rewrite, config rewrite
        await self.bus.start()  #: start rewrite

    async def stop(self):
        await self.server.stop()  #!
        await self.bus.stop()  #: stop rewrite
""",
    ),
    Case(
        "a mock's start",
        "from unittest import mock\n\nredis = mock.Mock()\nredis.start()  #!\nredis.xadd('a', {})  #!\n",
    ),
)
