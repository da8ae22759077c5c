"""Shapes that are met seldom: modules without imports, odd addresses, and what is done with a payload beforehand."""

from __future__ import annotations

import pytest
from engines_of_one import FOLDER, SERVICE, assert_moves, change, site_of, slug, text_after
from stream_engines import engine as raw
from stream_engines import with_key
from wrapper_engines import telling

from codemods.model import Change, Verdict

OWNER = """\
from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig

from . import helper


class Engine:
    async def start(self):
        self.bus = BufferedMessageBusClient(MessageBusConfig())
        await self.bus.start()
        await helper.tell(self.bus)
        await self.bus.subscribe("market.data.*", helper.on_price)
"""
TELL = 'async def tell(bus):\n    await bus.publish("portfolio.update.x", {"is": 1})\n'
PRICE = "async def on_price(message):\n    print(message.payload)\n"
IMPORTS = {
    "nothing above": (
        f"{TELL}\n\n{PRICE}",
        "import json\nfrom fnmatch import fnmatchcase\nfrom dual_messagebus_client import MessageType\n\nasync",
    ),
    "a docstring above": (
        f'"""Doc."""\n\n\n{TELL}\n\n{PRICE}',
        '"""Doc."""\n\nimport json\nfrom fnmatch import fnmatchcase\n'
        "from dual_messagebus_client import MessageType\n\n\nasync",
    ),
    "a docstring and __future__ above": (
        f'"""Doc."""\nfrom __future__ import annotations\n\n\n{TELL}\n\n{PRICE}',
        '"""Doc."""\nfrom __future__ import annotations\n\nimport json\nfrom fnmatch import fnmatchcase\n'
        "from dual_messagebus_client import MessageType\n\n\nasync",
    ),
}


@pytest.mark.parametrize("name", IMPORTS, ids=slug)
def test_imports_come_into_a_module_that_has_none(name: str) -> None:
    text, begins = IMPORTS[name]
    result = change(OWNER, helper=text, __init__="")
    assert_moves(result)
    assert result.texts[f"{FOLDER}/helper.py"].decode().startswith(begins)


ADDRESSES = {
    "a socket": ('redis.from_url("unix:///run/r.sock")', "a server whose URL cannot be read, database run/r.sock"),
    "a port that is no number": ('redis.from_url("redis://localhost:none/0")', "a server whose URL cannot be read"),
    "another scheme": ('redis.from_url("http://localhost:6379")', "a server whose URL cannot be read"),
    "another host in a constant": ("redis.Redis(host=HOST, decode_responses=True)", "far-away:6379"),
    "a URL that is known at run time": ("redis.from_url(os.environ['URL'])", "the server of `os.environ['URL']`"),
}


@pytest.mark.parametrize("name", ADDRESSES, ids=slug)
def test_an_address_that_is_not_one_of_those_being_left_is_asked_about(name: str) -> None:
    made, server = ADDRESSES[name]
    site = site_of(change(raw(made=made, top='HOST = "far-away"')), made)
    assert (site.verdict, site.held_by) == (Verdict.ASK, None)
    assert site.reason.startswith(f"is {server} one of the servers being left?"), site.reason


def test_a_host_in_a_constant_is_read() -> None:
    text = raw(made="redis.Redis(host=HOST, decode_responses=True)", top='HOST = "localhost"')
    assert {site.verdict for site in change(text).sites} == {Verdict.REWRITE}


BLOCKS = {
    "60 s": ("block=60_000", "60000"),
    "60 s at its position": ("1, 60_000", "60000"),
    "what is known at run time": ("block=name", "name"),
    "zero, which is for ever": ("block=0", "0"),
}


@pytest.mark.parametrize("name", BLOCKS, ids=slug)
def test_a_read_that_outlasts_the_targets_socket_is_asked_about(name: str) -> None:
    block, shown = BLOCKS[name]
    site = site_of(change(raw(f'await self.redis.xread({{"raw-ticks": "$"}}, {block})')), "xread")
    assert site.verdict is Verdict.ASK
    assert shown in site.reason or "for ever" in site.reason, site.reason
    assert "the target's socket gives up after 5.0 s" in site.reason


@pytest.mark.parametrize("block", ["block=None", "1, None", "block=500", "1"])
def test_a_read_that_does_not_is_not(block: str) -> None:
    result = change(raw(f'await self.redis.xread({{"raw-ticks": "$"}}, {block})'))
    assert {site.verdict for site in result.sites} == {Verdict.REWRITE}


def test_a_client_with_keys_and_an_annotation_gets_its_bus_in_the_line_below() -> None:
    text = with_key().replace("self.redis =", "self.redis: redis.Redis =")
    result = change(text)
    after = text_after(result, text)
    above, below = after.split("        self.redis: redis.Redis = redis.Redis(", 1)
    assert "get_dual_bus_client(" not in above
    assert "await get_dual_bus_client(EngineType.PORTFOLIO)" in below.split("async def", 1)[0]
    assert [site.kind for site in result.sites if site.verdict is Verdict.KEEP] == ["import", "annotation", "command"]


def publishing(line: str) -> Change:
    """An engine whose payload goes through one more line before it is published."""
    code = f'told = {{"a": 1}}\n{line}\nawait self.bus.publish("portfolio.update.x", told)'
    return change(telling(code))


@pytest.mark.parametrize(
    "line",
    [
        "print(told)",
        "print('%s', end=told)",
        "logger.info('%s', told)",
        "self.seen = len(told)",
        "told['b'] = 2",
        "print(f'{told}')",
        "if told == s: pass",
    ],
)
def test_a_payload_that_is_only_looked_at_keeps_its_keys(line: str) -> None:
    assert {site.verdict for site in publishing(line).sites} == {Verdict.REWRITE}


@pytest.mark.parametrize(
    "line",
    [
        "self.fill(told)",
        "self.fill(into=told)",
        "told[s] = 2",
        "told['topic'] = 2",
        "self.seen = told",
        "told |= s",
        "told.update(more)",
    ],
)
def test_a_payload_that_may_get_another_key_is_asked_about(line: str) -> None:
    site = site_of(publishing(line), "publish")
    assert (site.verdict, site.held_by) == (Verdict.ASK, None)
    assert site.reason.startswith("may the payload `told` carry the topic as `topic`?")


def test_a_client_that_one_function_makes_and_another_closes_each_time_is_refused() -> None:
    text = """\
from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig


async def make():
    bus = BufferedMessageBusClient(MessageBusConfig())
    await bus.start()
    return bus


async def job():
    bus = await make()
    await bus.publish("portfolio.update.x", {})
    await bus.stop()
"""
    result = change(text)
    made = site_of(result, "BufferedMessageBusClient(", "construct")
    reason = "the client is got and closed each time `job` is called, and the shared one lives on"
    assert (made.verdict, made.reason, made.path) == (Verdict.REFUSE, reason, SERVICE)
    assert {site.held_by for site in result.sites} == {None, made.where}
