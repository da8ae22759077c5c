"""What subscriptions, their dispatchers and handlers become."""

from __future__ import annotations

import pytest
from engines_of_one import FOLDER, SERVICE, change, settings, settings_with, slug, text_after
from msgspec.structs import replace
from subscribing_engines import ONE, ONLY, PRICE, RISK, engine

from codemods.model import Verdict
from codemods.settings import Route, Settings


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
    "a payload that was a text": (
        "    try:\n        data = json.loads(message.payload)\n    except ValueError:\n        pass\n    print(data)\n",
        HEAD + "    try:\n        data = payload\n    except ValueError:\n        pass\n    print(data)\n",
    ),
    "a comment at its top": (
        "    # the payload is all\n    print(message.payload)\n",
        HEAD + "    # the payload is all\n    print(payload)\n",
    ),
}


ON_ONE_LINE = {
    "a coroutine": (
        "async def on_price(self, message): print(message.payload)  # all\n",
        "    print(payload)  # all\n",
    ),
    "a plain function with two statements": (
        "def on_price(self, message): print(message.topic); print(1)\n",
        "    print(topic); print(1)\n",
    ),
    "two statements on the first line": (
        "async def on_price(self, message):\n    print(1); print(message.topic)\n",
        "    print(1); print(topic)\n",
    ),
    "a name of its own on a line with another statement": (
        "async def on_price(self, message):\n    payload = message.payload; print(payload)\n",
        "    payload = payload; print(payload)\n",
    ),
}


@pytest.mark.parametrize("name", ON_ONE_LINE, ids=slug)
def test_a_handler_on_one_line_gets_lines_of_its_own(name: str) -> None:
    before, rest = ON_ONE_LINE[name]
    assert body_of(moved(engine(rest=before)), "on_price") == DEF + HEAD + rest


@pytest.mark.parametrize("name", BODIES, ids=slug)
def test_a_handler_decodes_first(name: str) -> None:
    before, after = BODIES[name]
    assert body_of(moved(engine(rest=DEF + before, top="import json\n")), "on_price") == DEF + after


@pytest.mark.parametrize(
    ("matching", "pattern", "condition"),
    [
        ("glob", "*", "not isinstance(topic, str)"),
        ("glob", "market.data.AAPL", 'topic != "market.data.AAPL"'),
        ("glob", "market.data.?", 'not isinstance(topic, str) or not fnmatchcase(topic, "market.data.?")'),
        ("prefix", "market.data.", 'not isinstance(topic, str) or not topic.startswith("market.data.")'),
        ("exact", "market.data.AAPL", 'topic != "market.data.AAPL"'),
    ],
)
def test_a_topic_is_compared_as_the_wrapper_did(matching: str, pattern: str, condition: str) -> None:
    told = replace(settings_with(matching=matching), routes=(Route("*", message_type="MARKET_DATA"),))
    after = moved(engine(f'await self.bus.subscribe("{pattern}", self.on_price)'), told)
    assert f"        if {condition}:\n" in after
    assert ("from fnmatch import fnmatchcase\n" in after) == ("fnmatchcase" in condition)


@pytest.mark.parametrize("name", ["topic", "payload", "message"])
def test_a_constant_that_is_named_like_something_of_the_handler_is_written_out(name: str) -> None:
    """`topic != topic` would let every topic pass."""
    after = moved(engine(f"await self.bus.subscribe({name}, self.on_price)", top=f'{name} = "market.data.A"\n'))
    assert '        if topic != "market.data.A":\n' in after


def test_a_local_that_is_named_like_something_of_its_closure_is_written_out() -> None:
    told = "async def told(message):\n    print(message.payload)\n"
    after = moved(engine(f'topic = "market.data.A"\n{told}\nawait self.bus.subscribe(topic, told)', "pass"))
    assert '            if topic != "market.data.A":\n' in after


@pytest.mark.parametrize("node", ["lambda m: self.on_price(m)", "lambda message: self.on_price(message)"])
def test_a_lambda_that_only_calls_a_handler_is_that_handler(node: str) -> None:
    after = moved(engine(f'await self.bus.subscribe("market.data.*", {node})'))
    assert after == moved(engine())


def test_generated_code_has_the_quotation_marks_of_its_file() -> None:
    text = engine(top="NAMES = ['a', 'b', 'c', 'd']").replace('"market.data.*"', "'market.data.*'")
    after = moved(text)
    assert '"' not in after
    assert "    topic = payload.pop('topic', None) if isinstance(payload, dict) else None\n" in after
    assert after.replace("'", '"') == moved(text.replace("'", '"'))


def test_one_handler_of_two_patterns_is_dispatched_once_and_takes_both() -> None:
    after = moved(
        engine(
            'await self.bus.subscribe("market.data.A", self.on_price)\n'
            'await self.bus.subscribe("market.data.B", self.on_price)'
        )
    )
    assert 'if topic not in ("market.data.A", "market.data.B"):\n' in after
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


def test_plain_values_log_lines_and_handlers_may_stand_between_subscriptions() -> None:
    between = 'self.on = True\nself.log.info("half")\ndef told(message):\n    print(message.topic)\n'
    after = moved(engine(f'{ONE}\n{between}\nawait self.bus.subscribe("market.data.*", told)'))
    assert "for handler in (self.on_price, told):\n" in after


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


MADE = 'await self.bus.subscribe("market.data.*", self.only({}))'


def test_handlers_that_a_factory_makes_are_made_once() -> None:
    after = moved(engine(f"{MADE.format(1)}\n{MADE.format('number=2')}", ONLY))
    assert (
        "        only_handler = self.only(1)\n        only_handler_ = self.only(number=2)\n\n"
        "        async def dispatch_marketdata(message):\n            for handler in (only_handler, only_handler_):\n"
    ) in after
    assert body_of(after, "handler").startswith("async def handler(message):\n    if message[")


def test_the_only_handler_that_a_factory_makes_is_subscribed_itself_where_the_wrapper_raises() -> None:
    after = moved(engine(MADE.format(1), ONLY), settings_with(handler_errors="raise"))
    assert "subscribe_to_marketdata([MessageType.MARKET_DATA], self.only(1))\n" in after
