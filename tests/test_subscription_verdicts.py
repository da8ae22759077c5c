"""Why subscriptions of a wrapper do not move, each reason by an engine that has nothing else against it."""

from __future__ import annotations

import pytest
from engines_of_one import SERVICE, assert_held, change, change_texts, edited, settings, slug, texts_of
from msgspec.structs import replace
from subscribing_engines import ONE, ONLY, PRICE, RISK, engine, handled, here

from codemods.model import Verdict
from codemods.settings import Route

NOTHING_ELSE = "a subscription takes a topic and a handler, and nothing else has a counterpart"


FACTORY = "the handler is made here by a call that does more than define it: bind it to a name before"
MADE = 'await self.bus.subscribe("market.data.*", self.only(1))'
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
    "a topic that is a number": (
        here("await self.bus.subscribe(5, self.on_price)"),
        "the topic of a subscription is no text",
    ),
    "a lambda": (
        here('await self.bus.subscribe("market.data.*", lambda message: None)'),
        "the handler is not a function that can be read",
    ),
    "a handler that is computed": (
        here('await self.bus.subscribe("market.data.*", filtered(self.on_price))'),
        "the handler is not a function that can be read",
    ),
    "a factory that gives something else": (
        engine(f"{MADE}  # here", ONLY.replace("return handler", "return [handler][0]")),
        "the handler is not a function that can be read",
    ),
    **{
        f"a factory that {name}": (engine(f"{MADE}  # here", factory), FACTORY)
        for name, factory in (
            ("does something else", ONLY.replace("    return", "    self.made = 1\n    return")),
            ("is decorated", f"@cache\n{ONLY}"),
            ("is handed on", f"{ONLY}\ndef more(self):\n    return self.only\n"),
        )
    },
    "a factory that is given what is computed": (
        engine(f"{MADE.replace('1', 'self.next()')}  # here", ONLY),
        FACTORY,
    ),
    "a handler that is a parameter": (
        engine(rest=PRICE)
        .replace("start(self):\n", "start(self, on_price):\n")
        .replace("self.on_price)", "on_price)  # here"),
        "the handler is not a function that can be read",
    ),
    "a decorated handler": (
        handled(f"@traced\n{PRICE.replace('):', '):  # there')}"),
        "the handler at <there> is decorated by `traced`, which may do more than call it with its message",
    ),
    "a handler that another class overrides": (
        handled(PRICE.replace("):", "):  # there", 1))
        + "\nclass Second(Engine):\n    async def on_price(self, message):\n        pass\n",
        f"the handler at <there> is overridden at {SERVICE}:19",
    ),
    "a handler that its class binds again": (
        handled(
            PRICE.replace("):", "):  # there", 1) + "\nasync def other(self, message):\n    pass\n\non_price = other\n"
        ),
        f"the handler at <there> is overridden at {SERVICE}:20",
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
    "a handler that is a generator": (
        handled("async def on_price(self, message):  # there\n    yield message.payload\n"),
        "the handler at <there> is a generator",
    ),
    "a plain handler that gives back what its caller awaits": (
        handled("def on_price(self, message):\n    return self.keep(message.payload)  # there\n"),
        "the handler gives something back at <there>, which may have to be awaited",
    ),
    "a handler that reads the time": (
        handled("async def on_price(self, message):\n    print(message.timestamp)  # there\n"),
        "the handler reads more than topic and payload of its message at <there>",
    ),
    "a handler that hands its message on": (
        handled("async def on_price(self, message):\n    print(message)  # there\n"),
        "the handler reads more than topic and payload of its message at <there>",
    ),
    "a handler that logs its message to what is no log": (
        handled("async def on_price(self, message):\n    self.desk.warning(message)  # there\n"),
        "the handler reads more than topic and payload of its message at <there>",
    ),
    "a handler that logs what is within its message": (
        handled("async def on_price(self, message):\n    logger.info('%s', message.timestamp)  # there\n"),
        "the handler reads more than topic and payload of its message at <there>",
    ),
    "a handler that changes its message": (
        handled("async def on_price(self, message):\n    message.topic = 1  # there\n"),
        "the handler reads more than topic and payload of its message at <there>",
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


OTHER = 'await self.bus.subscribe("market.data.B", self.on_risk)'


@pytest.mark.parametrize("name", REFUSED, ids=slug)
def test_refused(name: str) -> None:
    text, reason = REFUSED[name]
    assert_held(text, Verdict.REFUSE, reason)


def test_a_pattern_without_a_route_is_asked_about() -> None:
    text = here('await self.bus.subscribe("weather.*", self.on_price)')
    assert_held(text, Verdict.ASK, "which message type replaces the topic `weather.*`?")


SURPLUS = "a subscription takes a topic and a handler, and nothing else has a counterpart"


@pytest.mark.parametrize(("given", "refused"), [("self.on_risk", []), ("self.on_risk, 5", [SURPLUS])])
def test_a_subscription_that_does_not_move_is_no_obstacle_between_two_others(given: str, refused: list[str]) -> None:
    """It was said that it may end what follows it: a refusal, which no answer to its question would have ended."""
    between = f'await self.bus.subscribe("weather.*", {given})'
    last = 'await self.bus.subscribe("market.data.B", self.on_risk)'
    result = change(engine(f"{ONE}\n{between}\n{last}", f"{PRICE}\n{RISK}"))
    reasons = [site.reason for site in result.sites if site.verdict is Verdict.REFUSE and site.held_by is None]
    assert (reasons, dict(result.texts)) == (refused, {})


def test_a_subscription_without_await_in_a_plain_function_is_refused() -> None:
    text = engine("", PRICE + '\ndef more(self):\n    self.bus.subscribe("market.data.*", self.on_price)  # here\n')
    texts = edited(text, "async def subscribe(", "def subscribe(")
    reason = (
        "nothing can be awaited where this subscribes: nothing in this engine calls `more`, so who does cannot be told"
    )
    assert_held(text, Verdict.REFUSE, reason, change_texts(texts))


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


def test_a_statement_between_subscriptions_that_may_end_them_is_refused() -> None:
    text = engine(
        f'{ONE}\nself.task = start_all()\nawait self.bus.subscribe("market.data.*", self.on_risk)', f"{PRICE}\n{RISK}"
    )
    result = change(text)
    reason = f"between the subscriptions, the statement at {SERVICE}:13 may end what follows it"
    assert [(s.verdict, s.reason) for s in result.sites if s.kind == "subscribe"] == [(Verdict.REFUSE, reason)] * 2
    assert dict(result.texts) == {}


BOOK = "class Book:\n    async def on_price(self, message):\n        print(message.topic)\n"
REPLACED = {
    "an attribute": (
        engine(
            'self.book = Book()\nawait self.bus.subscribe("market.data.*", self.book.on_price)  # here',
            "def more(self):\n    self.book = Book()  # there\n",
            BOOK,
        ),
        "self.book.on_price",
    ),
    "a local": (
        engine(
            'book = Book()\nawait self.bus.subscribe("market.data.*", book.on_price)  # here\nbook = Book()  # there',
            "pass",
            BOOK,
        ),
        "book.on_price",
    ),
}


@pytest.mark.parametrize("name", REPLACED, ids=slug)
def test_the_method_of_an_object_that_is_replaced_is_refused(name: str) -> None:
    """The wrapper would go on calling the method of the first one."""
    text, shown = REPLACED[name]
    reason = f"the object of the handler `{shown}` may be another one later: it is bound again at <there>"
    assert_held(text, Verdict.REFUSE, reason)


def test_an_object_that_is_let_go_is_not_replaced() -> None:
    text = engine(
        'self.book = Book()\nawait self.bus.subscribe("market.data.*", self.book.on_price)',
        "async def stop(self):\n    self.book = None\n",
        f"{BOOK}\n\nclass Other:\n    def __init__(self):\n        self.book = 5\n",
    )
    assert {site.verdict for site in change(text).sites} == {Verdict.REWRITE}


def test_a_factory_whose_handler_would_be_two_is_refused() -> None:
    text = engine(f"{MADE.replace('market.data.*', 'market.*')}  # here", ONLY)
    told = replace(settings(), routes=(*settings().routes, Route("*", message_type="RISK_METRIC")))
    reason = "the handler that is made here would be made for each bus, and be two"
    assert_held(text, Verdict.REFUSE, reason, change(text, told))
