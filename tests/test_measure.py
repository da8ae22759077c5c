"""What a server counts is read rightly: on a real server, with real faults."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import redis
from msgspec.structs import replace

from migrator.live.measure import (
    BUS,
    CACHE,
    IDLE,
    Calls,
    Connection,
    Snapshot,
    compare,
    read_snapshot,
    take_snapshot,
    use_of,
)
from migrator.live.servers import ENGINE_LOGIC, MAIN, MARKETDATA, Servers


@pytest.fixture
def asker(servers: Servers) -> Iterator[redis.Redis]:
    client = servers.client(MAIN)
    client.flushall()
    yield client
    client.close()


@pytest.fixture
def engine(servers: Servers) -> Iterator[redis.Redis]:
    client = redis.Redis(port=servers.ports[MAIN], decode_responses=True, protocol=2)
    yield client
    client.close()


def test_polling_with_a_group_that_nobody_made_is_counted_as_failed(asker: redis.Redis, engine: redis.Redis) -> None:
    before = take_snapshot(asker)
    for _ in range(40):
        with pytest.raises(redis.ResponseError, match="NOGROUP"):
            engine.xreadgroup("nobody-made-it", "me", {"control": ">"}, block=1000)
    delta = compare(before, take_snapshot(asker))
    assert replace(delta.calls("xreadgroup"), usec=0) == Calls(calls=40, usec=0, rejected=0, failed=40)
    assert delta.errors["NOGROUP"] == 40
    assert delta.bus_calls == 40
    assert delta.restarted == ""


def test_empty_reads_are_calls_and_no_failures(asker: redis.Redis, engine: redis.Redis) -> None:
    engine.xgroup_create("orders", "readers", id="0", mkstream=True)
    before = take_snapshot(asker)
    assert engine.xreadgroup("readers", "me", {"orders": ">"}) == []
    assert engine.xreadgroup("readers", "me", {"orders": ">"}, block=10) == []
    delta = compare(before, take_snapshot(asker))
    assert replace(delta.calls("xreadgroup"), usec=0) == Calls(calls=2)
    assert delta.errors.get("NOGROUP", 0) == 0


def test_the_wrong_type_and_the_wrong_arity_are_told_apart(asker: redis.Redis, engine: redis.Redis) -> None:
    engine.set("a-string", "x")
    before = take_snapshot(asker)
    with pytest.raises(redis.ResponseError, match="WRONGTYPE"):
        engine.xreadgroup("readers", "me", {"a-string": ">"})
    with pytest.raises(redis.ResponseError, match="wrong number of arguments"):
        engine.execute_command("XREADGROUP", "GROUP")
    delta = compare(before, take_snapshot(asker))
    assert replace(delta.calls("xreadgroup"), usec=0) == Calls(calls=1, rejected=1, failed=1)
    assert delta.errors["WRONGTYPE"] == 1


def test_a_group_command_is_kept_apart_from_its_subcommands(asker: redis.Redis, engine: redis.Redis) -> None:
    before = take_snapshot(asker)
    engine.xgroup_create("orders", "readers", mkstream=True)
    delta = compare(before, take_snapshot(asker))
    assert delta.calls("xgroup|create").calls == 1
    assert delta.calls("xgroup") == Calls()


def test_the_one_who_asks_is_not_counted(servers: Servers) -> None:
    first = servers.client(ENGINE_LOGIC)
    before = take_snapshot(first)
    first.close()
    second = servers.client(ENGINE_LOGIC)
    after = take_snapshot(second)
    second.close()
    delta = compare(before, after)
    assert (before.connected, before.connections, delta.connected, delta.received) == (0, (), 0, 0)


def test_connections_that_come_and_go_are_received_and_not_connected(servers: Servers) -> None:
    asker = servers.client(MARKETDATA)
    before = take_snapshot(asker)
    for _ in range(3):
        with redis.Redis(port=servers.ports[MARKETDATA]) as guest:
            guest.ping()
    delta = compare(before, take_snapshot(asker))
    asker.close()
    assert (delta.connected, delta.received) == (0, 3)


def test_the_last_command_tells_a_bus_connection_from_a_cache(servers: Servers) -> None:
    with (
        servers.client(MARKETDATA) as asker,
        redis.Redis(port=servers.ports[MARKETDATA]) as cache,
        redis.Redis(port=servers.ports[MARKETDATA]) as bus,
    ):
        cache.set("prediction", "1", ex=60)
        bus.xadd("ticks", {"price": "1"})
        seen = {(connection.cmd, use_of([connection.cmd])) for connection in take_snapshot(asker).connections}
    assert seen == {("set", CACHE), ("xadd", BUS)}


def test_cpu_is_a_share_of_the_servers_own_time(asker: redis.Redis, engine: redis.Redis) -> None:
    before = take_snapshot(asker)
    engine.eval("local n = 0 for i = 1, 3000000 do n = n + i end return n", 0)
    delta = compare(before, take_snapshot(asker))
    assert 0 < delta.seconds < 30
    assert 1 < delta.cpu_percent < 150


def test_a_restarted_server_is_noticed_and_counted_from_its_start() -> None:
    snapshots = []
    for calls in (3, 1):
        with Servers() as servers, servers.client(MAIN) as client:
            for _ in range(calls):
                client.xlen("orders")
            snapshots.append(take_snapshot(client))
    delta = compare(*snapshots)
    assert delta.restarted == "the server restarted: its run_id changed"
    assert delta.calls("xlen").calls == 1
    assert delta.seconds == snapshots[1].uptime


def test_reset_counters_are_noticed(asker: redis.Redis, engine: redis.Redis) -> None:
    for _ in range(5):
        engine.xlen("orders")
    before = take_snapshot(asker)
    asker.config_resetstat()
    engine.xlen("orders")
    delta = compare(before, take_snapshot(asker))
    assert delta.restarted == "the counters were reset: CONFIG RESETSTAT"
    assert delta.calls("xlen").calls == 1


BEFORE = Snapshot("a", "7.0.15", 100, 1000.0, 5.0, 2, 10, 1, {"get": Calls(4)}, {"ERR": 1}, ())


def test_a_smaller_uptime_is_a_restart() -> None:
    after = replace(BEFORE, uptime=7, clock=1010.0, cpu=0.7, commands={"get": Calls(9)})
    delta = compare(BEFORE, after)
    assert delta.restarted == "the server restarted: its uptime fell from 100 to 7 s"
    assert (delta.seconds, delta.commands, delta.errors) == (7.0, {"get": Calls(9)}, {"ERR": 1})
    assert delta.cpu_percent == pytest.approx(10.0)


def test_two_snapshots_at_one_moment_divide_by_nothing() -> None:
    delta = compare(BEFORE, BEFORE)
    assert (delta.seconds, delta.cpu_percent, delta.per_second(5), delta.errors) == (0.0, 0.0, 0.0, {})


def test_a_server_older_than_6_2_is_read_without_the_failures_that_it_does_not_count() -> None:
    info = {
        "run_id": "a",
        "redis_version": "6.0.16",
        "uptime_in_seconds": 1,
        "server_time_usec": 2_500_000,
        "used_cpu_sys": 0.25,
        "used_cpu_user": 0.5,
        "connected_clients": 2,
        "total_connections_received": 3,
        "cmdstat_get": {"calls": 2, "usec": 3, "usec_per_call": 1.5},
    }
    listed = [{"id": "1", "addr": "127.0.0.1:50000", "cmd": "get"}, {"id": "9", "addr": "127.0.0.1:50001"}]
    assert read_snapshot(info, listed, asker=9) == Snapshot(
        run_id="a",
        version="6.0.16",
        uptime=1,
        clock=2.5,
        cpu=0.75,
        connected=1,
        received=3,
        asker=9,
        commands={"get": Calls(calls=2, usec=3)},
        errors={},
        connections=(Connection(1, "127.0.0.1:50000", "get"),),
        asker_addr="127.0.0.1:50001",
    )


@pytest.mark.parametrize(
    ("commands", "expected"),
    [
        (["xreadgroup"], BUS),
        (["xgroup|create"], BUS),
        (["psubscribe"], BUS),
        (["get", "xadd", "get"], BUS),
        (["ping", "get"], CACHE),
        (["client|setinfo", "ping", ""], IDLE),
        ([], IDLE),
    ],
)
def test_what_a_connection_is_for(commands: list[str], expected: str) -> None:
    assert use_of(commands) == expected
