"""Engines with one raw redis client, for tests of what becomes of it."""

from __future__ import annotations

from textwrap import indent

MADE = 'redis.Redis(host="localhost", port=6379, decode_responses=True)'


ASYNC = "import redis.asyncio as redis"


def engine(body: str = "pass", made: str = MADE, rest: str = "", imports: str = ASYNC, top: str = "") -> str:
    """An engine with one raw client that reads `raw-ticks`, and one more coroutine whose body is this."""
    return f"""\
import os
{imports}
{top}


class Engine:
    async def start(self):
        self.redis = {made}

    async def read(self):
        return await self.redis.xlen("raw-ticks")

    async def use(self, name, other):
{indent(body, " " * 8)}

{indent(rest, " " * 4)}
"""


def sync(body: str = "pass", made: str = MADE, rest: str = "") -> str:
    """The same with a synchronous client."""
    return engine(body, made, rest, "import redis").replace("return await self.redis", "return self.redis")


def with_key(body: str = "pass", made: str = MADE, rest: str = "", **more: str) -> str:
    """The same whose client serves a key as well."""
    rest = f"async def keep(self):\n    await self.redis.set('last', 1)\n\n{rest}"
    return engine(body, made, rest, **more)


LISTENER = "pub/sub: every listener gets it and nothing is remembered; the target replays to one consumer"
