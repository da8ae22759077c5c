"""The work for an engine grows with its size, and not with the square of that: counted in calls, not in seconds."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial

import pytest
from engines_of_one import change

CLIENT = """\
import logging

from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig

logger = logging.getLogger(__name__)


class Engine:
    def __init__(self):
        self.bus = BufferedMessageBusClient(MessageBusConfig(redis_host="localhost", redis_port=6379))

    async def start(self):
        await self.bus.start()
{first}
    async def stop(self):
        await self.bus.stop()
"""
METHOD = """
    async def tell_{0}(self, symbol, value):
        logger.info("telling %s", symbol)
        await self.bus.publish("risk.metric.var{0}", {{"symbol": symbol, "value": value + {0}}})
"""
LINE = '        await self.bus.publish("risk.metric.var{0}", {{"symbol": "A", "value": {0}}})\n'
SUBSCRIPTION = '        await self.bus.subscribe("risk.metric.var{0}", self.on_{0})\n'
HANDLER = """
    async def on_{0}(self, message):
        logger.info("got %s", message.payload["value"])
"""


def each(text: str, count: int) -> str:
    """The text once for each number."""
    return "".join(map(text.format, range(count)))


SHAPES: dict[str, Callable[[int], str]] = {
    "methods that publish": lambda count: CLIENT.format(first="") + each(METHOD, count),
    "publishes after each other": lambda count: (
        CLIENT.format(first="") + "\n    async def tell(self):\n" + each(LINE, count)
    ),
    "handlers": lambda count: CLIENT.format(first=each(SUBSCRIPTION, count)) + each(HANDLER, count),
    "methods without a client": lambda count: CLIENT.format(first="") + each(HANDLER, count),
}


def calls_in(work: Callable[[], object]) -> int:
    """How many functions are called in some work, Python's and those in C."""
    count = 0

    def note(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event.endswith("call")

    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


REPORTER = """
from enhanced_messagebus_client import BufferedMessageBusClient


class Reporter{0}:
    def __init__(self, bus: BufferedMessageBusClient) -> None:
        self.bus = bus

    async def tell(self, value):
        await self.bus.publish("risk.metric.var{0}", {{"value": value}})
"""
CACHE = """
import redis


class Cache{0}:
    def __init__(self):
        self.redis = redis.Redis(host="localhost", port=6379)

    def keep(self, key, value):
        self.redis.set(key, value)
"""


@pytest.mark.parametrize("shape", [REPORTER, CACHE], ids=["one_client_for_all", "a_client_in_each"])
def test_twice_as_many_files_of_an_engine_take_about_twice_the_work(shape: str) -> None:
    """From 80 to 160 takes twice of what 40 to 80 takes."""

    def work(count: int) -> int:
        files = {f"part{number}": shape.format(number) for number in range(count)}
        return calls_in(partial(change, CLIENT.format(first=""), **files))

    work(2)
    few, some, many = map(work, (40, 80, 160))
    assert 1.5 < (many - some) / (some - few) < 2.5, (few, some, many)


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_twice_as_many_sites_take_about_twice_the_work(shape: Callable[[int], str]) -> None:
    """From 40 to 80 takes twice of what 20 to 40 takes; four times would be the square. What is fixed falls out."""
    change(shape(2))  # imports, and what is remembered once
    few, some, many = (calls_in(partial(change, shape(count))) for count in (20, 40, 80))
    assert 1.5 < (many - some) / (some - few) < 2.5, (few, some, many)
