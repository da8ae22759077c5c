"""What is called broken, and what activates: each with its nearest look-alike of which nothing is said."""

from __future__ import annotations

import pytest
from engines_of_one import change, change_texts, edited, line_of, settings_with, slug
from stream_engines import engine as raw
from subscribing_engines import ONE, PRICE
from subscribing_engines import engine as subscribing
from wrapper_engines import MADE, engine, telling

from codemods.model import Change

PUBLISH = 'await self.bus.publish("portfolio.update.x", {"s": s})'
PRIORITY = "BufferedMessageBusClient, MessageBusConfig, MessagePriority"


def warned(text: str, result: Change | None = None) -> list[str]:
    """The warnings on the line that is marked; there are none on any other."""
    found = [(site.line, text) for site in (result or change(text)).sites for text in site.warnings]
    here = line_of(text, "here")
    assert {line for line, _ in found} <= {here}
    return [said for _, said in found]


def starting(around: str) -> str:
    """An engine whose start stands in these lines."""
    plain = f"        self.bus = {MADE}\n        await self.bus.start()\n"
    body = around.replace("<start>", f"self.bus = {MADE}\n    await self.bus.start()  # here")
    return engine().replace(plain, "".join(f"        {line}\n" for line in body.split("\n")))


BROKEN = {
    "a method that the wrapper never had": (
        telling("await self.bus.flush()  # here"),
        "the wrapper has no method flush()",
    ),
    "an attribute that it never had": (telling("print(self.bus.depth)  # here"), "the wrapper has no attribute depth"),
    "a keyword that a publish never took": (
        telling('await self.bus.publish("portfolio.update.x", {}, ttl=5)  # here'),
        "publish() takes no `ttl`",
    ),
    "a publish without a payload": (telling('await self.bus.publish("a")  # here'), "publish() needs `payload`"),
    "a payload that is given twice": (
        telling('await self.bus.publish("a", {}, payload={})  # here'),
        "publish() is given `payload` twice",
    ),
    "a keyword that a config never had": (
        engine(made='BufferedMessageBusClient(MessageBusConfig(hostname="x"))  # here'),
        "MessageBusConfig() takes no `hostname`",
    ),
    "a client without its config": (
        engine(made="BufferedMessageBusClient()  # here"),
        "BufferedMessageBusClient() needs `config`",
    ),
    "a priority that the wrapper lacks": (
        telling("print(MessagePriority.BULK)  # here", PRIORITY),
        "the wrapper's MessagePriority has no BULK",
    ),
    "a handler that is a text": (
        subscribing('await self.bus.subscribe("market.data.*", "on_price")  # here'),
        "the handler is 'on_price', and nothing that can be called",
    ),
    "a command that redis-py never had": (raw('await self.redis.xput("raw-ticks")  # here'), "redis-py has no xput()"),
    "a command without what it needs": (raw('await self.redis.xadd("raw-ticks")  # here'), "xadd() needs `fields`"),
    "a command with too much": (
        raw('await self.redis.xlen("raw-ticks", 1)  # here'),
        "xlen() takes 1 positional argument, and is given 2",
    ),
    "a keyword that a client never took": (
        raw(made='redis.Redis(hots="localhost", decode_responses=True)  # here'),
        "Redis() takes no `hots`",
    ),
    "a command that is never awaited": (
        raw('self.redis.xlen("raw-ticks")  # here'),
        "xlen() is never awaited, so nothing is sent",
    ),
}


@pytest.mark.parametrize("name", BROKEN, ids=slug)
def test_what_could_never_have_worked_is_broken(name: str) -> None:
    text, said = BROKEN[name]
    assert warned(text) == [f"broken: {said}"]


EXACT = subscribing(f"{ONE}  # here")


def test_a_pattern_that_is_compared_letter_by_letter_is_broken() -> None:
    for matching, expected in {"exact": ["is called"], "prefix": ["begins with"], "glob": []}.items():
        said = [f"broken: topics are compared letter by letter, and none {means} 'market.data.*'" for means in expected]
        assert warned(EXACT, change(EXACT, settings_with(matching=matching))) == said


ACTIVATES = {
    "a question whether the client has what only the target has": (
        telling('return hasattr(self.bus, "publish_message")  # here'),
        "the wrapper has no publish_message, so this never found it; the target has it",
    ),
    "a publish on a client that nothing starts": (
        telling(f"{PUBLISH}  # here").replace("        await self.bus.start()\n", ""),
        "nothing starts this client, so nothing was ever sent here",
    ),
    "an except around a start that only logged": (
        starting("try:\n    <start>\nexcept Exception:\n    self.bus = None"),
        "the `except` in line 14 runs where the server is away: the factory raises, start() only logged",
    ),
}


@pytest.mark.parametrize("name", ACTIVATES, ids=slug)
def test_what_would_run_for_the_first_time_activates(name: str) -> None:
    text, said = ACTIVATES[name]
    assert warned(text) == [f"activates: {said}"]


SOUND = {
    "a method without a counterpart": telling("await self.bus._dispatch({})  # here"),
    "an attribute that an object is given": telling("print(self.bus._running)  # here"),
    "arguments that are unpacked": telling("await self.bus.publish(*payload)  # here"),
    "keywords that are unpacked": telling("await self.bus.publish(**more)  # here"),
    "a keyword of a base class's config": engine(
        made='BufferedMessageBusClient(EnhancedMessageBusConfig(redis_host="redis", control_stream="c"))  # here',
        names="BufferedMessageBusClient, EnhancedMessageBusConfig",
    ),
    "a config's fields by position": engine(made='BufferedMessageBusClient(MessageBusConfig("redis", 6379))  # here'),
    "the members of a priority": telling("print(MessagePriority.__members__)  # here", PRIORITY),
    "a question whether the client has what both have": telling('return hasattr(self.bus, "start")  # here'),
    "a question whether the client has what neither has": telling('return hasattr(self.bus, "flush")  # here'),
    "a question by a name": telling("return hasattr(self.bus, s)  # here"),
    "a publish on a client whose start is handed on": telling(f"{PUBLISH}  # here").replace(
        "await self.bus.start()", "s.run(self.bus)"
    ),
    "an except that does not see a server that is away": starting(
        "try:\n    <start>\nexcept ValueError:\n    self.bus = None"
    ),
    "a start behind an except": starting("try:\n    pass\nexcept Exception:\n    <start>"),
    "a finally alone": starting("try:\n    <start>\nfinally:\n    print(1)"),
    "a client's own keyword": raw(
        made='redis.Redis(host="localhost", health_check_interval=3, decode_responses=True)  # here'
    ),
    "a client from an address": raw(made='redis.from_url("redis://localhost:6379", max_connections=3)  # here'),
    "a reply that is a task": raw('import asyncio\nasyncio.create_task(self.redis.xlen("raw-ticks"))  # here'),
    "a pool of connections that is disconnected": raw(
        "await self.pool.disconnect()  # here",
        rest="async def made(self):\n    self.pool = redis.ConnectionPool.from_url('redis://localhost')",
    ),
    "a method of something else by the same name": raw(
        "link = redis.Redis()\nawait link.get('a')\nwith open('a') as link:\n    return link.read()  # here"
    ),
    "a handler that is known": subscribing(f"{ONE}  # here", PRICE),
}


@pytest.mark.parametrize("name", SOUND, ids=slug)
def test_nothing_is_said_of(name: str) -> None:
    assert warned(SOUND[name]) == []


OPEN = {
    "a base from elsewhere": ("class BufferedMessageBusClient:", "class BufferedMessageBusClient(Elsewhere):"),
    "an attribute for every name": (
        "    @property\n    def is_connected",
        "    def __getattr__(self, name):\n        return name\n\n    @property\n    def is_connected",
    ),
}


@pytest.mark.parametrize("name", OPEN, ids=slug)
def test_nothing_is_said_of_a_wrapper_whose_objects_may_have_more(name: str) -> None:
    text = telling("await self.bus.flush()  # here")
    assert warned(text, change_texts(edited(text, *OPEN[name]))) == []


def test_a_start_that_raises_itself_activates_no_except() -> None:
    text = ACTIVATES["an except around a start that only logged"][0]
    texts = edited(text, "            await client.aclose()\n            return\n", "            raise\n")
    assert warned(text, change_texts(texts)) == []


def test_a_publish_that_does_not_ask_for_a_start_activates_nothing() -> None:
    text = ACTIVATES["a publish on a client that nothing starts"][0]
    guard = "        if self._redis is None:\n            return False\n        fields"
    assert warned(text, change_texts(edited(text, guard, "        fields"))) == []


def met(kind: str, by: str) -> str:
    """An engine that meets with `except` what its publish raises."""
    return telling(f"try:\n    {PUBLISH}  # here\nexcept {kind}:\n    {by}")


CATCHING = """\
        try:
            await self._redis.xadd(self.config.stream_key, fields, maxlen=MAX_STREAM_LENGTH, approximate=True)
        except redis.RedisError:
            logger.exception("could not publish %s", topic)
            return False
        return True
"""
RAISING = """\
        await self._redis.xadd(self.config.stream_key, fields, maxlen=MAX_STREAM_LENGTH, approximate=True)
        return True
"""


@pytest.mark.parametrize(
    ("kind", "by"),
    [
        ("Exception as error", "self.left.append(s)"),
        ("OSError", "return 1"),
        ("Exception", "pass\nelse:\n    self.n += 1"),
    ],
)
def test_what_met_a_publish_that_raised_is_passed_over_where_the_target_says_false(kind: str, by: str) -> None:
    text = met(kind, by)
    texts = edited(text, CATCHING, RAISING)
    line = line_of(text, "here") + 1
    (said,) = warned(text, change_texts(texts))
    assert said == (
        "activates: what follows runs where the server fails: publish() raised, "
        f"which the `except` in line {line} met; publish_message() says False"
    )
    target = "backend/dual_messagebus_client.py"
    raises = texts[target].replace(b'self._stats["not_published"] += 1\n            return False', b"raise")
    assert raises != texts[target]
    assert [warned(text), warned(text, change_texts({**texts, target: raises}))] == [[], []]


@pytest.mark.parametrize(("kind", "by"), [("Exception", "print('no')"), ("ValueError", "return 1")])
def test_nothing_is_said_of_what_only_logs_or_meets_something_else(kind: str, by: str) -> None:
    text = met(kind, by)
    assert warned(text, change_texts(edited(text, CATCHING, RAISING))) == []
