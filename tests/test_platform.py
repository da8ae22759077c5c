"""The sample platform's engines on real servers, its legacy wrapper, and the redirect under which they run."""

from __future__ import annotations

import ast
import asyncio
import logging
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from platform_clients import BACKEND, emptied, info, until, wrapper

import migrator.live
from migrator.demo.edges import DRIVE, EDGES, ROUTES, Edge
from migrator.demo.engines import Engines
from migrator.live.ports import free_ports
from migrator.live.servers import MAIN, Servers

REDIRECT = Path(migrator.live.__file__).parent / "redirect"
LEGACY = {"portfolio", "collateral", "ml", "factor", "strategy", "websocket", "features"}


@pytest.fixture
def servers(servers: Servers) -> Servers:
    return emptied(servers)


def legacy(servers: Servers, group: str, kind: str = "MessageBusConfig") -> Any:
    return wrapper.BufferedMessageBusClient(
        getattr(wrapper, kind)(redis_port=servers.ports[MAIN], consumer_group=group)
    )


def test_the_wrapper_delivers_by_topic_and_swallows_what_a_handler_raises(servers: Servers) -> None:
    received: list[Any] = []

    async def failing(message: Any) -> None:
        raise ValueError("logged and forgotten")

    async def handler(message: Any) -> None:
        received.append((message.topic, message.payload, message.priority))

    async def scenario() -> None:
        sender, reader = legacy(servers, "sender"), legacy(servers, "reader")
        await sender.start()
        await reader.start()
        await reader.subscribe("market.*", failing)
        await reader.subscribe("market.data.*", handler)
        assert await sender.publish("risk.metric.AAPL", {"exposure": 1}) is True
        assert await sender.publish("market.data.AAPL", {"price": 1.5}, priority=wrapper.MessagePriority.HIGH) is True
        await until(lambda: bool(received))
        await asyncio.sleep(0.1)
        await reader.stop()
        await sender.stop()
        assert (sender.is_connected, await sender.publish("market.data.AAPL", {})) == (False, False)

    asyncio.run(scenario())
    assert received == [("market.data.AAPL", {"price": 1.5}, wrapper.MessagePriority.HIGH)]
    with servers.client(MAIN) as client:
        assert [group["pending"] for group in client.xinfo_groups("messagebus")] == [0, 0]
    assert info(servers, MAIN, "commandstats")["cmdstat_xreadgroup"]["failed_calls"] == 0


def test_the_enhanced_wrapper_asks_for_a_missing_group_without_end(servers: Servers) -> None:
    async def scenario() -> None:
        client = legacy(servers, "portfolio", "EnhancedMessageBusConfig")
        await client.start()
        await asyncio.sleep(1)
        await asyncio.wait_for(client.stop(), 5)

    asyncio.run(scenario())
    assert info(servers, MAIN, "commandstats")["cmdstat_xreadgroup"]["failed_calls"] > 100
    assert info(servers, MAIN, "errorstats")["errorstat_NOGROUP"]["count"] > 100


def test_the_wrapper_starts_without_its_server(caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> bool:
        client = wrapper.BufferedMessageBusClient(wrapper.MessageBusConfig(redis_port=free_ports(1)[0]))
        await client.start()
        return bool(client.is_connected)

    caplog.set_level(logging.ERROR)
    assert asyncio.run(scenario()) is False
    assert "is not there" in caplog.text


def run_python(code: str, **variables: str) -> str:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(REDIRECT), **variables}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout.strip()


BLOCKING = "import redis; print(redis.Redis(port=1, decode_responses=True).get('name'))"
ASYNCIO = """
import asyncio, redis.asyncio
async def main():
    client = redis.asyncio.Redis(port=1, decode_responses=True)
    print(await client.get("name"))
    await client.aclose()
asyncio.run(main())
"""
CONNECT_EX = "import socket; print(socket.socket().connect_ex(('127.0.0.1', 1)))"


@pytest.mark.parametrize(("code", "output"), [(BLOCKING, "main"), (ASYNCIO, "main"), (CONNECT_EX, "0")])
def test_the_redirect_leads_a_whole_process_to_other_ports(servers: Servers, code: str, output: str) -> None:
    with servers.client(MAIN) as client:
        client.set("name", "main")
    assert run_python(code, MIGRATE_REDIRECT=f"1={servers.ports[MAIN]}") == output


def test_the_redirect_does_nothing_without_its_variable() -> None:
    code = "import socket, sitecustomize; print(socket.socket.connect is socket.SocketType.connect)"
    assert run_python(code) == "True"


def test_the_engines_import_nothing_of_the_tool() -> None:
    imported = set()
    for path in BACKEND.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add((node.module or "").split(".")[0])
    assert imported.isdisjoint({"migrator", "codemods"})


def test_the_engines_own_tests_pass() -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "engines"]
    done = subprocess.run(command, cwd=BACKEND, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout
    assert "17 passed" in done.stdout


DELIVERED = {
    Edge("marketdata", "market.data", "analytics"): 40,
    Edge("marketdata", "market.data", "vpin"): 40,
    Edge("vpin", "vpin", "risk"): 60,
    Edge("ml", "ml.prediction", "strategy"): 20,
    Edge("strategy", "strategy.signal", "portfolio"): 40,
    Edge("portfolio", "portfolio.update", "strategy"): 60,
    Edge("features", "feature-vectors", "factor"): 20,
    Edge("factor", "factor-values", "websocket"): 40,
    Edge("collateral", "margin-calls", "websocket"): 20,
    Edge("websocket", "client-orders", "collateral"): 20,
}
"""What arrives before any migration; every other edge has its two ends on different servers."""


def handled_edges(stats: dict[str, Any]) -> dict[Edge, int]:
    """What the consumers say, over all sources and channels that they have met."""
    return {
        Edge(source, channel, consumer): number
        for consumer, answer in stats.items()
        for source, channels in answer["handled"].items()
        for channel, number in channels.items()
    }


def test_all_engines_start_and_deliver_on_every_edge_that_is_not_cut(servers: Servers, tmp_path: Path) -> None:
    with Engines(BACKEND, tuple(ROUTES), servers.redirect, tmp_path) as engines:
        expected = {(name, *route) for name, routes in ROUTES.items() for route in routes}
        assert {(name, verb, path, engines.call(name, verb, path)) for name, verb, path, _ in expected} == expected
        assert [engines.call(*call) for call in DRIVE] == [200] * len(DRIVE)
        end = time.monotonic() + 20
        while handled_edges(engines.stats()) != DELIVERED and time.monotonic() < end:
            time.sleep(0.2)
        stats = engines.stats()
    assert handled_edges(stats) == DELIVERED
    assert {edge: stats[edge.publisher]["published"][edge.channel] for edge in DELIVERED} == DELIVERED
    assert engines.killed == ()


def test_every_edge_is_either_whole_or_cut_by_the_migration() -> None:
    assert {edge for edge in EDGES if (edge.publisher in LEGACY) == (edge.consumer in LEGACY)} == set(DELIVERED)
    assert {edge.publisher for edge in EDGES} == {engine for engine, _method, _path in DRIVE}
