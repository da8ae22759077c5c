"""How the sample platform's dual client connects: its servers, passwords, TLS, and the factory that shares it."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from typing import Any

import pytest
import redis
from platform_clients import BACKEND, collector, config, connected, dual, emptied

from codemods.settings import ENGINE_LOGIC, MARKETDATA
from migrator.live.ports import free_ports
from migrator.live.servers import Servers

EngineType, MessageType = dual.EngineType, dual.MessageType


@pytest.fixture
def servers(servers: Servers) -> Servers:
    return emptied(servers)


def test_an_idle_client_does_not_reconnect(servers: Servers) -> None:
    async def scenario() -> dict[str, int]:
        received = {}
        async with connected(servers, EngineType.PORTFOLIO) as (portfolio,):
            await portfolio.subscribe_to_marketdata([MessageType.MARKET_DATA], collector()[1])
            await portfolio.subscribe_to_engine_logic([MessageType.RISK_METRIC], collector()[1])
            await asyncio.sleep(0.3)
            clients = {MARKETDATA: portfolio.marketdata_client, ENGINE_LOGIC: portfolio.engine_logic_client}
            before = {name: await total(client) for name, client in clients.items()}
            await asyncio.sleep(3)
            for name, client in clients.items():
                received[name] = await total(client) - before[name]
        return received

    async def total(client: Any) -> int:
        return int((await client.info("stats"))["total_connections_received"])

    assert asyncio.run(scenario()) == {MARKETDATA: 0, ENGINE_LOGIC: 0}


def test_the_servers_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "MARKETDATA_REDIS_HOST": "ticks.example.com",
        "MARKETDATA_REDIS_PORT": "7000",
        "MARKETDATA_REDIS_DB": "2",
        "MARKETDATA_REDIS_PASSWORD": "hush",
        "MARKETDATA_REDIS_TLS": "true",
        "MARKETDATA_REDIS_CA": "/etc/ca.pem",
        "ENGINE_LOGIC_REDIS_PORT": "7001",
        "ENGINE_LOGIC_REDIS_TLS": "0",
    }.items():
        monkeypatch.setenv(name, value)
    assert dual.create_dual_bus_client(EngineType.ML, "b").config == dual.DualBusConfig(
        EngineType.ML,
        "b",
        marketdata_redis_host="ticks.example.com",
        marketdata_redis_port=7000,
        marketdata_redis_db=2,
        marketdata_redis_password="hush",
        marketdata_redis_tls=True,
        marketdata_redis_ca="/etc/ca.pem",
        engine_logic_redis_host="localhost",
        engine_logic_redis_port=7001,
    )


def test_password_and_database_are_used(servers: Servers) -> None:
    async def scenario() -> None:
        settings = config(servers, EngineType.RISK)
        settings.engine_logic_redis_password, settings.engine_logic_redis_db = "hush", 3
        client = dual.DualMessageBusClient(settings)
        await client.initialize()
        await client.publish_message(MessageType.RISK_METRIC, {})
        await client.close()

    with servers.client(ENGINE_LOGIC) as admin:
        admin.config_set("requirepass", "hush")
        try:
            asyncio.run(scenario())
            keys = admin.info("keyspace")
        finally:
            admin.config_set("requirepass", "")
    assert {name: database["keys"] for name, database in keys.items()} == {"db3": 1}


def test_tls_is_used(servers: Servers) -> None:
    """A listener sees how a client greets it: a TLS handshake begins with the byte 0x16."""

    async def scenario() -> bytes:
        greeting: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

        async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            greeting.set_result(await reader.read(1))
            writer.close()

        async with await asyncio.start_server(greet, "127.0.0.1", 0) as server:
            settings = config(servers, EngineType.ML)
            settings.marketdata_redis_host, settings.marketdata_redis_port = server.sockets[0].getsockname()
            settings.marketdata_redis_tls = True
            with pytest.raises(redis.ConnectionError):
                await dual.DualMessageBusClient(settings).initialize()
            return await greeting

    assert asyncio.run(scenario()) == b"\x16"


def test_an_absent_server_raises_and_leaves_nothing_connected(servers: Servers) -> None:
    async def scenario() -> Any:
        settings = config(servers, EngineType.ML)
        settings.engine_logic_redis_port = free_ports(1)[0]
        client = dual.DualMessageBusClient(settings)
        with pytest.raises(redis.ConnectionError):
            await client.initialize()
        return client

    client = asyncio.run(scenario())
    assert (client.marketdata_client, client.engine_logic_client) == (None, None)


def test_an_absent_server_leaves_no_connection_to_one_whose_name_is_slow_to_resolve(servers: Servers) -> None:
    """A connection that is made after the close would never be closed."""

    async def scenario() -> int:
        settings = config(servers, EngineType.ML)
        settings.engine_logic_redis_host, settings.engine_logic_redis_port = "127.0.0.1", free_ports(1)[0]
        loop = asyncio.get_running_loop()
        at_once = loop.getaddrinfo

        async def slowly(*name: Any, **kind: Any) -> Any:
            await asyncio.sleep(0.2)
            return await at_once(*name, **kind)

        loop.getaddrinfo = slowly  # type: ignore[method-assign]
        with pytest.raises(redis.ConnectionError):
            await dual.DualMessageBusClient(settings).initialize()
        return len(asyncio.all_tasks())

    assert asyncio.run(scenario()) == 1


def test_the_factory_shares_one_client_until_it_is_closed(monkeypatch: pytest.MonkeyPatch, servers: Servers) -> None:
    monkeypatch.setenv("MARKETDATA_REDIS_PORT", str(servers.ports[MARKETDATA]))
    monkeypatch.setenv("ENGINE_LOGIC_REDIS_PORT", str(servers.ports[ENGINE_LOGIC]))

    async def scenario() -> None:
        first, same = await asyncio.gather(*(dual.get_dual_bus_client(EngineType.ML) for _ in range(2)))
        other = await dual.get_dual_bus_client(EngineType.ML, "2")
        assert first is same
        assert other is not first
        await first.close()
        await first.close()
        assert (first.marketdata_client, first.engine_logic_client) == (None, None)
        second = await dual.get_dual_bus_client(EngineType.ML)
        assert second is not first
        assert await second.publish_message(MessageType.ML_PREDICTION, {}) is True
        with pytest.raises(RuntimeError, match="makes a new one"):
            await first.initialize()
        await second.stop()
        await other.stop()

    asyncio.run(scenario())


TWO_LOOPS = """
import asyncio
from dual_messagebus_client import EngineType, MessageType, get_dual_bus_client

async def start():
    return await get_dual_bus_client(EngineType.ML)

async def serve(started):
    client = await start()
    print(client is started, await client.publish_message(MessageType.ML_PREDICTION, {}))
    await client.close()

asyncio.run(serve(asyncio.run(start())))
"""


def test_the_factory_makes_a_new_client_for_a_new_event_loop(servers: Servers) -> None:
    """In a process of its own: the first loop ends with its client open, and Python complains of that later."""
    variables = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(BACKEND),
        "MARKETDATA_REDIS_PORT": str(servers.ports[MARKETDATA]),
        "ENGINE_LOGIC_REDIS_PORT": str(servers.ports[ENGINE_LOGIC]),
    }
    command = [sys.executable, "-c", TWO_LOOPS]
    done = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "False True\n"
