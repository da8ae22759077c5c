"""Why a wrapper's publish does not move, and what it becomes where it does."""

from __future__ import annotations

import pytest
from engines_of_one import (
    SERVICE,
    assert_held,
    assert_moves,
    change,
    change_texts,
    edited,
    settings,
    settings_with,
    slug,
    text_after,
)
from wrapper_engines import NAMES, engine, publishing, telling

from codemods.model import Verdict

REFUSED = {
    "unpacked arguments": (
        publishing("*payload"),
        "the arguments are unpacked, so topic and payload cannot be told apart",
    ),
    "no payload": (publishing('"portfolio.update.x"'), "topic or payload is missing"),
    "a keyword without counterpart": (
        publishing('"portfolio.update.x", {}, ttl=5'),
        "`ttl` has no counterpart on publish_message",
    ),
    "never awaited": (
        telling('self.bus.publish("portfolio.update.x", {})  # here'),
        "the publish is never awaited",
    ),
    "a topic computed by a call": (
        publishing("s.topic(), {}"),
        "the topic is computed by a call, which would then run after the payload's own",
    ),
    "topics of two types": (
        publishing('"portfolio.update.x" if s else "risk.metric.x", {}'),
        "the topics portfolio.update.x (PORTFOLIO_UPDATE), risk.metric.x (RISK_METRIC) "
        "have different message types: publish each by a call of its own",
    ),
    "a payload that is text": (
        telling('import json\nawait self.bus.publish("portfolio.update.x", json.dumps(payload, cls=os))  # here'),
        "the payload is JSON text already: its handlers read text, the target's read a mapping",
    ),
    "bytes that are made a text": (
        telling('import orjson\nawait self.bus.publish("portfolio.update.x", orjson.dumps({}).decode())  # here'),
        "the payload is JSON text already: its handlers read text, the target's read a mapping",
    ),
    "a name for a payload that is text": (
        telling('import json\nd = json.dumps({})\nawait self.bus.publish("portfolio.update.x", d)  # here'),
        "the payload is JSON text already: its handlers read text, the target's read a mapping",
    ),
}


PAYLOAD = "may the payload `{shown}` carry the topic as `topic`? Its keys are not all known, or it has that one"


ASKED = {
    "a topic without a route": (publishing('"sig.x", {}'), "which message type replaces the topic `sig.x`?"),
    "a topic routed to a bus alone": (
        publishing('"raw-ticks", {}'),
        "which message type replaces the topic `raw-ticks`?",
    ),
    "a topic that is not known": (publishing("s, {}"), "which topics does `s` hold? They decide the message type"),
    "a payload that is a parameter": (publishing('"portfolio.update.x", payload'), PAYLOAD.format(shown="payload")),
    "a payload that is an attribute": (publishing('"portfolio.update.x", s.all'), PAYLOAD.format(shown="s.all")),
    "a payload that is a global": (
        telling('await self.bus.publish("portfolio.update.x", os)  # here'),
        PAYLOAD.format(shown="os"),
    ),
    "a payload with a topic": (publishing('"portfolio.update.x", {"topic": s}'), PAYLOAD.format(shown='{"topic": s}')),
    "a payload with a spread": (publishing('"portfolio.update.x", {**payload}'), PAYLOAD.format(shown="{**payload}")),
    "a payload that is bound twice": (
        telling('d = {}\nd = s\nawait self.bus.publish("portfolio.update.x", d)  # here'),
        PAYLOAD.format(shown="d"),
    ),
    "a payload that is handed on": (
        telling('d = {}\ns.fill(d)\nawait self.bus.publish("portfolio.update.x", d)  # here'),
        PAYLOAD.format(shown="d"),
    ),
    "a payload that is given an unknown key": (
        telling('d = {}\nd[s] = 1\nawait self.bus.publish("portfolio.update.x", d)  # here'),
        PAYLOAD.format(shown="d"),
    ),
    "a payload that is given a topic": (
        telling('d = {}\nd["topic"] = 1\nawait self.bus.publish("portfolio.update.x", d)  # here'),
        PAYLOAD.format(shown="d"),
    ),
}


@pytest.mark.parametrize("name", REFUSED, ids=slug)
def test_refused(name: str) -> None:
    text, reason = REFUSED[name]
    assert_held(text, Verdict.REFUSE, reason)


@pytest.mark.parametrize("name", ASKED, ids=slug)
def test_asked(name: str) -> None:
    text, question = ASKED[name]
    assert_held(text, Verdict.ASK, question)


BROKEN = {
    "no payload": "broken: publish() needs `payload`",
    "a keyword without counterpart": "broken: publish() takes no `ttl`",
    "never awaited": "broken: nothing is published",
}


@pytest.mark.parametrize("name", REFUSED, ids=slug)
def test_only_what_could_never_work_is_called_broken(name: str) -> None:
    warned = [warning for site in change(REFUSED[name][0]).sites for warning in site.warnings]
    assert warned == ([BROKEN[name]] if name in BROKEN else [])


WRAPPERS = {
    "a publish without await in a plain function": (
        ("async def publish(", "def publish("),
        engine('def tell(self):\n    self.bus.publish("portfolio.update.x", {})  # here'),
        "nothing can be awaited where this publishes: nothing in this engine calls `tell`, so who does cannot be told",
    ),
    "a publish whose result means something else": (
        ("-> bool:", "-> int:"),
        telling('return await self.bus.publish("portfolio.update.x", {})  # here'),
        "the result is used, and publish_message returns a bool",
    ),
}


@pytest.mark.parametrize("name", WRAPPERS, ids=slug)
def test_refused_because_of_the_wrappers_own_source(name: str) -> None:
    (old, new), text, reason = WRAPPERS[name]
    assert_held(text, Verdict.REFUSE, reason, change_texts(edited(text, old, new)))


def test_a_route_to_an_unknown_message_type_is_refused_with_its_line() -> None:
    from msgspec.structs import replace

    from codemods.settings import Route

    told = replace(settings(), routes=(Route("portfolio.*", message_type="PORTFOLIOS", line=7),))
    text = publishing('"portfolio.update.x", {}')
    reason = "engines.yaml:7: PORTFOLIOS is no message type of dual_messagebus_client"
    assert_held(text, Verdict.REFUSE, reason, change(text, told))


PLAIN_VALUES = {
    "constants": '{"a": 1, "b": "x", "c": None, "d": True, "e": 1.5}',
    "f-strings and comparisons": '{"a": f"{s}", "b": s > 1}',
    "lists, mappings and choices": '{"a": [1, "x"], "b": (1, 2), "c": {"d": 1}, "e": 1 if s else 2}',
    "calls that give plain values": '{"a": str(s), "b": len(s), "c": round(float(s))}',
}


OTHER_VALUES = {
    "a name": '{"a": s}',
    "a list of names": '{"a": [s]}',
    "a mapping with a name": '{"a": {"b": s}}',
    "a mapping with other keys": '{"a": {s: 1}}',
    "a choice with a name": '{"a": s if s else 1}',
    "a call that may give anything": '{"a": list(s)}',
    "a method": '{"a": s.at()}',
}


JSON = "are all payloads plain JSON? The wrapper encodes more than json.dumps does, the target does not"


@pytest.mark.parametrize("name", PLAIN_VALUES, ids=slug)
def test_plain_values_need_no_answer_though_the_wrapper_encodes_more(name: str) -> None:
    result = change(publishing(f'"portfolio.update.x", {PLAIN_VALUES[name]}'), settings_with(plain_json=False))
    assert (result.questions, list(result.texts)) == ((), [SERVICE])


@pytest.mark.parametrize("name", OTHER_VALUES, ids=slug)
def test_other_values_are_asked_about_once_and_move_with_the_answer(name: str) -> None:
    text = publishing(f'"portfolio.update.x", {OTHER_VALUES[name]}')
    assert_held(text, Verdict.ASK, JSON, change(text, settings_with(plain_json=False)))
    answered = change(text, settings_with({"json:portfolio": True}, plain_json=False))
    assert (answered.questions, list(answered.texts)) == ((), [SERVICE])


@pytest.mark.parametrize("plain", [True, False])
def test_a_value_that_json_has_no_form_for_is_refused(plain: bool) -> None:
    text = publishing('"portfolio.update.x", {"a": [b"x"]}')
    text = text.replace('[b"x"]})', '[b"x"]})  # here')
    result = change(text, settings_with(plain_json=plain))
    assert_held(text, Verdict.REFUSE, "`b'x'` is bytes, which publish_message does not encode", result)
    site = next(site for site in result.sites if site.kind == "publish")
    assert site.warnings == (("broken: the wrapper does not encode it either",) if plain else ())


MOVES = {
    "a wrapper's publish that needs no await": (
        ("async def publish(", "def publish("),
        telling('self.bus.publish("portfolio.update.x", {})'),
        '    await self.bus.publish_message(MessageType.PORTFOLIO_UPDATE, {"topic": "portfolio.update.x"})\n',
    ),
    "a publish that a task carries": (
        ("", ""),
        telling('asyncio.create_task(self.bus.publish("portfolio.update.x", {}))'),
        'self.bus.publish_message(MessageType.PORTFOLIO_UPDATE, {"topic": "portfolio.update.x"})\n',
    ),
    "a payload that a local name holds": (
        ("", ""),
        telling('d = {"a": 1}\nd["b"] = 2\nawait self.bus.publish("portfolio.update.x", d)'),
        'publish_message(MessageType.PORTFOLIO_UPDATE, {**d, "topic": "portfolio.update.x"})\n',
    ),
}


@pytest.mark.parametrize("name", MOVES, ids=slug)
def test_moves(name: str) -> None:
    (old, new), text, shown = MOVES[name]
    result = change_texts(edited(text, old, new))
    assert shown in text_after(result, text)
    assert_moves(result)


LAYOUTS = {
    "an empty mapping": ("{}", '{"topic": T}'),
    "one line": ('{"a": 1, "b": 2}', '{"a": 1, "b": 2, "topic": T}'),
    "one line with a comma": ('{"a": 1,}', '{"a": 1, "topic": T,}'),
    "single quotes": ("{'a': 'x', 'b': 'y'}", "{'a': 'x', 'b': 'y', 'topic': T}"),
    "a line for each": (
        '{\n            "a": 1,\n            "b": 2,\n        }',
        '{\n            "a": 1,\n            "b": 2,\n            "topic": T,\n        }',
    ),
    "a line for each without the last comma": (
        '{\n            "a": 1,\n            "b": 2\n        }',
        '{\n            "a": 1,\n            "b": 2,\n            "topic": T\n        }',
    ),
    "a line for each with comments": (
        '{\n            "a": 1,  # one\n            "b": 2,  # two\n        }',
        '{\n            "a": 1,  # one\n            "b": 2,  # two\n            "topic": T,\n        }',
    ),
    "a last comment without a comma": (
        '{\n            "a": 1,\n            "b": 2  # two\n        }',
        '{\n            "a": 1,\n            "b": 2,  # two\n            "topic": T\n        }',
    ),
    "a comment of its own at the end": (
        '{\n            "a": 1,\n            # that is all\n        }',
        '{\n            "a": 1,\n            # that is all\n            "topic": T,\n        }',
    ),
    "lines that hang": (
        '{"a": 1,\n         "b": 2}',
        '{"a": 1,\n         "b": 2,\n         "topic": T}',
    ),
    "the first on its own line": (
        '{\n            "a": 1}',
        '{\n            "a": 1,\n            "topic": T}',
    ),
}


@pytest.mark.parametrize("name", LAYOUTS, ids=slug)
def test_the_topic_is_laid_out_like_the_keys_before_it(name: str) -> None:
    before, after = LAYOUTS[name]
    text = telling('T = "portfolio.update.x"\nawait self.bus.publish(T, PAYLOAD)').replace("PAYLOAD", before)
    shown = text_after(change(text), text)
    assert f"await self.bus.publish_message(MessageType.PORTFOLIO_UPDATE, {after})\n" in shown


ORDERS = {
    "a priority by position": (
        '"portfolio.update.x", {}, MessagePriority.LOW',
        '{"topic": "portfolio.update.x"}, priority=MessagePriority.LOW',
    ),
    "a priority first": (
        'priority=MessagePriority.LOW, payload={}, topic="portfolio.update.x"',
        '{"topic": "portfolio.update.x"}, priority=MessagePriority.LOW',
    ),
    "a topic that is split off another": (
        '"portfolio.update." + s.split(".")[-1], {"s": payload.take()}',
        '{"topic": "portfolio.update." + s.split(".")[-1], "s": payload.take()}',
    ),
    "a payload that is named on the way": (
        '"portfolio.update.x", kept := {"s": s}',
        '{**(kept := {"s": s}), "topic": "portfolio.update.x"}',
    ),
    "a conditional priority": (
        '"portfolio.update.x", {}, priority=MessagePriority.LOW if s else MessagePriority.HIGH',
        '{"topic": "portfolio.update.x"}, priority=MessagePriority.LOW if s else MessagePriority.HIGH',
    ),
}


@pytest.mark.parametrize("name", ORDERS, ids=slug)
def test_arguments_come_in_the_targets_order(name: str) -> None:
    arguments, after = ORDERS[name]
    text = telling(f"await self.bus.publish({arguments})", f"{NAMES}, MessagePriority")
    assert f"MessageType.PORTFOLIO_UPDATE, {after}" in " ".join(text_after(change(text), text).split())


TOLD = f"topic:{SERVICE}:Engine.tell:payload"
ANSWERED = {
    "a topic that only a person knows": (
        'payload, {"s": s}',
        {TOLD: "portfolio.update.*"},
        'MessageType.PORTFOLIO_UPDATE, {"s": s, "topic": payload}',
    ),
    "a topic that is one of several": (
        'payload, {"s": s}',
        {TOLD: ["portfolio.update.a", "portfolio.update.b"]},
        'MessageType.PORTFOLIO_UPDATE, {"s": s, "topic": payload}',
    ),
    "a payload whose keys are not known": (
        'f"portfolio.update.{s}", payload',
        {"topic-key:portfolio": "topic"},
        'MessageType.PORTFOLIO_UPDATE, {**payload, "topic": f"portfolio.update.{s}"}',
    ),
    "a payload that a call computes behind its topic": (
        'f"portfolio.update.{s}", s.dict()',
        {"topic-key:portfolio": "topic"},
        'MessageType.PORTFOLIO_UPDATE, {"topic": f"portfolio.update.{s}", **s.dict()}',
    ),
    "a payload with a topic of its own": (
        '"portfolio.update.x", {"topic": s, "s": s}',
        {"own-topic:portfolio": "replace"},
        'MessageType.PORTFOLIO_UPDATE, {"topic": "portfolio.update.x", "s": s}',
    ),
    "a payload with a topic of its own and a call": (
        'f"portfolio.update.{s}", {"s": s.take(), "topic": s}',
        {"own-topic:portfolio": "replace"},
        'MessageType.PORTFOLIO_UPDATE, {"topic": f"portfolio.update.{s}", "s": s.take()}',
    ),
}


@pytest.mark.parametrize("name", ANSWERED, ids=slug)
def test_an_answered_question_lets_the_client_move(name: str) -> None:
    arguments, answers, expected = ANSWERED[name]
    text = publishing(arguments)
    (question,) = change(text).questions
    assert question.id in answers
    result = change(text, settings_with(answers))
    assert (result.questions, result.faults) == ((), ())
    joined = " ".join(text_after(result, text).split()).replace("( ", "(").replace(" )", ")")
    assert f"publish_message({expected})" in joined


def test_an_answer_that_says_something_else_is_none() -> None:
    text = publishing('"portfolio.update.x", payload')
    for answer in ("key", True, ["topic"]):
        assert change(text, settings_with({"topic-key:portfolio": answer})).ledger.ask == 6


def test_two_topics_of_two_types_are_refused_also_where_an_answer_names_them() -> None:
    text = publishing('payload, {"s": s}')
    result = change(text, settings_with({TOLD: ["portfolio.update.a", "risk.metric.b"]}))
    assert_held(
        text,
        Verdict.REFUSE,
        "the topics portfolio.update.a (PORTFOLIO_UPDATE), risk.metric.b (RISK_METRIC) "
        "have different message types: publish each by a call of its own",
        result,
    )


def test_an_own_topic_that_a_call_computes_is_not_lost() -> None:
    text = publishing('"portfolio.update.x", {"topic": s.take()}')
    reason = "the payload's own `topic` is computed by a call that would be lost with it"
    assert_held(text, Verdict.REFUSE, reason, change(text, settings_with({"own-topic:portfolio": "replace"})))
