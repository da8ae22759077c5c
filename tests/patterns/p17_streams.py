"""P17: where a raw client with a stream lives, and whether its stream is found."""

from patterns.case import Case

USE = """

async def use():
    await {}.xadd("raw-ticks", {{"a": "1"}})"""
UNSEEN = "where this client is made is not to be seen in this engine"
NO_ESCAPE = (
    "an escape says nothing where no command is seen: the client is kept as a cache, and its stream is not found"
)
OUT = "where nothing can be awaited"


def streaming(made: str, held: str, mark: str = "") -> str:
    """A raw client that is made so, and is reached so when it adds to a stream."""
    imported = "import redis.asyncio as redis  #: import keep"
    return f"{imported}\n\n{made}\n{USE.format(held)}{mark}\n"


ESCAPES = "redis.Redis()  #: construct keep, escape keep"
STREAMS = {
    "a dict": (
        streaming('made = redis.Redis()  #: construct keep\nlinks = {"a": made}  #: escape keep', 'links["a"]'),
        (),
        NO_ESCAPE,
    ),
    "a dict that is filled": (streaming(f'links = {{}}\nlinks["a"] = {ESCAPES}', 'links["a"]'), (), NO_ESCAPE),
    "a list": (
        streaming("made = redis.Redis()  #: construct keep\nlinks = [made]  #: escape keep", "links[0]"),
        (),
        NO_ESCAPE,
    ),
    "a lambda": (streaming(f"make = lambda: {ESCAPES}", "make()"), (), NO_ESCAPE),
    "a generator": (streaming(f"def links():\n    yield {ESCAPES}\n\n\nlink = next(links())", "link"), (), NO_ESCAPE),
    "a dataclass": (
        streaming(
            "from dataclasses import dataclass\n\n\n@dataclass\nclass Store:\n"
            "    link: redis.Redis  #: annotation keep\n\n\n"
            "store = Store(redis.Redis())  #: construct keep, escape keep",
            "store.link",
        ),
        (),
        NO_ESCAPE,
    ),
    "an argument of the base class": (
        streaming(
            "class Base:\n    def __init__(self, link):\n        self.link = link\n\n\n"
            "class Store(Base):\n    def __init__(self):\n        super().__init__(redis.Redis())"
            "  #: construct keep, escape keep\n\n\nstore = Store()",
            "store.link",
        ),
        (),
        NO_ESCAPE,
    ),
    "what another library gives back": (
        streaming("from other import wrap\n\nlink = wrap(redis.Redis())  #: construct keep, escape keep", "link"),
        (),
        NO_ESCAPE,
    ),
    "a proxy": (
        streaming(
            "class Proxy:\n    def __init__(self):\n        self.link = redis.Redis()  #: construct keep\n\n"
            "    def __getattr__(self, name):\n        return getattr(self.link, name)  #: dynamic keep\n\n\n"
            "link = Proxy()",
            "link",
        ),
        (),
        NO_ESCAPE,
    ),
    "a client of a pool": (
        streaming(
            "link = redis.Redis.from_pool(redis.ConnectionPool())  #: redis name keep, redis name keep",
            "link",
        ),
        (),
        "Redis.from_pool makes a client, and is not found to",
    ),
    "a subclass of the client": (
        streaming("class Link(redis.Redis):  #: class refuse\n    pass\n\n\nlink = Link()", "link"),
        ("the class is named here, and makes no client that can be followed",),
        "the subclass holds nothing back: its construction and its commands are not found",
    ),
    "a name for the class": (
        streaming(
            "Link = redis.Redis  #: class refuse\nlink = Link()  #: construct refuse", "link", "  #: stream refuse"
        ),
        (
            "the class is named here, and makes no client that can be followed",
            f"the client is made at module level, {OUT}",
        ),
        "the class is said to make no client that can be followed, and the client that it makes is followed",
    ),
    "a context manager of one's own": (
        streaming(
            "from contextlib import asynccontextmanager\n\n\n@asynccontextmanager\nasync def opened():\n"
            "    link = redis.Redis()  #: construct keep\n    yield link  #: escape keep",
            "(await opened().__aenter__())",
        ).replace("    await (await opened().__aenter__())", "    async with opened() as link:\n        await link"),
        (),
        NO_ESCAPE,
    ),
    "a class that is a context manager and gives it": (
        streaming(
            "class Opened:\n    async def __aenter__(self):\n        return redis.Redis()  #: construct keep\n\n"
            "    async def __aexit__(self, *a):\n        pass",
            "link",
        ).replace("    await link", "    async with Opened() as link:\n        await link"),
        (),
        "what __aenter__ returns is not followed, and the client is kept as a cache",
    ),
    "a dependency that yields": (
        streaming(
            "from fastapi import Depends\n\n\nasync def opened():\n    link = redis.Redis()  #: construct keep\n"
            "    yield link  #: escape keep\n    await link.aclose()  #: command keep",
            "link",
        ).replace("use():", "use(link=Depends(opened)):"),
        (),
        NO_ESCAPE,
    ),
    "an annotated dependency with a name": (
        streaming(
            "from typing import Annotated\nfrom fastapi import Depends\n\n\nasync def made():\n"
            "    return redis.Redis()  #: construct keep, escape keep\n\n\n"
            "Link = Annotated[redis.Redis, Depends(made)]  #: class refuse, escape keep",
            "link",
        ).replace("use():", "use(link: Link):"),
        ("the class is named here, and makes no client that can be followed",),
        NO_ESCAPE,
    ),
    "a parameter that only its annotation tells": (
        streaming("LOT = 1", "link", "  #: stream refuse").replace(
            "use():", "use(link: redis.Redis | None):  #: annotation refuse"
        ),
        (UNSEEN,),
        "",
    ),
    "a parameter that only a string tells": (
        streaming("LOT = 1", "link").replace("use():", 'use(link: "redis.Redis"):'),
        (),
        "a string annotation of a raw client is not read",
    ),
    "an attribute that only its annotation tells": (
        streaming("class Store:\n    link: redis.Redis  #: annotation keep\n", "self.link").replace(
            "\n\nasync def use():\n    ", "\n    async def use(self):\n        "
        ),
        (),
        "an annotated attribute of a class promises a client, and its stream is not found",
    ),
    "an attribute of the class": (
        streaming("class Store:\n    link = redis.Redis()  #: construct refuse", "Store.link", "  #: stream refuse"),
        (f"the client is made at a class body, {OUT}",),
        "",
    ),
    "a static method": (
        streaming(
            "class Store:\n    @staticmethod\n    def make():\n        return redis.Redis()  #: construct refuse\n\n\n"
            "link = Store.make()",
            "link",
            "  #: stream refuse",
        ),
        (f"the client is made at `make`, {OUT}",),
        "",
    ),
    "a class method": (
        streaming(
            "class Store:\n    @classmethod\n    def make(cls):\n        self = cls()\n"
            "        self.link = redis.Redis()  #: construct refuse\n        return self\n\n\nstore = Store.make()",
            "store.link",
            "  #: stream refuse",
        ),
        (f"the client is made at `make`, {OUT}",),
        "",
    ),
    "an attempt": (
        streaming(
            "try:\n    link = redis.Redis()  #: construct refuse\nexcept OSError:\n    link = None",
            "link",
            "  #: stream refuse",
        ),
        (f"the client is made at module level, {OUT}",),
        "",
    ),
    "a name that is bound again": (
        streaming("link = redis.Redis()  #: construct refuse\nlink = {}", "link", "  #: stream refuse"),
        (f"the client is made at module level, {OUT}", "what is used here may also be another mapping"),
        "",
    ),
    "a cluster": (
        streaming('link = redis.RedisCluster(host="h")  #: redis name refuse', "link"),
        ("a cluster client is not followed: what it reads and writes is not known",),
        "",
    ),
    "a Sentinel": (
        streaming('link = redis.Sentinel([("h", 1)]).master_for("x")  #: redis name refuse', "link"),
        ("a Sentinel is not followed: what it reads and writes is not known",),
        "",
    ),
}

IS = tuple(
    Case(f"a stream's client in {name}", text, because, known=known) for name, (text, because, known) in STREAMS.items()
)
