"""Each finding of a diagnosis, produced by a client that really does it, on each kind of server."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Iterator, Mapping
from contextlib import ExitStack

import pytest
from consumers import looping, reading, wait_for_loops
from liveservers import KINDS, LiveServer, live_server

from migrator.live.holders import Here
from migrator.live.servers import MAIN
from migrator.observing.diagnosis import diagnose
from migrator.observing.finding import Finding
from migrator.observing.known import Known
from migrator.observing.read_sites import read_sites
from migrator.observing.watch import Watch

BUS = "engine_logic"
READER = """\
def read(client):
    client.xreadgroup("{group}", "one", {{"{stream}": "{start}"}})
"""


@pytest.fixture(scope="module", params=KINDS)
def running(request: pytest.FixtureRequest) -> Iterator[LiveServer]:
    with live_server(request.param) as server:
        yield server


@pytest.fixture
def server(running: LiveServer) -> LiveServer:
    """A server without keys."""
    with running.client() as client:
        client.flushall()
    return running


def code(stream: str = "orders", group: str = "risk", start: str = ">") -> Known:
    """A repository with one reader."""
    return Known(reads=read_sites({"engines/risk.py": READER.format(stream=stream, group=group, start=start).encode()}))


def seen(
    server: LiveServer,
    known: Known | None = None,
    *,
    name: str = MAIN,
    seconds: float = 0.3,
    monitor: bool = False,
    engines: Mapping[int, str] | None = None,
) -> dict[str, Finding]:
    """The findings of one window, by their kind; each kind comes once."""
    known = known or Known()
    with Watch([server.named(name)], known.stream_names, monitor) as watch:
        watch.begin()
        wait_for_loops()
        views = watch.window(seconds, lambda: Here({}, engines or {}))
    assert watch.problems == []
    findings = diagnose(views, known)
    by_kind = {finding.kind: finding for finding in findings}
    assert len(by_kind) == len(findings)
    return by_kind


def test_a_group_that_nobody_made_is_named_with_the_line_that_reads_it(server: LiveServer) -> None:
    with reading(server, "orders", "risk") as client:
        client.xadd("orders", {"a": "1"})
        client.xgroup_create("orders", "others")
        finding = seen(server, code())["failing-reads"]
    assert "XREADGROUP failed" in finding.sentence
    assert finding.sentence.endswith(
        "the stream orders has no group risk (its groups: others); engines/risk.py:2 reads it"
    )
    assert "(NOGROUP " in finding.sentence
    assert finding.next == "make it first: XGROUP CREATE orders risk 0, or end what reads it"


def test_a_stream_that_is_not_there_is_named(server: LiveServer) -> None:
    with reading(server, "orders", "risk"):
        finding = seen(server, code())["failing-reads"]
    assert finding.sentence.endswith(
        "the stream orders is not there, and so has no group risk; engines/risk.py:2 reads it"
    )


def test_a_key_of_the_wrong_type_is_named(server: LiveServer) -> None:
    with reading(server, "orders", "risk") as client:
        client.set("orders", "3")
        found = seen(server, code())
    assert found["failing-reads"].sentence.endswith(
        ": orders is a string, not a stream (wrong type); engines/risk.py:2 reads it"
    )
    assert found["wrong-type"].sentence == "orders is a string, and the code uses it as a stream"
    assert found["wrong-type"].evidence == ("engines/risk.py:2 reads it",)


def test_the_id_that_no_group_takes_is_named(server: LiveServer) -> None:
    with server.client() as client:
        client.xgroup_create("orders", "risk", mkstream=True)
    with reading(server, "orders", "risk", start="$"):
        finding = seen(server, code(start="$"))["failing-reads"]
    assert finding.sentence.endswith(
        "orders is read by the group risk from the id $, which XREADGROUP does not take; engines/risk.py:2 reads it"
    )


def test_a_monitor_names_stream_and_group_without_the_code(server: LiveServer) -> None:
    with reading(server, "orders", "risk"):
        without = seen(server)["failing-reads"]
        finding = seen(server, monitor=True)["failing-reads"]
    assert without.next == "type the same with --monitor, which names the stream and the group of each read"
    assert finding.sentence.endswith("the stream orders is not there, and so has no group risk")


def test_an_engine_is_told_from_its_listening_port_and_a_cache_is_none(server: LiveServer) -> None:
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        bus, cache = stack.enter_context(server.client()), stack.enter_context(server.client())
        bus.xadd("orders", {"a": "1"})
        cache.get("price")
        with Watch([server.named(MAIN)]) as watch:
            ports = {listener.getsockname()[1]: "portfolio"}
            (view,) = watch.window(0.2, lambda: Here.of(ports))
    assert [(held.name, held.owner.how, held.owner.pid, held.use) for held in view.holders] == [
        ("portfolio", "process", os.getpid(), "bus"),
        ("portfolio", "process", os.getpid(), "cache"),
    ]
    finding = next(each for each in diagnose([view], Known()) if each.kind == "still-on-main")
    assert finding.sentence == "1 engine still on the main server: portfolio"
    assert finding.evidence == ("portfolio: 1 connection, last seen with xadd",)


def test_an_engine_is_told_by_the_name_that_it_gave(server: LiveServer) -> None:
    with server.client() as client:
        client.client_setname("ml-worker-1")
        client.xadd("orders", {"a": "1"})
        with Watch([server.named(MAIN)]) as watch:
            (view,) = watch.window(0.2, lambda: Here({8400: "ml"}, {}))
    # The process is known on this host; it listens on no engine's port, so the name tells whose it is.
    assert [(held.name, held.owner.how, held.owner.engine) for held in view.holders] == [("ml", "process", "ml")]


def test_other_commands_that_fail_are_told(server: LiveServer) -> None:
    with server.client() as client:
        client.set("orders", "3")

    with looping(server, lambda client: client.xadd("orders", {"a": "1"})):
        finding = seen(server)["failing-commands"]
    assert finding.sentence.startswith("commands failed: xadd ")
    assert "WRONGTYPE " in finding.evidence[0]


def test_reads_without_block_are_said_to_poll(server: LiveServer) -> None:
    with server.client() as client:
        client.xgroup_create("orders", "risk", mkstream=True)
    with reading(server, "orders", "risk"):
        finding = seen(server)["busy-polls"]
    assert "XREADGROUP a second brought 0 messages in" in finding.sentence


def test_a_bus_that_nobody_uses_idles(server: LiveServer) -> None:
    finding = seen(server, name=BUS)["idle-bus"]
    assert finding.sentence == "the bus idles: 0 connections, and no command of a bus in 0.3 s"


def test_a_bus_on_which_nothing_is_published_is_quiet(server: LiveServer) -> None:
    with server.client() as client:
        client.xadd("orders", {"a": "1"})
        client.xgroup_create("orders", "risk")
    with reading(server, "orders", "risk", block=50):
        finding = seen(server, name=BUS)["quiet-bus"]
    assert finding.sentence.startswith("nothing was published in 0.3 s; ")


def test_messages_that_nobody_acknowledges_pile_up(server: LiveServer) -> None:
    with server.client() as client:
        client.xgroup_create("orders", "risk", mkstream=True)
    with (
        looping(server, lambda client: client.xadd("orders", {"a": "1"})),
        reading(server, "orders", "risk", block=20, acknowledge=False),
    ):
        finding = seen(server)["growing-pending"]
    assert finding.sentence.startswith("orders: the group risk has ")
    assert finding.sentence.endswith("; none was acknowledged")
    assert "delivered to one" in finding.evidence[0]


def test_a_consumer_that_died_with_messages_is_told(server: LiveServer) -> None:
    with server.client() as client:
        client.xgroup_create("orders", "risk", mkstream=True)
        client.xadd("orders", {"a": "1"})
        client.xreadgroup("risk", "one", {"orders": ">"})
    assert "dead-consumer" not in seen(server, seconds=3.0)  # it may still be at its message
    finding = seen(server)["dead-consumer"]
    assert re.fullmatch(
        r"orders: the consumer one of the group risk died, or hangs, with 1 message pending: "
        r"it has not asked for \d+(\.\d)? s",
        finding.sentence,
    )
    assert finding.next.endswith("XAUTOCLAIM")


def test_a_consumer_that_waits_for_long_is_alive(server: LiveServer) -> None:
    with server.client() as client:
        client.xgroup_create("orders", "risk", mkstream=True)
        client.xadd("orders", {"a": "1"})
        client.xreadgroup("risk", "one", {"orders": ">"})
    with looping(server, lambda client: client.xreadgroup("risk", "one", {"orders": ">"}, block=4_500)):
        found = [seen(server, seconds=seconds) for seconds in (3.0, 0.2)]
    assert "stuck-pending" in found[1]
    assert "dead-consumer" not in found[1]


def test_what_is_published_and_read_by_nobody_is_told(server: LiveServer) -> None:
    with server.client() as client:
        client.xgroup_create("orders", "risk", mkstream=True)
    with looping(server, lambda client: client.xadd("orders", {"a": "1"})):
        finding = seen(server)["unread"]
    assert finding.sentence.endswith("published, and nobody reads; its groups have no live consumer: risk")
    assert finding.evidence[0].startswith("the group risk was not given ")


def test_a_subscription_to_nothing_is_told(server: LiveServer) -> None:
    with server.client() as client:
        client.xgroup_create("orders", "risk", mkstream=True)
    with reading(server, "orders", "risk", block=50):
        finding = seen(server)["reads-nothing"]
    assert finding.sentence == "orders: a subscription to nothing: risk waits, and nothing ever came"


def test_two_names_of_one_server_are_told(server: LiveServer) -> None:
    with Watch([server.named(MAIN), server.named(BUS)]) as watch:
        views = watch.window(0.1, lambda: Here({}, {}))
    finding = next(each for each in diagnose(views, Known()) if each.kind == "same-server")
    assert finding.sentence.startswith("main and engine_logic are one and the same server (run_id ")


def test_counters_that_began_anew_are_told(server: LiveServer) -> None:
    with Watch([server.named(MAIN)]) as watch, server.client() as client:
        watch.begin()
        client.config_resetstat()
        views = watch.window(0.1, lambda: Here({}, {}))
    (finding,) = diagnose(views, Known())
    assert finding.sentence == "the counters began anew in the window: the counters were reset: CONFIG RESETSTAT"


def test_a_consumer_that_works_is_no_finding(server: LiveServer) -> None:
    with server.client() as client:
        client.xgroup_create("orders", "risk", mkstream=True)
    with (
        looping(server, lambda client: client.xadd("orders", {"a": "1"})),
        reading(server, "orders", "risk", block=100),
    ):
        assert seen(server, code()) == {}


def test_a_group_that_was_given_nothing_before_the_window_is_no_busy_poll(server: LiveServer) -> None:
    with Watch([server.named(MAIN)]) as watch, server.client() as client:
        client.xgroup_create("orders", "risk", mkstream=True)
        watch.begin()
        for number in range(100):
            client.xadd("orders", {"a": str(number)})
            for _, messages in client.xreadgroup("risk", "one", {"orders": ">"}):
                client.xack("orders", "risk", *(identity for identity, _ in messages))
        views = watch.window(0.0, lambda: Here({}, {}))
    assert [(group.delivered, group.acknowledged) for _, group in views[0].groups()] == [(100, 100)]
    assert [each for each in diagnose(views, Known()) if each.kind == "busy-polls"] == []
