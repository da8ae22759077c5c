"""`migrate observe` at servers that are none, hang or bear an odd URL: a sentence each, and the others are shown."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from liveservers import KINDS, LiveServer, live_server

from migrator.cli import cli
from migrator.errors import WRONG_USAGE
from migrator.live import urls

SECRET = "s3cret-of-a-test"


@pytest.fixture(scope="module")
def good() -> Iterator[LiveServer]:
    with live_server(KINDS[0]) as running:
        yield running


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that is no repository."""
    monkeypatch.chdir(tmp_path)


def observe(*servers: str) -> Result:
    given = [word for server in servers for word in ("--url", server)]
    return CliRunner().invoke(cli, ["observe", "--seconds", "0.2", *given], prog_name="migrate")


def answers(text: bytes) -> Callable[[socket.socket], None]:
    """A service that has one answer to everything."""

    def serve(client: socket.socket) -> None:
        while client.recv(65536):
            client.sendall(text)

    return serve


def greets(client: socket.socket) -> None:
    """A service that speaks first, as SSH and mail do."""
    client.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")
    while client.recv(65536):
        pass


@contextmanager
def service(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    """The port of a service that is no Redis server."""
    listener = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        with suppress(OSError):  # the listener was closed
            while True:
                client, _ = listener.accept()
                with client, suppress(OSError):
                    serve(client)

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


@pytest.mark.parametrize(
    "serve",
    [
        pytest.param(greets, id="speaks first"),
        pytest.param(answers(b"HTTP/1.1 400 Bad Request\r\n\r\n"), id="http"),
        *(
            pytest.param(answers(text), id=str(text))
            for text in (b"+OK\r\n", b":1\r\n", b"$-1\r\n", b"$0\r\n\r\n", b"*2\r\n:1\r\n$1\r\na\r\n")
        ),
    ],
)
def test_a_port_of_another_service_is_told_and_the_others_are_shown(
    serve: Callable[[socket.socket], None], good: LiveServer, outside: None
) -> None:
    with service(serve) as port:
        shown = observe(f"main=redis://127.0.0.1:{port}", f"marketdata={good.url}")
    assert shown.exit_code == 1
    assert shown.stderr.startswith(f"migrate: main: redis://127.0.0.1:{port}: ")
    assert "is no Redis server" in shown.stderr
    assert shown.stdout.startswith(f"marketdata  {good.url}\n")


@pytest.mark.parametrize("kind", KINDS)
def test_servers_that_hang_are_waited_for_together(
    kind: str, good: LiveServer, outside: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each answer is waited for by a thread of its own: nobody's patience begins after another's has ended."""
    waiting = threading.Barrier(2, timeout=60)
    tell = urls.ServerUrl.why

    def told(server: urls.ServerUrl, error: Exception) -> str:
        waiting.wait()
        return tell(server, error)

    monkeypatch.setattr(urls, "REPLY_SECONDS", 0.2)
    monkeypatch.setattr(urls.ServerUrl, "why", told)
    with live_server(kind) as one, live_server(kind) as other:
        processes = []
        for server in (one, other):
            with server.client() as client:
                processes.append(int(client.info("server")["process_id"]))
        for process in processes:
            os.kill(process, signal.SIGSTOP)
        shown = observe(f"main={one.url}", f"marketdata={other.url}", f"engine_logic={good.url}")
    sentence = "no answer in 0.2 s; see whether the server is up, and reached from here"
    assert shown.exit_code == 1
    assert shown.stderr.splitlines() == [
        f"migrate: main: {one.url}: {sentence}",
        f"migrate: marketdata: {other.url}: {sentence}",
    ]
    assert shown.stdout.startswith(f"engine_logic  {good.url}\n")


def test_options_for_a_client_in_a_url_change_nothing(good: LiveServer, outside: None) -> None:
    """An engine's own URL will do, whatever it says of that engine's client."""
    shown = observe(f"main={good.url}/0?decode_responses=no&protocol=3&socket_timeout=abc&client_name={SECRET}&db=0")
    assert (shown.exit_code, shown.stderr) == (0, "")
    assert SECRET not in shown.stdout


@pytest.mark.parametrize(
    ("ending", "sentence"),
    [
        (f"/{SECRET}", "--url main ends in no number of a database"),
        (f"/{SECRET}@db1:6379", "a / in its password is written %2F"),
        (f"?ssl_nonsense={SECRET}", "'ssl_nonsense'"),
    ],
)
def test_a_url_with_an_ending_that_says_nothing_is_wrong_usage(
    ending: str, sentence: str, good: LiveServer, outside: None
) -> None:
    shown = observe(f"main={good.url}{ending}")
    assert shown.exit_code == WRONG_USAGE
    assert sentence in shown.stderr
    assert SECRET not in shown.output


def test_a_server_without_tls_is_told_by_a_url_that_wants_it(
    good: LiveServer, outside: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(urls, "REPLY_SECONDS", 0.2)
    shown = observe(f"main=rediss://127.0.0.1:{good.port}")
    assert shown.exit_code == 1
    assert "reached from here, and speaks TLS\n" in shown.stderr


@pytest.mark.parametrize("kind", KINDS)
def test_a_command_that_was_renamed_is_named(kind: str, outside: None) -> None:
    with live_server(kind, "--rename-command", "SCAN", "FIND") as server:
        shown = observe(f"main={server.url}")
    assert shown.exit_code == 1
    assert "unknown command 'SCAN'" in shown.stderr
    assert "whose commands bear their own names" in shown.stderr
