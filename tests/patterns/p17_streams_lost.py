"""P17: where a raw client gets out of sight, and the stream command that may be its own."""

import re

from patterns.case import Case

MADE = "redis.Redis()  #: construct refuse"
TELL = 'xadd("raw-ticks", {"a": "1"})  #: stream refuse'
UNFOLLOWED = "here, where it can no longer be followed"
ANYBODYS = "what xadd is called on here cannot be followed, so nobody can tell which server it speaks to"


def lost(text: str) -> Case:
    """A client whose only command is on something that cannot be followed."""
    name, _, code = text.partition("\n")
    code = "import redis.asyncio as redis  #: import keep\n" + code.replace("MADE", MADE).replace("TELL", TELL)
    lines = code.split("\n")
    at = next(number for number, line in enumerate(lines, 1) if ".xadd(" in line)
    own = f"xadd at service.py:{at} cannot be followed, and may be this client's own"
    return Case(f"a raw client {name}", code, (ANYBODYS, own))


def given_out(text: str) -> Case:
    """A client that a method gives out which Python calls, and not the code."""
    name, _, code = text.partition("\n")
    code = "import redis.asyncio as redis  #: import keep\n" + code.replace("MADE", MADE).replace("TELL", TELL)
    lines = code.split("\n")
    at = next(number for number, line in enumerate(lines, 1) if ".xadd(" in line)
    given = next(number for number, line in enumerate(lines, 1) if "return" in line)
    method = re.findall(r"def (\w+)", "\n".join(lines[:given]))[-1]
    escape = f"the client is given out by `{method}`, which is not called by its name {UNFOLLOWED}"
    lost_at = f"what xadd is called on here cannot be followed, and a client is lost at service.py:{given}"
    return Case(f"a raw client {name}", code, (f"{escape}, and xadd at service.py:{at} may be its own", lost_at))


IS = (
    *map(
        given_out,
        (
            """by a descriptor


class Opened:
    def __get__(self, thing, owner):
        return redis.Redis()  #: construct refuse, escape refuse


class Engine:
    link = Opened()

    async def tell(self):
        await self.link.xadd("raw-ticks", {"a": "1"})  #: stream refuse
""",
            """by a subscript of an object


class Links:
    async def start(self):
        self.link = MADE

    def __getitem__(self, name):
        return self.link  #: escape refuse


async def tell(links):
    await Links()["a"].TELL
""",
            """by a call of an object


class Link:
    async def start(self):
        self.link = MADE

    def __call__(self):
        return self.link  #: escape refuse


given = Link()


async def tell():
    await given().TELL
""",
        ),
    ),
    *map(
        lost,
        (
            """out of an object of a list, under another name


class Engine:
    async def start(self):
        self.link = MADE


async def tell(engines):
    for engine in engines:
        link = engine.link
        await link.TELL
""",
            """by a property of an object that nobody knows


class Engine:
    async def start(self):
        self.own = MADE

    @property
    def link(self):
        return self.own


async def tell(engine):
    await engine.link.TELL
""",
            """by the keyword of a pattern


class Engine:
    async def start(self):
        self.link = MADE


async def tell(thing):
    match thing:
        case Engine(link=link):
            await link.TELL
""",
            """by a method that a derived class overrides


class Base:
    def made(self):
        return None

    async def tell(self):
        link = self.made()
        await link.TELL


class Engine(Base):
    def made(self):
        return redis.Redis()  #: construct refuse
""",
            """by globals


link = None


async def start():
    global link
    link = MADE


async def tell():
    await globals()["link"].TELL
""",
            """in a pair with another list


async def tell():
    links = [redis.Redis()]  #: construct refuse, contained refuse
    for name, link in zip("a", links):
        await link.TELL
""",
            """in the state that a lifespan gives

from contextlib import asynccontextmanager


@asynccontextmanager
async def lifespan(app):
    link = MADE
    yield {"link": link}  #: contained refuse


async def tell(request):
    await request.state.link.TELL
""",
        ),
    ),
    Case(
        "a raw client in a list of pairs, where a command is called on it",
        """\
import redis.asyncio as redis  #: import keep


class Engine:
    def __init__(self):
        self.link = redis.Redis()  #: construct refuse


async def tell(engine):
    await engine.link.xadd("raw-ticks", {"a": "1"})  #: escape refuse
""",
        (
            f"the client may be the `link` of an object that cannot be followed {UNFOLLOWED}",
            "the client is made at `__init__`, where nothing can be awaited, and where to connect it cannot be told: "
            "nobody is seen to use it",
        ),
    ),
    Case(
        "a raw client that is given to the class's own command",
        """\
import redis.asyncio as redis  #: import keep


async def tell():
    link = redis.Redis()  #: construct refuse
    await redis.Redis.xadd(link, "raw-ticks", {"a": "1"})  #: redis name keep, escape refuse
""",
        ("the client is handed to xadd here, where it can no longer be followed",),
    ),
    Case(
        "a command on what a fixture of another library gives to a test",
        """\
import redis.asyncio as redis  #: import rewrite


async def tell():
    link = redis.Redis()  #: construct rewrite
    await link.xadd("raw-ticks", {"a": "1"})  #: stream rewrite
""",
        (ANYBODYS,),
        more={
            "test_service.py": 'async def test_it(faked):\n    await faked.xadd("s", {"a": "1"})  #: stream refuse\n'
        },
    ),
)

IS_NOT = (
    Case(
        "a command of a class of one's own",
        """\
import redis.asyncio as redis  #: import rewrite


class Book:
    def xadd(self, name, fields):  #!
        return name, fields


async def tell():
    link = redis.Redis()  #: construct rewrite
    await link.xadd("raw-ticks", {"a": "1"})  #: stream rewrite
    Book().xadd("raw-ticks", {})  #!
""",
    ),
    Case(
        "a command on something unknown where redis is not imported",
        """\
async def tell(link):
    await link.xadd("raw-ticks", {"a": "1"})  #!
""",
    ),
)
