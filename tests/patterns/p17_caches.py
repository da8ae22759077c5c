"""P17: where a raw client for keys lives, and what lives beside it."""

from patterns.case import Case
from patterns.p17_modules import STORE

RAW = {
    "with": """\
import redis  #: import keep

with redis.Redis() as cache:  #: construct keep, with keep
    cache.get("a")  #: command keep
""",
    "async with": """\
import redis.asyncio as redis  #: import keep


async def read():
    async with redis.Redis() as cache:  #: construct keep, with keep
        return await cache.get("a")  #: command keep
""",
    "an async with of a factory": """\
from redis.asyncio import from_url  #: import keep


async def read():
    async with from_url("redis://localhost") as cache:  #: construct keep, with keep
        return await cache.get("a")  #: command keep
""",
    "a conditional expression": """\
import redis  #: import keep

cache = redis.Redis() if __debug__ else None  #: construct keep
print(cache and cache.get("a"))  #: command keep
""",
    "a walrus": """\
import redis  #: import keep

if (cache := redis.Redis()).ping():  #: command keep, construct keep
    cache.get("a")  #: command keep
""",
    "a partial tuple": """\
import redis  #: import keep

cache, lot = redis.Redis(), 1  #: construct keep
cache.get("a")  #: command keep
""",
    "a default of a parameter": """\
import redis  #: import keep


def read(cache=redis.Redis()):  #: construct keep, escape keep
    return cache.get("a")  #: command keep
""",
    "a pool": """\
import redis  #: import keep

pool = redis.ConnectionPool()  #: redis name keep
cache = redis.Redis(connection_pool=pool)  #: construct keep
cache.get("a")  #: command keep
""",
    "a cached property": """\
from functools import cached_property
import redis  #: import keep


class Store:
    @cached_property
    def cache(self):
        return redis.Redis()  #: construct keep

    def read(self):
        return self.cache.get("a")  #: command keep
""",
    "a cached function": """\
from functools import lru_cache
import redis  #: import keep


@lru_cache
def cache():
    return redis.Redis()  #: construct keep


cache().get("a")  #: command keep
""",
    "setattr": """\
import redis  #: import keep


class Store: pass


store = Store()
setattr(store, "cache", redis.Redis())  #: dynamic keep, construct keep
store.cache.get("a")
""",
    "a module attribute": """\
import store

store.cache.get("a")  #: command keep
""",
    "a FastAPI dependency": """\
from fastapi import Depends
import redis  #: import keep


def get_cache():
    return redis.Redis()  #: construct keep


def route(cache=Depends(get_cache)):
    return cache.get("a")  #: command keep
""",
    "an annotated FastAPI dependency": """\
from typing import Annotated
from fastapi import Depends
import redis  #: import keep


def get_cache():
    return redis.Redis()  #: construct keep


def route(cache: Annotated[redis.Redis, Depends(get_cache)]):  #: annotation keep
    return cache.get("a")  #: command keep
""",
}

IS = tuple(
    Case(f"a cache in {name}", text, more=STORE if name == "a module attribute" else {}) for name, text in RAW.items()
)

IS_NOT = (
    Case(
        "another attribute of the object that keeps a client",
        """\
import redis  #: import keep


class Store:
    def __init__(self):
        self.cache = redis.Redis()  #: construct keep
        self.values = {}

    def read(self):
        return self.values.get("a")  #!
""",
    ),
    Case(
        "an attribute of the same name of another class",
        """\
import redis  #: import keep


class Store:
    def __init__(self):
        self.cache = redis.Redis()  #: construct keep


class Memory:
    def __init__(self):
        self.cache = {}

    def read(self):
        return self.cache.get("a")  #!
""",
    ),
    Case(
        "a name of another module that is no client",
        'from store import names\n\nnames.get("a")  #!\n',
        more={"store.py": STORE["store.py"] + "names = {}\n"},
    ),
    Case(
        "a function's local name that another function has too",
        """\
import redis  #: import keep


def one():
    cache = redis.Redis()  #: construct keep
    cache.get("a")  #: command keep


def two(cache):
    cache.get("a")  #!
""",
    ),
    Case(
        "the state of something else",
        "import redis  #: import keep\n\n\ndef f(app, box):\n    app.state.cache = redis.Redis()  #: construct keep\n"
        "    box.stats.cache.get('a')  #!\n",
    ),
    Case(
        "a redis that is a parameter of nobody",
        "class Engine:\n    def __init__(self, redis):\n        self.redis = redis\n\n"
        "    def read(self):\n        return self.redis.get('a')  #!\n",
    ),
)
