"""`migrate probe` on somebody's servers: only what it made is touched, and that is taken away again."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from click.testing import CliRunner, Result
from gitrepo import commit_files
from liveservers import LiveServer, live_server, make_certificate
from tinyplatform import CONFIG, platform_file, tiny_platform

from codemods.settings import BUSES, ENGINE_LOGIC, MARKETDATA
from migrator.cli import cli
from migrator.errors import MigrateError
from migrator.live.ports import free_ports
from migrator.live.urls import read_url
from migrator.probing import stored
from migrator.probing.allowed import HARMLESS, KEYS, RefusedError, passes
from migrator.probing.given import check_servers, run_on
from migrator.probing.inside.cleaning import clean
from migrator.probing.relay import Relay, dial, read_command, written

CLIENT = "backend/dual_messagebus_client.py"
PASSWORD = "a-secret-of-ours"
TOKEN = "probe-0123abcd-tag-1"


@pytest.fixture(scope="module")
def running() -> Iterator[dict[str, LiveServer]]:
    with live_server("valkey") as one, live_server("valkey") as other:
        yield {MARKETDATA: one, ENGINE_LOGIC: other}


@pytest.fixture
def servers(running: dict[str, LiveServer]) -> dict[str, LiveServer]:
    """Two servers that hold something of somebody's, and count from here."""
    for server in running.values():
        with server.client() as client:
            client.flushall()
            client.xadd("somebodys", {"a": "b"})
            client.xgroup_create("somebodys", "group", "0")
            client.set("kept", "1")
            client.config_resetstat()
    return running


def content(servers: dict[str, LiveServer]) -> list[Any]:
    found = []
    for server in servers.values():
        with server.client() as client:
            found.append([sorted(client.scan_iter()), client.xinfo_groups("somebodys")])
    return found


def probe(root: Path, servers: dict[str, LiveServer], *arguments: str) -> Result:
    urls = [f"--{bus.replace('_', '-')}-url={server.url}" for bus, server in servers.items()]
    return CliRunner().invoke(cli, ["probe", "--repo", str(root), *urls, *arguments])


def test_nothing_is_left_and_nothing_else_is_touched(tmp_path: Path, servers: dict[str, LiveServer]) -> None:
    before = content(servers)
    result = probe(tiny_platform(tmp_path), servers, "--json", "--only=lost-group", "--only=configuration")
    found = json.loads(result.stdout)
    assert [(each["id"], each["status"]) for each in found["verdicts"]] == [
        ("configuration", "passed"),
        ("lost-group", "passed"),
    ]
    assert (found["servers"], result.exit_code) == (" and ".join(each.url for each in servers.values()), 0)
    assert content(servers) == before
    for server in servers.values():
        with server.client() as client:
            called = {name.removeprefix("cmdstat_").split("|")[0] for name in client.info("commandstats")}
        assert called - {"config", "scan"} <= {name.lower() for name in KEYS} | {"client", "auth", "select"}
        assert called >= {"xadd", "xreadgroup", "del"}


def test_a_password_and_a_database_are_used_and_never_shown_or_kept(
    tmp_path: Path, servers: dict[str, LiveServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    variables = dict(zip(BUSES, ("TICKS_URL", "LOGIC_URL"), strict=True))
    named = "".join(f"  {bus}: {{url_env: {variable}}}\n" for bus, variable in variables.items())
    root = tiny_platform(tmp_path, config=f"{CONFIG}servers:\n{named}")
    for bus, server in servers.items():
        monkeypatch.setenv(variables[bus], f"redis://default:{PASSWORD}@127.0.0.1:{server.port}/3")
        with server.client() as client:
            client.config_set("requirepass", PASSWORD)
    try:
        result = CliRunner().invoke(cli, ["probe", "--repo", str(root), "--servers", "--only=fan-out"])
    finally:
        for server in servers.values():
            with redis.Redis(port=server.port, password=PASSWORD) as client:
                client.config_set("requirepass", "")
    assert result.exit_code == 0
    ports = [server.port for server in servers.values()]
    assert f"redis://default@127.0.0.1:{ports[0]}/3 and redis://default@127.0.0.1:{ports[1]}/3" in " ".join(
        result.stdout.split()
    )
    kept = [path.read_text() for path in stored.folder().iterdir()]
    assert [text for text in [result.output, *kept] if PASSWORD in text] == []


def test_a_stream_that_is_there_already_is_refused_before_anything_is_sent(
    tmp_path: Path, servers: dict[str, LiveServer]
) -> None:
    for server in servers.values():
        with server.client() as client:
            client.xadd("engine_logic:risk_metric", {"a": "b"})
            client.config_resetstat()
    before = content(servers)
    result = probe(tiny_platform(tmp_path), servers, "--only=delivery")
    url = servers[ENGINE_LOGIC].url
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        f"migrate: engine_logic: {url} holds engine_logic:risk_metric already, to which the target client writes; "
        "nothing was sent. Probe a server that no engine uses, or leave the URLs out\n"
    )
    assert content(servers) == before


def test_a_client_that_would_empty_the_server_is_stopped(tmp_path: Path, servers: dict[str, LiveServer]) -> None:
    root = tiny_platform(tmp_path)
    ping = "answers = await asyncio.gather(marketdata.ping(), engine_logic.ping(), return_exceptions=True)"
    text = platform_file("dual_messagebus_client.py").decode()
    commit_files(root, {CLIENT: text.replace(ping, "answers = [await engine_logic.flushall()]")})
    before = content(servers)
    result = probe(root, servers, "--only=delivery")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        "migrate: the target client sends FLUSHALL, which the probe lets through to no server but its own; leave the "
        "URLs out\n"
    )
    assert content(servers) == before


def test_what_was_made_is_taken_away_when_the_probe_is_interrupted(servers: dict[str, LiveServer]) -> None:
    before = content(servers)
    urls = {bus: server.named(bus) for bus, server in servers.items()}

    def interrupted(order: Any) -> dict[str, Any]:
        for port in order["lanes"][0].values():
            with redis.Redis(port=port, protocol=2) as client:
                client.xadd("made", {"payload": TOKEN})
                client.xgroup_create("made", "group")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_on(urls, {bus: ["made"] for bus in BUSES}, {}, interrupted)
    assert content(servers) == before


def test_a_stream_to_which_somebody_else_writes_meanwhile_is_left_and_told(servers: dict[str, LiveServer]) -> None:
    urls = {bus: server.named(bus) for bus, server in servers.items()}

    def shared(order: Any) -> dict[str, Any]:
        with servers[MARKETDATA].client() as client:
            client.xadd("made", {"payload": TOKEN})
            client.xadd("made", {"payload": "an engine's"})
        return {}

    _, left = run_on(urls, {bus: ["made"] for bus in BUSES}, {}, shared)
    url = servers[MARKETDATA].url
    assert left == [f"marketdata: {url} still holds made: not all of it is the probe's own; look at it"]
    with servers[MARKETDATA].client() as client:
        assert client.xlen("made") == 2


def test_only_streams_of_a_probe_are_cleaned(servers: dict[str, LiveServer]) -> None:
    with servers[MARKETDATA].client() as client:
        client.xadd("own", {"payload": TOKEN})
        client.xgroup_create("empty", "group", mkstream=True)
        client.xadd("mixed", {"payload": TOKEN})
        client.xadd("mixed", {"payload": "1"})
        assert clean(client, ["own", "empty", "mixed", "kept", "absent"]) == ["mixed", "kept"]
        assert sorted(client.scan_iter()) == ["kept", "mixed", "somebodys"]


NAMES = {b"own", b"other"}
PASSING = [
    (b"PING", b"PING"),
    (b"xadd own * a b", b"xadd own * a b"),
    (b"XREADGROUP GROUP g c BLOCK 5 STREAMS own other > >", b"XREADGROUP GROUP g c BLOCK 5 STREAMS own other > >"),
    (b"XGROUP CREATE own g $ MKSTREAM", b"XGROUP CREATE own g $ MKSTREAM"),
    (b"CLIENT SETINFO LIB-NAME x", b"CLIENT SETINFO LIB-NAME x"),
    (b"AUTH hush", b" ".join(HARMLESS)),
    (b"SELECT 4", b" ".join(HARMLESS)),
    (b"HELLO 3", b"HELLO 3"),
    (b"HELLO 3 AUTH user hush SETNAME x", b"HELLO 3 SETNAME x"),
]
REFUSED = [
    (b"FLUSHALL", "FLUSHALL"),
    (b"FLUSHDB", "FLUSHDB"),
    (b"KEYS *", "KEYS"),
    (b"EVAL return 0", "EVAL"),
    (b"SET own 1", "SET"),
    (b"CONFIG SET save x", "CONFIG"),
    (b"CLIENT KILL x", "CLIENT"),
    (b"CLIENT", "CLIENT"),
    (b"xadd alien * a b", "XADD alien"),
    (b"XREAD STREAMS own alien 0 0", "XREAD alien"),
    (b"XGROUP DESTROY alien g", "XGROUP alien"),
    (b"DEL own alien", "DEL alien"),
]


@pytest.mark.parametrize(("command", "sent"), PASSING, ids=str)
def test_commands_on_the_probes_own_streams_pass(command: bytes, sent: bytes) -> None:
    assert b" ".join(passes(command.split(b" "), NAMES)) == sent


@pytest.mark.parametrize(("command", "why"), REFUSED, ids=str)
def test_any_other_command_is_refused(command: bytes, why: str) -> None:
    with pytest.raises(RefusedError) as raised:
        passes(command.split(b" "), NAMES)
    assert str(raised.value) == why


def test_a_command_that_is_no_array_ends_the_connection(servers: dict[str, LiveServer]) -> None:
    urls = {bus: server.named(bus) for bus, server in servers.items()}

    async def ask(port: int) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"FLUSHALL\r\n")
        answer = await reader.read()
        writer.close()
        return answer

    before = content(servers)
    with Relay(urls, {bus: [] for bus in BUSES}) as relay:
        assert asyncio.run(ask(relay.ports[MARKETDATA])) == b""
    assert content(servers) == before


def test_the_relay_speaks_tls_with_user_password_and_database(tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    heard: list[list[bytes]] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(3):
            heard.append(await read_command(reader))
            writer.write(b"+OK\r\n")
        writer.close()

    async def scenario() -> None:
        async with await asyncio.start_server(answer, "localhost", 0, ssl=context) as server:
            port = server.sockets[0].getsockname()[1]
            where = f"rediss://me:hush@localhost:{port}/5"
            with pytest.raises(ssl.SSLCertVerificationError):
                await dial(where)
            for trust in (f"ssl_ca_certs={certificate}", "ssl_cert_reqs=none"):
                heard.clear()
                reader, writer = await dial(f"{where}?{trust}")
                writer.write(written([b"PING"]))
                assert await reader.readline() == b"+OK\r\n"
                writer.close()
                assert heard == [[b"AUTH", b"me", b"hush"], [b"SELECT", b"5"], [b"PING"]]

    asyncio.run(scenario())


def test_a_password_that_the_server_does_not_take_is_refused(servers: dict[str, LiveServer]) -> None:
    url = f"redis://nobody:{PASSWORD}@127.0.0.1:{servers[MARKETDATA].port}"
    with pytest.raises(ConnectionRefusedError):
        asyncio.run(dial(url))
    with pytest.raises(MigrateError) as raised:
        check_servers({MARKETDATA: read_url(MARKETDATA, url, "a test")})
    assert str(raised.value) == (
        f"marketdata: redis://nobody@127.0.0.1:{servers[MARKETDATA].port}: the server does not take this user and "
        "password; put the right ones into its URL"
    )


def test_a_replica_is_refused(servers: dict[str, LiveServer]) -> None:
    url = servers[ENGINE_LOGIC].named(ENGINE_LOGIC)
    with servers[ENGINE_LOGIC].client() as client:
        client.replicaof("127.0.0.1", free_ports(1)[0])
        try:
            with pytest.raises(MigrateError) as raised:
                check_servers({ENGINE_LOGIC: url})
        finally:
            client.replicaof("NO", "ONE")
    assert (str(raised.value), raised.value.exit_code) == (
        f"engine_logic: {url.shown} is a replica, which cannot be probed; name a single writable server",
        2,
    )


USAGE = {
    "one URL of two": (
        ["--marketdata-url=redis://localhost:1"],
        "no server is named for engine_logic; give --engine-logic-url, or add "
        '"servers: {engine_logic: {url_env: NAME}}" to engines.yaml',
    ),
    "no variable in engines.yaml": (
        ["--servers"],
        "no server is named for marketdata; give --marketdata-url, or add "
        '"servers: {marketdata: {url_env: NAME}}" to engines.yaml',
    ),
    "no URL": (
        ["--marketdata-url=localhost", "--engine-logic-url=redis://localhost"],
        "--marketdata-url is no URL of a Redis server; it begins with redis://, rediss:// or unix://, such as "
        "redis://localhost:6379",
    ),
}


@pytest.mark.parametrize("name", USAGE)
def test_servers_that_are_not_named_are_wrong_usage(name: str, tmp_path: Path) -> None:
    arguments, sentence = USAGE[name]
    result = CliRunner().invoke(cli, ["probe", "--repo", str(tiny_platform(tmp_path)), *arguments])
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", f"migrate: {sentence}\n")


def test_a_variable_that_is_not_set_is_wrong_usage(tmp_path: Path) -> None:
    root = tiny_platform(tmp_path, config=f"{CONFIG}servers: {{marketdata: {{url_env: NO_SUCH_URL}}}}\n")
    result = CliRunner().invoke(cli, ["probe", "--repo", str(root), "--servers"])
    assert (result.exit_code, result.stderr) == (
        2,
        "migrate: engines.yaml says that NO_SUCH_URL holds the URL of marketdata, and it is not set; set it, or give "
        "--marketdata-url\n",
    )
