"""The graph of streams and topics that `migrate scan` finds: each end, before and after, and what each phase cuts."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from scans import scanned
from tinyplatform import ASKING, tiny_platform

from migrator.cli import cli
from migrator.demo.edges import EDGES
from migrator.demo.results import compare_edges
from migrator.ground import open_campaign

CHANNELS = {
    "MARKET_DATA": "market.data",
    "VPIN_CALCULATION": "vpin",
    "market.data.*": "market.data",
    "ml.prediction.*": "ml.prediction",
    "portfolio.update.*": "portfolio.update",
    "risk.metric.*": "risk.metric",
    "strategy.signal.*": "strategy.signal",
}
"""The demo's word for what the code names otherwise; raw streams have one name."""


def test_every_edge_of_the_sample_platform_is_found_and_none_is_invented(platform: Path) -> None:
    streams = scanned(platform)["streams"]
    found = [
        (edge["publisher"], CHANNELS.get(edge["name"], edge["name"]), edge["consumer"]) for edge in streams["edges"]
    ]
    assert sorted(found) == sorted((edge.publisher, edge.channel, edge.consumer) for edge in EDGES)
    assert {edge["kind"] for edge in streams["edges"]} == {"consume"}


def _named(edge: dict[str, str]) -> tuple[str, str, str]:
    """An edge of the JSON as the demo calls it."""
    return edge["publisher"], CHANNELS.get(edge["name"], edge["name"]), edge["consumer"]


@pytest.mark.parametrize("stage", range(4))
def test_the_cut_edges_are_those_that_the_demo_shows_as_cut(platform: Path, stage: int) -> None:
    _, campaign = open_campaign(str(platform), None)
    phases = {engine.name: engine.phase for engine in campaign.engines}
    cut = {each.edge for each in compare_edges(EDGES, {}, phases, stage) if each.is_cut}
    result = scanned(platform)
    listed = result["phases"][stage - 1]["cut"] if stage else result["streams"]["cut_now"]
    edges = [edge for edge in result["streams"]["edges"] if stage in edge["cut"]]
    expected = sorted((edge.publisher, edge.channel, edge.consumer) for edge in cut)
    assert (sorted(map(_named, listed)), sorted(map(_named, edges))) == (expected, expected)


def test_the_graph_says_of_both_ends_where_they_are_and_go(platform: Path) -> None:
    (edge,) = (each for each in scanned(platform)["streams"]["edges"] if each["name"] == "raw-ticks")
    service = "backend/engines/{}/service.py"
    assert edge == {
        "publisher": "marketdata",
        "name": "raw-ticks",
        "consumer": "features",
        "kind": "consume",
        "message_type": None,
        "bus": "marketdata",
        "cut": [0, 1, 2],
        "joined": 3,
        "publishers": [
            {
                "engine": "marketdata",
                "path": service.format("marketdata"),
                "line": 33,
                "before": "marketdata",
                "after": "marketdata",
                "moves": 0,
            }
        ],
        "consumers": [
            {
                "engine": "features",
                "path": service.format("features"),
                "line": 39,
                "before": "main",
                "after": "marketdata",
                "moves": 3,
            }
        ],
    }


UNKNOWN = """\
import redis.asyncio as redis


class Watch:
    def __init__(self, name):
        self.name = name

    async def start(self):
        self.client = redis.Redis(host="localhost", port=6379)

    async def read(self):
        await self.later(self.client.xack)
        await self.client.execute_command("XADD", "a", "*", "b", "c")
        pipe = self.client.pipeline()
        pipe.xadd("piped", {"a": "b"})
        await self.client.xadd("orders", {"a": "b"})
        return await self.client.xread({self.name: "$"}, block=10)
"""


def test_ends_that_are_asked_or_refused_or_unknown_are_in_the_graph(tmp_path: Path) -> None:
    root = tiny_platform(tmp_path, strategy=ASKING, portfolio=UNKNOWN)
    names = scanned(root)["streams"]["names"]
    shown = {
        (name["name"], name["kind"], role, end["engine"], end["line"], end["after"])
        for name in names
        for role in ("publishers", "consumers", "inspectors")
        for end in name[role]
    }
    assert shown == {
        ("*", "stream", "inspectors", "portfolio", 12, "?"),
        ("*", "stream", "publishers", "portfolio", 13, "?"),
        ("piped", "stream", "publishers", "portfolio", 15, "?"),
        ("orders", "stream", "publishers", "portfolio", 16, "?"),
        ("*", "stream", "consumers", "portfolio", 17, "?"),
        ("portfolio.weights.*", "topic", "publishers", "strategy", 18, "?"),
    }


LISTENING = """\
from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig

TOPICS = ["portfolio.weights.*", "strategy.halt"]


class Desk:
    async def start(self):
        self.bus = BufferedMessageBusClient(MessageBusConfig(redis_host="localhost", redis_port=6379))
        await self.bus.start()
        for topic in TOPICS:
            await self.bus.subscribe(topic, self.handle)

    async def handle(self, message):
        print(message.topic)
"""


def test_the_topics_of_a_loop_are_named_before_they_have_routes(tmp_path: Path) -> None:
    root = tiny_platform(tmp_path, portfolio=LISTENING)
    names = {name["name"] for name in scanned(root)["streams"]["names"] if name["consumers"]}
    assert names >= {"portfolio.weights.*", "strategy.halt"}
    assert "*" not in names


PIPED = """\
from dual_messagebus_client import EngineType, get_dual_bus_client


class Risk:
    async def start(self):
        self.bus = await get_dual_bus_client(EngineType.RISK)

    async def tell(self, name):
        async with self.bus.marketdata_client.pipeline(transaction=False) as pipe:
            pipe.xadd("ticks", {"a": "b"})
            pipe.xadd(f"ticks:{name}", {"a": "b"}).xadd("tocks", {"a": "b"})
            await pipe.execute()
        asked = self.bus.engine_logic_client.pipeline()
        asked.xlen("orders")
        await asked.execute()
        await self.bus.engine_logic_client.execute_command("XADD", "fills", "*", "a", "b")
"""


def test_streams_of_a_pipeline_on_the_bus_and_of_a_command_that_is_written_out_are_in_the_graph(tmp_path: Path) -> None:
    root = tiny_platform(tmp_path, risk=PIPED)
    names = scanned(root)["streams"]["names"]
    shown = {
        (name["name"], role, end["line"], end["before"])
        for name in names
        for role in ("publishers", "inspectors")
        for end in name[role]
        if end["engine"] == "risk"
    }
    assert shown == {
        ("ticks", "publishers", 10, "marketdata"),
        ("ticks:*", "publishers", 11, "marketdata"),
        ("tocks", "publishers", 11, "marketdata"),
        ("orders", "inspectors", 14, "engine_logic"),
        ("fills", "publishers", 16, "engine_logic"),
    }
    assert CliRunner().invoke(cli, ["check", "--repo", str(root), "--engine", "risk"]).exit_code == 0
