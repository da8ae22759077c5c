"""A message that a handler gives to other functions of its engine, which take what they read of it instead."""

from __future__ import annotations

import re
from textwrap import indent

import pytest
from engines_of_one import FOLDER, SERVICE, assert_moves, change, slug, text_after
from subscribing_engines import ONE, engine

from codemods.model import Verdict

TOP = "import asyncio\nimport json\nfrom enhanced_messagebus_client import BusMessage"
PASSING = "async def on_price(self, message):\n    {}\n\n"
MOVES = {
    "both": ("self.note(message)", "def note(self, m):\n    print(m.topic, m.payload)\n", "self.note(topic, payload)",
             "def note(self, topic, payload):\n        print(topic, payload)\n"),
    "one of two": ("self.note(message, 1)", "def note(self, m, n):\n    print(m.topic, n)\n", "self.note(topic, 1)",
                   "def note(self, topic, n):\n        print(topic, n)\n"),
    "nothing": ("self.note(message)", "def note(self, m):\n    print(1)\n", "self.note(payload)",
                "def note(self, payload):\n        print(1)\n"),
    "by keyword": ("self.note(1, m=message)", "def note(self, n, *, m):\n    print(m.payload, n)\n",
                   "self.note(1, payload=payload)", "def note(self, n, *, payload):\n        print(payload, n)\n"),
    "annotated": ("self.note(message)", 'def note(self, m: "BusMessage") -> None:\n    print(m.topic, m.payload)\n',
                  "self.note(topic, payload)",
                  "def note(self, topic: str, payload: dict[str, Any]) -> None:\n        print(topic, payload)\n"),
    "a name that it has already": ("self.note(message, 1)", "def note(self, m, topic):\n    print(m.topic, topic)\n",
                                   "self.note(topic, 1)",
                                   "def note(self, message_topic, topic):\n        print(message_topic, topic)\n"),
    "a name of its own for it": ("self.note(message)",
                                 "def note(self, m):\n    payload = m.payload\n    print(payload)\n",
                                 "self.note(payload)", "def note(self, payload):\n        print(payload)\n"),
    "further": ("self.note(message)",
                "def note(self, m):\n    self.tell(m, m.topic)\n\ndef tell(self, m, t):\n    print(m.payload, t)\n",
                "self.note(topic, payload)", "def note(self, topic, payload):\n        self.tell(payload, topic)\n"),
    "in turns": ("self.note(message)",
                 "def note(self, m):\n    print(m.topic)\n    if m.payload:\n        self.tell(m)\n\n"
                 "def tell(self, m):\n    m.payload.clear()\n    self.note(m)\n",
                 "self.note(topic, payload)", "def tell(self, topic, payload):\n        payload.clear()\n"
                 "        self.note(topic, payload)\n"),
    "a text that it decodes": ("self.note(message)",
                               "def note(self, m):\n    payload = json.loads(m.payload)\n    print(payload)\n",
                               "self.note(payload)", "def note(self, payload):\n        print(payload)\n"),
    "in a task": ("await asyncio.gather(self.note(message))", "async def note(self, m):\n    print(m.payload)\n",
                  "asyncio.gather(self.note(payload))", "async def note(self, payload):\n        print(payload)\n"),
}  # fmt: skip


@pytest.mark.parametrize("name", MOVES, ids=slug)
def test_moves(name: str) -> None:
    given, takes, passed, taken = MOVES[name]
    text = engine(
        rest=PASSING.format(given) + takes,
        top="import asyncio\nimport json\nfrom enhanced_messagebus_client import BusMessage",
    )
    result = change(text)
    after = text_after(result, text)
    assert_moves(result)
    assert (f"        {passed}\n" in after.replace("await ", ""), taken in after) == (True, True)


def test_two_handlers_may_give_their_messages_to_one_function() -> None:
    more = "async def on_risk(self, told):\n    self.note(told, 2)\n\ndef note(self, m, n):\n    print(m.payload, n)\n"
    text = engine(
        f'{ONE}\nawait self.bus.subscribe("risk.metric.*", self.on_risk)',
        PASSING.format("self.note(message, 1)") + more,
    )
    after = text_after(change(text), text)
    assert [after.count(each) for each in ("self.note(payload, 1)", "self.note(payload, 2)", "(self, payload, n)")] == [
        1
    ] * 3


def test_a_function_of_another_file_may_be_given_the_message() -> None:
    text = engine(rest=PASSING.format("note(message)"), top="from engines.portfolio.notes import note")
    notes = "def note(message):\n    print(message.payload)\n"
    result = change(text, notes=notes)
    assert result.texts[f"{FOLDER}/notes.py"] == b"def note(payload):\n    print(payload)\n"
    assert "        note(payload)\n" in text_after(result, text)


def test_a_handler_may_show_its_message_in_a_log() -> None:
    shown = "logger.debug('got %r', message)\n    self._log.info(f'got {message!r}')\n"
    text = engine(rest=f"async def on_price(self, message):\n    {shown}    print(message.payload)\n")
    result = change(text)
    assert_moves(result)
    assert indent(shown, "    ").lstrip() in text_after(result, text)


MORE = "reads more than topic and payload"
NOTE = "def note(self, m):\n    print(m.payload)\n"
AT = f"{SERVICE}:"
REFUSED = {
    "something else of it": ("self.note(message)", "def note(self, m):\n    print(m.timestamp)\n", MORE),
    "all of it in a log": ("self.note(message)", "def note(self, m):\n    logger.info('%s', m)\n", MORE),
    "somebody unknown": ("print(message)", "", MORE),
    "a call that is unpacked": ("self.note(*[1], message)", NOTE, MORE),
    "a parameter with a default": ("self.note(message)", "def note(self, m=1):\n    print(m.payload)\n", MORE),
    "a method of a class": ("Engine.note(self, message, 1)", "def note(self, m, n):\n    print(m)\n", MORE),
    "the rest of the arguments": ("self.note(message)", "def note(self, *m):\n    print(m)\n", MORE),
    "a text": ("print(message.payload.encode())", "", "takes its payload for a text"),
    "a text that a model reads": ("Price.model_validate_json(message.payload)", "", "takes its payload for a text"),
    "a message that is kept": ("self.last = message", "", MORE),
    "a message that is replaced": ("self.note(message)", "def note(self, m):\n    m = m or 1\n", MORE),
    "a generator": ("list(self.note(message))", "def note(self, m):\n    yield m.payload\n", "is a generator"),
    "something decorated": ("self.note(message)", f"@staticmethod\n{NOTE.replace('self, ', '')}", "which is decorated"),
    "something handed on": ("self.note(message)", f"{NOTE}\ndef more(self):\n    return self.note\n", "handed on at"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED, ids=slug)
def test_refused(name: str) -> None:
    given, takes, said = REFUSED[name]
    text = engine(rest=PASSING.format(given) + takes)
    result = change(text)
    assert (dict(result.texts), {site.verdict for site in result.sites}) == ({}, {Verdict.REFUSE})
    (holding,) = (site.reason for site in result.sites if site.held_by is None)
    assert said in holding


def test_a_function_that_a_derived_class_has_its_own_of_is_not_given_something_else() -> None:
    text = (
        engine(rest=PASSING.format("self.note(message)") + NOTE)
        + "\n\nclass Other(Engine):\n    def note(self, m):\n        pass\n"
    )
    result = change(text)
    (holding,) = (site.reason for site in result.sites if site.held_by is None)
    assert re.search(r"gives its message to note\(\) at .*, which is overridden at ", holding)
