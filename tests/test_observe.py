"""`migrate observe`: which servers it asks and how, what it refuses, what it prints, saves and never says."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import redis
from click.testing import CliRunner, Result
from consumers import reading
from liveservers import KINDS, LiveServer, has_tls, live_server, make_certificate
from tinyplatform import CONFIG, tiny_platform

from migrator.cli import cli
from migrator.errors import WRONG_USAGE, MigrateError
from migrator.live.commands import ACL, READ_ONLY
from migrator.live.ports import free_ports
from migrator.live.urls import chosen_urls, read_url
from migrator.observing import saved

SERVERS = "servers: {main: {url_env: MAIN_URL}, engine_logic: {url_env: LOGIC_URL}}\n"
PASSWORD = "p4ss-w0rd-of-a-test"


@pytest.fixture(scope="module", params=KINDS)
def server(request: pytest.FixtureRequest) -> Iterator[LiveServer]:
    with live_server(request.param) as running:
        yield running


def observe(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["observe", "--seconds", "0.2", *arguments], prog_name="migrate")


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is no repository."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_only_commands_of_the_table_are_sent(server: LiveServer, outside: Path) -> None:
    with server.client() as client:
        client.xadd("orders", {"a": "1"})
        client.xgroup_create("orders", "risk", id="0")
        client.xreadgroup("risk", "one", {"orders": ">"})
        client.config_resetstat()
        shown = observe("--url", f"main={server.url}/0")
        stats = client.info("commandstats")
        errors = client.info("errorstats")
    assert shown.exit_code == 0
    sent = {name.removeprefix("cmdstat_") for name in stats} - {"config|resetstat"}
    assert sent <= READ_ONLY.keys()
    assert {"info", "client|list", "scan", "xinfo|stream", "xinfo|groups", "xinfo|consumers", "xpending"} <= sent
    assert "keys" not in sent
    assert errors == {}
    assert stats["cmdstat_client|list"]["calls"] == 3  # one for each pass, and one look in between


def test_the_report_has_figures_streams_and_groups(server: LiveServer, outside: Path) -> None:
    with server.client() as client:
        client.flushall()
        client.xgroup_create("orders", "risk", mkstream=True)
        client.xadd("orders", {"a": "1"})
    with reading(server, "orders", "risk", block=50):
        shown = observe("--url", f"main={server.url}")
    assert shown.exit_code == 0
    lines = shown.stdout.splitlines()
    assert lines[0] == f"main  redis://127.0.0.1:{server.port}"
    assert all(len(line) <= 80 for line in lines)
    words = [line.split() for line in lines]
    assert ["orders", "1", "0.0"] in words
    assert ["-", "risk", "1/1", "0", "0"] in [line[:5] for line in words]
    assert "xreadgroup" in [line[0] for line in words if line]
    assert lines[-1] == "  nothing was seen that is wrong"


def test_a_name_with_control_characters_does_not_reach_the_terminal(server: LiveServer, outside: Path) -> None:
    with server.client() as client:
        client.flushall()
        client.xadd("evil\x1b[2Jname", {"a": "1"})
        client.xadd(b"\xff\xfe", {"a": "1"})
        shown = observe("--url", f"main={server.url}")
        client.flushall()
    assert "\x1b" not in shown.stdout
    assert r"evil\x1b[2Jname" in shown.stdout
    assert r"\xff\xfe" in shown.stdout


def test_what_is_saved_is_what_json_prints_and_can_be_read_again(server: LiveServer, outside: Path) -> None:
    shown = observe("--url", f"main={server.url}", "--json", "--save", "before.json")
    text = (outside / "before.json").read_text()
    assert shown.stdout == text
    assert json.loads(text)["format"] == saved.FORMAT
    assert saved.as_json(saved.load(outside / "before.json")) == text
    assert [path.name for path in outside.iterdir()] == ["before.json"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (None, "No such file or directory"),
        ("no json", "is no observation"),
        ("[1]", "is no observation"),
        ('{"format": 1, "taken": 3}', "is no observation"),
        ('{"format": 99}', "is of another format than this migrate reads"),
    ],
)
def test_a_file_that_is_no_observation_is_refused(tmp_path: Path, text: str | None, sentence: str) -> None:
    path = tmp_path / "before.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(MigrateError) as raised:
        saved.load(path)
    assert sentence in str(raised.value)
    assert str(raised.value).endswith(f"; type: migrate observe --save {path}")


def test_the_servers_of_engines_yaml_come_from_the_environment(
    server: LiveServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tiny_platform(tmp_path, config=CONFIG + SERVERS))
    unset = observe()
    monkeypatch.setenv("MAIN_URL", server.url)
    monkeypatch.setenv("LOGIC_URL", f"redis://127.0.0.1:{free_ports(1)[0]}")
    shown = observe("--json")
    assert unset.exit_code == WRONG_USAGE
    assert unset.stderr == (
        "migrate: engines.yaml says that MAIN_URL holds the URL of main, and it is not set; "
        'type: export MAIN_URL=redis://localhost:6379, or give "--url main=..."\n'
    )
    facts = json.loads(shown.stdout)
    assert [each["name"] for each in facts["servers"]] == ["main"]  # one server that is away does not end the others
    assert facts["engines"] == {"strategy": 8700, "portfolio": 8900, "risk": 8200}
    assert shown.exit_code == 1
    assert "engine_logic: redis://127.0.0.1:" in shown.stderr
    assert "see whether the server is up" in shown.stderr


def test_the_file_of_a_folder_above_that_is_no_repository_is_nobodys_campaign(
    server: LiveServer, outside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (outside / "engines.yaml").write_text("version: 1\n")
    (outside / "here").mkdir()
    monkeypatch.chdir(outside / "here")
    assert observe("--url", f"main={server.url}").exit_code == 0


def test_no_server_at_all_is_wrong_usage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tiny_platform(tmp_path))
    shown = observe()
    assert shown.exit_code == WRONG_USAGE
    assert shown.stderr == (
        'migrate: no server is named; add "servers: {main: {url_env: MAIN_REDIS_URL}}" to engines.yaml, '
        'or give "--url main=redis://localhost:6379"\n'
    )


@pytest.mark.parametrize(
    ("option", "sentence"),
    [
        ("main", "--url takes NAME=URL, such as main=redis://localhost:6379"),
        (f"redis://:{PASSWORD}@h/?a=b", "--url takes NAME=URL, such as main=redis://localhost:6379"),
        ("mian=redis://h", 'did you mean "main"?'),
        (f"main=h:6379:{PASSWORD}", "--url main is no URL of a Redis server"),
        (f"main=http://u:{PASSWORD}@h", "--url main is no URL of a Redis server"),
        (f"main=redis://:{PASSWORD}@h:port", "--url main is no URL of a Redis server"),
    ],
)
def test_a_url_that_is_none_is_refused_and_never_repeated(option: str, sentence: str) -> None:
    with pytest.raises(MigrateError) as raised:
        chosen_urls([option], {}, {}, "engines.yaml")
    assert sentence in str(raised.value)
    assert PASSWORD not in str(raised.value)
    assert raised.value.exit_code == WRONG_USAGE


def test_a_server_that_is_named_twice_is_refused() -> None:
    with pytest.raises(MigrateError, match="--url names main twice; leave one of them out"):
        chosen_urls(["main=redis://a", "marketdata=redis://b", "main=redis://c"], {}, {}, "engines.yaml")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (f"redis://:{PASSWORD}@h", "redis://h:6379"),
        (f"rediss://ann:{PASSWORD}@h:1/2?password={PASSWORD}", "rediss://ann@h:1/2"),
        ("redis://[::1]:7", "redis://[::1]:7"),
        (f"unix://:{PASSWORD}@/run/redis.sock?db=1", "unix:///run/redis.sock"),
    ],
)
def test_a_url_is_shown_without_its_password(url: str, shown: str) -> None:
    server = read_url("main", url, "a test")
    assert server.shown == shown
    assert PASSWORD not in repr(server)


def test_a_password_is_taken_and_never_shown_or_saved(outside: Path) -> None:
    with live_server(KINDS[0], "--requirepass", PASSWORD) as server:
        good = observe("--url", f"main=redis://:{PASSWORD}@127.0.0.1:{server.port}", "--json", "--save", "b.json")
        bad = observe("--url", f"main=redis://:wrong-{PASSWORD}@127.0.0.1:{server.port}")
        none = observe("--url", f"main=redis://127.0.0.1:{server.port}")
    assert good.exit_code == 0
    assert (bad.exit_code, none.exit_code) == (1, 1)
    sentence = "the server does not take this user and password; put the right ones into its URL\n"
    assert bad.stderr == none.stderr == f"migrate: main: redis://127.0.0.1:{server.port}: {sentence}"
    assert PASSWORD not in good.output + bad.output + none.output + (outside / "b.json").read_text()


@pytest.mark.parametrize("kind", KINDS)
def test_a_user_with_few_rights_is_told_which_are_missing(kind: str, outside: Path) -> None:
    with live_server(kind) as server, server.client() as client:
        client.execute_command("ACL", "SETUSER", "few", "on", f">{PASSWORD}", "+info", "~*")
        client.execute_command("ACL", "SETUSER", "all", "on", f">{PASSWORD}", *ACL.split())
        client.execute_command("ACL", "SETUSER", "none", "on", f">{PASSWORD}")
        client.xadd("orders", {"a": "1"})
        few, enough, none = (
            observe("--url", f"main=redis://{user}:{PASSWORD}@127.0.0.1:{server.port}")
            for user in ("few", "all", "none")
        )
        log = client.execute_command("ACL", "LOG")
    assert (few.exit_code, enough.exit_code, none.exit_code) == (0, 0, 1)
    assert "its user may not run CLIENT LIST; type: ACL SETUSER NAME" in few.stdout
    assert "orders" in enough.stdout
    assert "may not run" not in enough.stdout
    assert "its user may not run INFO" in none.stderr
    assert {entry["username"] for entry in map(pairs, log)} <= {"few", "none"}


def pairs(entry: object) -> dict[str, object]:
    """An entry of ACL LOG, which comes as a flat list."""
    assert isinstance(entry, list)
    return dict(zip(entry[::2], entry[1::2], strict=True))


def test_tls_is_spoken(outside: Path) -> None:
    certificate, key = make_certificate(outside)
    for kind in filter(has_tls, KINDS):
        (port,) = free_ports(1)
        files = ("--tls-cert-file", str(certificate), "--tls-key-file", str(key), "--tls-auth-clients", "no")
        with live_server(kind, "--tls-port", str(port), *files):
            shown = observe("--url", f"main=rediss://localhost:{port}?ssl_ca_certs={certificate}")
            distrusted = observe("--url", f"main=rediss://localhost:{port}")
        assert shown.exit_code == 0
        assert shown.stdout.startswith(f"main  rediss://localhost:{port}\n")
        assert distrusted.exit_code == 1
        assert "certificate verify failed" in distrusted.stderr
    # Where no server here was built with TLS, that it is asked for can be seen at least.
    client = read_url("main", f"rediss://h?ssl_ca_certs={certificate}", "a test").client()
    assert client.connection_pool.connection_class is redis.SSLConnection


@pytest.mark.parametrize("kind", KINDS)
def test_a_cluster_and_a_replica_are_named_as_not_supported(kind: str, outside: Path) -> None:
    with live_server(kind) as main, live_server(kind, "--replicaof", f"127.0.0.1 {main.port}") as replica:
        shown = observe("--url", f"main={main.url}", "--url", f"marketdata={replica.url}")
    with live_server(kind, "--cluster-enabled", "yes") as node:
        cluster = observe("--url", f"main={node.url}")
    assert shown.exit_code == WRONG_USAGE
    assert shown.stdout.startswith("main  redis://")
    assert shown.stderr == (
        f"migrate: marketdata: {replica.url} is a replica, which counts its own commands and connections and not "
        "those of its master; name a server that stands alone\n"
    )
    assert cluster.exit_code == WRONG_USAGE
    assert "is part of a cluster" in cluster.stderr


@pytest.mark.parametrize("kind", KINDS)
def test_a_sentinel_is_named_as_not_supported(kind: str, outside: Path) -> None:
    (outside / "sentinel.conf").write_text("sentinel resolve-hostnames no\n")
    with live_server(kind, "--sentinel", config=outside / "sentinel.conf") as sentinel:
        shown = observe("--url", f"main={sentinel.url}")
    assert shown.exit_code == WRONG_USAGE
    assert "is a Sentinel, not a server with streams" in shown.stderr


def test_a_server_that_never_answers_is_given_up(outside: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("migrator.live.urls.REPLY_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        shown = observe("--url", f"main=redis://127.0.0.1:{silent.getsockname()[1]}")
    assert shown.exit_code == 1
    assert "no answer in 0.2 s; see whether the server is up, and reached from here" in shown.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--watch", "--json"), "--watch refreshes a terminal; leave --save and --json out"),
        (("--seconds", "0", "--url", "main=redis://h"), "--seconds takes 0.1 to 86400"),
        (("--seconds", "nan", "--url", "main=redis://h"), "--seconds takes 0.1 to 86400"),
    ],
)
def test_options_that_make_no_sense_are_wrong_usage(arguments: tuple[str, ...], sentence: str, outside: Path) -> None:
    shown = CliRunner().invoke(cli, ["observe", *arguments])
    assert (shown.exit_code, shown.stderr) == (WRONG_USAGE, f"migrate: {sentence}\n")


def watching(server: LiveServer) -> list[str]:
    """A watch that takes a fifth of a second each time."""
    return [
        *(sys.executable, "-m", "migrator"),
        *("observe", "--watch", "--seconds", "0.2"),
        f"--url=main={server.url}",
    ]


def test_a_watch_refreshes_a_terminal_in_place_until_it_is_interrupted(server: LiveServer, outside: Path) -> None:
    shown = b""
    controller, terminal = os.openpty()
    with subprocess.Popen(watching(server), stdout=terminal, stderr=subprocess.PIPE, cwd=outside) as watch:
        os.close(terminal)
        while shown.count(b"\x1b[H\x1b[2J") < 3:
            shown += os.read(controller, 65536)
        watch.send_signal(signal.SIGINT)
        assert watch.stderr is not None
        said = watch.stderr.read()
        assert (watch.wait(60), said) == (0, b"")
    os.close(controller)
    assert shown.count(b"Diagnosis") >= 2


def test_a_watch_that_is_piped_prints_one_report_after_the_other(server: LiveServer, outside: Path) -> None:
    with subprocess.Popen(watching(server), stdout=subprocess.PIPE, cwd=outside, bufsize=0) as watch:
        assert watch.stdout is not None
        shown = b""
        while shown.count(b"Diagnosis") < 2:
            shown += watch.stdout.read(65536)
        watch.send_signal(signal.SIGINT)
        watch.stdout.read()
        assert watch.wait(60) == 0
    assert b"\x1b" not in shown


def test_a_file_that_cannot_be_written_is_named(server: LiveServer, outside: Path) -> None:
    shown = observe("--url", f"main={server.url}", "--save", "absent/before.json")
    assert shown.exit_code == WRONG_USAGE
    assert shown.stderr == ("migrate: absent/before.json: No such file or directory; name a file that can be written\n")


def test_what_the_engines_of_this_host_answer_is_asked_for(
    server: LiveServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (port,) = free_ports(1)
    monkeypatch.chdir(tiny_platform(tmp_path, config=CONFIG.replace("8900", str(port))))
    with ThreadingHTTPServer(("127.0.0.1", port), SimpleHTTPRequestHandler) as engine:
        thread = threading.Thread(target=engine.serve_forever, args=(0.01,))
        thread.start()
        shown = observe("--url", f"main={server.url}", "--health", "--json")
        engine.shutdown()
        thread.join()
    assert json.loads(shown.stdout)["health"] == {"portfolio": {"GET /health": 404}}
