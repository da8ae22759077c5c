"""Why uses of a raw redis client do not move, each reason by an engine that has nothing else against it."""

from __future__ import annotations

import pytest
from engines_of_one import SERVICE, assert_held, change, slug
from stream_engines import ASYNC, LISTENER, MADE, engine, sync, with_key

from codemods.model import Verdict

MAKING = {
    "an unpacked server": (
        "redis.Redis(**os.environ)",
        "the client's arguments are unpacked, so its server cannot be told",
    ),
    "surplus positions": (
        "redis.Redis(1, 2, 3, 4)",
        "the client's arguments are unpacked, so its server cannot be told",
    ),
    "a connection pool": (
        "redis.Redis(connection_pool=os.pool)",
        "the client is made with `connection_pool`, so its server cannot be told",
    ),
    "a call in its arguments": (
        "redis.Redis(client_name=next_name(), decode_responses=True)",
        "the client's `client_name` is computed by a call that would be lost with it",
    ),
}


REFUSED = {
    **{f"a client with {name}": (engine(made=f"{made}  # here"), reason) for name, (made, reason) in MAKING.items()},
    "an aioredis client": (
        engine(imports="import aioredis as redis", made=f"{MADE}  # here"),
        "aioredis is not maintained, and its replies differ: move to redis.asyncio first",
    ),
    "a client made in a plain function": (
        engine(made=f"{MADE}  # here").replace("async def start", "def start"),
        "the client is made at `start`, where nothing can be awaited: "
        "nothing in this engine calls `start`, so who does cannot be told",
    ),
    "a client made twice": (
        engine(made=f"{MADE}  # there", body=f"self.redis = {MADE}  # here"),
        "the client is made again; first at <there>",
    ),
    "a close whose result is used": (
        engine("return await self.redis.aclose()  # here"),
        "the client is closed in more than a statement of its own",
    ),
    "a close in a plain function": (
        sync(rest="def stop(self):\n    self.redis.close()  # here"),
        "nothing can be awaited where the client is closed: "
        "nothing in this engine calls `stop`, so who does cannot be told",
    ),
    "streams of two buses in one command": (
        engine('await self.redis.xread({"raw-ticks": 0, "client-orders": 0})  # here'),
        "the streams client-orders, raw-ticks are on different buses",
    ),
    "a stream command in a plain function": (
        sync(rest='def more(self):\n    self.redis.xlen("raw-ticks")  # here'),
        "nothing can be awaited in `more`, and the target can only be awaited: "
        "nothing in this engine calls `more`, so who does cannot be told",
    ),
    "a stream command in a lambda": (
        sync('return lambda: self.redis.xlen("raw-ticks")  # here'),
        "nothing can be awaited in a lambda, and the target can only be awaited",
    ),
    "a stream command in a generator expression": (
        sync('return sum(self.redis.xlen("raw-ticks") for _ in other)  # here'),
        "nothing can be awaited in a generator expression, and the target can only be awaited",
    ),
    "a synchronous reply that is awaited": (
        sync('await self.redis.xlen("raw-ticks")  # here'),
        "a synchronous client is awaited",
    ),
    "a command that is not known": (
        engine("await self.redis.initialize()  # here"),
        "initialize() is not known on the target's clients",
    ),
    "a command written out as text": (
        engine('await self.redis.execute_command("XREAD", "STREAMS", "raw-ticks", "0")  # here'),
        "a stream command that is written out as text is not routed",
    ),
    "a command that is handed on": (
        engine("return self.redis.xadd  # here"),
        "xadd is handed on here, not called",
    ),
    "a ping of two buses that is not awaited": (
        engine('await self.redis.xlen("client-orders")\nother(self.redis.ping())  # here'),
        "ping() asks one server, and the streams of this client are not on one bus",
    ),
    "a publish in a pipeline": (
        engine('self.redis.pipeline().publish("alerts", "x")  # here'),
        LISTENER,
    ),
    "an attribute of the client": (
        engine("return self.redis.connection_pool  # here"),
        "the attribute connection_pool of the client has no counterpart on the target",
    ),
    "a client that is inspected": (
        engine('return hasattr(self.redis, "xautoclaim")  # here'),
        "the client is inspected with hasattr() here",
    ),
    "a client as a context manager": (
        engine("async with self.redis:  # here\n    pass"),
        "the client is a context manager here, which the shared client of the target is not",
    ),
    "a client that is handed on": (
        engine("other.register(self.redis)  # here"),
        "the client is handed to register here, where it can no longer be followed",
    ),
    "a client that may also be something else": (
        engine('client = self.redis or other\nawait client.xlen("raw-ticks")  # here'),
        "what is used here may also be something that is not known",
    ),
    "a client that is computed": (
        engine('await (mine := self.redis).xlen("raw-ticks")  # here'),
        "the client is computed here",
    ),
    "a command that gives another client": (
        engine("await self.redis.client().xlen('raw-ticks')  # here"),
        "client() gives another client, which is not followed",
    ),
    "a pipeline that is handed on": (
        with_key("pipe = self.redis.pipeline()\nother.fill(pipe)  # here"),
        "the pipeline is handed to fill here, where it can no longer be followed",
    ),
    "a client in a class body": (
        f"import redis\n\n\nclass Engine:\n    redis = {MADE}  # here\n\n    async def use(self):\n"
        '        self.redis.xlen("raw-ticks")\n',
        "the client is made at a class body, where nothing can be awaited, and where to connect it cannot be told: "
        "no event loop is seen that runs its uses",
    ),
    "a pub/sub beside streams": (engine('await self.redis.publish("a", "b")  # here'), LISTENER),
    "a key command on a stream": (
        engine('await self.redis.expire("raw-ticks:last", 60)\nawait self.redis.rename("raw-ticks", "b")  # here'),
        "rename is a key command on `raw-ticks`, which is a stream that moves",
    ),
    "a key command on a stream and a key": (
        engine('await self.redis.delete("raw-ticks", "last")  # here'),
        "delete is a key command on `raw-ticks`, which is a stream that moves",
    ),
    "a key command on a part of a stream's name": (
        engine('await self.redis.xlen(f"market.data.{name}")\nawait self.redis.expire("market.data.A", 60)  # here'),
        "expire is a key command on `market.data.*`, which is a stream that moves",
    ),
    "a parameter that gets streams of both buses": (
        engine(
            'await self.size("raw-ticks")  # there\nawait self.size("margin-calls")',
            rest="async def size(self, stream):\n    return await self.redis.xlen(stream)  # here",
        ),
        "the streams margin-calls, raw-ticks are on different buses "
        f"(raw-ticks by <there>; margin-calls by {SERVICE}:15)",
    ),
    "a client that `with` enters and something else beside it": (
        f"{ASYNC}\nimport asyncio\n\n\nasync def main(other):\n    async with {MADE} as client, other:  # here\n"
        '        await client.xlen("raw-ticks")\n\n\nasyncio.run(main(1))\n',
        "the client is a context manager here, which the shared client of the target is not",
    ),
    "a client that `with` enters on one line": (
        f"{ASYNC}\nimport asyncio\n\n\nasync def main():\n"
        f'    async with {MADE} as client: await client.xlen("raw-ticks")  # here\n\n\nasyncio.run(main())\n',
        "the client is a context manager here, which the shared client of the target is not",
    ),
    "a client that is made before `with` enters it": (
        engine("async with self.redis as client:  # here\n    pass"),
        "the client is a context manager here, which the shared client of the target is not",
    ),
    "a client or its pipeline": (
        engine("link = self.redis.pipeline() if name else self.redis\nawait link.xlen('raw-ticks')  # here"),
        "what is used here may also be a pipeline",
    ),
}


@pytest.mark.parametrize("name", REFUSED, ids=slug)
def test_refused(name: str) -> None:
    text, reason = REFUSED[name]
    assert_held(text, Verdict.REFUSE, reason)


BROKEN = {"a synchronous reply that is awaited": "broken: the reply cannot be awaited"}


@pytest.mark.parametrize("name", REFUSED, ids=slug)
def test_only_what_could_never_work_is_called_broken(name: str) -> None:
    warned = [warning for site in change(REFUSED[name][0]).sites for warning in site.warnings]
    assert warned == ([BROKEN[name]] if name in BROKEN else [])


def test_a_patch_in_the_module_of_two_clients_is_one_site_and_holds_both() -> None:
    other = "class Other:\n    async def start(self):\n        self.calls = redis.Redis(decode_responses=True)\n\n"
    other += '    async def read(self):\n        return await self.calls.xlen("margin-calls")\n'
    tests = '@patch("engines.portfolio.service.redis.Redis")\ndef test_it(made):\n    pass\n'
    result = change(f"{engine()}\n\n{other}", test_it=f"from unittest.mock import patch\n\n{tests}")
    patched = [site for site in result.sites if site.kind == "patched"]
    assert [(site.line, site.verdict, site.held_by) for site in patched] == [(3, Verdict.REFUSE, None)]
    held = [site for site in result.sites if site.held_by is not None]
    assert {site.client.rsplit(":", 1)[1] for site in held} == {"8 redis.Redis", "21 redis.Redis"}
    assert {(site.verdict, site.held_by) for site in held} == {(Verdict.REFUSE, patched[0].where)}
    assert (result.ledger.adds_up, dict(result.texts)) == (True, {})
