"""Loops that subscribe: what they become, and why one is left as it is."""

from __future__ import annotations

import re
from textwrap import indent

import pytest
from engines_of_one import FOLDER, SERVICE, assert_held, change, settings_with, slug, text_after
from subscribing_engines import ONLY, PRICE, RISK, engine

from codemods.model import Verdict

SUBSCRIBE = "    await self.bus.subscribe(topic, self.on_price)"
LOOP = f'for topic in ("market.data.A", "market.data.B"):  # there\n{SUBSCRIBE}  # here'
TABLE = '{"market.data.A": self.on_price, "market.data.B": self.on_risk}'
ITEMS = "for topic, handler in {}:  # there\n    await self.bus.subscribe(topic, handler)  # here"
BOTH = f"{PRICE}\n{RISK}"
UNKNOWN = "what the loop at <there> goes over is not known, or may change"
MORE = "the loop at <there> does more than subscribe, at " + SERVICE + ":{}"


def loop(head: str, body: str, rest: str = PRICE) -> str:
    return engine(f"{head}  # there\n{indent(body, '    ')}", rest)


REFUSED = {
    "a loop with a condition around the subscription": (
        loop("for topic in ('market.data.A',):", f"if topic:\n{SUBSCRIBE}  # here"),
        "the engine subscribes in the loop at <there>, which does more than that",
    ),
    "a loop that ends by itself": (
        loop("while True:", 'await self.bus.subscribe("market.data.A", self.on_price)  # here\nbreak'),
        "the engine subscribes in the loop at <there>, which does more than that",
    ),
    "an asynchronous loop": (
        loop("async for topic in self.topics():", "await self.bus.subscribe(topic, self.on_price)  # here"),
        "the engine subscribes in the loop at <there>, which does more than that",
    ),
    "a loop that does something else": (engine(f"{LOOP}\n    self.seen.add(topic)"), MORE.format(14)),
    "a loop that may end early": (engine(f"{LOOP}\n    if self.full:\n        break"), MORE.format(14)),
    "a loop with an else": (engine(f"{LOOP}\nelse:\n    self.on = True"), MORE.format(12)),
    "a loop whose name is used after it": (
        engine(f"{LOOP}\nself.last = topic"),
        f"`topic` of the loop at <there> is used at {SERVICE}:14",
    ),
    "a loop whose name is used by a function": (
        engine(f"{LOOP}\nself.last = lambda: topic"),
        f"`topic` of the loop at <there> is used at {SERVICE}:14",
    ),
    "a log line that binds the name again": (
        engine(f"{LOOP}\n    print(topic := 'market.data.C')"),
        f"`topic` of the loop at <there> is used at {SERVICE}:14",
    ),
    "a loop that fills something else than names": (
        loop("for self.topic in ('market.data.A',):", "await self.bus.subscribe(self.topic, self.on_price)  # here"),
        "the loop at <there> cannot be read",
    ),
    "a table that changes": (
        engine(f"handlers = {TABLE}\nhandlers['x'] = self.on_risk\n{ITEMS.format('handlers.items()')}", BOTH),
        UNKNOWN,
    ),
    "a table that another goes into": (engine(ITEMS.format(f"{{**self.more, **{TABLE}}}.items()"), BOTH), UNKNOWN),
    "a table with a topic twice": (
        engine(ITEMS.format('{"market.data.A": self.on_price, "market.data.A": self.on_risk}.items()'), BOTH),
        UNKNOWN,
    ),
    "a table that a function gives": (engine(ITEMS.format("self.table()"), BOTH), UNKNOWN),
    "pairs that are no pairs": (engine(ITEMS.format('[("market.data.A", self.on_price, 1)]'), BOTH), UNKNOWN),
    "a handler that is made with what a call makes of the topic": (
        engine(LOOP.replace("self.on_price", "self.only(topic.upper())"), ONLY),
        "the handler is made anew with each `topic` of the loop at <there>",
    ),
    "a topic that is there twice": (
        engine(LOOP.replace("data.B", "data.*")),
        "its handler would be called twice for a topic that two of its subscriptions match",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED, ids=slug)
def test_refused(name: str) -> None:
    text, reason = REFUSED[name]
    assert_held(text, Verdict.REFUSE, reason)


def test_handlers_of_a_table_in_another_module_have_no_name_here() -> None:
    text = engine(ITEMS.format("HANDLERS.items()"), "pass", "from handlers import HANDLERS")
    handlers = (
        "async def on_price(message):\n    print(message.payload)\n\n\n"
        'HANDLERS = {"market.data.A": on_price}\n# BufferedMessageBusClient\n'
    )
    reason = f"the handler at {FOLDER}/handlers.py:5 has no name of its own where this subscribes"
    assert_held(text, Verdict.REFUSE, reason, change(text, handlers=handlers))


@pytest.mark.parametrize(
    ("topics", "top"),
    [
        ("self.topics", ""),
        ("TOPICS", "TOPICS = ['market.data.A']\nTOPICS += ['risk.metric.v']"),
        ("TOPICS", "TOPICS = ['market.data.A']\nTOPICS.append('risk.metric.v')"),
        ("TOPICS", "TOPICS = ['market.data.A']\ntake = TOPICS"),
        ("TOPICS", "TOPICS = load()"),
    ],
)
def test_topics_that_are_not_known_are_asked_for_and_answered(topics: str, top: str) -> None:
    text = engine(f"for topic in {topics}:\n{SUBSCRIBE}  # here", top=top)
    assert_held(text, Verdict.ASK, "which topics does `topic` subscribe to? They decide the message type")
    (question,) = change(text).questions
    assert question.id == f"topic:{SERVICE}:Engine.start:topic"
    assert question.suggestion == (
        f'answers:\n  "{question.id}": ["portfolio.update.*"]   # every pattern, as the wrapper is given it'
    )
    after = text_after(change(text, settings_with({question.id: ["market.data.A", "market.data.B*"]})), text)
    assert 'not (topic == "market.data.A" or fnmatchcase(topic, "market.data.B*")):\n' in after.replace("'", '"')


def test_a_topic_that_is_not_known_is_answered_by_one_pattern() -> None:
    text = engine("await self.bus.subscribe(self.topic, self.on_price)  # here")
    assert_held(text, Verdict.ASK, "which topics does `self.topic` subscribe to? They decide the message type")
    (question,) = change(text).questions
    assert question.suggestion.endswith(': "portfolio.update.*"   # the pattern itself')
    assert change(text, settings_with({question.id: ["market.data.A", "market.data.B"]})).questions == (question,)
    after = text_after(change(text, settings_with({question.id: "market.data.A"})), text)
    assert 'if topic != "market.data.A":\n' in after


LOGGED = """\
for topic in ("market.data.A", "market.data.B"):
    self.log.info("listening to %s", topic)

async def dispatch_marketdata(message):
"""


def test_a_loop_keeps_its_log_lines() -> None:
    text = engine(
        'for topic in ("market.data.A", "market.data.B"):\n    self.log.info("listening to %s", topic)\n' + SUBSCRIBE
    )
    after = text_after(change(text), text)
    assert indent(LOGGED, " " * 8).replace("\n        \n", "\n\n") in after


def test_a_loop_in_a_loop_goes_where_only_the_outer_one_logs() -> None:
    inner = 'for kind in ("x", "y"):\n        await self.bus.subscribe(f"market.data.{name}.{kind}", self.on_price)'
    after = text_after(change(engine(f'for name in ("A", "B"):\n    print(name)\n    {inner}')), "")
    assert '        for name in ("A", "B"):\n            print(name)\n\n        async def dispatch' in after
    assert "kind" not in after


def test_a_table_stays_with_a_loop_that_stays() -> None:
    items = ITEMS.format("handlers.items()").replace("  # there", "").replace("  # here", "")
    after = text_after(change(engine(f"handlers = {TABLE}\n{items}\n    print(topic)", BOTH)), "")
    assert (
        f"        handlers = {TABLE}\n        for topic, handler in handlers.items():\n            print(topic)\n"
        in after
    )


def test_a_name_that_another_loop_binds_too_is_no_other_use() -> None:
    again = "for topic in self.names:\n    print(topic)"
    after = text_after(change(engine(f"{LOOP}\n{again}")), "")
    assert "        for topic in self.names:\n            print(topic)\n" in after
    assert after.count("for topic in") == 1


def test_a_table_that_nobody_reads_any_more_goes_with_its_loop() -> None:
    text = engine(f"handlers = {TABLE}\n{ITEMS.format('handlers.items()')}", BOTH)
    assert "handlers" not in text_after(change(text), text)


def test_a_table_whose_length_is_told_stays() -> None:
    told = 'self.log.info("%d topics", len(handlers))'
    items = ITEMS.format("handlers.items()").replace("  # there", "").replace("  # here", "")
    text = engine(f"handlers = {TABLE}\n{items}\n{told}", BOTH)
    assert f"        handlers = {TABLE}\n\n        async def dispatch" in text_after(change(text), text)


OBJECTS = """\
self.one, self.other = Book("A"), Book("B")
await self.bus.subscribe("{}", self.one.on_price)
await self.bus.subscribe("{}", self.other.on_price)
"""
BOOK = f"""\
class Book:
    def __init__(self, name):
        self.name = name

{indent(PRICE, "    ")}
"""


def test_two_objects_with_topics_of_their_own_are_each_told_their_own() -> None:
    """Their one method cannot tell for which of them a topic was subscribed: it keeps its signature."""
    text = engine(OBJECTS.format("market.data.A", "market.data.B"), "pass", BOOK)
    after = text_after(change(text), text)
    receivers = re.findall(r"def (receive\w+)\(message\):.*?topic != (\S+):.*?await ([\w.]+)\(", after, re.DOTALL)
    assert receivers == [
        ("receive_on_price", '"market.data.A"', "self.one.on_price"),
        ("receive_on_price_", '"market.data.B"', "self.other.on_price"),
    ]
    assert "for handler in (receive_on_price, receive_on_price_):\n" in after
    assert BOOK in after


def test_a_table_that_is_read_elsewhere_keeps_its_handlers_as_they_are() -> None:
    reader = "def one(self):\n    return self.handlers['x']\n"
    items = ITEMS.format("self.handlers.items()").replace("  # there", "").replace("  # here", "")
    text = engine(items, f"{BOTH}\n{reader}").replace("self.bus = None", f"self.handlers = {TABLE}")
    after = text_after(change(text), text)
    assert "for handler in (receive_on_price, receive_on_risk):\n" in after
    assert f"self.handlers = {TABLE}\n" in after
    assert after.endswith(indent(f"{BOTH}\n{reader}", "    ") + "\n")


def test_two_objects_with_the_same_topics_are_each_told() -> None:
    text = engine(OBJECTS.format("market.data.*", "market.data.*"), "pass", BOOK)
    assert "for handler in (self.one.on_price, self.other.on_price):\n" in text_after(change(text), text)


def test_handlers_that_would_change_their_order_are_refused() -> None:
    text = engine(
        'await self.bus.subscribe("market.data.A", self.on_price)\n'
        'await self.bus.subscribe("market.data.B*", self.on_risk)\n'
        'await self.bus.subscribe("market.data.B", self.on_price)',
        BOTH,
    )
    result = change(text)
    found = {(s.line, s.reason) for s in result.sites if s.kind == "subscribe" and s.held_by is None}
    reason = "a topic that this and {} match would meet its handlers in another order"
    assert found == {(14, reason.format(f"{SERVICE}:13")), (13, reason.format(f"{SERVICE}:14"))}
    assert dict(result.texts) == {}
