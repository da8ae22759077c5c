"""Why uses of a raw redis client do not move, each reason by an engine that has nothing else against it."""

from __future__ import annotations

from textwrap import indent

import pytest
from engines_of_one import (
    FOLDER,
    SERVICE,
    assert_held,
    change,
    settings_with,
    slug,
    text_after,
)

from codemods.model import Verdict

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
        "the client is made at `start`, where nothing can be awaited",
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
        "nothing can be awaited where the client is closed",
    ),
    "streams of two buses in one command": (
        engine('await self.redis.xread({"raw-ticks": 0, "client-orders": 0})  # here'),
        "the streams client-orders, raw-ticks are on different buses",
    ),
    "a stream command in a plain function": (
        sync(rest='def more(self):\n    self.redis.xlen("raw-ticks")  # here'),
        "nothing can be awaited in `more`, and the target can only be awaited",
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
        engine('await self.redis.execute_command("XADD", "raw-ticks", "*", "a", "b")  # here'),
        "a stream command that is written out as text is not routed",
    ),
    "a command that is handed on": (
        engine("return self.redis.xadd  # here"),
        "xadd is handed on here, not called",
    ),
    "a ping of two buses": (
        engine('await self.redis.xlen("client-orders")\nawait self.redis.ping()  # here'),
        "ping() asks one server, and the streams of this client are not on one bus",
    ),
    "a stream command in a pipeline": (
        engine('await self.redis.pipeline().xadd("raw-ticks", {})  # here'),
        "stream commands in a pipeline are not moved yet",
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
    "a pub/sub beside streams": (engine('await self.redis.publish("a", "b")  # here'), LISTENER),
    "a key command on a stream": (
        engine('await self.redis.expire("raw-ticks", 60)  # here'),
        "expire is a key command on `raw-ticks`, which is a stream that moves",
    ),
    "a client of keys and streams in another expression": (
        with_key(made=f"{MADE} or None  # here"),
        "the client serves keys and streams, and is not made in a statement of its own",
    ),
    "a client of keys and streams with two names": (
        with_key(made=f"other = {MADE}  # here"),
        "the client serves keys and streams, and is not made in a statement of its own",
    ),
    "a client of keys and streams in the state of an application": (
        f"{ASYNC}\n\n\nasync def start(app):\n    app.state.redis = {MADE}  # here\n"
        '    await app.state.redis.set("a", 1)\n    await app.state.redis.xlen("raw-ticks")\n',
        "the client serves keys and streams, and is held by more than a local name or an attribute",
    ),
    "a client of keys and streams under another name": (
        with_key('mine = self.redis\nawait mine.xlen("raw-ticks")  # here', made=f"{MADE}  # there"),
        "the client is reached by another name here than where it is made, at <there>",
    ),
}

SERVER = "is {what} one of the servers being left? The target connects without database, password and TLS of its own"
BLOCK = "the read may block for {} ms, and the target's socket gives up after 5.0 s: is that accepted?"
BYTES = "replies of this client were bytes and will be text: does the code read them as text?"
ASKED = {
    "another server": (engine(made='redis.Redis(host="r2")  # here'), SERVER.format(what="r2:6379")),
    "another server by its URL": (
        engine(made='redis.from_url("redis://r2:7000", decode_responses=True)  # here'),
        SERVER.format(what="r2:7000"),
    ),
    "a stream without a route": (
        engine('await self.redis.xlen("weather")  # here'),
        "which bus carries the stream `weather`?",
    ),
    "a stream that is a parameter": (
        engine("await self.redis.xlen(name)  # here"),
        "which stream does xlen(name) name?",
    ),
    "no stream at all": (engine("await self.redis.xlen()  # here"), "which stream does xlen() name?"),
    "unpacked arguments": (engine("await self.redis.xlen(*other)  # here"), "which stream does xlen(*other) name?"),
    "streams in a mapping that is a parameter": (
        engine("await self.redis.xread(other)  # here"),
        "which stream does xread(other) name?",
    ),
    "no streams in a mapping": (engine("await self.redis.xread({})  # here"), "which stream does xread({}) name?"),
    "a spread in the mapping": (
        engine("await self.redis.xread({**other})  # here"),
        "which stream does xread({**other}) name?",
    ),
    "an unknown name in the mapping": (
        engine("await self.redis.xread({name: 0})  # here"),
        "which stream does xread({name: 0}) name?",
    ),
    "a mapping that is given a stream later": (
        engine('streams = {"raw-ticks": 0}\nstreams[name] = 0\nawait self.redis.xread(streams)  # here'),
        "which stream does xread(streams) name?",
    ),
    "a mapping that is updated later": (
        engine('streams = {"raw-ticks": 0}\nstreams.update(other)\nawait self.redis.xread(streams)  # here'),
        "which stream does xread(streams) name?",
    ),
    "a read that blocks for ever": (
        engine('await self.redis.xread({"raw-ticks": 0}, block=0)  # here'),
        BLOCK.format(0),
    ),
    "a read that blocks for longer than the socket": (
        engine('await self.redis.xread({"raw-ticks": 0}, block=6000)  # here'),
        BLOCK.format(6000),
    ),
    "a read that blocks for an unknown time": (
        engine('await self.redis.xread({"raw-ticks": 0}, block=name)  # here'),
        BLOCK.format("name"),
    ),
    "replies that were bytes": (
        engine('return await self.redis.xread({"raw-ticks": 0})  # here', made='redis.Redis(host="localhost")'),
        BYTES,
    ),
}


@pytest.mark.parametrize("name", REFUSED, ids=slug)
def test_refused(name: str) -> None:
    text, reason = REFUSED[name]
    assert_held(text, Verdict.REFUSE, reason)


@pytest.mark.parametrize("name", ASKED, ids=slug)
def test_asked(name: str) -> None:
    text, question = ASKED[name]
    assert_held(text, Verdict.ASK, question)


BROKEN = {"a synchronous reply that is awaited": "broken: the reply cannot be awaited"}


@pytest.mark.parametrize("name", REFUSED, ids=slug)
def test_only_what_could_never_work_is_called_broken(name: str) -> None:
    warned = [warning for site in change(REFUSED[name][0]).sites for warning in site.warnings]
    assert warned == ([BROKEN[name]] if name in BROKEN else [])


ANSWERED = {
    "a long block": (
        engine('await self.redis.xread({"raw-ticks": 0}, block=0)'),
        f"block:{SERVICE}:14",
        "self.redis.marketdata_client.xread(",
    ),
    "replies that were bytes": (
        engine('return await self.redis.xrange("raw-ticks")', made='redis.Redis(host="localhost")'),
        f"decode:{SERVICE}",
        "self.redis.marketdata_client.xrange(",
    ),
}


@pytest.mark.parametrize("name", ANSWERED, ids=slug)
def test_an_accepted_answer_lets_the_client_move(name: str) -> None:
    text, identity, shown = ANSWERED[name]
    (question,) = change(text).questions
    assert (question.id, question.suggestion) == (identity, f'answers:\n  "{identity}": accept')
    result = change(text, settings_with({identity: "accept"}))
    assert (result.questions, result.faults) == ((), ())
    assert shown in text_after(result, text)


MOVES = {
    "a reply that nobody looks at may have been bytes": (
        engine('await self.redis.xadd("raw-ticks", {"a": "b"})', made='redis.Redis(host="localhost")'),
        'await self.redis.marketdata_client.xadd("raw-ticks", {"a": "b"})\n',
    ),
    "a block shorter than the socket waits": (
        engine('await self.redis.xread({"raw-ticks": 0}, block=500)'),
        'self.redis.marketdata_client.xread({"raw-ticks": 0}, block=500)\n',
    ),
    "no block at all": (
        engine('await self.redis.xread({"raw-ticks": 0}, block=None)'),
        'self.redis.marketdata_client.xread({"raw-ticks": 0}, block=None)\n',
    ),
    "a stream named by keyword": (
        engine('await self.redis.xlen(name="raw-ticks")'),
        'self.redis.marketdata_client.xlen(name="raw-ticks")\n',
    ),
    "a stream in a constant": (
        engine("await self.redis.xlen(STREAM)", top='STREAM = "raw-ticks"'),
        "self.redis.marketdata_client.xlen(STREAM)\n",
    ),
    "streams in a mapping of their own": (
        engine('streams = {"raw-ticks": 0}\nawait self.redis.xread(streams)'),
        "self.redis.marketdata_client.xread(streams)\n",
    ),
    "a ping of the one bus": (engine("await self.redis.ping()"), "await self.redis.marketdata_client.ping()\n"),
    "an acknowledgement on the stream that a read delivers": (
        engine(
            'reply = await self.redis.xreadgroup("g", "c", {"raw-ticks": ">"})\nfor stream, messages in reply or []:\n'
            '    await self.redis.xack(stream, "g", messages[0][0])'
        ),
        'self.redis.marketdata_client.xack(stream, "g", messages[0][0])\n',
    ),
    "a read that is looped over at once": (
        engine('for stream, messages in await self.redis.xread({"raw-ticks": 0}):\n    await self.redis.xlen(stream)'),
        "self.redis.marketdata_client.xlen(stream)\n",
    ),
    "a synchronous reply that is used on the spot": (
        sync('return self.redis.xrange("raw-ticks")[0]'),
        'return (await self.redis.marketdata_client.xrange("raw-ticks"))[0]\n',
    ),
    "a synchronous close": (sync("self.redis.close()"), "        await self.redis.close()\n"),
    "a client that is awaited": (
        engine(made=f"await {MADE}"),
        "self.redis = await get_dual_bus_client(EngineType.PORTFOLIO)\n",
    ),
    "a client from a URL": (
        engine(made='redis.from_url("redis://redis:6379/0", decode_responses=True)'),
        "self.redis = await get_dual_bus_client(EngineType.PORTFOLIO)\n",
    ),
    "a client in the state of an application": (
        f'{ASYNC}\n\n\nasync def start(app):\n    app.state.redis = {MADE}\n    await app.state.redis.xlen("raw-ticks")\n',
        'await app.state.redis.marketdata_client.xlen("raw-ticks")\n',
    ),
    "an annotation": (
        engine(rest="def made(self) -> redis.Redis:\n    return self.redis"),
        "def made(self) -> DualMessageBusClient:\n",
    ),
    "an annotation of a parameter": (
        engine("self.more(self.redis)", rest="def more(self, client: redis.Redis):\n    pass"),
        "def more(self, client: DualMessageBusClient):\n",
    ),
    "an annotation of an attribute": (
        engine(rest="def __init__(self):\n    self.redis: redis.Redis | None = None"),
        "self.redis: DualMessageBusClient | None = None\n",
    ),
}


@pytest.mark.parametrize("name", MOVES, ids=slug)
def test_moves(name: str) -> None:
    text, shown = MOVES[name]
    result = change(text)
    assert shown in text_after(result, text)
    assert (result.questions, result.faults, {site.verdict for site in result.sites}) == ((), (), {Verdict.REWRITE})


UNKNOWN_STREAMS = {
    "a name that is bound twice": 'for stream, m in await self.redis.xread({"raw-ticks": 0}):\n    stream = m\n',
    "the messages of a read": 'for m, stream in await self.redis.xread({"raw-ticks": 0}):\n    pass\n',
    "a loop over something else": "for stream, m in other:\n    pass\n",
    "a loop over one name": 'for stream in await self.redis.xread({"raw-ticks": 0}):\n    pass\n',
    "a loop whose first target is no name": 'for other.a, stream in await self.redis.xread({"raw-ticks": 0}):\n    pass\n',
    "a reply that is bound twice": (
        'reply = await self.redis.xread({"raw-ticks": 0})\nreply = other\nfor stream, m in reply:\n    pass\n'
    ),
    "a reply that a loop gives": "for reply in other:\n    for stream, m in reply:\n        pass\n",
    "an assignment": "stream = other\n",
}


@pytest.mark.parametrize("name", UNKNOWN_STREAMS, ids=slug)
def test_a_stream_that_no_read_of_this_client_certainly_delivers_is_asked_about(name: str) -> None:
    text = engine(UNKNOWN_STREAMS[name] + "await self.redis.xlen(stream)  # here")
    assert_held(text, Verdict.ASK, "which stream does xlen(stream) name?")


NO_STREAMS = "no stream command: a cache or key client stays on its server"


def test_a_client_of_keys_alone_stays_whatever_is_done_with_it() -> None:
    text = (
        "import redis\n\nclient = redis.Redis(host='r9', password='x')\nclient.set('a', 1)\n"
        "client.pipeline().set('a', 1).execute()\nprint([client], client.connection_pool)\n"
    )
    result = change(text)
    assert {site.verdict for site in result.sites} == {Verdict.KEEP}
    assert {site.reason for site in result.sites if site.client} == {NO_STREAMS}
    assert [client.verdict for client in result.clients] == [Verdict.KEEP]
    assert dict(result.texts) == {}


def test_a_listener_alone_is_refused_and_its_client_stays() -> None:
    text = (
        "import redis\n\nclient = redis.Redis()\nlistener = client.pubsub()\nlistener.subscribe('a')\n"
        "client.publish('a', 'b')\nclient.set('a', 1)\n"
    )
    assert [(site.line, site.verdict, site.reason) for site in change(text).sites] == [
        (1, Verdict.KEEP, "goes only when its last use went"),
        (3, Verdict.KEEP, NO_STREAMS),
        (4, Verdict.REFUSE, LISTENER),
        (5, Verdict.REFUSE, LISTENER),
        (6, Verdict.REFUSE, LISTENER),
        (7, Verdict.KEEP, NO_STREAMS),
    ]


def test_a_client_of_keys_and_streams_is_split() -> None:
    text = with_key(
        "await self.redis.pipeline().set('a', 1).execute()",
        rest="def made(self) -> redis.Redis:\n    return self.redis\n\nasync def stop(self):\n    await self.redis.aclose()",
    )
    result = change(text)
    reasons = {site.reason for site in result.sites if site.verdict is Verdict.KEEP}
    assert reasons == {
        "a key, cache or server command stays on its server",
        "a pipeline of key commands stays on its server",
        "the annotation names the client that stays",
        "goes only when its last use went",
    }
    after = text_after(result, text)
    assert f"        self.redis = {MADE}\n        self.bus = await get_dual_bus_client(EngineType.PORTFOLIO)\n" in after
    assert 'return await self.bus.marketdata_client.xlen("raw-ticks")\n' in after
    assert "        await self.redis.aclose()\n        await self.bus.close()\n" in after


def test_a_split_client_in_a_local_name_has_a_local_bus() -> None:
    text = (
        f'{ASYNC}\n\n\nasync def work():\n    client = {MADE}\n    await client.set("a", 1)\n'
        '    await client.xlen("raw-ticks")\n    await client.aclose()\n\n\nif __name__ == "__main__":\n'
        "    import asyncio\n\n    asyncio.run(work())\n"
    )
    after = text_after(change(text), text)
    assert "    bus = await get_dual_bus_client(EngineType.PORTFOLIO)\n" in after
    assert (
        '    await bus.marketdata_client.xlen("raw-ticks")\n    await client.aclose()\n    await bus.close()\n' in after
    )


def test_a_client_that_only_an_annotation_promises_is_refused() -> None:
    text = f'{ASYNC}\n\n\nasync def read(client: redis.Redis):\n    return await client.xlen("raw-ticks")\n'
    result = change(text)
    reasons = {site.reason for site in result.sites if site.verdict is Verdict.REFUSE}
    assert reasons == {"where this client is made is not to be seen in this engine"}
    assert dict(result.texts) == {}


def test_names_of_redis_that_make_no_client_stay() -> None:
    text = (
        "import redis\nfrom redis.exceptions import ConnectionError\n\n\n"
        "last: redis.Redis | None = None\n\n\ndef f():\n    try:\n        pass\n"
        "    except (redis.RedisError, ConnectionError):\n        print(redis.VERSION)\n"
    )
    result = change(text)
    assert {site.reason for site in result.sites} == {
        "goes only when its last use went",
        "an annotation of a client that stays",
        "an exception of redis-py is the same on both sides",
        "a name of redis-py that makes no client",
    }
    assert {site.verdict for site in result.sites} == {Verdict.KEEP}


def test_a_client_class_that_is_handed_on_is_refused() -> None:
    text = "import redis\n\nmake = [redis.Redis]  # here\n"
    reason = "the class is named here, and makes no client that can be followed"
    assert [(s.verdict, s.reason) for s in change(text).sites if s.kind == "class"] == [(Verdict.REFUSE, reason)]


def test_a_test_that_patches_redis_where_a_client_moves_holds_it() -> None:
    result = change(engine(), test_it='from unittest.mock import patch\n\nfake = patch("service.redis.Redis")\n')
    (holding,) = (site for site in result.sites if site.verdict is Verdict.REFUSE and site.held_by is None)
    assert (holding.where, holding.reason) == (
        f"{FOLDER}/test_it.py:3",
        "`service.redis.Redis` is patched by its name here, and that name goes",
    )
    assert dict(result.texts) == {}


def test_a_test_that_patches_redis_where_a_client_stays_is_kept() -> None:
    text = "import redis\n\nclient = redis.Redis()\nclient.set('a', 1)\n"
    result = change(text, test_it='from unittest.mock import patch\n\nfake = patch("service.redis.Redis")\n')
    assert [s.reason for s in result.sites if s.kind == "patched"] == ["a name that stays is patched here"]


LOOK_ALIKES = {
    "a mapping with the commands as keys": 'redis_info = {"xadd": 1}\nprint(redis_info["xadd"], redis_info.get("xlen"))\n',
    "a mock": "from unittest.mock import AsyncMock\n\nredis = AsyncMock()\nclient = redis.Redis()\nclient.xadd('a', {})\n",
    "an own module of the name": "from tools import redis\n\nclient = redis.Redis()\nclient.xadd('a', {})\n",
    "an own class of the name": (
        "class Redis:\n    def xadd(self, name, fields):\n        pass\n\n\nclient = Redis()\nclient.xadd('a', {})\n"
    ),
    "a parameter of the name": "def f(redis):\n    redis.Redis().xadd('raw-ticks', {})\n",
}


@pytest.mark.parametrize("name", LOOK_ALIKES, ids=slug)
def test_what_only_looks_like_a_client_is_no_site(name: str) -> None:
    result = change(LOOK_ALIKES[name])
    assert (result.sites, result.clients, dict(result.texts), result.faults) == ((), (), {}, ())


def test_a_local_that_shadows_the_import_is_no_client() -> None:
    text = "import redis\n\n\ndef f():\n    redis = open\n    redis.Redis().xadd('raw-ticks', {})\n"
    assert [site.kind for site in change(text).sites] == ["import"]
