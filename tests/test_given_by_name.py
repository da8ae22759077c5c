"""A topic or payload is not believed where somebody may fill what it reads by its name as a text."""

from __future__ import annotations

import pytest
from engines_of_one import assert_held, assert_moves, change, slug
from wrapper_engines import engine

from codemods.model import Verdict

OF_TOPIC = "which topics does `{}` hold? They decide the message type"
OF_PAYLOAD = "may the payload `payload` carry the topic as `topic`? Its keys are not all known, or it has that one"
EMIT = """\
async def emit(self, topic, payload):
    await self.bus.publish({}, {})  # here

async def work(self, name, other):
    await self.emit("portfolio.update.a", {{"n": 1}})
    {}
"""
TOPIC, PAYLOAD = ("topic", "{}"), ('"portfolio.update.a"', "payload")


def calling(line: str, published: tuple[str, str]) -> str:
    """An engine that publishes what a method is given, and calls that once more."""
    return engine(EMIT.format(*published, line))


CALLED = {
    "its name": 'await getattr(self, "emit")(other, other)',
    "a name that begins like it": 'await getattr(self, f"em{name}")(other, other)',
    "an object of its own": 'await methodcaller("emit", other, other)(self)',
}


@pytest.mark.parametrize("name", CALLED, ids=slug)
def test_what_is_called_by_a_text(name: str) -> None:
    assert_held(calling(CALLED[name], TOPIC), Verdict.ASK, OF_TOPIC.format("topic"))
    assert_held(calling(CALLED[name], PAYLOAD), Verdict.ASK, OF_PAYLOAD)


NOT_CALLED = {
    "another name": 'await getattr(self, "work")(other, other)',
    "a name that begins otherwise": 'await getattr(self, f"on_{name}")(other, other)',
    "an attribute of something else": "getattr(Other(), name)(other)",
}


@pytest.mark.parametrize("name", NOT_CALLED, ids=slug)
def test_what_is_not_called_by_a_text(name: str) -> None:
    text = calling(NOT_CALLED[name], TOPIC) + "\n\nclass Other:\n    pass\n"
    assert_moves(change(text))


def test_what_is_not_believed_anyway_may_be_given_by_a_text() -> None:
    emit = EMIT.replace("publish({}, {})", 'publish(f"portfolio.update.{{topic}}", {{}})')
    assert_moves(change(engine(emit.format(CALLED["its name"]).replace('emit("portfolio.update.a"', "emit(other"))))


SET = """\
topic = "portfolio.update.a"

async def tell(self):
    await self.bus.publish(self.topic, {{}})  # here

def change(self, name, value):
    {}
"""
SETTERS = {
    "setattr": 'setattr(self, "topic", value)',
    "setattr of any name": "setattr(self, name, value)",
    "setattr of a name that begins like it": 'setattr(self, f"to{name}", value)',
    "setattr of its class": 'setattr(Engine, "topic", value)',
    "object's own setattr": 'object.__setattr__(self, "topic", value)',
    "its namespace": 'self.__dict__["topic"] = value',
    "any name of its namespace": "vars(self)[name] = value",
    "all of its namespace": "self.__dict__.update(value)",
    "what its namespace is handed to": "value(vars(self))",
    "another name for its namespace": "own = self.__dict__",
}


@pytest.mark.parametrize("name", SETTERS, ids=slug)
def test_what_is_set_by_a_text(name: str) -> None:
    assert_held(engine(SET.format(SETTERS[name])), Verdict.ASK, OF_TOPIC.format("self.topic"))


def test_what_a_name_takes_from_what_is_set_by_a_text() -> None:
    text = engine(SET.format(SETTERS["setattr"])).replace("self.bus.publish(self.topic", "self.bus.publish(named")
    text = text.replace(
        "    await self.bus.publish(named", "    named = f'{self.topic}.b'\n        await self.bus.publish(named"
    )
    assert_held(text, Verdict.ASK, OF_TOPIC.format("named"))


OTHERS = {
    "setattr of another name": 'setattr(self, "other", value)',
    "setattr of a name that begins otherwise": 'setattr(self, f"on_{name}", value)',
    "setattr of something else": "setattr(value, name, value)",
    "an item of its namespace": "return self.__dict__[name]",
    "a look at its namespace": "return dict(vars(self)), vars(self).items(), self.__dict__.get(name)",
    "a loop over its namespace": "return [key for key in vars(self)]",
    "another namespace": "value.__dict__.update(name)",
}


@pytest.mark.parametrize("name", OTHERS, ids=slug)
def test_what_is_not_set_by_a_text(name: str) -> None:
    assert_moves(change(engine(SET.format(OTHERS[name]))))


@pytest.mark.parametrize("owner", ["type(self)", "self.__class__"])
def test_an_attribute_of_the_class_of_an_object_is_that_of_the_class(owner: str) -> None:
    text = engine(SET.format(f'{owner}.topic = "portfolio.update.b"'))
    assert_moves(change(text))
    reason = (
        "the topics portfolio.update.a (PORTFOLIO_UPDATE), risk.metric.b (RISK_METRIC) have different message types"
    )
    assert_held(
        text.replace("portfolio.update.b", "risk.metric.b"),
        Verdict.REFUSE,
        f"{reason}: publish each by a call of its own",
    )
