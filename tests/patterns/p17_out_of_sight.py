"""P17: raw clients kept by a framework, by a pool, or by an object that is made in a roundabout way."""

from patterns.case import Case

UNFOLLOWED = "here, where it can no longer be followed"
MADE = "redis.Redis(decode_responses=True)"
TELL = 'xadd("raw-ticks", {"a": "1"})'

FRAMEWORK = f"""\
import redis  #: import keep
from flask import g


def link():
    g.link = {MADE}  #: construct refuse, escape refuse


def tell():
    g.link.{TELL}  #: stream refuse
"""
UNMADE = f"""\
import redis.asyncio as redis  #: import keep


class Desk:
    def __init__(self, link):
        self.link = link

    @classmethod
    async def made(cls):
        self = cls.__new__(cls)
        self.link = {MADE}  #: construct refuse, escape refuse
        return self


async def run():
    desk = await Desk.made()
    await desk.link.{TELL}  #: escape refuse
    return Desk({MADE})  #: construct refuse
"""
POOL = """\
import redis.asyncio as redis  #: import keep

pool = redis.ConnectionPool.from_url("redis://localhost")  #: construct refuse


async def tell():
    link = await pool.get_connection("_")  #: command refuse
    await link.send_command("XADD", "raw-ticks", "*", "a", 1)
"""
PROPERTY = f"""\
import redis.asyncio as redis  #: import keep


class Desk:
    def __init__(self):
        self._link = None

    async def start(self):
        self._link = {MADE}  #: construct refuse

    @property
    def link(self):
        return self._link

    @link.setter  #!
    def link(self, link):
        self._link = link

    @link.deleter  #!
    def link(self):
        self._link = None

    async def tell(self):
        await self.link.{TELL}  #: stream refuse
"""

IS = (
    Case(
        "a raw client in what a framework keeps",
        FRAMEWORK,
        (
            f"the client is stored where it cannot be followed {UNFOLLOWED}, and xadd at service.py:10 may be its own",
            "what xadd is called on here cannot be followed, and a client is lost at service.py:6",
        ),
    ),
    Case(
        "two raw clients of which one is in an object that its class made without a call",
        UNMADE,
        (
            f"the client is stored where it cannot be followed {UNFOLLOWED}, and xadd at service.py:17 may be its own",
            f"the client may be the `link` of an object that cannot be followed {UNFOLLOWED}",
        ),
    ),
    Case("a raw connection of a pool", POOL, ("get_connection() gives another client, which is not followed",)),
    Case(
        "a raw client behind a property that can be set",
        PROPERTY,
        ("what is used here may also be something that is not known",),
    ),
)

IS_NOT = (
    Case(
        "a function of a library that is called like a command",
        "import redis  #: import keep\nimport six\n\n\ndef count():\n    return six.moves.xrange(3)  #!\n",
    ),
)
