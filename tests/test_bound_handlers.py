"""Handlers that are given as something else: bound by `functools.partial`, or by another name."""

from __future__ import annotations

import pytest
from engines_of_one import SERVICE, assert_held, change, settings, slug, text_after
from msgspec.structs import replace
from subscribing_engines import ONE, ONLY, PRICE, RISK, engine

from codemods.model import Verdict
from codemods.settings import Route

DESK = "async def on_price(self, desk, message):\n    print(desk, message.topic, message.payload)\n"
PARTIAL = 'functools.partial(self.on_price, "eq")'
SUBSCRIBE = 'await self.bus.subscribe("market.data.*", {})'


def bound(handler: str = PARTIAL, rest: str = DESK, before: str = "") -> str:
    """An engine that subscribes with this handler on the line marked `# here`."""
    return engine(
        f"{before}{SUBSCRIBE.format(handler)}  # here", rest, "import functools\nfrom functools import partial"
    )


def added(text: str) -> list[str]:
    """The lines that the change of an engine that moves whole adds, without those of imports."""
    result = change(text)
    assert (result.questions, result.faults, {site.verdict for site in result.sites}) == ((), (), {Verdict.REWRITE})
    after = text_after(result, text)
    assert change(after).texts == {}
    old = text.split("\n")
    return [
        line.strip().removesuffix("  # here")
        for line in after.split("\n")
        if line and line not in old and "import" not in line
    ]


OPENED = [
    'if message["message_type"] != MessageType.MARKET_DATA.value:',
    "return",
    'payload = json.loads(message["payload"])',
    'topic = payload.pop("topic", None) if isinstance(payload, dict) else None',
    'if not isinstance(topic, str) or not fnmatchcase(topic, "market.data.*"):',
    "return",
]


def dispatched(name: str) -> list[str]:
    """The lines that start the client and subscribe one handler of this name."""
    return [
        "self.bus = await get_dual_bus_client(EngineType.PORTFOLIO)",
        "async def dispatch_marketdata(message):",
        "try:",
        f"await {name}(message)",
        "except Exception:",
        f'logging.getLogger(__name__).exception("{name} failed on a message")',
        "await self.bus.subscribe_to_marketdata([MessageType.MARKET_DATA], dispatch_marketdata)",
    ]


def made(handler: str) -> list[str]:
    """The same for a handler that is made where it is subscribed."""
    first, *rest = dispatched("on_price_handler")
    return [first, f"on_price_handler = {handler}", *rest]


MOVES = {
    "a partial": (bound(), [*made(PARTIAL), *OPENED, "print(desk, topic, payload)"]),
    "a partial that binds by name": (
        bound('partial(self.on_price, desk="eq")', DESK.replace("desk, message)", "message, desk)")),
        [*made('partial(self.on_price, desk="eq")'), *OPENED, "print(desk, topic, payload)"],
    ),
    "a partial of an attribute, and a keyword that is only one": (
        bound(
            "partial(self.on_price, self.bus, n=1)", DESK.replace("message)", "message, *, n)").replace("(desk", "(n")
        ).replace("self.bus, n=1", "self.name, n=1"),
        [*made("partial(self.on_price, self.name, n=1)"), *OPENED, "print(n, topic, payload)"],
    ),
    "a partial under a name": (
        bound("on_desk", before=f"on_desk = {PARTIAL}\n"),
        [*dispatched("on_desk"), *OPENED, "print(desk, topic, payload)"],
    ),
    "a partial of what is computed, under a name": (
        bound("self.on_desk", before="self.on_desk = partial(self.on_price, find_desk())\n"),
        [*dispatched("self.on_desk"), *OPENED, "print(desk, topic, payload)"],
    ),
    "a method under a local name": (
        bound("on_desk", PRICE, "on_desk = self.on_price\n"),
        [*dispatched("on_desk"), *OPENED, "print(topic, payload)"],
    ),
    "a method under an attribute": (
        bound("self.on_desk", PRICE, "self.on_desk = self.on_price\n"),
        [*dispatched("self.on_desk"), *OPENED, "print(topic, payload)"],
    ),
    "a parameter that is called as the topic is": (
        bound(rest="async def on_price(self, topic, message):\n    print(topic, message.topic)\n"),
        [
            *made(PARTIAL),
            *(line.replace("topic =", "message_topic =").replace("(topic,", "(message_topic,") for line in OPENED),
            "print(topic, message_topic)",
        ],
    ),
}


@pytest.mark.parametrize("name", MOVES, ids=slug)
def test_it_moves(name: str) -> None:
    text, lines = MOVES[name]
    assert added(text) == lines


def test_several_handlers_of_which_one_is_bound_are_told_apart_by_themselves() -> None:
    """What `functools.partial` gives has no `__qualname__`."""
    text = bound(rest=DESK + RISK).replace("  # here", f"\n        {SUBSCRIBE.format('self.on_risk')}")
    assert [line for line in added(text) if "handler" in line] == [
        f"on_price_handler = {PARTIAL}",
        "for handler in (on_price_handler, self.on_risk):",
        "await handler(message)",
        'logging.getLogger(__name__).exception("%s failed on a message", handler)',
    ]


def test_one_function_that_is_bound_twice_for_one_topic_runs_for_both() -> None:
    text = bound().replace("  # here", f"\n        {SUBSCRIBE.format(PARTIAL.replace('eq', 'fx'))}")
    assert [line for line in added(text) if "handler" in line][:3] == [
        f"on_price_handler = {PARTIAL}",
        f"on_price_handler_ = {PARTIAL.replace('eq', 'fx')}",
        "for handler in (on_price_handler, on_price_handler_):",
    ]


def test_a_partial_may_be_made_for_each_bus() -> None:
    told = replace(settings(), routes=(*settings().routes, Route("*", message_type="RISK_METRIC")))
    text = bound().replace("market.data.*", "market.*")
    after = text_after(change(text, told), text)
    assert after.count(f"on_price_handler = {PARTIAL}") == 2
    assert change(after, told).texts == {}


NOT_ONE = "the handler at <there> does not take exactly one message"
UNREADABLE = "the handler is not a function that can be read"
MARKED = DESK.replace("):", "):  # there", 1)
REFUSED = {
    "a partial that binds nothing": (bound("partial(self.on_price)", MARKED), NOT_ONE),
    "a partial that binds all": (bound('partial(self.on_price, "eq", 5)', MARKED), NOT_ONE),
    "a partial that binds the message": (
        bound("partial(self.on_price, message=5)", DESK.replace("topic, ", "topic,  # there\n        ")),
        "the handler reads more than topic and payload of its message at <there>",
    ),
    "a partial that binds what is not there": (bound('partial(self.on_price, "eq", fx=5)', MARKED), NOT_ONE),
    "a partial that binds one twice": (bound('partial(self.on_price, "eq", desk=5)', MARKED), NOT_ONE),
    "a partial that is given what is unpacked": (bound("partial(self.on_price, *self.desks)", MARKED), NOT_ONE),
    "a partial that is given keywords that are unpacked": (
        bound("partial(self.on_price, **self.desks)", MARKED),
        NOT_ONE,
    ),
    "a partial of a method of the class": (bound('partial(Engine.on_price, "eq")', MARKED), NOT_ONE),
    "a partial of a function with a default": (
        bound(rest=MARKED.replace("message)", "message, more=None)")),
        NOT_ONE,
    ),
    "a partial of a function that takes any number": (
        bound(rest=MARKED.replace("message)", "message, *more)")),
        NOT_ONE,
    ),
    "a partial of what is not known": (bound('partial(self.find(), "eq")'), UNREADABLE),
    "something else that is called partial": (
        bound('partial(self.on_price, "eq")').replace("from functools import partial", "from desks import partial"),
        UNREADABLE,
    ),
    "a partial of what is computed": (
        bound("partial(self.on_price, find_desk())"),
        "`find_desk()` of the handler would be evaluated later",
    ),
    "a partial for each turn of a loop": (
        bound("partial(self.on_price, desk)").replace(
            "        await self.bus.subscribe(",
            '        for desk in ("eq", "fx"):  # there\n            await self.bus.subscribe(',
        ),
        "the handler is made anew with each `desk` of the loop at <there>",
    ),
    "a partial under a name that is bound again": (
        bound("on_desk", before=f"on_desk = {PARTIAL}\non_desk = None\n"),
        UNREADABLE,
    ),
    "a method under a name that is let go": (
        bound("on_desk", PRICE, "on_desk = self.on_price\n").replace(
            "# here", "# here\n        on_desk = None  # there"
        ),
        "the handler `on_desk` may be another one later: it is bound again at <there>",
    ),
    "a method under an attribute that is let go": (
        bound(
            "self.on_desk",
            PRICE + "\ndef stop(self):\n    self.on_desk = None  # there\n",
            "self.on_desk = self.on_price\n",
        ),
        "the handler `self.on_desk` may be another one later: it is bound again at <there>",
    ),
    "a function of its own that is let go": (
        bound("on_desk", PRICE, "async def on_desk(message):\n    pass\n\n").replace(
            "# here", "# here\n        on_desk = None  # there"
        ),
        "the handler `on_desk` may be another one later: it is bound again at <there>",
    ),
}


@pytest.mark.parametrize("name", REFUSED, ids=slug)
def test_refused(name: str) -> None:
    text, reason = REFUSED[name]
    assert_held(text, Verdict.REFUSE, reason)


def test_a_name_of_a_loop_that_another_binds_too_is_not_taken_for_it() -> None:
    """The name is bound at the top of the module as well: nothing would be undefined once the loop has gone."""
    text = engine(
        'for n in ("A", "B"):\n    await self.bus.subscribe(f"market.data.{n}", self.only(n))  # here', ONLY, "n = 5\n"
    )
    reason = f"the handler is made anew with each `n` of the loop at {SERVICE}:13"
    assert_held(text, Verdict.REFUSE, reason)


def test_what_a_handler_is_bound_to_must_not_change_before_all_are_joined() -> None:
    text = bound("partial(self.on_price, self.name)", DESK + RISK).replace(
        "  # here", f"\n        self.name = 5\n        {SUBSCRIBE.format('self.on_risk')}"
    )
    reason = (
        f"the name `partial(self.on_price, self.name)` of a handler that would be joined is bound again at {SERVICE}:14"
    )
    result = change(text)
    assert [(s.verdict, s.reason) for s in result.sites if s.kind == "subscribe"] == [(Verdict.REFUSE, reason)] * 2
    assert dict(result.texts) == {}


def test_a_plain_subscription_is_as_it_was() -> None:
    assert added(engine(ONE)) == [*dispatched("self.on_price"), *OPENED, "print(topic, payload)"]
