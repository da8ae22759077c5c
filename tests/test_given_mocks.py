"""Mocks that tests give to what takes a client: what they say of them follows the client, or holds it back."""

from __future__ import annotations

from textwrap import indent

import pytest
from engines_of_one import FOLDER, SERVICE, change, change_texts, edited, slug

from codemods.model import Change, Verdict

DESK = """\
import asyncio
from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig


class Desk:
    def __init__(self, bus: BufferedMessageBusClient, *more):
        self.bus = bus

    async def start(self):
        await self.bus.start()

    async def order(self, s):
        return await self.bus.publish(f"portfolio.update.{s}", {"s": s})

    async def stop(self):
        await self.bus.stop()


async def main():
    desk = Desk(BufferedMessageBusClient(MessageBusConfig()))
    await desk.start()
    await desk.stop()


if __name__ == "__main__":
    asyncio.run(main())
"""
HEAD = "import asyncio\nfrom unittest.mock import AsyncMock, Mock\nfrom engines.portfolio.service import Desk\n\n\n"
TESTS = f"{FOLDER}/test_service.py"


def engine_with(body: str, more: str = "") -> Change:
    """The change of the desk and of a test with this body."""
    return change(DESK, test_service=f"{HEAD}{more}def test_it():\n{indent(body, '    ')}")


ORDER = "bus = AsyncMock()\nasyncio.run(Desk(bus).order('A'))\n"
SAID = {
    "nothing": ("Desk(AsyncMock())\n", None),
    "a mock that has a name": (
        "bus = AsyncMock(name='bus')\nasyncio.run(Desk(bus).order('A'))\nbus.publish.assert_awaited_once()\n",
        "bus.publish_message.assert_awaited_once()",
    ),
    "how often it was called": (
        f"{ORDER}bus.publish.assert_awaited_once()\n",
        "bus.publish_message.assert_awaited_once()",
    ),
    "what it is to give": (
        "bus = AsyncMock()\nbus.publish.return_value = True\nassert asyncio.run(Desk(bus).order('A'))\n",
        "bus.publish_message.return_value = True",
    ),
    "what it was given": (
        f"{ORDER}bus.publish.assert_awaited_with('portfolio.update.A', {{'s': 'A'}})\n",
        "bus.publish_message.assert_awaited_with(\n"
        "        MessageType.PORTFOLIO_UPDATE, {'s': 'A', 'topic': 'portfolio.update.A'}\n    )",
    ),
    "a start and a stop": (
        "bus = AsyncMock()\nasyncio.run(Desk(bus).start())\nbus.start.assert_awaited_once()\n"
        "bus.stop.assert_not_awaited()\n",
        "bus.initialize.assert_awaited_once()\n    bus.close.assert_not_awaited()",
    ),
    "a method of its own": (
        "bus = Mock()\nbus.publish = AsyncMock()\nasyncio.run(Desk(bus).order('A'))\n",
        "bus.publish_message = AsyncMock()",
    ),
    "a mock that is given twice": (
        f"{ORDER}asyncio.run(Desk(bus).stop())\nbus.stop.assert_awaited_once()\n",
        "bus.close.assert_awaited_once()",
    ),
}


@pytest.mark.parametrize("name", SAID, ids=slug)
def test_what_a_test_says_follows_the_client(name: str) -> None:
    body, after = SAID[name]
    result = engine_with(body)
    assert ({site.verdict for site in result.sites}, result.faults) == ({Verdict.REWRITE}, ())
    assert (TESTS in result.texts) is (after is not None)
    assert after is None or f"    {after}\n" in result.texts[TESTS].decode()


FIXTURE = "@pytest.fixture\ndef bus():\n    {}\n\n\n"
WITH_BUS = "asyncio.run(Desk(bus).order('A'))\nbus.publish.assert_awaited_once()\nassert bus is not None\n"


def test_a_mock_of_a_fixture_follows_the_client_in_each_test() -> None:
    for gives in ("return AsyncMock()", '"""A bus."""\n    yield AsyncMock()'):
        fixture = FIXTURE.format(gives)
        one, two = (f"def test_{name}(bus):\n{indent(WITH_BUS, '    ')}\n\n" for name in ("one", "two"))
        result = change(DESK, test_service=f"import pytest\n{HEAD}{fixture}{one}{two}")
        assert ({site.verdict for site in result.sites}, result.faults) == ({Verdict.REWRITE}, ())
        assert result.texts[TESTS].decode().count("    bus.publish_message.assert_awaited_once()\n") == 2
        assert fixture in result.texts[TESTS].decode()


def test_a_test_that_asks_for_the_mock_beside_what_has_it_follows_too() -> None:
    desk = "@pytest.fixture\ndef desk(bus):\n    return Desk(bus)\n\n\n"
    body = "def test_it(desk, bus):\n    asyncio.run(desk.order('A'))\n    bus.publish.assert_awaited_once()\n"
    result = change(DESK, test_service=f"import pytest\n{HEAD}{FIXTURE.format('return AsyncMock()')}{desk}{body}")
    assert ({site.verdict for site in result.sites}, result.faults) == ({Verdict.REWRITE}, ())
    assert "    bus.publish_message.assert_awaited_once()\n" in result.texts[TESTS].decode()


def test_a_mock_of_a_conftest_may_be_asked_for_anywhere() -> None:
    fixture = FIXTURE.format("return AsyncMock()")
    desk = "@pytest.fixture\ndef desk(bus):\n    return Desk(bus)\n"
    result = change(DESK, conftest=f"import pytest\n{HEAD}{fixture}{desk}")
    assert "what is used here may also be something that is not known" in {site.reason for site in result.sites}
    assert result.texts == {}


@pytest.mark.parametrize(
    "gives", ["return made()", "bus = AsyncMock()\n    return bus", "return AsyncMock(spec=Desk)", "return"]
)
def test_a_fixture_that_does_more_holds_the_client_back(gives: str) -> None:
    tests = f"import pytest\n{HEAD}{FIXTURE.format(gives)}def test_it(bus):\n{indent(WITH_BUS, '    ')}"
    result = change(DESK, test_service=tests)
    assert "what is used here may also be something that is not known" in {site.reason for site in result.sites}
    assert result.texts == {}


GIVEN = "a mock is given to `bus` here, in the client's place; "
REFUSED = {
    "the arguments of a call": (
        f"{ORDER}assert bus.publish.await_args.args[0] == 'portfolio.update.A'\n",
        "what is said of `publish` has no counterpart, in line 9",
    ),
    "a method without counterpart": (
        f"{ORDER}bus.flush.assert_awaited()\n",
        "`flush` of the mock has no counterpart, in line 9",
    ),
    "a mock of the wrapper's measure": (
        "bus = AsyncMock(spec=Desk)\nDesk(bus)\n",
        "`AsyncMock(spec=Desk)` in the client's place is not a mock that is known, in line 7",
    ),
    "a mock that is used as a value": (f"{ORDER}print(bus)\n", "the mock `bus` is used as a value, in line 9"),
    "a mock that is bound again": (
        f"{ORDER}bus = AsyncMock()\n",
        "where the mock `bus` is made, and as what, cannot be told, in line 8",
    ),
    "a mock with more to it": (
        "Desk(AsyncMock(publish=AsyncMock()))\n",
        "`AsyncMock(publish=AsyncMock())` in the client's place is not a mock that is known, in line 7",
    ),
}


@pytest.mark.parametrize("name", REFUSED, ids=slug)
def test_refused(name: str) -> None:
    body, cause = REFUSED[name]
    result = engine_with(body)
    holding = {site.reason for site in result.sites if site.verdict is Verdict.REFUSE and not site.held_by}
    assert (GIVEN + cause in holding, result.texts) == (True, {})


HELD = {
    "a mock that is looked at by way of the desk": (
        "desk = Desk(AsyncMock())\ndesk.bus.publish.assert_awaited_once()\n",
        "what is used here may also be something that is not known",
    ),
    "a fake of the test's own": (
        "Desk(Fake())\n",
        "what is used here may also be Fake",
    ),
    "a mock that a helper hands on": (
        "made(AsyncMock())\n",
        "the client may be a mock that `bus` hands on here, where it can no longer be followed",
    ),
}
MORE = "class Fake:\n    async def publish(self, *given):\n        pass\n\n\ndef made(bus):\n    return Desk(bus)\n\n\n"


@pytest.mark.parametrize("name", HELD, ids=slug)
def test_held_back(name: str) -> None:
    body, reason = HELD[name]
    result = engine_with(body, MORE)
    assert reason in {site.reason for site in result.sites if site.verdict is Verdict.REFUSE and not site.held_by}
    assert result.texts == {}


RAW = """\
import asyncio
import redis.asyncio as redis


class Desk:
    def __init__(self, link: redis.Redis):
        self.link = link

    async def order(self, s):
        return await self.link.xadd("raw-ticks", {"s": s})


async def main():
    link = redis.Redis(decode_responses=True)
    await Desk(link).order("A")
    await link.aclose()


if __name__ == "__main__":
    asyncio.run(main())
"""


LINKED = "def test_it():\n    link = AsyncMock()\n    asyncio.run(Desk(link).order('A'))\n"


def test_a_mock_of_a_raw_client_follows_its_bus() -> None:
    tests = f"{HEAD}{LINKED}    link.xadd.assert_awaited_once()\n"
    result = change(RAW, test_service=tests)
    assert ({site.verdict for site in result.sites}, result.faults) == ({Verdict.REWRITE}, ())
    assert "    link.marketdata_client.xadd.assert_awaited_once()\n" in result.texts[TESTS].decode()
    assert "self.link.marketdata_client.xadd(" in result.texts[SERVICE].decode()


def test_a_mock_that_cannot_be_awaited_holds_a_client_whose_methods_are_now() -> None:
    plain = DESK.replace("return await self.bus.publish", "return self.bus.publish")
    texts = edited(plain, "async def publish(", "def publish(")
    tests = f"{HEAD}def test_it():\n    bus = Mock()\n    Desk(bus)\n"
    result = change_texts({**texts, TESTS: tests.encode()})
    reason = f"{GIVEN}its methods cannot be awaited, and are now, in line 8"
    assert reason in {site.reason for site in result.sites}
    assert result.texts == {}


def test_a_mock_of_a_client_that_stays_is_left_alone() -> None:
    text = RAW.replace('xadd("raw-ticks", {"s": s})', 'get("s")')
    tests = f"{HEAD}{LINKED}    link.get.assert_awaited_once()\n"
    result = change(text, test_service=tests)
    assert ({site.verdict for site in result.sites}, result.texts) == ({Verdict.KEEP}, {})
