"""The sample platform's dual client on real servers: none of the faults that a deployed one was seen to have."""

from __future__ import annotations

import asyncio
import random
import time
from datetime import datetime
from typing import Any

import pytest
from platform_clients import BACKEND, collector, config, connected, dual, emptied, info, until

from codemods.reading.contract import read_contract
from codemods.settings import ENGINE_LOGIC, MARKETDATA, Settings
from migrator.demo.edges import ROUTES
from migrator.live.servers import Servers

EngineType, MessageType, MessagePriority = dual.EngineType, dual.MessageType, dual.MessagePriority


@pytest.fixture
def servers(servers: Servers) -> Servers:
    return emptied(servers)


@pytest.mark.parametrize(
    ("method", "member"), [("subscribe_to_marketdata", "MARKET_DATA"), ("subscribe_to_engine_logic", "RISK_METRIC")]
)
def test_a_message_reaches_another_engine(servers: Servers, method: str, member: str) -> None:
    received: list[dict[str, str]] = []

    async def handler(message: dict[str, str]) -> None:
        received.append(message)

    async def scenario() -> None:
        async with connected(servers, EngineType.PORTFOLIO, EngineType.RISK) as (portfolio, risk):
            await getattr(portfolio, method)([MessageType[member]], handler)
            assert await risk.publish_message(MessageType[member], {"a": 1}, MessagePriority.URGENT, "c-7") is True
            await until(lambda: bool(received))

    before = time.time()
    asyncio.run(scenario())
    assert before <= float(received[0].pop("timestamp")) <= time.time()
    assert received == [
        {
            "message_type": member.lower(),
            "source_engine": "risk",
            "source_instance": "1",
            "payload": '{"a": 1}',
            "priority": "urgent",
            "correlation_id": "c-7",
        }
    ]


def test_only_the_subscribed_types_are_delivered(servers: Servers) -> None:
    payloads, handler = collector()

    async def scenario() -> None:
        async with connected(servers, EngineType.PORTFOLIO, EngineType.ML) as (portfolio, ml):
            await portfolio.subscribe_to_engine_logic([MessageType.RISK_METRIC, MessageType.MARGIN_CALL], handler)
            await ml.publish_message(MessageType.ML_PREDICTION, "another type")
            await portfolio.publish_message(MessageType.PORTFOLIO_UPDATE, "an own message of another type")
            await ml.publish_message(MessageType.RISK_METRIC, "first type")
            await ml.publish_message(MessageType.MARGIN_CALL, "second type")
            await until(lambda: len(payloads) == 2)
            await asyncio.sleep(0.1)

    asyncio.run(scenario())
    assert sorted(payloads) == ["first type", "second type"]


def test_each_subscription_of_one_client_gets_every_message(servers: Servers) -> None:
    (first, first_handler), (second, second_handler) = collector(), collector()

    async def scenario() -> None:
        async with connected(servers, EngineType.PORTFOLIO, EngineType.RISK) as (portfolio, risk):
            await portfolio.subscribe_to_engine_logic([MessageType.RISK_METRIC], first_handler)
            await portfolio.subscribe_to_engine_logic([MessageType.RISK_METRIC], second_handler)
            for number in range(20):
                await risk.publish_message(MessageType.RISK_METRIC, number)
            await until(lambda: len(first) == len(second) == 20)

    asyncio.run(scenario())
    assert first == second == list(range(20))


def test_instances_of_one_engine_share_its_messages(servers: Servers) -> None:
    payloads, handler = collector()

    async def scenario() -> None:
        async with connected(servers, EngineType.RISK) as (risk,):
            instances = [dual.DualMessageBusClient(config(servers, EngineType.ML, name)) for name in ("1", "2")]
            for instance in instances:
                await instance.initialize()
                await instance.subscribe_to_engine_logic([MessageType.RISK_METRIC], handler)
            for number in range(20):
                await risk.publish_message(MessageType.RISK_METRIC, number)
            await until(lambda: len(payloads) == 20)
            await asyncio.sleep(0.1)
            for instance in instances:
                await instance.close()

    asyncio.run(scenario())
    assert sorted(payloads) == list(range(20))


def test_nothing_is_lost_after_flushall(servers: Servers) -> None:
    """And the group is made again at the first failure, not after thousands."""
    payloads, handler = collector()

    async def scenario() -> None:
        async with connected(servers, EngineType.PORTFOLIO, EngineType.RISK) as (portfolio, risk):
            await portfolio.subscribe_to_engine_logic([MessageType.RISK_METRIC], handler)
            await risk.publish_message(MessageType.RISK_METRIC, "before")
            await until(lambda: payloads == ["before"])
            await risk.engine_logic_client.flushall()
            for number in range(5):
                await risk.publish_message(MessageType.RISK_METRIC, number)
            await until(lambda: len(payloads) == 6)

    asyncio.run(scenario())
    assert payloads == ["before", 0, 1, 2, 3, 4]
    assert info(servers, ENGINE_LOGIC, "commandstats")["cmdstat_xreadgroup"]["failed_calls"] <= 2


def test_what_is_published_during_a_restart_is_delivered_afterwards(servers: Servers) -> None:
    payloads, handler = collector()

    async def scenario() -> None:
        async with connected(servers, EngineType.RISK) as (risk,):
            await risk.publish_message(MessageType.RISK_METRIC, "before the first subscription")
            async with connected(servers, EngineType.PORTFOLIO) as (portfolio,):
                await portfolio.subscribe_to_engine_logic([MessageType.RISK_METRIC], handler)
                await risk.publish_message(MessageType.RISK_METRIC, "while it runs")
                await until(lambda: len(payloads) == 1)
            await risk.publish_message(MessageType.RISK_METRIC, "while it restarts")
            async with connected(servers, EngineType.PORTFOLIO) as (portfolio,):
                await portfolio.subscribe_to_engine_logic([MessageType.RISK_METRIC], handler)
                await until(lambda: len(payloads) == 2)

    asyncio.run(scenario())
    assert payloads == ["while it runs", "while it restarts"]


def test_a_message_whose_handler_failed_stays_pending_and_comes_back_after_a_restart(
    servers: Servers, caplog: pytest.LogCaptureFixture
) -> None:
    payloads, handler = collector()

    async def failing(message: dict[str, str]) -> None:
        raise ValueError("no such symbol")

    async def scenario() -> int:
        async with connected(servers, EngineType.PORTFOLIO, EngineType.RISK) as (portfolio, risk):
            await portfolio.subscribe_to_engine_logic([MessageType.RISK_METRIC], failing)
            await risk.publish_message(MessageType.RISK_METRIC, "hard to handle")
            await until(lambda: portfolio.get_stats()["failed"] == 1)
            groups = await risk.engine_logic_client.xinfo_groups("engine_logic:risk_metric")
        async with connected(servers, EngineType.PORTFOLIO) as (portfolio,):
            await portfolio.subscribe_to_engine_logic([MessageType.RISK_METRIC], handler)
            await until(lambda: bool(payloads))
        return groups[0]["pending"]

    assert asyncio.run(scenario()) == 1
    assert payloads == ["hard to handle"]
    assert [record.exc_text for record in caplog.records if "ValueError: no such symbol" in str(record.exc_text)]


def test_no_sparse_message_is_lost(servers: Servers) -> None:
    payloads, handler = collector()
    pauses = random.Random(7)

    async def scenario() -> None:
        async with connected(servers, EngineType.PORTFOLIO, EngineType.MARKETDATA) as (portfolio, marketdata):
            await portfolio.subscribe_to_marketdata([MessageType.MARKET_DATA], handler)
            for number in range(60):
                await marketdata.publish_message(MessageType.MARKET_DATA, number)
                await asyncio.sleep(pauses.uniform(0, 0.1))
            await until(lambda: len(payloads) == 60)

    asyncio.run(scenario())
    assert payloads == list(range(60))


async def async_handler(message: dict[str, str]) -> None:
    """Does nothing, and does it properly."""


def sync_handler(message: dict[str, str]) -> None:
    """What a legacy handler looks like."""


@pytest.mark.parametrize(
    ("types", "handler", "error"),
    [
        ("risk_metric", async_handler, TypeError),
        (["risk_metric"], async_handler, TypeError),
        (MessageType.RISK_METRIC, async_handler, TypeError),
        ([EngineType.RISK], async_handler, TypeError),
        ([], async_handler, ValueError),
        ([MessageType.MARKET_DATA], async_handler, ValueError),
        ([MessageType.RISK_METRIC], sync_handler, TypeError),
        ([MessageType.RISK_METRIC], None, TypeError),
    ],
)
def test_a_wrong_subscription_raises_at_once(
    servers: Servers, types: Any, handler: Any, error: type[Exception]
) -> None:
    async def scenario() -> None:
        async with connected(servers, EngineType.PORTFOLIO) as (portfolio,):
            with pytest.raises(error):
                await portfolio.subscribe_to_engine_logic(types, handler)
            assert portfolio.get_stats()["subscriptions"] == {MARKETDATA: 0, ENGINE_LOGIC: 0}

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("message_type", "payload"),
    [(MessageType.RISK_METRIC, {"at": datetime(2025, 1, 1)}), ("risk_metric", {}), (EngineType.RISK, {})],
)
def test_a_wrong_publish_raises(servers: Servers, message_type: Any, payload: Any) -> None:
    async def scenario() -> None:
        async with connected(servers, EngineType.PORTFOLIO) as (portfolio,):
            with pytest.raises(TypeError):
                await portfolio.publish_message(message_type, payload)

    asyncio.run(scenario())


def test_a_client_that_is_not_connected_says_so() -> None:
    async def scenario() -> None:
        client = dual.create_dual_bus_client(EngineType.ML)
        with pytest.raises(RuntimeError, match="not connected"):
            await client.publish_message(MessageType.ML_PREDICTION, {})
        with pytest.raises(RuntimeError, match="not connected"):
            await client.subscribe_to_marketdata([MessageType.MARKET_DATA], async_handler)

    asyncio.run(scenario())


def test_every_message_type_can_be_published_and_subscribed_to(servers: Servers) -> None:
    payloads, handler = collector()

    async def scenario() -> None:
        async with connected(servers, EngineType.ANALYTICS, EngineType.RISK) as (analytics, risk):
            market = [kind for kind in MessageType if dual.MESSAGE_BUS[kind] is dual.MessageBusType.MARKETDATA_BUS]
            await analytics.subscribe_to_marketdata(market, handler)
            await analytics.subscribe_to_engine_logic([kind for kind in MessageType if kind not in market], handler)
            for kind in MessageType:
                await risk.publish_message(kind, kind.name)
            await until(lambda: len(payloads) == len(MessageType))

    asyncio.run(scenario())
    assert len(MessageType) == 28
    assert sorted(payloads) == sorted(kind.name for kind in MessageType)


def test_the_tool_reads_the_clients_contract_without_a_fault() -> None:
    texts = {"backend/dual_messagebus_client.py": (BACKEND / "dual_messagebus_client.py").read_bytes()}
    contract = read_contract(texts, Settings(source_root="backend"))
    assert contract.faults == ()
    assert contract.enums["EngineType"] == tuple(sorted(name.upper() for name in ROUTES))
    assert contract.types_of(MARKETDATA) == ("MARKET_DATA", "PRICE_UPDATE", "TRADE_EXECUTION")
    assert (len(contract.types_of(ENGINE_LOGIC)), contract.socket_timeout, contract.decodes) == (25, 5.0, True)
