"""What stream commands of a raw redis client become, and what stays on its server."""

from __future__ import annotations

import pytest
from engines_of_one import FOLDER, change, change_texts, slug, text_after, texts_of
from stream_engines import ASYNC, LISTENER, MADE, engine, sync, with_key

from codemods.model import Verdict

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
    "streams in a mapping that is also looked at": (
        engine(
            'streams = {"raw-ticks": 0}\nif name in streams:\n    print(streams[name], streams.get(name))\n'
            "await self.redis.xread(streams=streams)"
        ),
        "self.redis.marketdata_client.xread(streams=streams)\n",
    ),
    "a ping of the one bus": (engine("await self.redis.ping()"), "await self.redis.marketdata_client.ping()\n"),
    "a ping of two buses": (
        engine('await self.redis.xlen("client-orders")\nawait self.redis.ping()  # there?'),
        "await self.redis.marketdata_client.ping()  # there?\n        await self.redis.engine_logic_client.ping()\n",
    ),
    "a ping of two buses that is asked for": (
        engine('await self.redis.xlen("client-orders")\nreturn await self.redis.ping()'),
        "return (\n            await self.redis.marketdata_client.ping()\n"
        "            and await self.redis.engine_logic_client.ping()\n        )\n",
    ),
    "a ping of two buses that is denied": (
        engine('await self.redis.xlen("client-orders")\nif not await self.redis.ping(): return'),
        "if not (await self.redis.marketdata_client.ping() and await self.redis.engine_logic_client.ping()):",
    ),
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
        f"{ASYNC}\n\n\nasync def start(app):\n    app.state.redis = {MADE}\n"
        '    await app.state.redis.xlen("raw-ticks")\n',
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

SERVERS = {
    "constants": ('HOST = "localhost"\nPORT = 6379', "host=HOST, port=PORT"),
    "defaults of the environment": (
        'HOST = os.getenv("H", "localhost")\nPORT = int(os.getenv("P", "6379"))',
        "host=HOST, port=PORT",
    ),
    "a table": ('REDIS = {"host": "redis", "port": 6379}', 'host=REDIS["host"], port=REDIS["port"]'),
    "a class of settings": (
        "class Settings:\n    host = 'redis'\n    db: int = 0",
        "host=Settings.host, db=Settings.db",
    ),
}


@pytest.mark.parametrize("name", SERVERS)
def test_a_server_is_known_through(name: str) -> None:
    top, given = SERVERS[name]
    text = engine(made=f"redis.Redis({given}, decode_responses=True)", top=top)
    assert {site.verdict for site in change(text).sites} == {Verdict.REWRITE}


URLS = {
    'f"redis://{HOST}:{PORT}/0"': None,
    'f"redis://{HOST}:{PORT}/2"': "localhost:6379, database 2",
    'f"redis://{HOST!r}"': "the server of `f'redis://{HOST!r}'`",
    'f"redis://{OTHER}"': "r2:6379",
    'f"redis://{TWICE}"': "the server of `f'redis://{TWICE}'`",
    "TABLE[HOST]": "the server of `TABLE[HOST]`",
}
NAMES = """\
HOST = os.getenv("H", "localhost")
PORT = int(os.getenv("P", 6379))
OTHER = os.getenv("H") or "r2"
TWICE = "localhost"
TABLE = {"localhost": "redis://localhost"}
TABLE["redis"] = "redis://r2"
if OTHER:
    TWICE = "r2"
"""


@pytest.mark.parametrize("url", URLS)
def test_a_server_is_asked_about_unless_it_is_known(url: str) -> None:
    result = change(engine(made=f"redis.from_url({url}, decode_responses=True)", top=NAMES))
    asked = [question.text.partition(" one of the servers")[0].removeprefix("is ") for question in result.questions]
    assert asked == ([URLS[url]] if URLS[url] else [])


@pytest.mark.parametrize("name", MOVES, ids=slug)
def test_moves(name: str) -> None:
    text, shown = MOVES[name]
    result = change(text)
    assert shown in text_after(result, text)
    assert (result.questions, result.faults, {site.verdict for site in result.sites}) == ((), (), {Verdict.REWRITE})


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
        rest="def made(self) -> redis.Redis:\n    return self.redis\n\n"
        "async def stop(self):\n    await self.redis.aclose()",
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


def test_a_split_client_in_the_state_of_an_application_has_its_bus_beside_it() -> None:
    text = (
        f"{ASYNC}\n\n\nasync def start(app):\n    app.state.redis = {MADE}\n\n\n"
        'async def tell(request):\n    await request.app.state.redis.set("a", 1)\n'
        '    await request.app.state.redis.xlen("raw-ticks")\n'
    )
    after = text_after(change(text), text)
    assert "    app.state.bus = await get_dual_bus_client(EngineType.PORTFOLIO)\n" in after
    assert '    await request.app.state.redis.set("a", 1)\n' in after
    assert '    await request.app.state.bus.marketdata_client.xlen("raw-ticks")\n' in after


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
        "no stream command: a cache or key client stays on its server",
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
        "`service.redis.Redis` is patched by its name here, and that name goes; "
        "the patch is started elsewhere, in line 3",
    )
    assert dict(result.texts) == {}


def test_a_test_that_patches_redis_where_a_client_stays_is_kept() -> None:
    text = "import redis\n\nclient = redis.Redis()\nclient.set('a', 1)\n"
    result = change(text, test_it='from unittest.mock import patch\n\nfake = patch("service.redis.Redis")\n')
    assert [s.reason for s in result.sites if s.kind == "patched"] == ["a name that stays is patched here"]


LOOK_ALIKES = {
    "a mapping with the commands as keys": (
        'redis_info = {"xadd": 1}\nprint(redis_info["xadd"], redis_info.get("xlen"))\n'
    ),
    "a mock": (
        "from unittest.mock import AsyncMock\n\nredis = AsyncMock()\nclient = redis.Redis()\nclient.xadd('a', {})\n"
    ),
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
    text = (
        "import redis\n\n\nclass Redis:\n    pass\n\n\ndef f():\n    redis = Redis()\n    redis.xadd('raw-ticks', {})\n"
    )
    assert [site.kind for site in change(text).sites] == ["import"]


def test_a_function_of_shared_code_is_given_the_clients_of_other_engines() -> None:
    text = engine("await count(other)", imports=f"{ASYNC}\nfrom common.streams import count")
    shared = (
        "import redis.asyncio as redis\n\n\nasync def count(names):\n    return len(names)\n\n\n"
        'async def length(client: redis.Redis):\n    return await client.xlen("raw-ticks")\n'
    )
    result = change_texts({**texts_of(text), "backend/common/streams.py": shared.encode()})
    assert 'self.redis.marketdata_client.xlen("raw-ticks")\n' in text_after(result, text)
    own = engine("await count(other)", imports=f"{ASYNC}\nfrom engines.portfolio.streams import count")
    assert change(own, streams=shared).texts == {}
