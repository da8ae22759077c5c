"""Two engines of which phase 1 has moved one, real servers on both sides, and the bridge between them as a process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import redis
from gitrepo import clean_environment
from tinyplatform import CONFIG, PUBLISHER, tiny_platform

HOUSE = Path(__file__).parent.parent
SHARED = "messagebus"
SIGNALS, UPDATES = "engine_logic:strategy_signal", "engine_logic:portfolio_update"

BOTH = '''\
"""Publishes one topic and hears the other."""

from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig


class Engine:
    def __init__(self) -> None:
        self.bus = None

    async def start(self) -> None:
        self.bus = BufferedMessageBusClient(MessageBusConfig(redis_host="localhost", redis_port=6379))
        await self.bus.start()
        await self.bus.subscribe("{hears}.*", self.on_message)

    async def stop(self) -> None:
        await self.bus.stop()

    async def on_message(self, message):
        self.last = message.payload

    async def tell(self, symbol: str) -> None:
        await self.bus.publish(f"{tells}.{{symbol}}", {{"symbol": symbol}})
'''
EDGES = """\
edges:
  - {from: strategy, to: portfolio, stream: "strategy.signal.*", bridge: true}
  - {from: portfolio, to: strategy, stream: "portfolio.update.*", bridge: true, begin: "0"}
"""
ROUTES = '  - {match: "portfolio.update.*", message_type: PORTFOLIO_UPDATE}\n'


def platform(tmp_path: Path, edges: str = EDGES) -> Path:
    """The repository: portfolio moves in phase 1, strategy in phase 2, and each hears the other."""
    config = CONFIG.replace("engines:\n", f"{ROUTES}engines:\n", 1) + edges
    strategy = BOTH.format(tells="strategy.signal", hears="portfolio.update")
    portfolio = BOTH.format(tells="portfolio.update", hears="strategy.signal")
    assert PUBLISHER not in (strategy, portfolio)
    return tiny_platform(tmp_path, config=config, strategy=strategy, portfolio=portfolio)


def topic_entry(number: int) -> dict[str, str]:
    """What the wrapper of strategy writes."""
    return {
        "topic": "strategy.signal.A",
        "payload": json.dumps({"n": number}),
        "priority": "normal",
        "timestamp": "1.5",
    }


def envelope_entry(number: int) -> dict[str, str]:
    """What the target client of portfolio writes, once it has moved."""
    return {
        "message_type": "portfolio_update",
        "source_engine": "portfolio",
        "source_instance": "1",
        "payload": json.dumps({"n": number, "topic": "portfolio.update.A"}),
        "priority": "normal",
        "timestamp": "1.5",
        "correlation_id": "",
    }


def make_readers(main: redis.Redis, bus: redis.Redis) -> None:
    """The groups of both engines: that of portfolio is old on main and new on the bus, that of strategy is on main."""
    for group in ("portfolio", "strategy"):
        main.xgroup_create(SHARED, group, id="0", mkstream=True)
    bus.xgroup_create(SIGNALS, "portfolio:1", id="$", mkstream=True)
    bus.xgroup_create(UPDATES, "risk:1", id="$", mkstream=True)


def command(root: Path, main: str, bus: str, *arguments: str, phase: int = 1) -> list[str]:
    """What is typed."""
    urls = ("--url", f"main={main}", "--url", f"engine_logic={bus}")
    return [sys.executable, "-m", "migrator", "bridge", "--phase", str(phase), "--repo", str(root), *urls, *arguments]


@contextmanager
def running(root: Path, main: str, bus: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """The bridge as a process, which is killed at the end if it still runs."""
    environment = clean_environment() | {"PYTHONPATH": str(HOUSE), "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        command(root, main, bus, *arguments), env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, start_new_session=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, 9)
        process.communicate()


def carried(client: redis.Redis, stream: str) -> list[tuple[int, str]]:
    """The number and the origin of each entry that the bridge wrote, in their order."""
    return [
        (json.loads(fields["payload"])["n"], fields["migrate_origin"])
        for _, fields in client.xrange(stream)
        if "migrate_origin" in fields
    ]


def until(client: redis.Redis, stream: str, count: int, seconds: float) -> None:
    """Wait until so many different entries were carried there."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if len({number for number, _ in carried(client, stream)}) >= count:
                return
        except redis.RedisError:
            pass
        time.sleep(0.3 + count / 20_000)
    raise AssertionError(f"{stream}: only {len(carried(client, stream))} of {count} after {seconds} s")


def firsts(found: Sequence[tuple[int, str]]) -> list[int]:
    """The numbers in the order in which each came first."""
    return list(dict.fromkeys(number for number, _ in found))


RAW_READER = '''\
"""Reads a raw stream by a group."""

import redis.asyncio as redis


class Engine:
    def __init__(self) -> None:
        self.redis = redis.Redis(host="localhost", port=6379)

    async def run(self) -> None:
        await self.redis.xgroup_create("orders", "{name}", id="0", mkstream=True)
        while True:
            for _, entries in await self.redis.xreadgroup("{name}", "one", {{"orders": ">"}}, block=1000):
                for number, fields in entries:
                    print(fields)
                    await self.redis.xack("orders", "{name}", number)
'''
RAW_PUBLISHER = '''\
"""Publishes a raw stream."""

import redis.asyncio as redis


class Engine:
    def __init__(self) -> None:
        self.redis = redis.Redis(host="localhost", port=6379)

    async def order(self, number: int) -> None:
        await self.redis.xadd("orders", {"n": number})
'''


def raw_platform(tmp_path: Path, edges: str) -> Path:
    """The repository: portfolio and strategy read what risk publishes, and move in phases 1, 2 and 3."""
    config = CONFIG.replace("engines:\n", '  - {match: "orders", bus: engine_logic}\nengines:\n', 1)
    config = config.replace("migrated: true", "phase: 3") + edges
    readers = {name: RAW_READER.format(name=name) for name in ("strategy", "portfolio")}
    return tiny_platform(tmp_path, config=config, risk=RAW_PUBLISHER, **readers)
