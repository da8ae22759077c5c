"""Subscriptions in several places, and before the start: where the one of a bus stands, and when there is none."""

from __future__ import annotations

import re

import pytest
from engines_of_one import SERVICE, WRAPPER, change, change_texts, slug, text_after, texts_of
from subscribing_engines import ONE, PRICE, RISK, engine, prepared, registering
from test_handlers import body_of

from codemods.model import Change, Verdict

BOTH = f"{PRICE}\n{RISK}"
MORE = 'async def {}(self):\n    await self.bus.subscribe("market.data.{}", self.{})\n'
METHODS = f"{BOTH}\n{MORE.format('_prices', 'A', 'on_price')}\n{MORE.format('_risks', '*', 'on_risk')}"
CALLS = "await self._prices()\nawait self._risks()"
JOINED = """\
    async def dispatch_marketdata(message):
        for handler in ({}):
            try:
                await handler(message)
            except Exception:
                logging.getLogger(__name__).exception("%s failed on a message", handler.__qualname__)

    await self.bus.subscribe_to_marketdata([MessageType.MARKET_DATA], dispatch_marketdata)
"""
OBJECTS = """\
class Book:
    def __init__(self, bus):
        self.bus = bus

    async def begin(self):
        await self.bus.subscribe("market.data.*", self.on_price)

    async def on_price(self, message):
        print(message.topic)


class Watch:
    def __init__(self, bus, limit=5):
        self.bus, self.limit = bus, limit

    async def begin(self):
        await self.bus.subscribe("market.data.B", self.on_price)

    async def on_price(self, message):
        print(message.payload)
"""
GIVEN = "self.book = Book(self.bus)\nself.watch = Watch(self.bus)\nawait self.book.begin()\nawait self.watch.begin()"


def moved(text: str, result: Change | None = None) -> str:
    """The text after the change, which moves everything."""
    result = result or change(text)
    held = {(site.line, site.reason) for site in result.sites if site.verdict is not Verdict.REWRITE}
    assert (held, result.questions, result.faults) == (set(), (), ())
    return text_after(result, text)


def reasons(text: str, result: Change) -> set[str]:
    """Why subscriptions are refused, of an engine of which nothing changes; a place is its line, in brackets."""
    assert dict(result.texts) == {}
    lines = text.split("\n")
    found = {site.reason for site in result.sites if site.kind == "subscribe" and site.held_by is None}
    return {re.sub(rf"{SERVICE}:(\d+)", lambda at: f"<{lines[int(at[1]) - 1].strip()}>", reason) for reason in found}


def test_methods_that_start_calls_are_joined_in_the_last_one() -> None:
    """The first method is left with nothing, and goes with its call."""
    after = moved(engine(CALLS, METHODS))
    assert body_of(after, "_risks") == "async def _risks(self):\n" + JOINED.format("self.on_price, self.on_risk")
    assert "_prices" not in after
    assert after.count("await self._risks()\n") == 1


def test_a_method_that_others_may_call_stays_without_its_subscription() -> None:
    after = moved(engine(CALLS.replace("_prices", "prices"), METHODS.replace("_prices", "prices")))
    assert body_of(after, "prices") == "async def prices(self):\n    pass\n"
    assert "        await self.prices()\n        await self._risks()\n" in after


def test_methods_of_two_buses_keep_their_subscriptions() -> None:
    after = moved(engine(CALLS, METHODS.replace("market.data.A", "risk.metric.*")))
    assert "subscribe_to_engine_logic" in body_of(after, "_prices")
    assert "subscribe_to_marketdata" in body_of(after, "_risks")


def test_objects_that_share_the_client_are_joined_where_both_have_names() -> None:
    after = moved(engine(GIVEN, "pass", OBJECTS))
    assert body_of(after, "start") == (
        "async def start(self):\n    self.bus = await get_dual_bus_client(EngineType.PORTFOLIO)\n"
        + "".join(f"    {line}\n" for line in GIVEN.split("\n"))
        + "\n"
        + JOINED.format("self.book.on_price, self.watch.on_price")
    )


HARMLESS = {
    "an object that only keeps what it is given": GIVEN.replace(
        "self.watch = Watch(self.bus)\nawait self.book.begin()", "await self.book.begin()\nself.watch = Watch(self.bus)"
    ),
    "a log line": GIVEN.replace("\nawait self.watch", "\nself.log.info('half')\nawait self.watch"),
    "a plain value": GIVEN.replace("\nawait self.watch", "\nself.half = True\nawait self.watch"),
}


@pytest.mark.parametrize("name", HARMLESS, ids=slug)
def test_harmless_statements_may_stand_between(name: str) -> None:
    after = moved(engine(HARMLESS[name], "pass", OBJECTS))
    assert "for handler in (self.book.on_price, self.watch.on_price):\n" in after


@pytest.mark.parametrize("test", ["not self.bus", "self.bus is None"])
def test_a_guard_for_the_client_lets_the_second_subscription_run(test: str) -> None:
    guard = f"async def _risks(self):\n    if {test}:\n        self.log.error('no bus')\n        return\n"
    after = moved(engine(CALLS, METHODS.replace("async def _risks(self):\n", guard)))
    assert "        for handler in (self.on_price, self.on_risk):\n" in body_of(after, "_risks").replace(
        "    ", "        ", 0
    )


def test_a_guard_for_the_client_lets_the_first_subscription_run() -> None:
    guard = "async def _prices(self):\n    if not self.bus:\n        return\n"
    after = moved(engine(CALLS, METHODS.replace("async def _prices(self):\n", guard)))
    assert "        for handler in (self.on_price, self.on_risk):\n" in body_of(after, "_risks")


SEVERAL = "the engine subscribes in several places, first at <{}>"
FIRST = SEVERAL.format('await self.bus.subscribe("market.data.A", self.on_price)')
DOUBTFUL = "between the subscriptions, the statement at <{}> may end what follows it"
HEAD = "_risks(self):\n"
CLOSURE = "async def told(message):\n        print(message.topic)\n\n    "
REFUSED = {
    "a method that nobody is seen to call": (engine("await self._prices()", METHODS), FIRST),
    "a method that is called twice": (engine(f"{CALLS}\nawait self._risks()", METHODS), FIRST),
    "a method that is handed on": (engine(f"{CALLS}\nself.again = self._risks", METHODS), FIRST),
    "a method that runs as a task": (engine(CALLS.replace("await self._r", "task(self._r") + ")", METHODS), FIRST),
    "a call under a condition": (engine(CALLS.replace("\n", "\nif self.bus:\n    "), METHODS), FIRST),
    "a call in a loop": (engine(CALLS.replace("\n", "\nfor _ in self.names:\n    "), METHODS), FIRST),
    "a subscription under a condition": (
        engine(
            CALLS,
            METHODS.replace(
                '    await self.bus.subscribe("market.data.*"',
                '    if self.on:\n        await self.bus.subscribe("market.data.*"',
            ),
        ),
        FIRST,
    ),
    "a statement in the second method": (
        engine(CALLS, METHODS.replace(HEAD, f"{HEAD}    self.load()\n")),
        DOUBTFUL.format("self.load()"),
    ),
    "a statement between the calls": (
        engine(CALLS.replace("\n", "\nself.load()\n"), METHODS),
        DOUBTFUL.format("self.load()"),
    ),
    "a guard for something else": (
        engine(CALLS, METHODS.replace(HEAD, f"{HEAD}    if not self.on:\n        return\n")),
        DOUBTFUL.format("if not self.on:"),
    ),
    "a guard that compares": (
        engine(CALLS, METHODS.replace(HEAD, f"{HEAD}    if self.bus == self.last:\n        return\n")),
        DOUBTFUL.format("if self.bus == self.last:"),
    ),
    "a guard that does something": (
        engine(CALLS, METHODS.replace(HEAD, f"{HEAD}    if not self.bus:\n        self.on = 1\n")),
        DOUBTFUL.format("if not self.bus:"),
    ),
    "a first method that may end before it subscribes": (
        engine(CALLS, METHODS.replace("_prices(self):\n", "_prices(self):\n    if self.quiet:\n        return\n")),
        FIRST,
    ),
    "a guard of another object": (
        engine(
            GIVEN,
            "pass",
            "    if not self.bus:\n            return\n        await".join(OBJECTS.rsplit("    await", 1)),
        ),
        DOUBTFUL.format("if not self.bus:"),
    ),
    "an object whose constructor calls": (
        engine(
            HARMLESS["an object that only keeps what it is given"],
            "pass",
            OBJECTS.replace("self.bus, self.limit = bus, limit", "self.bus, self.limit = bus, read(limit)"),
        ),
        DOUBTFUL.format("self.watch = Watch(self.bus)"),
    ),
    "an object of a class that is not seen": (
        engine(GIVEN.replace("\nawait self.watch", "\nself.more = More(5)\nawait self.watch"), "pass", OBJECTS),
        DOUBTFUL.format("self.more = More(5)"),
    ),
    "a handler that has no name in the other method": (
        engine(
            CALLS,
            METHODS.replace(
                'await self.bus.subscribe("market.data.A", self.on_price)',
                f'{CLOSURE}await self.bus.subscribe("market.data.A", told)',
            ),
        ),
        "the handlers that would be joined at <await self._risks()> are not all known by a name there",
    ),
    "a handler whose object changes before the last subscription": (
        engine(GIVEN.replace("\nawait self.watch", "\nself.book = self.other\nawait self.watch"), "pass", OBJECTS),
        "the name `self.book.on_price` of a handler that would be joined is bound again at <self.book = self.other>",
    ),
    "a handler that changes before the last subscription": (
        engine(f'{ONE}\nself.on_price = self.on_risk\nawait self.bus.subscribe("market.data.B", self.on_risk)', BOTH),
        "the handler `self.on_price` may be another one later: it is bound again at <self.on_price = self.on_risk>",
    ),
    "a subscription in a condition and outside of it": (
        engine(f'{ONE}\nif self.bus:\n    await self.bus.subscribe("market.data.B", self.on_risk)', BOTH),
        SEVERAL.format(ONE),
    ),
}


@pytest.mark.parametrize("name", REFUSED, ids=slug)
def test_refused(name: str) -> None:
    text, reason = REFUSED[name]
    assert reasons(text, change(text)) == {reason}


# before the start

KEPT = """\
class Book:
    def __init__(self, bus):
        self.bus = bus
{}

    async def on_price(self, message):
        pass
"""
REGISTER = 'self.bus.add_message_handler("market.data.*", self.on_price)'


def registered(text: str) -> Change:
    own, told = registering()
    return change_texts(texts_of(text) | {WRAPPER: own.encode()}, told)


def test_handlers_that_a_constructor_adds_are_subscribed_after_the_start() -> None:
    text = prepared(f'{REGISTER}\nself.bus.add_message_handler("market.data.A", self.on_risk)', BOTH)
    after = moved(text, registered(text))
    assert body_of(after, "__init__") == (
        "def __init__(self):\n    self.bus = create_dual_bus_client(EngineType.PORTFOLIO)\n"
    )
    assert body_of(after, "start") == (
        "async def start(self):\n    await self.bus.initialize()\n\n" + JOINED.format("self.on_price, self.on_risk")
    )


def test_one_more_after_the_start_comes_last() -> None:
    text = prepared(REGISTER, BOTH, begin='self.bus.add_message_handler("market.data.A", self.on_risk)')
    after = moved(text, registered(text))
    assert body_of(after, "start") == (
        "async def start(self):\n    await self.bus.initialize()\n\n" + JOINED.format("self.on_price, self.on_risk")
    )


def test_a_handler_that_another_object_adds_when_it_is_made() -> None:
    book = OBJECTS.split("\n\n\n", maxsplit=1)[0].replace(
        '\n    async def begin(self):\n        await self.bus.subscribe("market.data.*", self.on_price)\n',
        f"        {REGISTER}\n",
    )
    text = prepared("self.book = Book(self.bus)", "pass", top=book)
    after = moved(text, registered(text))
    assert "                await self.book.on_price(message)\n" in after
    assert "        await self.bus.subscribe_to_marketdata([MessageType.MARKET_DATA], dispatch_marketdata)\n" in after


def test_a_plain_method_that_start_calls_becomes_a_coroutine() -> None:
    text = engine("self.listen()", f"{PRICE}\ndef listen(self):\n    {REGISTER}\n")
    after = moved(text, registered(text))
    assert body_of(after, "listen").startswith("async def listen(self):\n    async def dispatch_marketdata(message):\n")
    assert "        await self.listen()\n" in after


def test_what_a_constructor_adds_after_the_start_is_subscribed_after_it_was_made() -> None:
    book = OBJECTS.split("\n\n\n", maxsplit=1)[0].replace(
        '\n    async def begin(self):\n        await self.bus.subscribe("market.data.*", self.on_price)\n',
        f"        {REGISTER}\n",
    )
    text = engine("self.book = Book(self.bus)", "pass", book)
    after = moved(text, registered(text))
    assert "        self.book = Book(self.bus)\n\n        async def dispatch_marketdata(message):\n" in after
    assert "                await self.book.on_price(message)\n" in after


def test_what_a_constructor_may_not_add_is_not_put_after_it() -> None:
    book = KEPT.format(f"        if bus.quiet:\n            return\n        {REGISTER}")
    text = engine("self.book = Book(self.bus)", "pass", book)
    assert reasons(text, registered(text)) == {"nothing can be awaited where this subscribes"}


def test_a_method_after_the_start_of_an_unconnected_client() -> None:
    text = prepared("", f"{BOTH}\n{MORE.format('_prices', 'A', 'on_price')}", begin="await self._prices()")
    assert "subscribe_to_marketdata" in body_of(moved(text), "_prices")


UNPLACED = {
    "another object's constructor that may not add it": prepared(
        "self.book = Book(self.bus)", "pass", top=KEPT.format(f"        if bus:\n            {REGISTER}")
    ),
    "another object's constructor that may end before": prepared(
        "self.book = Book(self.bus)",
        "pass",
        top=KEPT.format(f"        if not self.on:\n            return\n        {REGISTER}"),
    ),
    "a method that nobody calls": prepared("", f"{PRICE}\ndef listen(self):\n    {REGISTER}\n"),
    "a constructor that may not add it": prepared(f"if self.bus:\n    {REGISTER}"),
    "a constructor that may end before": prepared(f"if not self.bus:\n    return\n{REGISTER}"),
    "a constructor that a derived class replaces": prepared(REGISTER)
    + "\n\nclass Second(Engine):\n    def __init__(self):\n        self.on = True\n",
}


@pytest.mark.parametrize("name", UNPLACED, ids=slug)
def test_what_may_not_run_before_the_start_is_refused(name: str) -> None:
    text = UNPLACED[name]
    reason = "this subscribes before the start at <await self.bus.start()>, or apart from it"
    assert reasons(text, registered(text)) == {reason}
