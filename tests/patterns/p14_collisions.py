"""P14: modules with names of their own for what the target brings along."""

from patterns.case import Case

ENGINE = """\
from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig  #: import rewrite
{own}


class Engine:
    async def start(self):
        self.bus = BufferedMessageBusClient(MessageBusConfig())  #: construct rewrite, config rewrite
        await self.bus.start()  #: start rewrite

    async def tell(self{more}):
        await self.bus.publish("portfolio.update.x", {{"a": 1}})  #: publish rewrite
"""
STARRED = "a star import: which of its names are used cannot be told"

IS = (
    Case("an enum called MessageType", ENGINE.format(own="\n\nclass MessageType:  #!\n    A = 1", more="")),
    Case("an enum called EngineType", ENGINE.format(own="\nEngineType = None  #!", more="")),
    Case("a parameter called MessageType", ENGINE.format(own="", more=", MessageType=1")),
    Case("a function called like the factory", ENGINE.format(own="\n\ndef get_dual_bus_client(): pass  #!", more="")),
    Case("MessageType of another module", ENGINE.format(own="from wire import MessageType  #!", more="")),
    Case(
        "a star import of a wrapper",
        """\
from enhanced_messagebus_client import *  #: import refuse


class Engine:
    async def start(self):
        self.bus = BufferedMessageBusClient(MessageBusConfig())  #: construct refuse, config refuse
        await self.bus.start()  #: start refuse
""",
        (STARRED,),
    ),
    Case(
        "a star import of a client's module",
        """\
from store import *  #!


async def read():
    return await link.get("a")  #: command keep
""",
        more={
            "store.py": "import redis.asyncio as redis  #: import keep\n\nlink = redis.Redis()  #: construct keep\n",
        },
    ),
)

IS_NOT = (
    Case(
        "a module with all of the names and no client",
        "class MessageType: pass  #!\n\n\nclass EngineType: pass  #!\n\n\n"
        "client = config = redis = MessageType()  #!\n",
    ),
    Case("a star import of something else", "from os.path import *\n\nprint(join('redis', 'x'))  #!\n"),
    Case(
        "a local name that hides a client",
        """\
import redis  #: import keep

client = redis.Redis()  #: construct keep


def read(values):
    client = values
    return client.get("a")  #!


client.get("a")  #: command keep
""",
    ),
    Case(
        "a comprehension's name that hides a client",
        "import redis  #: import keep\n\nclient = redis.Redis()  #: construct keep\n"
        "found = [client.get('a') for client in ({}, {})]  #!\n",
    ),
)
