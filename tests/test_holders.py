"""Whose a connection is: by its process, by the name that it gave, or by its address."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from migrator.live.holders import Here, Holder, Owner, group_connections, named, owner_by_name, owners
from migrator.live.measure import Connection
from migrator.live.owners import parent_of, program_of


def connection(number: int, addr: str, cmd: str = "get", **more: object) -> Connection:
    return Connection(number, addr, cmd, **more)  # type: ignore[arg-type]


ENGINES = {8400: "ml", 8200: "risk"}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("", Owner("", "10.0.0.7", "address")),
        ("ml-worker-2", Owner("ml", "ml-worker-2", "name")),
        ("html", Owner("", "html", "name")),
        ("risk-for-ml", Owner("", "risk-for-ml", "name")),
    ],
)
def test_a_name_is_an_engines_where_it_is_a_word_of_it_and_of_no_other(name: str, expected: Owner) -> None:
    assert owner_by_name(connection(1, "10.0.0.7:5000", name=name), Here(ENGINES, {})) == expected


@pytest.mark.parametrize(("engine", "shown"), [("", "migrate-bridge"), ("ml", "ml")])
def test_a_process_of_no_engine_is_shown_by_the_name_that_it_gave(engine: str, shown: str) -> None:
    owner = Owner(engine, engine or "python", "process", 7)
    here = Here(ENGINES, {})
    bridge = connection(1, "127.0.0.1:1", name="migrate-bridge")
    assert named(owner, bridge, here) == Owner(engine, shown, "process", 7)
    assert named(owner, connection(1, "127.0.0.1:1"), here) == owner


def test_a_process_of_no_engine_is_the_engines_whose_name_it_gave() -> None:
    owner, given = Owner("", "python", "process", 7), connection(1, "127.0.0.1:1", name="ml-worker-1")
    assert named(owner, given, Here(ENGINES, {})) == Owner("ml", "ml", "process", 7)


def test_a_socket_without_a_port_is_shown_as_it_is() -> None:
    assert owner_by_name(connection(1, "/run/redis.sock"), Here({}, {})).who == "/run/redis.sock"


def test_processes_are_not_searched_for_where_addresses_are_another_hosts() -> None:
    found = owners([connection(1, "127.0.0.1:5000")], "172.17.0.1:6000", Here(ENGINES, {}))
    assert found == {"127.0.0.1:5000": Owner("", "127.0.0.1", "address")}


def test_a_server_may_have_several_ports() -> None:
    """Whoever asks may come by the one with TLS, and the engines by the one without."""
    with socket.create_server(("127.0.0.1", 0)) as plain, socket.create_server(("127.0.0.1", 0)) as secure:
        ports = [each.getsockname()[1] for each in (plain, secure)]
        with (
            socket.create_connection(plain.getsockname()) as mine,
            socket.create_connection(secure.getsockname()) as asking,
        ):
            address, asker = (f"127.0.0.1:{each.getsockname()[1]}" for each in (mine, asking))
            here = Here.of({ports[0]: "ml"})
            engines = owners([connection(1, address, port=ports[0])], asker, here, ports[1])
            renamed = owners([connection(1, address, port=6379)], asker, here, 6380)  # it knows them by other numbers
    assert engines == renamed == {address: Owner("ml", "ml", "process", os.getpid())}


def test_a_host_without_proc_tells_addresses(tmp_path: Path) -> None:
    here = Here.of(ENGINES, tmp_path)
    assert here == Here(ENGINES, {}, tmp_path)
    assert owners([connection(1, "10.0.0.7:1")], "10.0.0.8:2", here) == {"10.0.0.7:1": Owner("", "10.0.0.7", "address")}


def process(proc: Path, pid: int, parent: int, program: str) -> None:
    """A process as /proc has it."""
    (proc / str(pid)).mkdir()
    (proc / str(pid) / "stat").write_text(f"{pid} (a ) b) S {parent} 1 1")
    (proc / str(pid) / "comm").write_text(f"{program}\n")


def test_a_worker_is_the_engine_of_the_process_that_started_it(tmp_path: Path) -> None:
    process(tmp_path, 10, 1, "uvicorn")
    process(tmp_path, 11, 10, "python")
    process(tmp_path, 12, 11, "python")
    process(tmp_path, 20, 1, "cron")
    here = Here(ENGINES, {10: "ml"}, tmp_path)
    assert [here.engine_of(pid) for pid in (10, 12, 20, 99)] == ["ml", "ml", "", ""]
    assert (parent_of(12, tmp_path), program_of(10, tmp_path)) == (11, "uvicorn")
    assert (parent_of(99, tmp_path), program_of(99, tmp_path)) == (0, "")


def test_connections_are_grouped_by_owner_and_use() -> None:
    ml, other = Owner("ml", "ml", "process", 7), Owner("", "10.0.0.7", "address")
    found = group_connections(
        [
            connection(1, "a:1", "xreadgroup", blocked=True, idle=3, age=60),
            connection(2, "a:2", "ping", age=9),
            connection(3, "a:3", "get"),
            connection(4, "b:1", "ping"),
        ],
        {2: {"xadd"}},
        {"a:1": ml, "a:2": ml, "a:3": ml, "b:1": other},
    )
    assert found == (
        Holder(ml, "bus", 2, ("ping", "xadd", "xreadgroup"), 1, 3, 60),
        Holder(ml, "cache", 1, ("get",)),
        Holder(other, "idle", 1, ("ping",)),
    )
