"""Why subscriptions of a wrapper do not move, and what handlers and dispatchers become where they do."""

from __future__ import annotations

from dataclasses import replace
from textwrap import indent

import pytest
from engines_of_one import (
    FOLDER,
    SERVICE,
    WRAPPER,
    assert_held,
    change,
    change_texts,
    settings,
    settings_with,
    slug,
    text_after,
    texts_of,
)

from codemods.model import Verdict
from codemods.settings import Route, Settings

PRICE = "async def on_price(self, message):\n    print(message.topic, message.payload)\n"
RISK = "async def on_risk(self, message):\n    print(message.payload)\n"
ONE = 'await self.bus.subscribe("market.data.*", self.on_price)'


def engine(subscribe: str = ONE, rest: str = PRICE, top: str = "") -> str:
    """An engine whose start ends with these lines; `rest` are its further methods."""
    return f"""\
# ------------------------ a wide line, so that nothing that is rewritten is folded ---------------------------------
from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig
{top}

class Engine:
    def __init__(self):
        self.bus = None

    async def start(self):
        self.bus = BufferedMessageBusClient(MessageBusConfig())
        await self.bus.start()
{indent(subscribe, " " * 8)}

{indent(rest, " " * 4)}
"""


def here(subscribe: str) -> str:
    return engine(f"{subscribe}  # here")


def handled(handler: str) -> str:
    """An engine that subscribes with this handler, which follows its decoration and other methods."""
    return engine(f"{ONE}  # here", handler)


NOTHING_ELSE = "a subscription takes a topic and a handler, and nothing else has a counterpart"
REFUSED = {
    "unpacked arguments": (here("await self.bus.subscribe(*self.all)"), NOTHING_ELSE),
    "no handler": (here('await self.bus.subscribe("market.data.*")'), NOTHING_ELSE),
    "one argument more": (here('await self.bus.subscribe("market.data.*", self.on_price, group="g")'), NOTHING_ELSE),
    "a result that is used": (
        here('self.task = await self.bus.subscribe("market.data.*", self.on_price)'),
        "the subscription is more than a statement of its own",
    ),
    "a subscription that is never awaited": (
        here('self.bus.subscribe("market.data.*", self.on_price)'),
        "the subscription is never awaited",
    ),
    "a subscription in a loop": (
        engine('for topic in ("market.data.*",):\n    await self.bus.subscribe(topic, self.on_price)  # here'),
        "the engine subscribes in a loop",
    ),
    "a topic in a constant": (
        engine("await self.bus.subscribe(TOPIC, self.on_price)  # here", top='TOPIC = "market.data.*"'),
        "the topic of a subscription must be a literal",
    ),
    "a topic that is a number": (
        here("await self.bus.subscribe(5, self.on_price)"),
        "the topic of a subscription must be a literal",
    ),
    "a lambda": (
        here('await self.bus.subscribe("market.data.*", lambda message: None)'),
        "the handler is not a function that can be read",
    ),
    "a handler that is computed": (
        here('await self.bus.subscribe("market.data.*", filtered(self.on_price))'),
        "the handler is not a function that can be read",
    ),
    "a handler that is a parameter": (
        engine(rest=PRICE)
        .replace("start(self):\n", "start(self, on_price):\n")
        .replace("self.on_price)", "on_price)  # here"),
        "the handler is not a function that can be read",
    ),
    "a decorated handler": (
        handled(f"@traced\n{PRICE.replace('):', '):  # there')}"),
        "the handler at <there> is decorated",
    ),
    "a handler that is also called": (
        handled(
            PRICE.replace("):", "):  # there", 1) + "\nasync def replay(self, old):\n    await self.on_price(old)\n"
        ),
        f"the handler at <there> is also called at {SERVICE}:18",
    ),
    "a handler that another class overrides": (
        handled(PRICE.replace("):", "):  # there", 1))
        + "\nclass Second(Engine):\n    async def on_price(self, message):\n        pass\n",
        f"the handler at <there> is overridden at {SERVICE}:19",
    ),
    **{
        f"a handler that takes {name}": (
            handled(f"async def on_price({parameters}):  # there\n    pass\n"),
            "the handler at <there> does not take exactly one message",
        )
        for name, parameters in (
            ("nothing", "self"),
            ("two", "self, message, other"),
            ("a default", "self, message=None"),
            ("any number", "self, message, *more"),
            ("any keyword", "self, message, **more"),
            ("a keyword", "self, message, *, more=1"),
        )
    },
    "a handler on one line": (
        handled("async def on_price(self, message): print(message.payload)  # there"),
        "the handler at <there> is written on one line",
    ),
    "a handler whose first line holds two statements": (
        handled("async def on_price(self, message):  # there\n    print(1); print(message.payload)\n"),
        "the handler at <there> is written on one line",
    ),
    "a handler that is a generator": (
        handled("async def on_price(self, message):  # there\n    yield message.payload\n"),
        "the handler at <there> is a generator",
    ),
    "a handler that reads the time": (
        handled("async def on_price(self, message):\n    print(message.timestamp)  # there\n"),
        "the handler reads more than topic and payload of its message at <there>",
    ),
    "a handler that hands its message on": (
        handled("async def on_price(self, message):\n    print(message)  # there\n"),
        "the handler reads more than topic and payload of its message at <there>",
    ),
    "a handler that changes its message": (
        handled("async def on_price(self, message):\n    message.topic = 1  # there\n"),
        "the handler reads more than topic and payload of its message at <there>",
    ),
    "a handler that is handed on": (
        handled(PRICE + "\nasync def more(self):\n    self.last = self.on_price  # there\n"),
        "its handler is also handed on at <there>",
    ),
    "a handler that feeds itself": (
        handled('async def on_price(self, message):\n    await self.bus.publish("market.data.x", {})  # there\n'),
        "its handler publishes `market.data.x` at <there>, which it also receives: it would feed itself",
    ),
    "a handler that feeds itself by way of a method": (
        handled(
            "async def on_price(self, message):\n    await self.tell()\n\nasync def tell(self):\n"
            '    await self.bus.publish(payload={}, topic="market.data.x")  # there\n'
        ),
        "its handler publishes `market.data.x` at <there>, which it also receives: it would feed itself",
    ),
}
OTHER = 'await self.bus.subscribe("risk.metric.*", self.on_risk)'


@pytest.mark.parametrize("name", REFUSED, ids=slug)
def test_refused(name: str) -> None:
    text, reason = REFUSED[name]
    assert_held(text, Verdict.REFUSE, reason)


def test_a_pattern_without_a_route_is_asked_about() -> None:
    text = here('await self.bus.subscribe("weather.*", self.on_price)')
    assert_held(text, Verdict.ASK, "which message type replaces the topic `weather.*`?")


def test_a_subscription_without_await_in_a_plain_function_is_refused() -> None:
    text = engine("", PRICE + '\ndef more(self):\n    self.bus.subscribe("market.data.*", self.on_price)  # here\n')
    texts = texts_of(text)
    texts[WRAPPER] = texts[WRAPPER].replace(b"async def subscribe(", b"def subscribe(")
    assert_held(text, Verdict.REFUSE, "nothing can be awaited where this subscribes", change_texts(texts))


def test_a_route_to_an_unknown_message_type_is_refused() -> None:
    told = replace(settings(), routes=(Route("market.*", message_type="PRICES"),))
    assert_held(
        engine(f"{ONE}  # here"),
        Verdict.REFUSE,
        "PRICES is no message type of dual_messagebus_client",
        change(engine(f"{ONE}  # here"), told),
    )


def test_a_handler_of_a_file_that_is_not_the_engines_is_refused() -> None:
    text = engine(
        'await self.bus.subscribe("market.data.*", on_price)  # here', "pass", top="from common import on_price"
    )
    texts = texts_of(text)
    texts["backend/common.py"] = (
        b"# for BufferedMessageBusClient\n\n\nasync def on_price(message):\n    print(message.payload)\n"
    )
    reason = "the handler at backend/common.py:4 belongs to no path of this engine"
    assert_held(text, Verdict.REFUSE, reason, change_texts(texts))


@pytest.mark.parametrize(
    ("subscribe", "rest"),
    [
        (f"{ONE}", f"{PRICE}\n{RISK}\nasync def more(self):\n    {OTHER}\n"),
        (f"{ONE}\nif self.bus:\n    {OTHER}", f"{PRICE}\n{RISK}"),
        (f"try:\n    {ONE}\nexcept OSError:\n    {OTHER}", f"{PRICE}\n{RISK}"),
        (f"if self.bus:\n    {ONE}\nelse:\n    {OTHER}", f"{PRICE}\n{RISK}"),
    ],
    ids=["two_methods", "a_condition", "an_exception", "an_else"],
)
def test_subscriptions_in_several_places_are_refused(subscribe: str, rest: str) -> None:
    text = engine(subscribe, rest)
    first = text[: text.index(ONE)].count("\n") + 1
    result = change(text)
    reason = f"the engine subscribes in several places, first at {SERVICE}:{first}"
    found = [(s.verdict, s.reason) for s in result.sites if s.kind == "subscribe"]
    assert found == [(Verdict.REFUSE, reason)] * 2
    assert dict(result.texts) == {}


def test_a_handler_of_two_patterns_that_overlap_is_refused() -> None:
    text = engine(f'{ONE}\nawait self.bus.subscribe("market.data.AAPL", self.on_price)')
    result = change(text)
    reason = "its handler would be called twice for a topic that two of its subscriptions match"
    assert [(s.verdict, s.reason) for s in result.sites if s.kind == "subscribe"] == [(Verdict.REFUSE, reason)] * 2
    assert dict(result.texts) == {}


# what handlers and dispatchers become


def moved(text: str, told: Settings | None = None) -> str:
    """The text after the change, which moves everything."""
    result = change(text, told)
    assert (result.questions, result.faults, {site.verdict for site in result.sites}) == ((), (), {Verdict.REWRITE})
    return text_after(result, text)


def body_of(text: str, name: str) -> str:
    """A method of the text, without its indentation."""
    lines = text.split("\n")
    start = next(number for number, line in enumerate(lines) if f"def {name}(" in line)
    depth = len(lines[start]) - len(lines[start].lstrip())
    stop = next(
        (
            n
            for n in range(start + 1, len(lines))
            if lines[n].strip() and len(lines[n]) - len(lines[n].lstrip()) <= depth
        ),
        len(lines),
    )
    return "\n".join(line[depth:] for line in lines[start:stop]).rstrip() + "\n"


HEAD = """\
    if message["message_type"] != MessageType.MARKET_DATA.value:
        return
    payload = json.loads(message["payload"])
    topic = payload.pop("topic", None) if isinstance(payload, dict) else None
    if not isinstance(topic, str) or not fnmatchcase(topic, "market.data.*"):
        return
"""
DEF = "async def on_price(self, message):\n"
BODIES = {
    "a first statement that is compound": (
        "    for key in message.payload:\n        print(key)\n",
        HEAD + "    for key in payload:\n        print(key)\n",
    ),
    **{
        f"a first statement with {word}": (
            f"    {word} (message.payload){tail}:\n        print(message.topic)\n",
            HEAD + f"    {word} (payload){tail}:\n        print(topic)\n",
        )
        for word, tail in (("if", ""), ("while", ""), ("async with", " as x"), ("with", " as x"), ("match", ""))
        if word != "match"
    },
    "a try": (
        "    try:\n        print(message.payload)\n    except KeyError:\n        pass\n",
        HEAD + "    try:\n        print(payload)\n    except KeyError:\n        pass\n",
    ),
    "a match": (
        "    match message.payload:\n        case {}:\n            print(message.topic)\n",
        HEAD + "    match payload:\n        case {}:\n            print(topic)\n",
    ),
    "a function in it": (
        "    def inner(message):\n        return message.other\n\n    print(inner(message.payload))\n",
        HEAD + "    def inner(message):\n        return message.other\n\n    print(inner(payload))\n",
    ),
    "only a docstring": ('    """Nothing."""\n', '    """Nothing."""\n' + HEAD),
    "a docstring": ('    """Print."""\n    print(message.topic)\n', '    """Print."""\n' + HEAD + "    print(topic)\n"),
    "names of its own for both": (
        "    topic = message.topic\n    payload = message.payload\n    print(topic, payload)\n",
        HEAD + "    print(topic, payload)\n",
    ),
    "nothing but a name of its own": ("    payload = message.payload\n", HEAD + "    payload = payload\n"),
    "another meaning for payload": (
        "    payload = 5\n    print(payload, message.payload)\n",
        HEAD.replace("payload =", "message_payload =")
        .replace(" payload.", " message_payload.")
        .replace("isinstance(payload", "isinstance(message_payload")
        + "    payload = 5\n    print(payload, message_payload)\n",
    ),
    "both of the new names taken": (
        "    payload = message_payload = 5\n    print(payload, message.payload)\n",
        HEAD.replace("payload =", "message_payload_ =")
        .replace(" payload.", " message_payload_.")
        .replace("isinstance(payload", "isinstance(message_payload_")
        + "    payload = message_payload = 5\n    print(payload, message_payload_)\n",
    ),
    "a comment at its top": (
        "    # the payload is all\n    print(message.payload)\n",
        HEAD + "    # the payload is all\n    print(payload)\n",
    ),
}


@pytest.mark.parametrize("name", BODIES, ids=slug)
def test_a_handler_decodes_first(name: str) -> None:
    before, after = BODIES[name]
    assert body_of(moved(engine(rest=DEF + before)), "on_price") == DEF + after


@pytest.mark.parametrize(
    ("matching", "pattern", "condition"),
    [
        ("glob", "*", ""),
        ("glob", "market.data.AAPL", ' or topic != "market.data.AAPL"'),
        ("glob", "market.data.?", ' or not fnmatchcase(topic, "market.data.?")'),
        ("prefix", "market.data.", ' or not topic.startswith("market.data.")'),
        ("exact", "market.data.AAPL", ' or topic != "market.data.AAPL"'),
    ],
)
def test_a_topic_is_compared_as_the_wrapper_did(matching: str, pattern: str, condition: str) -> None:
    told = replace(settings_with(matching=matching), routes=(Route("*", message_type="MARKET_DATA"),))
    after = moved(engine(f'await self.bus.subscribe("{pattern}", self.on_price)'), told)
    assert f"if not isinstance(topic, str){condition}:\n" in after
    assert ("from fnmatch import fnmatchcase\n" in after) == ("fnmatchcase" in condition)


def test_one_handler_of_two_patterns_is_dispatched_once_and_takes_both() -> None:
    after = moved(
        engine(
            'await self.bus.subscribe("market.data.A", self.on_price)\n'
            'await self.bus.subscribe("market.data.B", self.on_price)'
        )
    )
    assert 'if not isinstance(topic, str) or not (topic == "market.data.A" or topic == "market.data.B"):\n' in after
    assert after.count("subscribe_to_marketdata([MessageType.MARKET_DATA], dispatch_marketdata)") == 1


RAISING = """\
async def dispatch_marketdata(message):
    errors = []
    for handler in (self.on_price, self.on_risk):
        try:
            await handler(message)
        except Exception as error:
            logging.getLogger(__name__).exception("%s failed on a message", handler.__qualname__)
            errors.append(error)
    if errors:
        raise errors[0]
"""
TWO = f'{ONE}\nawait self.bus.subscribe("market.data.*", self.on_risk)'


def test_errors_of_several_handlers_are_raised_afterwards_where_the_wrapper_raised_them() -> None:
    after = moved(engine(TWO, f"{PRICE}\n{RISK}"), settings_with(handler_errors="raise"))
    assert body_of(after, "dispatch_marketdata") == RAISING


def test_the_only_handler_of_a_wrapper_that_raises_is_subscribed_itself() -> None:
    after = moved(engine(), settings_with(handler_errors="raise"))
    assert "        await self.bus.subscribe_to_marketdata([MessageType.MARKET_DATA], self.on_price)\n" in after
    assert "dispatch" not in after
    assert "import logging" not in after


def test_errors_go_to_the_logger_of_the_module() -> None:
    after = moved(engine(top="import logging\n\nLIMIT = int(3)\nlog = logging.getLogger('engine')\n"))
    assert '    log.exception("self.on_price failed on a message")\n' in after
    assert after.count("logging") == 2


def test_a_name_that_is_taken_is_left_to_its_owner() -> None:
    after = moved(engine(top="def dispatch_marketdata():\n    pass\n"))
    assert "async def dispatch_marketdata_(message):\n" in after
    assert "subscribe_to_marketdata([MessageType.MARKET_DATA], dispatch_marketdata_)\n" in after


@pytest.mark.parametrize("wide_first", [True, False])
def test_a_pattern_of_both_buses_is_subscribed_to_on_both(wide_first: bool) -> None:
    """It once lost its second bus, or the other's dispatcher, without a word."""
    wide, narrow = (
        'await self.bus.subscribe("market.*", self.on_price)',
        'await self.bus.subscribe("market.data.*", self.on_risk)',
    )
    told = replace(settings(), routes=(*settings().routes, Route("*", message_type="RISK_METRIC")))
    text = engine("\n".join([wide, narrow] if wide_first else [narrow, wide]), f"{PRICE}\n{RISK}")
    start = body_of(moved(text, told), "start")
    handlers = "(self.on_price, self.on_risk)" if wide_first else "(self.on_risk, self.on_price)"
    assert start.count(f"for handler in {handlers}:") == 1
    assert start.count("await self.on_price(message)") == 1
    assert start.count("subscribe_to_marketdata([MessageType.MARKET_DATA], dispatch_marketdata)") == 1
    assert start.count("subscribe_to_engine_logic([MessageType.RISK_METRIC], dispatch_engine_logic)") == 1
    assert start.count("\n\n    async def dispatch_") == 2


@pytest.mark.parametrize(
    ("above", "expected"),
    [
        ("", "\n\n        async def dispatch"),
        ("\n", "\n\n        async def dispatch"),
        ("# every price\n", "\n        # every price\n        async def dispatch"),
        ("if self.bus:\n    ", ":\n            async def dispatch"),
    ],
    ids=["a_statement", "a_blank_line", "a_comment", "the_head_of_its_block"],
)
def test_a_dispatcher_stands_apart_from_what_is_above_it(above: str, expected: str) -> None:
    after = moved(engine(above + ONE))
    assert expected in after
    assert f"\n{expected}" not in after


def test_a_comment_on_the_subscription_stays_with_it() -> None:
    after = moved(engine(f"{ONE}  # prices"))
    assert "dispatch_marketdata)  # prices\n" in after


def test_a_closure_that_is_not_async_becomes_so() -> None:
    text = engine(
        'def told(message):\n    print(message.topic)\n\nawait self.bus.subscribe("market.data.*", told)', "pass"
    )
    assert "        async def told(message):\n" in moved(text)


def test_a_handler_of_another_file_changes_there() -> None:
    text = engine('await self.bus.subscribe("market.data.*", on_price)', "pass", top="from handlers import on_price")
    handlers = (
        "import os\n\nfrom enhanced_messagebus_client import BusMessage\n\n\n"
        "async def on_price(message: BusMessage):\n    print(message.payload, os)\n"
    )
    result = change(text, handlers=handlers)
    assert (result.faults, sorted(result.texts)) == ((), [f"{FOLDER}/handlers.py", SERVICE])
    assert result.texts[f"{FOLDER}/handlers.py"].decode() == (
        "import json\nimport os\nfrom fnmatch import fnmatchcase\n\n"
        "from dual_messagebus_client import MessageType\n\n\n"
        f"async def on_price(message: dict[str, str]):\n{HEAD}    print(payload, os)\n"
    )
