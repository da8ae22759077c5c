"""Whose a connection is: found for a real child process that holds one."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from migrator.errors import MigrateError
from migrator.live.measure import take_snapshot
from migrator.live.owners import holders_of, owners_of, read_address, read_sockets, server_of
from migrator.live.servers import MAIN, Servers

CHILD = """
import redis, socket, sys
client = redis.Redis(port=int(sys.argv[1]))
client.xlen("orders")
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
sys.stdin.read()
"""


def test_a_connection_and_a_listening_port_lead_to_the_process_that_holds_them() -> None:
    with Servers() as servers, servers.client(MAIN) as asker:
        command = [sys.executable, "-c", CHILD, str(servers.ports[MAIN])]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
            assert child.stdout is not None
            port = int(child.stdout.readline())
            (connection,) = take_snapshot(asker).connections
            owners = owners_of([connection.addr])
            holders = holders_of([port, 1])
            among_others = owners_of([connection.addr], pids=[1])
            child.communicate(b"")
    assert connection.cmd == "xlen"
    assert owners == {connection.addr: child.pid}
    assert holders == {child.pid: port}
    assert among_others == {}


TWIN = """
import socket, sys
own, server = int(sys.argv[1]), int(sys.argv[2])
twin = socket.socket()
twin.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
twin.bind(("127.0.0.1", own))
twin.connect(("127.0.0.1", server))
print("up", flush=True)
sys.stdin.read()
"""


def test_two_connections_of_one_address_are_told_by_the_server_that_each_leads_to() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as one,
        socket.create_server(("127.0.0.1", 0)) as other,
        socket.socket() as mine,
    ):
        mine.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        mine.bind(("127.0.0.1", 0))
        mine.connect(one.getsockname())
        port, ports = mine.getsockname()[1], [each.getsockname()[1] for each in (one, other)]
        command = [sys.executable, "-c", TWIN, str(port), str(ports[1])]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
            assert child.stdout is not None
            assert child.stdout.readline() == b"up\n"
            address = f"127.0.0.1:{port}"
            found = [owners_of([address], [os.getpid(), child.pid], server=each) for each in ports]
            server = server_of(address, os.getpid())
            child.communicate(b"")
    assert found == [{address: os.getpid()}, {address: child.pid}]
    assert server == ports[0]


def test_an_ipv6_listener_is_found_too() -> None:
    try:
        listener = socket.create_server(("::1", 0), family=socket.AF_INET6)
    except OSError:
        # A host without IPv6 has no such table to read; the address format is tested below all the same.
        assert read_address("00000000000000000000000001000000:22C4") == "[::1]:8900"
        return
    with listener:
        port = listener.getsockname()[1]
        assert holders_of([port]) == {os.getpid(): port}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0100007F:22C4", "127.0.0.1:8900"),
        ("00000000:18EB", "0.0.0.0:6379"),
        ("00000000000000000000000001000000:22C4", "[::1]:8900"),
        ("0000000000000000FFFF00000100007F:22C4", "127.0.0.1:8900"),
    ],
)
def test_addresses_are_written_as_servers_write_them(text: str, expected: str) -> None:
    assert read_address(text) == expected


def test_the_heading_of_the_table_is_no_socket() -> None:
    assert list(read_sockets("  sl  local_address rem_address   st\n")) == []


def test_a_host_without_the_table_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(MigrateError, match="can be told on Linux only"):
        owners_of(["127.0.0.1:1"], proc=tmp_path)


def test_a_process_that_has_ended_holds_nothing() -> None:
    child = subprocess.Popen([sys.executable, "-c", "pass"])
    child.wait()
    assert owners_of(["127.0.0.1:1"], pids=[child.pid]) == {}
