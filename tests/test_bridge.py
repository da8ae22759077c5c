"""`migrate bridge` on real servers: what is carried, in which form, from where on, and through which failures."""

from __future__ import annotations

import json
import random
import signal
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
import redis
from bridged import (
    EDGES,
    SHARED,
    SIGNALS,
    UPDATES,
    carried,
    command,
    envelope_entry,
    firsts,
    make_readers,
    platform,
    running,
    topic_entry,
    until,
)
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from liveservers import LiveServer, live_server, start, wait_until_up

from migrator.bridging.forms import ENVELOPE, MARK, RAW, TOPIC, UNFIT, Form, converted
from migrator.cli import cli

DURABLE = ("--appendonly", "yes", "--appendfsync", "always")


@pytest.fixture
def servers() -> Iterator[tuple[LiveServer, LiveServer]]:
    """The main server and the engine logic bus."""
    with live_server("valkey") as main, live_server("valkey") as bus:
        yield main, bus


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return platform(tmp_path)


def bridge(root: Path, servers: tuple[LiveServer, LiveServer], *arguments: str, phase: int = 1) -> Result:
    typed = command(root, servers[0].url, servers[1].url, *arguments, phase=phase)
    return CliRunner().invoke(cli, typed[3:], prog_name="migrate")  # without the interpreter


# forms

WORDS = st.text(max_size=20)
PAYLOADS = st.dictionaries(WORDS.filter(lambda key: key != "topic"), WORDS | st.integers() | st.none(), max_size=5)


@given(PAYLOADS)
def test_a_topic_goes_to_an_envelope_and_back_as_it_was(payload: dict[str, object]) -> None:
    there = Form(TOPIC, ENVELOPE, ("a.*",), "risk_metric", "risk")
    back = Form(ENVELOPE, TOPIC, ("a.*",), "risk_metric", "risk")
    fields = {b"topic": b"a.b", b"payload": json.dumps(payload).encode(), b"priority": b"high", b"timestamp": b"1.5"}
    envelope = converted(there, fields, b"main:s:1-1")
    assert envelope
    assert envelope.pop(MARK) == b"main:s:1-1"
    again = converted(back, envelope, b"x")
    assert again
    assert (again.pop(MARK), json.loads(again.pop(b"payload"))) == (b"x", payload)
    assert again == {b"topic": b"a.b", b"priority": b"high", b"timestamp": b"1.5"}


@given(st.dictionaries(st.text(min_size=1, max_size=9), WORDS, min_size=1, max_size=5))
def test_raw_fields_go_to_an_envelope_and_back_as_they_were(fields: dict[str, str]) -> None:
    raw = {key.encode(): value.encode() for key, value in fields.items()}
    envelope = converted(Form(RAW, ENVELOPE, (), "risk_metric", "risk"), raw, b"x")
    assert envelope
    envelope.pop(MARK)
    assert converted(Form(ENVELOPE, RAW, (), "risk_metric", "risk"), envelope, b"y") == raw | {MARK: b"y"}


NOT_CARRIED = {
    "a topic of another edge": (Form(TOPIC, ENVELOPE, ("a.*",), "t"), {b"topic": b"b.c", b"payload": b"{}"}),
    "another type": (Form(ENVELOPE, TOPIC, ("a.*",), "t"), {b"message_type": b"u", b"payload": b'{"topic": "a.b"}'}),
    "a message without a topic": (Form(ENVELOPE, TOPIC, ("a.*",), "t"), {b"message_type": b"t", b"payload": b"{}"}),
    "what the bridge wrote": (Form(RAW, RAW), {b"a": b"1", MARK: b"main:s:1-1"}),
}


@pytest.mark.parametrize("name", NOT_CARRIED)
def test_is_not_carried(name: str) -> None:
    form, fields = NOT_CARRIED[name]
    assert converted(form, fields, b"x") is None


CONTENTS = {
    "a list": b"[1]",
    "no JSON": b"{",
    "no text": b"\xff\xfe\xff",
    "too deep": b"[" * 100_000,
    "a number beyond all bounds": b'{"n": ' + b"9" * 10_000 + b"}",
}
UNFITTING = {
    **{
        f"{name} in a topic": (Form(TOPIC, ENVELOPE, ("a.*",), "t"), {b"topic": b"a.b", b"payload": content})
        for name, content in CONTENTS.items()
    },
    **{
        f"{name} as raw fields": (Form(ENVELOPE, RAW, (), "t"), {b"message_type": b"t", b"payload": content})
        for name, content in {
            **CONTENTS,
            "a list within": b'{"a": [1]}',
            "nothing": b'{"a": null}',
            "yes or no": b'{"a": true}',
            "no character": b'{"a": "\\ud800"}',
        }.items()
    },
}


@pytest.mark.parametrize("name", UNFITTING)
def test_is_told_since_the_other_side_has_no_form_for_it(name: str) -> None:
    form, fields = UNFITTING[name]
    assert converted(form, fields, b"x") is UNFIT


# what is carried


def test_both_directions_are_carried_once_from_where_the_readers_were(
    root: Path, servers: tuple[LiveServer, LiveServer]
) -> None:
    main, bus = servers[0].client(), servers[1].client()
    make_readers(main, bus)
    for number in range(1, 7):
        main.xadd(SHARED, topic_entry(number), id=f"{number}-0")
        bus.xadd(UPDATES, envelope_entry(number), id=f"{number}-0")
    main.xreadgroup("portfolio", "1", {SHARED: ">"}, count=4)
    main.xack(SHARED, "portfolio", "1-0", "3-0")  # 2 and 4 were read and never acknowledged
    main.xadd(SHARED, {**topic_entry(7), "topic": "somebody.else"}, id="7-0")
    done = bridge(root, servers, "--once")
    assert (done.exit_code, done.stderr) == (0, "")
    assert carried(bus, SIGNALS) == [(n, f"main:{SHARED}:{n}-0") for n in (2, 4, 5, 6)]
    assert carried(main, SHARED) == [(n, f"engine_logic:{UPDATES}:{n}-0") for n in (1, 2, 3, 4, 5, 6)]
    assert bus.xlen(UPDATES) == 6  # what was carried to main does not come back
    again = bridge(root, servers, "--once")
    assert (again.exit_code, bus.xlen(SIGNALS), main.xlen(SHARED)) == (0, 4, 13)
    assert again.stdout.splitlines()[-1].endswith(": done: nothing is left to carry")


def test_nothing_is_carried_before_somebody_reads_it(root: Path, servers: tuple[LiveServer, LiveServer]) -> None:
    main, bus = servers[0].client(), servers[1].client()
    make_readers(main, bus)
    bus.xgroup_destroy(SIGNALS, "portfolio:1")
    main.xadd(SHARED, topic_entry(1))
    done = bridge(root, servers, "--once")
    assert done.exit_code == 1
    assert f"waits: no group of portfolio reads {SIGNALS} on engine_logic now; start it" in done.stderr
    assert bus.xlen(SIGNALS) == 0


def test_two_bridges_do_no_harm(root: Path, servers: tuple[LiveServer, LiveServer]) -> None:
    main, bus = servers[0].client(), servers[1].client()
    make_readers(main, bus)
    with ExitStack() as stack:
        both = [stack.enter_context(running(root, servers[0].url, servers[1].url)) for _ in range(2)]
        for number in range(1, 2001):
            main.xadd(SHARED, topic_entry(number), id=f"{number}-0")
        until(bus, SIGNALS, 2000, 60)
        assert [each.poll() for each in both] == [None, None]
    assert [number for number, _ in carried(bus, SIGNALS)] == list(range(1, 2001))


def test_a_bridge_writes_nothing_before_what_another_has_read(
    root: Path, servers: tuple[LiveServer, LiveServer]
) -> None:
    """Otherwise the other's entries, written later, would be taken for written before."""
    main, bus = servers[0].client(), servers[1].client()
    make_readers(main, bus)
    assert bridge(root, servers, "--once").exit_code == 0
    (group,) = [each["name"] for each in main.xinfo_groups(SHARED) if each["name"].startswith("migrate-bridge:")]
    for number in range(1, 7):
        main.xadd(SHARED, topic_entry(number), id=f"{number}-0")
    ((_, held),) = main.xreadgroup(group, "another", {SHARED: ">"}, count=3)
    done = bridge(root, servers, "--once")
    assert (done.exit_code, carried(bus, SIGNALS)) == (1, [])
    assert "another bridge carries this edge; stop one of them" in done.stderr
    main.xclaim(SHARED, group, "bridge", 0, [number for number, _ in held])
    assert bridge(root, servers, "--once").exit_code == 0
    assert [number for number, _ in carried(bus, SIGNALS)] == [1, 2, 3, 4, 5, 6]


def test_figures_are_served_and_a_signal_ends_it_cleanly(root: Path, servers: tuple[LiveServer, LiveServer]) -> None:
    main, bus = servers[0].client(), servers[1].client()
    make_readers(main, bus)
    main.xadd(SHARED, topic_entry(1), id="1-0")
    with running(root, servers[0].url, servers[1].url, "--metrics", "0") as process:
        assert process.stdout
        address = process.stdout.readline().split()[-1]
        until(bus, SIGNALS, 1, 30)
        with urllib.request.urlopen(address, timeout=10) as answer:
            text = answer.read().decode()
        edge = 'edge="strategy -> portfolio strategy.signal.*",from="main",to="engine_logic"'
        assert f"migrate_bridge_carried_total{{{edge}}} 1\n" in text
        assert f"migrate_bridge_up{{{edge}}} 1\n" in text
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert "stopping: what was read is written first" in output


ASKED = {
    "no edge is bridged": ("", "engines.yaml bridges no edge; `migrate plan` says which edges phase 1 cuts"),
    "nowhere to begin": (
        EDGES.replace(', begin: "0"', ""),
        f"portfolio -> strategy portfolio.update.*: nothing says where to begin on {UPDATES} at engine_logic: its "
        "groups are risk:1.",
    ),
}


@pytest.mark.parametrize("name", ASKED)
def test_a_person_is_asked_where(name: str, tmp_path: Path, servers: tuple[LiveServer, LiveServer]) -> None:
    edges, sentence = ASKED[name]
    make_readers(servers[0].client(), servers[1].client())
    done = bridge(platform(tmp_path, edges), servers, "--once")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith(f"migrate: {sentence}")


def test_an_edge_that_is_whole_needs_no_bridge(root: Path, servers: tuple[LiveServer, LiveServer]) -> None:
    done = bridge(root, servers, "--once", phase=2)
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        f"{edge} needs no bridge after phase 2: both ends are on engine_logic; take its `bridge` out of engines.yaml"
        for edge in ("portfolio -> strategy portfolio.update.*", "strategy -> portfolio strategy.signal.*")
    ]


def test_an_edge_that_a_later_phase_cuts_needs_no_bridge_yet(
    root: Path, servers: tuple[LiveServer, LiveServer]
) -> None:
    config = root / "engines.yaml"
    later = config.read_text().replace("phase: 2", "phase: 3").replace("phase: 1", "phase: 2")
    config.write_text(
        later.replace("migrated: true", "phase: 1") + "  - {from: risk, to: strategy, stream: x, bridge: true}\n"
    )
    done = bridge(root, servers, "--once")
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "portfolio -> strategy portfolio.update.* needs no bridge yet: phase 2 is the first to cut it",
        "risk -> strategy x needs no bridge after phase 1: nothing goes that way by this name any more; take its "
        "`bridge` out of engines.yaml",
        "strategy -> portfolio strategy.signal.* needs no bridge yet: phase 2 is the first to cut it",
    ]


# failures


def sends(server: LiveServer, stream: str, entry: Callable[[int], dict[str, str]], count: int) -> threading.Thread:
    """A thread that sends so many entries, each once, through every failure of the server."""

    def send() -> None:
        number = 1
        while number <= count:
            try:
                with redis.Redis(port=server.port, socket_timeout=5, decode_responses=True) as client:
                    if is_sent(client, stream, number):  # only the answer was lost
                        number += 1
                    while number <= count:
                        client.xadd(stream, entry(number))
                        number += 1
            except redis.RedisError:
                time.sleep(0.1)

    thread = threading.Thread(target=send)
    thread.start()
    return thread


def is_sent(client: redis.Redis, stream: str, number: int) -> bool:
    """Whether an entry of an engine with this number is there; what the bridge wrote is none."""
    newest = (fields for _, fields in client.xrevrange(stream) if "migrate_origin" not in fields)
    last = next(newest, None)
    return last is not None and json.loads(last["payload"])["n"] == number


Found = list[tuple[int, str]]


def carried_through_failures(root: Path, count: int, kills: int, seed: int) -> tuple[Found, Found]:
    """What is carried both ways, each number with its origin, though the bridge is killed and each server restarted."""
    rng = random.Random(seed)
    with live_server("valkey", *DURABLE) as main, live_server("valkey", *DURABLE) as bus, ExitStack() as stack:
        make_readers(main.client(), bus.client())
        senders = [sends(main, SHARED, topic_entry, count), sends(bus, UPDATES, envelope_entry, count)]
        for number in range(kills):
            with running(root, main.url, bus.url):
                time.sleep(rng.uniform(0.8, 2.5))
                if number in (kills // 3, 2 * kills // 3):
                    restart(stack, main if number == kills // 3 else bus)
        with running(root, main.url, bus.url):
            for sender in senders:
                sender.join()
            until(bus.client(), SIGNALS, count, 120 + count / 100)
            until(main.client(), SHARED, count, 120 + count / 100)
        return carried(bus.client(), SIGNALS), carried(main.client(), SHARED)


def restart(stack: ExitStack, server: LiveServer) -> None:
    """Kill a server in the middle of its work, and start it again on what it has on disk."""
    with suppress(redis.RedisError):
        server.client().shutdown(nosave=True)
    time.sleep(0.3)
    process = start(server, DURABLE, None)
    stack.callback(process.wait)
    stack.callback(process.kill)
    wait_until_up(process, server.port)


def test_nothing_is_lost_when_the_bridge_is_killed_and_servers_restart(root: Path) -> None:
    seed = random.randrange(1 << 30)
    for found in carried_through_failures(root, count=10_000, kills=20, seed=seed):
        assert firsts(found) == list(range(1, 10_001)), f"seed {seed}"
        assert set(found) == set(dict(found).items()), f"seed {seed}: one number with two origins"


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_nothing_is_lost_of_a_hundred_thousand(root: Path) -> None:
    seed = random.randrange(1 << 30)
    for found in carried_through_failures(root, count=100_000, kills=20, seed=seed):
        assert firsts(found) == list(range(1, 100_001)), f"seed {seed}"
        assert set(found) == set(dict(found).items()), f"seed {seed}: one number with two origins"
