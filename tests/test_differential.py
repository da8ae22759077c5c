"""Generated engines do after their migration what they did before it: the same acts, in the same order."""

from __future__ import annotations

import re
from collections.abc import Callable
from difflib import unified_diff

import pytest
from engines_of_one import ENGINE, SERVICE, settings, texts_of
from generated_engines import raw_engine, wrapper_engine
from generated_subscriptions import subscribing_engine
from recorded_runs import Entry, record_of

from codemods.changing import change_engine
from codemods.model import Change, Verdict
from codemods.reading.contract import Contract
from codemods.work import read_contract, scan_engine

BATCH = 9
LEGACY = re.compile(r"enhanced_messagebus|Buffered|MessageBusConfig|\.publish\(|\.subscribe\(|is_connected")


@pytest.fixture(scope="module")
def contract() -> Contract:
    """What the sample platform's dual client promises."""
    return read_contract(texts_of(""), settings())


def changed(text: str, contract: Contract) -> Change:
    """The engine's change, its raw streams routed to their buses as they are."""
    return change_engine(scan_engine(ENGINE, texts_of(text), settings(), contract), {})


def faults_of(before: str, contract: Contract) -> tuple[bool, list[str]]:
    """Whether the engine moves, and everything that is wrong with how it does."""
    change = changed(before, contract)
    faults = [*map(str, change.faults)] + (
        [] if change.ledger.adds_up else [f"the ledger does not add up: {change.ledger}"]
    )
    if not change.texts:
        claims = [site.where for site in change.sites if site.verdict is Verdict.REWRITE]
        return False, faults + [f"said to be rewritten, and is not: {where}" for where in claims]
    after = change.texts[SERVICE].decode()
    faults += [f"left behind: {found}" for found in LEGACY.findall(after)]
    if changed(after, contract).texts:
        faults.append("a second run would change it again")
    old, new = (record_of(text, settings(), contract) for text in (before, after))
    return True, faults + _differences(old, new)


def _differences(old: list[Entry], new: list[Entry]) -> list[str]:
    lines = unified_diff([*map(str, old)], [*map(str, new)], "before", "after", lineterm="", n=1)
    return list(lines)


@pytest.mark.parametrize("first", range(0, 4 * BATCH, BATCH))
@pytest.mark.parametrize("generated", [wrapper_engine, raw_engine, subscribing_engine])
def test_engines_do_what_they_did(generated: Callable[[int], str], first: int, contract: Contract) -> None:
    assert_the_same(generated, range(first, first + BATCH), contract)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("generated", [wrapper_engine, raw_engine, subscribing_engine])
def test_a_thousand_engines_do_what_they_did(generated: Callable[[int], str], contract: Contract) -> None:
    assert_the_same(generated, range(1000), contract)


def assert_the_same(generated: Callable[[int], str], seeds: range, contract: Contract) -> None:
    """Every engine of these seeds does the same before and after, and more than half of them move."""
    moved, wrong = 0, []
    for seed in seeds:
        text = generated(seed)
        moves, faults = faults_of(text, contract)
        moved += moves
        if faults:
            wrong.append("\n".join([f"{generated.__name__}({seed}):", *faults, text]))
    assert not wrong, "\n\n".join(wrong)
    assert moved > len(seeds) / 2


BREAKS = {
    "an act less": ("self.log(1)", "pass"),
    "an argument that is evaluated twice": ("self.log(1)", "self.log(1, self.t(1), self.t(1))"),
    "another result": ("return x", "return x + 1"),
    "another exception": ("self.log(1)", "raise ValueError"),
    "a coroutine that nobody awaits": ("self.log(1)", "self.log(1)\n        asyncio.sleep(0)"),
    "a command on the wrong bus": (
        "self.log(1)",
        "self.log(1)\n        await self.bus.marketdata_client.xlen('margin-calls')",
    ),
    "a key on a bus": ("self.log(1)", "self.log(1)\n        await self.bus.marketdata_client.get('k')"),
    "a message of the wrong type": ("MessageType.PORTFOLIO_UPDATE", "MessageType.RISK_METRIC"),
    "another priority": ("MessagePriority.HIGH", "MessagePriority.LOW"),
    "a second subscription on a bus": (
        "self.log(1)",
        "self.log(1)\n        await self.bus.subscribe_to_engine_logic([], self.work)",
    ),
}
SAMPLE = """\
import asyncio
from dual_messagebus_client import EngineType, MessagePriority, MessageType, get_dual_bus_client


class Engine:
    log = lambda self, *values: RECORD(("log", *values))
    t = lambda self, step: RECORD(("t", step))

    async def start(self):
        self.bus = await get_dual_bus_client(EngineType.PORTFOLIO)

    async def work(self, x):
        self.log(1)
        payload = {"topic": "portfolio.update.x"}
        await self.bus.publish_message(MessageType.PORTFOLIO_UPDATE, payload, priority=MessagePriority.HIGH)
        return x

    async def stop(self):
        await self.bus.close()
"""


@pytest.mark.parametrize("name", BREAKS)
def test_a_record_shows(name: str, contract: Contract) -> None:
    """What the comparison above could not see would be no proof."""
    old, new = BREAKS[name]
    assert old in SAMPLE
    records = [record_of(text, settings(), contract) for text in (SAMPLE, SAMPLE.replace(old, new))]
    assert records[0] != records[1]
    assert records[0] == [
        ("start gave", "None"),
        *2 * [("log", 1), ("publish", "portfolio.update.x", {}, "HIGH"), ("work gave", "3")],
        ("stop gave", "None"),
    ]
