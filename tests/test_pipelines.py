"""Why pipelines of a raw redis client do not move, each reason by an engine that has nothing else against it."""

from __future__ import annotations

import pytest
from engines_of_one import SERVICE, assert_held, change, settings_with, slug
from stream_engines import LISTENER, engine, sync, with_key

from codemods.model import Verdict


def piped(body: str, before: str = "", rest: str = "") -> str:
    """An engine with a pipeline that adds to a stream, and to which this is done as well."""
    add = 'pipe.xadd("raw-ticks", {})  # there'
    return engine(f"pipe = self.redis.pipeline()\n{before}{add}\n{body}\nawait pipe.execute()", rest=rest)


WHOLE = "a pipeline goes to one server whole"
KNOWN = "the target can only be awaited"
REFUSED = {
    "a key command": (
        piped('pipe.set("last", 1)  # here'),
        f"set is no stream command, and xadd at <there> is: {WHOLE}",
    ),
    "a key command before the stream's": (
        piped("pass", before='pipe.set("last", 1)  # here\n'),
        f"set is no stream command, and xadd at <there> is: {WHOLE}",
    ),
    "a key command on the stream": (
        piped('pipe.rename("raw-ticks", "old")  # here'),
        "rename is a key command on `raw-ticks`, which is a stream that moves",
    ),
    "a key command in a helper": (
        piped("self.more(pipe)", rest='def more(self, pipe):\n    pipe.set("last", 1)  # here'),
        f"set is no stream command, and xadd at <there> is: {WHOLE}",
    ),
    "a stream of the other bus": (
        piped('pipe.xadd("margin-calls", {})  # here'),
        f"`margin-calls` is on another bus than xadd at <there>: {WHOLE}",
    ),
    "a publish": (piped('pipe.publish("alerts", "x")  # here'), LISTENER),
    "somebody unknown": (
        piped("other.fill(pipe)  # here"),
        "the pipeline is handed to fill here, where it can no longer be followed",
    ),
    "a command by its name": (
        piped("getattr(pipe, name)()  # here"),
        "the pipeline is inspected with getattr() here",
    ),
    "a command that is handed on": (
        piped("add = pipe.xadd  # here"),
        "xadd of the pipeline is handed on here, not called",
    ),
    "a container": (piped("pipes = [pipe]  # here"), "the pipeline is one of several in a container here"),
    "a second name by way of a command": (
        sync('pipe = self.redis.pipeline()\nmore = pipe.xlen("raw-ticks")  # here'),
        "what xlen gives is the pipeline again, and is not followed here",
    ),
    "a watched key": (
        piped("pass", before='await pipe.watch("last")  # here\n'),
        "what is watched, 'last', is no stream that goes with the pipeline",
    ),
    "no command at all": (
        engine("await self.redis.pipeline().execute()  # here"),
        "no command of this pipeline is seen, so its server cannot be told",
    ),
    "another pipeline by one name": (
        engine(
            'pipe = self.redis.pipeline()\npipe.xadd("raw-ticks", {})  # there\nif name:\n'
            '    pipe = self.redis.pipeline()\n    pipe.xadd("margin-calls", {})  # here'
        ),
        f"`margin-calls` is on another bus than xadd at <there>: {WHOLE}",
    ),
    "a pipeline of keys that a stream is in as well": (
        with_key('pipe = self.redis.pipeline()\npipe.set("a", 1)  # here\npipe.delete("raw-ticks")  # there'),
        f"set is no stream command, and delete at <there> is: {WHOLE}",
    ),
    "a pipeline of keys that gets lost": (
        with_key('pipe = self.redis.pipeline()\npipe.set("a", 1)\nother(pipe)  # here'),
        "the pipeline is handed to other here, where it can no longer be followed",
    ),
    "a pipeline of an unknown object": (
        engine(
            "self.pipe = self.redis.pipeline()\nother.pipe.xadd('raw-ticks', {})  # here\nself.pipe.xlen('raw-ticks')"
        ),
        "the pipeline may be the `pipe` of an object that cannot be followed here, where it can no longer be followed",
    ),
    "a transaction of both": (
        engine(
            'def both(pipe):\n    pipe.xadd("raw-ticks", {})  # there\n    pipe.set("last", 1)\n\n'
            "await self.redis.transaction(both)  # here"
        ),
        f"set is no stream command, and xadd at <there> is: {WHOLE}",
    ),
    "a transaction that hands its pipeline on": (
        engine(
            'def both(pipe):\n    pipe.xadd("raw-ticks", {})\n    other(pipe)\n\n'
            "await self.redis.transaction(both)  # here"
        ),
        "what the function of this transaction does with its pipeline is not known",
    ),
    "a transaction that watches a key": (
        engine('await self.redis.transaction(lambda pipe: pipe.xlen("raw-ticks"), "last")  # here'),
        "what is watched, 'last', is no stream that goes with the pipeline",
    ),
    "a transaction of a computed client": (
        engine('await (self.redis or other).transaction(lambda pipe: pipe.xlen("raw-ticks"))  # here'),
        "what is used here may also be something that is not known",
    ),
    "a synchronous pipeline in a plain function": (
        sync(rest='def more(self):\n    self.redis.pipeline().xlen("raw-ticks").execute()  # here'),
        f"nothing can be awaited in `more`, and {KNOWN}: "
        "nothing in this engine calls `more`, so who does cannot be told",
    ),
    "a synchronous pipeline that watches": (
        sync('pipe = self.redis.pipeline()\npipe.watch("raw-ticks")  # here\npipe.xlen("raw-ticks")'),
        "a synchronous pipeline that watches answers at once, where nothing is awaited",
    ),
    "a synchronous pipeline among others": (
        sync('with open(name), self.redis.pipeline() as pipe:  # here\n    pipe.xlen("raw-ticks")'),
        "the pipeline is one of several things that this `with` enters",
    ),
    "a synchronous pipeline or something else": (
        sync('pipe = self.redis.pipeline() if name else other\npipe.xlen("raw-ticks")  # here'),
        "what is used here may also be something that is not known",
    ),
}


@pytest.mark.parametrize("name", REFUSED, ids=slug)
def test_refused(name: str) -> None:
    text, reason = REFUSED[name]
    assert_held(text, Verdict.REFUSE, reason)


BYTES = "replies of this client were bytes and will be text: does the code read them as text?"
MADE = 'redis.Redis(host="localhost")'
ASKED = {
    "an unknown stream": (piped("pipe.xlen(name)  # here"), "which stream does xlen(name) name?"),
    "a stream without a route": (piped('pipe.xlen("weather")  # here'), "which bus carries the stream `weather`?"),
    "replies that were bytes": (
        engine('pipe = self.redis.pipeline().xrange("raw-ticks")\nreturn await pipe.execute()  # here', made=MADE),
        BYTES,
    ),
    "replies of a transaction that were bytes": (
        engine('return await self.redis.transaction(lambda pipe: pipe.xrange("raw-ticks"))  # here', made=MADE),
        BYTES,
    ),
    "a reply at once that was bytes": (
        engine(
            'pipe = self.redis.pipeline()\nawait pipe.watch("raw-ticks")\n'
            'return await pipe.xrange("raw-ticks")  # here',
            made=MADE,
        ),
        BYTES,
    ),
    "a read that blocks for long": (
        piped('pipe.xread({"raw-ticks": 0}, block=0)  # here'),
        "the read may block for ever, and the target's socket gives up after 5.0 s: is that accepted?",
    ),
}


@pytest.mark.parametrize("name", ASKED, ids=slug)
def test_asked(name: str) -> None:
    text, question = ASKED[name]
    assert_held(text, Verdict.ASK, question)


def test_the_question_of_a_command_in_a_pipeline_can_be_answered() -> None:
    text = piped("pipe.xlen(name)")
    (question,) = change(text).questions
    assert question.id == f"stream:{SERVICE}:Engine.use:name"
    result = change(text, settings_with({question.id: "raw-ticks"}))
    assert (result.questions, result.faults, {site.verdict for site in result.sites}) == ((), (), {Verdict.REWRITE})


def test_the_ends_of_a_pipeline_are_told() -> None:
    result = change(piped('pipe.xlen("raw-ticks")'))
    assert [(end.name, end.role, end.line, end.canonical, end.reason) for end in result.ends] == [
        ("raw-ticks", "inspect", 11, False, "xlen is routed"),
        ("raw-ticks", "publish", 15, False, "xadd is routed with its pipeline"),
        ("raw-ticks", "inspect", 16, False, "xlen is routed with its pipeline"),
    ]
