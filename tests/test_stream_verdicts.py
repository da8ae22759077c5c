"""Why uses of a raw redis client do not move, each reason by an engine that has nothing else against it."""

from __future__ import annotations

import pytest
from engines_of_one import SERVICE, assert_held, change, settings_with, slug, text_after
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


SERVER = "is {what} one of the servers being left? The target connects without database, password and TLS of its own"


BLOCK = "the read may block for {} ms, and the target's socket gives up after 5.0 s: is that accepted?"


BYTES = "replies of this client were bytes and will be text: does the code read them as text?"


ASKED = {
    "another server": (engine(made='redis.Redis(host="r2")  # here'), SERVER.format(what="r2:6379")),
    "a server that a mapping gives": (
        engine(made='redis.Redis(host=name.get("host", "localhost"), decode_responses=True)  # here').replace(
            "async def start(self)", "async def start(self, name)"
        ),
        SERVER.format(what="the server of `name.get('host', 'localhost')`"),
    ),
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
    "a stream that the environment may name": (
        engine("await self.redis.xlen(STREAM)  # here", top='STREAM = os.getenv("STREAM", "raw-ticks")'),
        "which stream does xlen(STREAM) name?",
    ),
    "streams of a list that grows": (
        engine(
            "await self.redis.xread({s: 0 for s in STREAMS})  # here",
            top='STREAMS = ["raw-ticks"]\nSTREAMS.append("a")',
        ),
        "which stream does xread({s: 0 for s in STREAMS}) name?",
    ),
    "streams of a loop whose name is bound again": (
        engine('for stream in ["raw-ticks"]:\n    stream = other\n    await self.redis.xlen(stream)  # here'),
        "which stream does xlen(stream) name?",
    ),
    "a parameter that calls give, and somebody unknown": (
        engine(
            'await self.size("raw-ticks")\nother(self.size)',
            rest="async def size(self, stream):\n    return await self.redis.xlen(stream)  # here",
        ),
        "which stream does xlen(stream) name?",
    ),
    "a parameter with another default": (
        engine(
            'await self.size("raw-ticks")',
            rest="async def size(self, stream=os.name):\n    return await self.redis.xlen(stream)  # here",
        ),
        "which stream does xlen(stream) name?",
    ),
    "a parameter of which one call is not known": (
        engine(
            'await self.size("raw-ticks")\nawait self.size(name)',
            rest="async def size(self, stream):\n    return await self.redis.xlen(stream)  # here",
        ),
        "which stream does xlen(stream) name?",
    ),
    "the other part of a pair": (
        engine('for stream, _ in zip(other, ["raw-ticks"]):\n    await self.redis.xlen(stream)  # here'),
        "which stream does xlen(stream) name?",
    ),
    "a mapping that is handed on": (
        engine('last = {s: 0 for s in ["raw-ticks"]}\nother(last)\nawait self.redis.xread(last)  # here'),
        "which stream does xread(last) name?",
    ),
    "a mapping that goes by another name": (
        engine('last = {s: 0 for s in ["raw-ticks"]}\nmore = last\nawait self.redis.xread(last)  # here'),
        "which stream does xread(last) name?",
    ),
    "a mapping that gets the streams of another read": (
        engine(
            'last = {"raw-ticks": 0}\nfor stream, m in await other.read({"margin-calls": 0}):\n    last[stream] = 0\n'
            "await self.redis.xread(last)  # here"
        ),
        "which stream does xread(last) name?",
    ),
    "options that are not known": (
        engine('await self.redis.xread({"raw-ticks": 0}, **other)  # here'),
        BLOCK.format("other"),
    ),
    "a ping beside a stream that is not known": (
        engine("await self.redis.ping()\nawait self.redis.xlen(name)  # here"),
        "which stream does xlen(name) name?",
    ),
    "a read that blocks for ever": (
        engine('await self.redis.xread({"raw-ticks": 0}, block=0)  # here'),
        BLOCK.format(0).replace("0 ms", "ever", 1),
    ),
    "a read that blocks for longer than the socket": (
        engine('await self.redis.xread({"raw-ticks": 0}, block=6000)  # here'),
        BLOCK.format(6000),
    ),
    "a read that blocks for an unknown time": (
        engine('await self.redis.xread({"raw-ticks": 0}, block=name)  # here'),
        BLOCK.format("name"),
    ),
    "the type of a key, which was bytes": (
        engine('return await self.redis.type("raw-ticks")  # here', made='redis.Redis(host="localhost")'),
        BYTES,
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
        f"block:{SERVICE}:Engine.use:0",
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


def test_a_stream_that_only_a_person_knows_is_routed_as_the_answer_says() -> None:
    text = engine('await self.redis.xadd(name, {"a": "1"})')
    (question,) = change(text).questions
    assert question.id == f"stream:{SERVICE}:Engine.use:name"
    for answer in ("raw-ticks", ["raw-ticks", "market.data.*"]):
        result = change(text, settings_with({question.id: answer}))
        assert (result.questions, result.faults) == ((), ())
        assert 'self.redis.marketdata_client.xadd(name, {"a": "1"})' in text_after(result, text)
    (again,) = change(text, settings_with({question.id: ["raw-ticks", "margin-calls", "nobody.knows"]})).questions
    assert again.id == "route:nobody.knows"


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


UNKNOWN_STREAMS = {
    "a name that is bound twice": 'for stream, m in await self.redis.xread({"raw-ticks": 0}):\n    stream = m\n',
    "the messages of a read": 'for m, stream in await self.redis.xread({"raw-ticks": 0}):\n    pass\n',
    "a loop over something else": "for stream, m in other:\n    pass\n",
    "a loop over one name": 'for stream in await self.redis.xread({"raw-ticks": 0}):\n    pass\n',
    "a loop whose first target is no name": (
        'for other.a, stream in await self.redis.xread({"raw-ticks": 0}):\n    pass\n'
    ),
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


def test_one_constant_is_one_question_that_suggests_its_default() -> None:
    text = engine(
        'await self.redis.xadd(STREAM, {"a": "1"})\nawait self.redis.xread({STREAM: 0, "raw-ticks": 0})',
        top='STREAM = os.getenv("STREAM", "market.data.x")',
    )
    (question,) = change(text).questions
    asked = f"stream:{SERVICE}:STREAM"
    suggestion = f'answers:\n  "{asked}": "market.data.x"   # one glob, or a list of them'
    assert (question.id, question.suggestion) == (asked, suggestion)
    result = change(text, settings_with({asked: "market.data.*"}))
    assert (result.questions, result.faults) == ((), ())
    assert {end.name for end in result.ends} == {"market.data.*", "raw-ticks"}
