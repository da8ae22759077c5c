"""Handlers that are called elsewhere too: they keep their signature, and a receiver opens the message for them."""

from __future__ import annotations

import ast
from textwrap import indent

import pytest
from engines_of_one import FOLDER, SERVICE, assert_held, change, settings_with, slug, text_after
from subscribing_engines import ONE, ONLY, PRICE, RISK, engine

from codemods.model import Change, Verdict

AGAIN = "async def again(self, old):\n    await self.on_price(old)\n"
MESSAGE = "BufferedMessageBusClient, BusMessage, MessageBusConfig, MessagePriority"
MADE = 'BusMessage(topic="market.data.A", payload={"px": 1}, priority=MessagePriority.HIGH, timestamp=0.0)'
NAMESPACE = 'SimpleNamespace(topic="market.data.A", payload={"px": 1})'
TESTS = f"{FOLDER}/test_service.py"


def moved(text: str, **more: str) -> Change:
    """The change of an engine that moves whole, and has nothing more to change afterwards."""
    result = change(text, **more)
    assert (result.questions, result.faults, {site.verdict for site in result.sites}) == ((), (), {Verdict.REWRITE})
    after = {path.removeprefix(f"{FOLDER}/").removesuffix(".py"): new.decode() for path, new in result.texts.items()}
    assert change(after.pop("service"), **{**more, **after}).texts == {}
    return result


def function(text: str, name: str) -> str:
    """The source of a function."""
    found = (n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))
    return ast.unparse(next(node for node in found if node.name == name))


def receiver(call: str, test: str = "not isinstance(topic, str) or not fnmatchcase(topic, 'market.data.*')") -> str:
    return f"""\
async def receive_on_price(message):
    if message['message_type'] != MessageType.MARKET_DATA.value:
        return
    payload = json.loads(message['payload'])
    topic = payload.pop('topic', None) if isinstance(payload, dict) else None
    if {test}:
        return
    {call}"""


def test_a_handler_that_is_also_called_stays_as_it_is() -> None:
    text = engine(rest=f"{PRICE}\n{AGAIN}")
    after = text_after(moved(text), text)
    call = "await self.on_price(SimpleNamespace(topic=topic, payload=payload))"
    assert function(after, "receive_on_price") == receiver(call)
    assert "                await receive_on_price(message)\n" in after
    for name in ("on_price", "again"):
        assert function(after, name) == function(text, name)


OTHERS = {
    "a handler that is handed on": f"{PRICE}\ndef more(self):\n    self.last = self.on_price\n",
    "a handler that another passes its message to": f"{PRICE}\nasync def all(self, message):\n    "
    "await self.on_price(message)\n",
    "what a handler gives its message to is called too": "async def on_price(self, message):\n"
    "    self.note(message)\n\ndef note(self, message):\n    print(message.topic)\n\n"
    "def more(self, old):\n    self.note(old)\n",
}


@pytest.mark.parametrize("name", OTHERS, ids=slug)
def test_whoever_else_uses_a_handler_finds_it_as_it_was(name: str) -> None:
    text = engine(rest=OTHERS[name])
    after = text_after(moved(text), text)
    assert text.split("\n    async def on_price", 1)[1] == after.split("\n    async def on_price", 1)[1]
    assert function(after, "receive_on_price").endswith("self.on_price(SimpleNamespace(topic=topic, payload=payload))")


def test_a_handler_that_shares_what_it_calls_with_one_that_stays_stays_too() -> None:
    note = "def note(self, message):\n    print(message.topic)\n"
    two = (
        PRICE.replace("    print", "    self.note(message)\n    print")
        + "\n"
        + RISK.replace("    print", "    self.note(message)\n    print")
    )
    text = engine(f'{ONE}\nawait self.bus.subscribe("risk.metric.*", self.on_risk)', f"{two}\n{note}\n{AGAIN}")
    after = text_after(moved(text), text)
    assert "async def receive_on_risk(message):" in after
    for name in ("on_price", "on_risk", "note"):
        assert function(after, name) == function(text, name)


def test_a_plain_function_is_called_without_waiting() -> None:
    text = engine(
        rest=f"{PRICE}\n{AGAIN}".replace("async def on_price", "def on_price").replace("await self.on", "self.on")
    )
    after = text_after(moved(text), text)
    call = "self.on_price(SimpleNamespace(topic=topic, payload=payload))"
    assert function(after, "receive_on_price") == receiver(call)


def test_a_handler_that_is_made_is_made_once() -> None:
    text = engine(
        'await self.bus.subscribe("market.data.*", self.only(1))', f"{ONLY}\ndef more(self):\n    return self.only(2)\n"
    )
    after = text_after(moved(text), text)
    assert "        only_handler = self.only(1)\n\n        async def receive_handler(message):\n" in after
    assert "await only_handler(SimpleNamespace(topic=topic, payload=payload))\n" in after


def test_names_that_a_receiver_has_are_not_taken_from_its_handler() -> None:
    books = "class Book:\n    async def on_price(self, message):\n        print(message.topic)\n"
    text = engine(
        'topic = Book()\nawait self.bus.subscribe("market.data.*", topic.on_price)',
        AGAIN.replace("self.on", "Book().on"),
        books,
    )
    after = text_after(moved(text), text)
    assert "await topic.on_price(SimpleNamespace(topic=topic_, payload=payload))\n" in after


def test_a_topic_in_a_constant_is_named_and_one_of_a_function_is_not() -> None:
    text = engine("await self.bus.subscribe(TOPIC, self.on_price)", f"{PRICE}\n{AGAIN}", 'TOPIC = "market.data.A"\n')
    assert function(text_after(moved(text), text), "receive_on_price").split("\n")[5] == "    if topic != TOPIC:"
    local = text.replace('TOPIC = "market.data.A"\n', "").replace(
        "        await self.bus.sub", '        TOPIC = "market.data.A"\n        await self.bus.sub'
    )
    assert (
        function(text_after(moved(local), local), "receive_on_price").split("\n")[5]
        == "    if topic != 'market.data.A':"
    )


def test_a_wrapper_that_raises_is_given_the_receiver_itself() -> None:
    text = engine(rest=f"{PRICE}\n{AGAIN}")
    after = text_after(change(text, settings_with(handler_errors="raise")), text)
    assert "await self.bus.subscribe_to_marketdata([MessageType.MARKET_DATA], receive_on_price)\n" in after
    assert "dispatch" not in after


# messages that the engine makes itself

MAKING = {
    "by names": (MADE, NAMESPACE),
    "by places": ('BusMessage("market.data.A", {"px": 1}, None, 0.0)', NAMESPACE),
    "in another order": (
        'BusMessage(payload={"px": 1}, timestamp=1.0, topic="market.data.A", priority=None)',
        'SimpleNamespace(payload={"px": 1}, topic="market.data.A")',
    ),
    "on several lines": (
        MADE.replace("(", "(\n            ").replace(", p", ",\n            p").replace("0.0)", "0.0,\n        )"),
        'SimpleNamespace(\n            topic="market.data.A",\n            payload={"px": 1},\n        )',
    ),
}


@pytest.mark.parametrize("name", MAKING, ids=slug)
def test_a_message_that_is_made_for_a_handler_has_topic_and_payload(name: str) -> None:
    made, kept = MAKING[name]
    text = engine(rest=f"{PRICE}\nasync def again(self):\n    await self.on_price({made})\n").replace(
        "BufferedMessageBusClient, MessageBusConfig", MESSAGE, 1
    )
    after = text_after(moved(text), text)
    assert after.endswith(indent(f"async def again(self):\n    await self.on_price({kept})\n", "    ") + "\n")
    assert "BusMessage" not in after
    assert "MessagePriority" not in after


TEST = f"""\
from enhanced_messagebus_client import BusMessage, MessagePriority

from engines.portfolio.service import Engine


def message(px) -> BusMessage:
    return {MADE.replace("1}", "px}")}


async def test_prices(capsys):
    engine = Engine()
    await engine.on_price(message(5))
    other: BusMessage = message(6)
    second = {MADE}
    await engine.on_price(message=second)
    assert str(second.payload["px"]) in capsys.readouterr().out


async def test_of_a_fixture(engine):
    await engine.on_price(message(7))
"""


def test_a_test_that_calls_a_handler_follows() -> None:
    test = TEST.replace("    other: BusMessage = message(6)\n", "")
    after = moved(engine(), test_service=test).texts[TESTS].decode()
    assert after == test.replace(MADE, NAMESPACE).replace(
        MADE.replace("1}", "px}"), NAMESPACE.replace("1}", "px}")
    ).replace(
        "from enhanced_messagebus_client import BusMessage, MessagePriority", "from types import SimpleNamespace"
    ).replace("-> BusMessage", "-> SimpleNamespace")


def test_annotations_name_what_each_function_takes() -> None:
    text = engine(
        f'{ONE}\nawait self.bus.subscribe("risk.metric.*", self.on_risk)',
        f"{PRICE}\n{RISK}\nasync def again(self, old: 'BusMessage | None'):\n    await self.on_price(old)\n".replace(
            "message)", "message: BusMessage)", 2
        ),
    ).replace("BufferedMessageBusClient, MessageBusConfig", MESSAGE, 1)
    after = text_after(moved(text), text)
    assert "async def on_price(self, message: SimpleNamespace):" in after
    assert "async def on_risk(self, message: dict[str, str]):" in after
    assert "async def again(self, old: 'SimpleNamespace | None'):" in after


# what stays

CALLED = f"the handler at {SERVICE}:14 is also called at {SERVICE}:{{}}, and "
REFUSED = {
    "a payload that is decoded by the handler": (
        engine(
            f"{ONE}  # here",
            f"{PRICE.replace('message.payload', 'json.loads(message.payload)')}\n{AGAIN}",
            "import json\n",
        ),
        f"the handler at {SERVICE}:15 is also called at {SERVICE}:19, and decodes its payload itself at {SERVICE}:16",
    ),
    "a plain function that returns something": (
        engine(f"{ONE}  # here", f"{PRICE}    return 5\n\n{AGAIN}".replace("async def on_price", "def on_price")),
        CALLED.format(19) + "is no coroutine, and returns something",
    ),
    "a handler that reads more": (
        engine(f"{ONE}  # here", f"{PRICE.replace('message.topic', 'message.timestamp')}\n{AGAIN}"),
        f"the handler reads more than topic and payload of its message at {SERVICE}:15",
    ),
    "a handler that is called, and decorated": (
        engine(f"{ONE}  # here", f"@traced\n{PRICE}\n{AGAIN}"),
        f"the handler at {SERVICE}:15 is decorated by `traced`, which may do more than call it with its message",
    ),
}


@pytest.mark.parametrize("name", REFUSED, ids=slug)
def test_refused(name: str) -> None:
    text, reason = REFUSED[name]
    assert_held(text, Verdict.REFUSE, reason)


LOST = "BusMessage is made here, and what becomes of the message cannot be followed to a handler that takes it"
ELSEWHERE = {
    "to nobody": (f"    print({MADE})\n", LOST),
    "to a function that is not known": (f"    await self.find()({MADE})\n", LOST),
    "into a list": (f"    for each in [{MADE}]:\n        await self.on_price(each)\n", LOST),
    "under a name, to somebody else as well": (
        f"    made = {MADE}\n    await self.on_price(made)\n    self.keep(made)\n", LOST),
    "under a name that is bound twice": (
        f"    made = None\n    if self.bus:\n        made = {MADE}\n    await self.on_price(made)\n", LOST),
    "under a name, and its clock is read": (
        f"    made = {MADE}\n    await self.on_price(made)\n    print(made.timestamp)\n", LOST),
    "into an attribute": (f"    self.made = {MADE}\n    await self.on_price(self.made)\n", LOST),
    "with what is computed": (
        f"    await self.on_price({MADE.replace('0.0', 'clock()')})\n",
        "`clock()` is computed by a call that would be lost with it",
    ),
    "unpacked": (
        "    await self.on_price(BusMessage(*self.old))\n",
        "topic and payload of the BusMessage that is made here cannot be told apart",
    ),
    "without a payload": (
        '    await self.on_price(BusMessage(topic="a", priority=None, timestamp=0.0))\n',
        "topic and payload of the BusMessage that is made here cannot be told apart",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ELSEWHERE, ids=slug)
def test_a_message_that_goes_elsewhere_holds_its_client(name: str) -> None:
    body, reason = ELSEWHERE[name]
    text = engine(rest=f"{PRICE}\nasync def again(self):\n{body}").replace(
        "BufferedMessageBusClient, MessageBusConfig", MESSAGE, 1
    )
    result = change(text)
    assert {site.reason for site in result.sites if site.held_by is None} == {reason}
    assert ({site.verdict for site in result.sites}, dict(result.texts)) == ({Verdict.REFUSE}, {})


def test_a_function_of_the_same_name_elsewhere_is_not_taken_for_the_handler() -> None:
    """What the fixture of a test is cannot be told: its method may be the other one's, which reads more."""
    test = TEST.replace("    other: BusMessage = message(6)\n", "") + (
        "\n\nclass Other:\n    def on_price(self, message):\n        print(message.timestamp)\n"
    )
    result = change(engine(), test_service=test)
    assert {site.reason for site in result.sites if site.held_by is None} == {LOST}
    assert dict(result.texts) == {}
