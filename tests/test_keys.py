"""A payload may carry the topic without a question where every key that it may have can be read."""

from __future__ import annotations

import pytest
from engines_of_one import assert_held, change, slug, text_after
from wrapper_engines import engine, telling

from codemods.model import Verdict

SEND = 'await self.bus.publish("portfolio.update.x", {payload})  # here\n'
ASKED = "may the payload `{shown}` carry the topic as `topic`? Its keys are not all known, or it has that one"
TOP = """\
import dataclasses
from dataclasses import asdict, dataclass
from pydantic import BaseModel, ConfigDict, computed_field, model_serializer


@dataclass
class Base:
    symbol: str


@dataclass
class Move(Base):
    change: float = 0.0


@dataclass
class Topical:
    topic: str


class Rate(BaseModel):
    model_config = ConfigDict(frozen=True)
    symbol: str


class Open(BaseModel):
    model_config = ConfigDict(extra="allow")


class Counted(BaseModel):
    n: int

    @computed_field
    @property
    def topic(self) -> str:
        return ""


class Foreign(Unknown):
    n: int
"""


def sending(payload: str, before: str = "") -> str:
    """An engine that publishes this payload, after these lines."""
    lines = [*before.splitlines(), SEND.format(payload=payload).rstrip()]
    return engine("async def tell(self, s, **more):\n" + "".join(f"    {line}\n" for line in lines), top=TOP)


def helper(call: str, body: str = "", parameter: str = "payload", top: str = "") -> str:
    """An engine whose method publishes what it is given, and that calls it so."""
    lines = [*body.splitlines(), SEND.format(payload="payload").rstrip()]
    emit = f"{top}async def emit(self, {parameter}):\n" + "".join(f"    {line}\n" for line in lines)
    return engine(f"{emit}\nasync def tell(self, s, data):\n    {call}\n", top=TOP)


UNKNOWN = {
    "a dataclass that has a topic": ("asdict(Topical(s))", ""),
    "what may be another thing than a dataclass": ("asdict(s)", ""),
    "a dataclass that something else makes a mapping of": ("asdict(Move(s), dict_factory=s)", ""),
    "a mapping that only looks like it": ("self.asdict(Move(s))", ""),
    "a model that takes what it is given": ("Open().model_dump()", ""),
    "a model that adds what it computes": ("Counted(n=1).model_dump()", ""),
    "a model with a base that is not read": ("Foreign(n=1).model_dump()", ""),
    "a model under other names": ("Rate(symbol=s).model_dump(by_alias=True)", ""),
    "a mapping of what is not known": ("dict(s)", ""),
    "a mapping with a topic": ("dict(topic=s)", ""),
    "a mapping or nothing": ('{"n": 1} if s else None', ""),
    "another name for a mapping": ("d", "d = {}\nother = d\nother[s] = 1"),
    "a mapping that another name may be": ("d", "d = {}\nother = d if s else {}\nother[s] = 1"),
    "a mapping that is added to": ("d", "d = {}\nd |= s"),
    "a mapping that is updated": ("d", "d = {}\nd.update(s)"),
    "a mapping that a loop fills": ("d", "for d in s:\n    pass"),
    "what a pattern takes from something": ("d", "match s:\n    case {'n': d}: pass"),
    "the rest that a pattern leaves": ("d", "match s:\n    case {**d}: pass"),
    "a mapping that a pattern binds again": ("d", "d = {}\nmatch s:\n    case dict() as d: pass"),
    "an import": ("d", "from elsewhere import d"),
    "keys that are made": ("{f'{s}': 1}", ""),
}


@pytest.mark.parametrize("name", UNKNOWN, ids=slug)
def test_asked(name: str) -> None:
    payload, before = UNKNOWN[name]
    assert_held(sending(payload, before), Verdict.ASK, ASKED.format(shown=payload))


def test_asked_of_what_a_lambda_is_given() -> None:
    text = engine(f"def tell(self):\n    return lambda d: {SEND.format(payload='d')[6:]}", top=TOP)
    assert_held(text, Verdict.ASK, ASKED.format(shown="d"))


GIVEN = {
    "a payload that one caller does not know": helper("await self.emit(data)"),
    "a payload with a topic of its own": helper('await self.emit({"topic": s})'),
    "a payload that a caller hands on before": helper('d = {"n": 1}; self.fill(d); await self.emit(d)'),
    "a payload that is nothing by default": helper("await self.emit()", parameter="payload=None"),
    "a payload that may be unpacked": helper("await self.emit(**data)"),
    "a method that nobody calls": helper("pass"),
    "a method that is handed on": helper('await self.emit({"n": 1}); data(self.emit)'),
    "a method that is decorated": helper('await self.emit({"n": 1})', top="@retried\n"),
    "a method that sets a key that is not known": helper('await self.emit({"n": 1})', "payload[self.key] = 1"),
    "a method that hands its payload on": helper('await self.emit({"n": 1})', "self.key(payload)"),
}


@pytest.mark.parametrize("name", GIVEN, ids=slug)
def test_asked_of_what_callers_give(name: str) -> None:
    assert_held(GIVEN[name], Verdict.ASK, ASKED.format(shown="payload"))


KNOWN = {
    "a payload that is bound twice": ("d", "d = {}\nif s:\n    d = {'n': 1}"),
    "a payload that is chosen": ('{"n": 1} if s else {"m": 2}', ""),
    "a payload or another": ("d or {'m': 2}", "d = {'n': s}"),
    "a payload that is put together": ('{**d, "m": 2}', "d = dict(n=1)"),
    "a payload of two": ("d | {'m': 2}", "d = {}\nd['n'] = len(d)\nlogger.info('%s', d)"),
    "a copy": ("d.copy()", "d = {'n': 1}"),
    "a dataclass": ("dataclasses.asdict(Move(s))", ""),
    "a model": ('Rate(symbol=s).model_dump(mode="json")', ""),
}


@pytest.mark.parametrize("name", KNOWN, ids=slug)
def test_moves(name: str) -> None:
    payload, before = KNOWN[name]
    assert_moves(sending(payload, before))


def assert_moves(text: str) -> None:
    result = change(text)
    assert ({site.verdict for site in result.sites}, result.questions, result.faults) == ({Verdict.REWRITE}, (), ())
    assert "publish_message(MessageType.PORTFOLIO_UPDATE, " in text_after(result, text)


CALLED = {
    "a display": helper('await self.emit({"n": 1})'),
    "a name": helper('d = {"n": 1}; await self.emit(payload=d)'),
    "a default": helper("await self.emit()", parameter="payload={}"),
    "two callers": helper('await self.emit({"n": 1}); await self.emit(dict(m=2))'),
    "an optional payload": helper(
        'await self.emit({"n": 1})', "payload = payload or {}\npayload['at'] = 1\nlogger.debug('%s', payload)"
    ),
    "a payload that goes through two": helper('await self.relay({"n": 1})')
    + "    async def relay(self, given):\n        await self.emit(given)\n",
    "what a method gives": helper("await self.emit(self.shot(s))")
    + "    def shot(self, s):\n        found = {'n': s}\n        return found\n",
}


@pytest.mark.parametrize("name", CALLED, ids=slug)
def test_moves_what_every_caller_gives(name: str) -> None:
    assert_moves(CALLED[name])


def test_a_payload_with_a_key_that_is_known_and_the_topics_own_is_replaced_where_engines_yaml_says_so() -> None:
    from engines_of_one import settings_with

    text = helper('await self.emit({"topic": s})')
    result = change(text, settings_with({"own-topic:portfolio": "replace"}))
    assert 'publish_message(MessageType.PORTFOLIO_UPDATE, {**payload, "topic": "portfolio.update.x"})' in text_after(
        result, text
    )


def test_a_payload_of_a_plain_engine_is_asked_as_before() -> None:
    text = telling(SEND.format(payload="payload"))
    assert_held(text, Verdict.ASK, ASKED.format(shown="payload"))
