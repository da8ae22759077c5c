"""P18: a client that is reached or changed by a name at run time."""

from patterns.case import Case

ENGINE = """\
from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig  #: import {verdict}


class Engine:
    async def start(self):
        self.bus = BufferedMessageBusClient(MessageBusConfig())  #: construct {verdict}, config {verdict}
        await self.bus.start()  #: start {verdict}

    async def use(self, name, other):
        {body}
"""


def engine(body: str, verdict: str = "refuse") -> str:
    return ENGINE.format(body=body, verdict=verdict)


LOOKED = "the client is inspected with {}() here; what that means on the target is not known"
BY_NAME = "the client is reached by the name `bus` here, where it can no longer be followed"
DYNAMIC = {
    "getattr on a client": ("return getattr(self.bus, name)  #: dynamic refuse", LOOKED.format("getattr")),
    "setattr on a client": ("setattr(self.bus, name, 1)  #: dynamic refuse", LOOKED.format("setattr")),
    "delattr on a client": ("delattr(self.bus, name)  #: dynamic refuse", LOOKED.format("delattr")),
    "hasattr on a client": ("return hasattr(self.bus, name)  #: dynamic refuse", LOOKED.format("hasattr")),
    "isinstance": ("return isinstance(self.bus, dict)  #: dynamic refuse", LOOKED.format("isinstance")),
    "vars": ("return vars(self.bus)  #: dynamic refuse", LOOKED.format("vars")),
    "the owner's attribute by its name": ('return getattr(self, "bus", None)  #: escape refuse', BY_NAME),
    "the owner's dict": ('return self.__dict__["bus"]  #: escape refuse', BY_NAME),
    "the owner's vars": ('return vars(self)["bus"]  #: escape refuse', BY_NAME),
    "an attribute of the client that is set": (
        "self.bus.config = None  #: escape refuse",
        "the client has its attribute `config` changed here, where it can no longer be followed",
    ),
}
FROM = """\
from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig  #: import refuse

config = MessageBusConfig({given})  #: config refuse
{change}


async def start():
    bus = BufferedMessageBusClient({taken})  #: construct refuse
    await bus.start()  #: start refuse
"""

BY_TEXT = "the client's class is named by a text here"
OR_ELSE = "what is used here may also be something that is not known"

IS = (
    *(Case(name, engine(body), (reason,)) for name, (body, reason) in DYNAMIC.items()),
    Case(
        "a config that is changed after it was made",
        FROM.format(given="", change="config.redis_host = input()  #: config escape refuse", taken="config"),
        ("the config is used apart from making its client here",),
    ),
    Case(
        "a config of unpacked values",
        FROM.format(given="**read(redis_host='r2')", change="", taken="config"),
        ("the config's arguments cannot be told apart",),
    ),
    Case(
        "a raw client of unpacked values",
        """\
import redis.asyncio as redis  #: import keep


async def start(config):
    link = redis.Redis(**config)  #: construct refuse
    await link.xadd("raw-ticks", {"a": "1"})  #: stream refuse
""",
        ("the client's arguments are unpacked, so its server cannot be told",),
    ),
    Case(
        "a command by its name",
        """\
import redis.asyncio as redis  #: import keep


async def start(name):
    link = redis.Redis()  #: construct refuse
    await link.xadd("raw-ticks", {"a": "1"})  #: stream refuse
    await getattr(link, name)("raw-ticks")  #: dynamic refuse
""",
        ("the client is inspected with getattr() here",),
    ),
    Case(
        "only a command by its name",
        """\
import redis.asyncio as redis  #: import keep


async def start():
    link = redis.Redis()  #: construct refuse
    await getattr(link, "xadd")("raw-ticks", {"a": "1"})  #: attribute refuse
""",
        ("xadd is handed on here, not called",),
    ),
    Case(
        "a class by its name",
        """\
import redis.asyncio as redis  #: import keep


async def start():
    link = getattr(redis, "Redis")()  #: construct refuse, redis name keep
    await link.xadd("raw-ticks", {"a": "1"})  #: stream refuse
""",
        (BY_TEXT,),
    ),
    Case(
        "a class whose name is only known at run time",
        """\
import redis.asyncio as redis  #: import keep


def make(kind):
    return getattr(redis, kind)()  #: redis name refuse
""",
        ("what of redis-py is taken here is only known at run time",),
    ),
    Case(
        "a module by its name",
        """\
import importlib


async def start():
    link = importlib.import_module("redis.asyncio").Redis()  #: construct refuse
    await link.xadd("raw-ticks", {"a": "1"})  #: stream refuse
""",
        (BY_TEXT,),
    ),
    Case(
        "a module by a name that the environment may give",
        """\
import os
from importlib import import_module

BACKEND = os.environ.get("BACKEND", "redis.asyncio")


def make(kind="Redis"):
    return getattr(import_module(BACKEND), kind)(host="localhost")  #: construct refuse


class Writer:
    def __init__(self, store):
        self.store = store

    async def write(self, what):
        await self.store.xadd("raw-ticks", {"a": "1"})  #: stream refuse
        await getattr(self.store, what)("raw-ticks")  #: dynamic refuse


writer = Writer(make())
""",
        (BY_TEXT, OR_ELSE),
    ),
    Case(
        "a package by its name",
        """\
link = __import__("redis").Redis()  #: construct keep
link.get("a")  #: command keep
""",
    ),
    Case(
        "a command of a cache by a name of run time",
        """\
import redis  #: import keep

link = redis.Redis()  #: construct keep


def run(command):
    return getattr(link, command)()  #: dynamic refuse
""",
        ("the client is inspected with getattr() here, and may be asked for a stream's command",),
    ),
    Case(
        "a wrapper by its name",
        """\
from importlib import import_module

module = import_module("enhanced_messagebus_client")
bus = module.BufferedMessageBusClient(module.MessageBusConfig())  #: construct refuse, config refuse


async def start():
    await bus.start()  #: start refuse
""",
        (BY_TEXT,),
    ),
)

IS_NOT = (
    Case("getattr on a module's settings", "import settings\n\nHOST = getattr(settings, 'redis_host', 'x')  #!\n"),
    Case("getattr on another attribute", engine('return getattr(self, "count", 0)  #!', "rewrite")),
    Case("isinstance on something else", engine("return isinstance(other, dict)  #!", "rewrite")),
    Case("the attribute's name as a key of a dict", engine('return other["bus"]  #!', "rewrite")),
    Case(
        "a module of another library by its name",
        "import importlib\n\nlink = importlib.import_module('rediscluster').Redis()  #!\nNAME = 'redis'  #!\n",
    ),
    Case("the attribute's name in a text", engine('return "bus"  #!', "rewrite")),
    Case("truth and None", engine("return bool(self.bus) and self.bus is not None  #!", "rewrite")),
    Case("a log line", engine('print(f"{self.bus}", repr(self.bus))  #!', "rewrite")),
)
