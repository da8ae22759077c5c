"""What is asked of raw clients: their servers, streams, long reads and replies that were bytes."""

from __future__ import annotations

import pytest
from engines_of_one import SERVICE, assert_held, change, settings_with, slug, text_after
from stream_engines import engine

from codemods.model import Verdict

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
    "arguments that are long": (
        engine("await self.redis.xadd(name, {'a': '1'}, maxlen=1000, approximate=True, nomkstream=True)  # here"),
        "which stream does xadd(name, {'a': '1'}, maxlen=1000, approximate=True, nomkstream= ...) name?",
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


@pytest.mark.parametrize("name", ASKED, ids=slug)
def test_asked(name: str) -> None:
    text, question = ASKED[name]
    assert_held(text, Verdict.ASK, question)


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
