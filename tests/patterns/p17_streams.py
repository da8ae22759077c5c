"""P17: where a raw client with a stream lives, and whether its stream is found."""

from patterns.case import Case

USE = """

async def use():
    await {}.xadd("raw-ticks", {{"a": "1"}})  #: stream {}"""
UNSEEN = "where this client is made is not to be seen in this engine"
OUT = "where nothing can be awaited"
UNRUN = "where nothing can be awaited, and where to connect it cannot be told: no event loop is seen that runs its uses"
MODULE = f"the client is made at module level, {UNRUN}"
SEVERAL = "the client is one of several in a container here"
GIVEN = "the client is given out by a generator here"


def streaming(made: str, held: str, verdict: str = "refuse") -> str:
    """A raw client that is made so, and is reached so when it adds to a stream."""
    imported = f"import redis.asyncio as redis  #: import {verdict.replace('refuse', 'keep')}"
    return f"{imported}\n\n{made}\n{USE.format(held, verdict)}\n"


def lost(how: str, escape: int, command: int) -> tuple[str, str]:
    """Why a client and a command are refused of which nobody can tell whether they belong together."""
    return (
        f"the client {how}, and xadd at service.py:{command} may be its own",
        f"what xadd is called on here cannot be followed, and a client is lost at service.py:{escape}",
    )


ANYBODYS = "what xadd is called on here cannot be followed, so nobody can tell which server it speaks to"
UNFOLLOWED = "here, where it can no longer be followed"
CONTAINED = "redis.Redis()  #: construct refuse, contained refuse"
ESCAPES = "redis.Redis()  #: construct refuse, escape refuse"
STREAMS = {
    "a dict": (
        streaming('made = redis.Redis()  #: construct refuse\nlinks = {"a": made}  #: contained refuse', 'links["a"]'),
        (MODULE,),
    ),
    "a dict that is filled": (streaming(f'links = {{}}\nlinks["a"] = {CONTAINED}', 'links["a"]'), (MODULE,)),
    "a list": (
        streaming("made = redis.Redis()  #: construct refuse\nlinks = [made]  #: contained refuse", "links[0]"),
        (MODULE, SEVERAL),
    ),
    "a comprehension": (
        streaming(
            'links = {key: redis.Redis() for key in "ab"}  #: construct refuse, contained refuse', "link"
        ).replace("    await link", "    for link in links.values():\n        await link"),
        (f"the client is made at module level, {OUT}", SEVERAL),
    ),
    "a lambda": (streaming(f"make = lambda: {ESCAPES}", "make()"), lost(f"stands in a lambda {UNFOLLOWED}", 3, 7)),
    "a generator": (
        streaming(f"def links():\n    yield {CONTAINED}\n\n\nlink = next(links())", "link"),
        (f"the client is made at `links`, {OUT}: `links` is a generator, by line 4", GIVEN),
    ),
    "a dataclass": (
        streaming(
            "from dataclasses import dataclass\n\n\n@dataclass\nclass Store:\n"
            "    link: redis.Redis  #: annotation refuse\n\n\n"
            "store = Store(redis.Redis())  #: construct refuse",
            "store.link",
        ),
        (MODULE,),
    ),
    "an object of one's own that takes its place": (
        streaming(
            "class Timed:\n    def __init__(self, link):\n        self.link = link\n\n"
            "    async def xadd(self, name, fields):\n"
            "        return await self.link.xadd(name, fields)  #: stream refuse\n\n\n"
            "link = redis.Redis()  #: construct refuse\nlink = Timed(link)",
            "link",
        ),
        ("what is used here may also be Timed", MODULE),
    ),
    "an argument of the base class": (
        streaming(
            "class Base:\n    def __init__(self, link):\n        self.link = link\n\n\n"
            "class Store(Base):\n    def __init__(self):\n        super().__init__(redis.Redis())"
            "  #: construct refuse\n\n\nstore = Store()",
            "store.link",
        ),
        (f"the client is made at `__init__`, {UNRUN}",),
    ),
    "what another library gives back": (
        streaming(f"from other import wrap\n\nlink = wrap({ESCAPES.replace('()', '())')}", "link"),
        lost(f"is handed to wrap {UNFOLLOWED}", 5, 9),
    ),
    "a proxy": (
        streaming(
            "class Proxy:\n    def __init__(self):\n        self.link = redis.Redis()  #: construct refuse\n\n"
            "    def __getattr__(self, name):\n        return getattr(self.link, name)  #: dynamic refuse\n\n\n"
            "link = Proxy()",
            "link",
        ),
        lost("is inspected with getattr() here", 8, 15),
    ),
    "a fixture": (
        streaming(f"import pytest\n\n\n@pytest.fixture\ndef link():\n    return {ESCAPES}", "link").replace(
            "use():", "use(link):"
        ),
        lost(f"is what the fixture `link` gives to tests {UNFOLLOWED}", 8, 12),
    ),
    "a client of a pool": (
        streaming(
            "link = redis.Redis.from_pool(redis.ConnectionPool())  #: construct refuse, redis name keep",
            "link",
        ),
        ("the client is made of a pool, so its server cannot be told",),
    ),
    "a subclass of the client": (
        streaming(
            "class Link(redis.Redis):  #: subclass refuse\n    async def add(self):\n"
            '        await self.xadd("raw-ticks", {"a": "1"})  #: stream refuse\n\n\n'
            "link = Link()  #: construct refuse",
            "link",
        ),
        (MODULE, "the client is of a class of its own, `Link`"),
    ),
    "a name for the class": (
        streaming("Link = redis.Redis  #: alias keep\nlink = Link()  #: construct refuse", "link"),
        (MODULE,),
    ),
    "a context manager of one's own": (
        streaming(
            "from contextlib import asynccontextmanager\n\n\n@asynccontextmanager\nasync def opened():\n"
            "    link = redis.Redis()  #: construct refuse\n    yield link  #: contained refuse",
            "(await opened().__aenter__())",
        ).replace("    await (await opened().__aenter__())", "    async with opened() as link:\n        await link"),
        (GIVEN,),
    ),
    "a class that is a context manager and gives it": (
        streaming(
            "class Opened:\n    async def __aenter__(self):\n        return redis.Redis()  #: construct rewrite\n\n"
            "    async def __aexit__(self, *a):\n        pass",
            "link",
            "rewrite",
        ).replace("    await link", "    async with Opened() as link:\n        await link"),
        (),
    ),
    "a dependency that yields": (
        streaming(
            "from fastapi import Depends\n\n\nasync def opened():\n    link = redis.Redis()  #: construct refuse\n"
            "    yield link  #: escape refuse\n    await link.aclose()  #: command refuse",
            "link",
        ).replace("use():", "use(link=Depends(opened)):"),
        (f"the client is returned by `opened` (handed on: service.py:12) {UNFOLLOWED}",),
    ),
    "an annotated dependency with a name": (
        streaming(
            "from typing import Annotated\nfrom fastapi import Depends\n\n\nasync def made():\n"
            "    return redis.Redis()  #: construct rewrite\n\n\n"
            "Link = Annotated[redis.Redis, Depends(made)]  #: alias rewrite",
            "link",
            "rewrite",
        ).replace("use():", "use(link: Link):"),
        (),
    ),
    "a result that only its annotation tells": (
        streaming(
            "from other import given\n\n\ndef made() -> redis.Redis:  #: annotation refuse\n    return given()",
            "made()",
        ),
        (UNSEEN, "what is used here may also be something that is not known"),
    ),
    "a parameter that only its annotation tells": (
        streaming("LOT = 1", "link").replace("use():", "use(link: redis.Redis | None):  #: annotation refuse"),
        (UNSEEN,),
    ),
    "a parameter that only a string tells": (
        streaming("LOT = 1", "link").replace("use():", 'use(link: "redis.Redis"):  #: quoted refuse'),
        (UNSEEN,),
    ),
    "an attribute that only its annotation tells": (
        streaming("class Store:\n    link: redis.Redis  #: annotation refuse\n", "self.link").replace(
            "\n\nasync def use():\n    ", "\n    async def use(self):\n        "
        ),
        (UNSEEN,),
    ),
    "an attribute of the class": (
        streaming("class Store:\n    link = redis.Redis()  #: construct refuse", "Store.link"),
        (f"the client is made at a class body, {UNRUN}",),
    ),
    "a static method": (
        streaming(
            "class Store:\n    @staticmethod\n    def make():\n        return redis.Redis()  #: construct refuse\n\n\n"
            "link = Store.make()",
            "link",
        ),
        (f"the client is made at `make`, {OUT}: `make` is called at service.py:9, at module level, {OUT}",),
    ),
    "a class method": (
        streaming(
            "class Store:\n    @classmethod\n    def make(cls):\n        self = cls()\n"
            "        self.link = redis.Redis()  #: construct refuse\n        return self\n\n\nstore = Store.make()",
            "store.link",
        ),
        (f"the client is made at `make`, {OUT}: `make` is called at service.py:11, at module level, {OUT}",),
    ),
    "an attempt": (
        streaming(
            "try:\n    link = redis.Redis()  #: construct refuse\nexcept OSError:\n    link = None",
            "link",
        ),
        (MODULE,),
    ),
    "a name that is bound again": (
        streaming("link = redis.Redis()  #: construct refuse\nlink = {}", "link"),
        (MODULE, "what is used here may also be another mapping"),
    ),
    "a cluster": (
        streaming('link = redis.RedisCluster(host="h")  #: redis name refuse', "link"),
        ("a cluster client is not followed: what it reads and writes is not known", ANYBODYS),
    ),
    "a Sentinel": (
        streaming('link = redis.Sentinel([("h", 1)]).master_for("x")  #: redis name refuse', "link"),
        ("a Sentinel is not followed: what it reads and writes is not known", ANYBODYS),
    ),
}

ENTERED = (
    Case(
        "a client that `with` makes and closes once",
        """\
import asyncio
import redis.asyncio as redis  #: import rewrite


async def main():
    async with redis.Redis() as link:  #: construct rewrite, with rewrite
        await link.xadd("raw-ticks", {"a": "1"})  #: stream rewrite


asyncio.run(main())
""",
    ),
    Case(
        "a client that `with` makes and closes again and again",
        """\
import asyncio
import redis.asyncio as redis  #: import keep


async def main():
    while True:
        async with redis.Redis() as link:  #: construct refuse, with refuse
            await link.xadd("raw-ticks", {"a": "1"})  #: stream refuse


asyncio.run(main())
""",
        ("the client is started again after it was closed at service.py:7",),
    ),
)
NAMED = """\
from typing import Annotated, Optional
from fastapi import Depends
import redis.asyncio as redis  #: import rewrite


async def made() -> Optional[redis.Redis]:  #: annotation rewrite
    return redis.Redis()  #: construct rewrite


Link = Annotated[redis.Redis, Depends(made)]  #: alias rewrite
"""

TAKEN = tuple(
    Case(
        f"a stream's client in a dependency that is named in {name}",
        f"{imported}\n{USE.format('link', 'rewrite').replace('use():', f'use(link: {type_}):')}\n",
        more={"links.py": NAMED, "more.py": "from links import Link\n"},
    )
    for name, imported, type_ in (
        ("another file", "from links import Link", "Link"),
        ("a third file", "from more import Link", "Link | None"),
        ("another file that is imported whole", "import links", "links.Link"),
        ("a third file under another name", "import more as m", "m.Link | None"),
    )
)

GIVEN_BY_NOBODY = Case(
    "a stream's client in a route that an annotation too odd to read gives",
    """\
import redis.asyncio as redis  #: import keep
from fastapi import Depends, FastAPI
from links import Links

app = FastAPI()


async def made():
    return redis.Redis()  #: construct refuse


async def tell():
    await (await made()).xadd("raw-ticks", {"a": "1"})  #: stream refuse


@app.get("/")
async def route(link: Links.Link):  #: annotation refuse
    await link.xlen("raw-ticks")  #: stream refuse
""",
    (UNSEEN, "xlen at service.py:18 is on a client that is not seen to be made, and may be this client's own"),
    more={
        "links.py": "from typing import Annotated\nfrom fastapi import Depends\n"
        "import redis.asyncio as redis  #: import keep\nfrom service import made\n"
        "\n\nclass Links:\n    Link = Annotated[redis.Redis, Depends(made)]  #: alias keep\n"
    },
)

GIVEN_WITHOUT_A_DECORATOR = Case(
    "a stream's client in a dependency that an annotation too odd to read gives",
    """\
import redis.asyncio as redis  #: import keep
from fastapi import Depends, FastAPI
from links import Links

app = FastAPI()


async def made():
    return redis.Redis()  #: construct refuse


async def tell():
    await (await made()).xadd("raw-ticks", {"a": "1"})  #: stream refuse


class Store:
    def __init__(self, link: Links.Link):  #: annotation refuse
        self.link = link

    async def count(self):
        return await self.link.xlen("raw-ticks")  #: stream refuse


@app.get("/")
async def route(store: Store = Depends(Store)):
    return await store.count()
""",
    (UNSEEN, "xlen at service.py:21 is on a client that is not seen to be made, and may be this client's own"),
    more=GIVEN_BY_NOBODY.more,
)

IS = (
    *TAKEN,
    GIVEN_BY_NOBODY,
    GIVEN_WITHOUT_A_DECORATOR,
    *(Case(f"a stream's client in {name}", text, because) for name, (text, because) in STREAMS.items()),
    *ENTERED,
)
