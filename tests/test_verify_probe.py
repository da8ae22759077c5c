"""A marked message on real servers: handled, not given, not acknowledged, or with nothing to make a copy of."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from consumers import reading
from liveservers import KINDS, LiveServer, live_server

from codemods.settings import Route
from migrator.config import EngineConfig
from migrator.live.commands import ACL
from migrator.live.holders import Here
from migrator.live.urls import read_url
from migrator.observing.known import Known
from migrator.observing.watch import Watch
from migrator.verifying.evidence import End, Evidence
from migrator.verifying.outcome import FAILED, NOT_TOLD, PASSED, Outcome
from migrator.verifying.probe import MARK, is_harmless, order, probe, probe_end

BUS, STREAM = "engine_logic", "engine_logic:risk_metric"
ML = EngineConfig(name="ml", engine_type="ML", paths=("engines/ml",), port=8400, phase=1)
TYPE = End("RISK_METRIC", True, BUS, "")


@pytest.fixture(scope="module", params=KINDS)
def running(request: pytest.FixtureRequest) -> Iterator[LiveServer]:
    with live_server(request.param) as server:
        yield server


@pytest.fixture
def server(running: LiveServer, monkeypatch: pytest.MonkeyPatch) -> LiveServer:
    """A server with a stream of one message, and a group that begins after it."""
    monkeypatch.setattr("migrator.verifying.probe.PATIENCE", 0.5)
    with running.client() as client:
        client.flushall()
        client.xadd(STREAM, {"message_type": "risk_metric", "payload": "{}", "correlation_id": ""})
        client.xgroup_create(STREAM, "ml:1", id="$")
    return running


def probed(server: LiveServer, end: End = TYPE, user: str = "") -> Outcome:
    """What becomes of one message."""
    named = read_url(BUS, server.url.replace("//", f"//{user}@" if user else "//"), "a test")
    with Watch([named]) as watch:
        (view,) = watch.window(0.2, lambda: Here({}, {}))
    (outcome,) = probe_end(Evidence(ML, Known(), {"RISK_METRIC": BUS}, {BUS: view}), end, {BUS: named})
    return outcome


def test_a_marked_copy_is_handled(server: LiveServer) -> None:
    with reading(server, STREAM, "ml:1", block=50) as client:
        outcome = probed(server)
        newest = client.xrevrange(STREAM, count=2)
    assert (outcome.state, outcome.figures) == (PASSED, "RISK_METRIC: a marked message was handled by 1 group")
    assert newest[0][1].pop("correlation_id").startswith(MARK)
    assert newest[0][1] == {"message_type": "risk_metric", "payload": "{}"}
    assert len(newest) == 2


def test_a_message_that_is_not_acknowledged_is_told(server: LiveServer) -> None:
    with reading(server, STREAM, "ml:1", block=50, acknowledge=False):
        outcome = probed(server)
    assert outcome.state == FAILED
    assert outcome.figures == "RISK_METRIC: a marked message was not handled by ml:1 in 0.5 s"
    assert outcome.causes[0].startswith(f"{STREAM}: ml:1 was given it and did not acknowledge it (")


def test_a_message_that_nobody_asks_for_is_told(server: LiveServer) -> None:
    with server.client() as client:
        client.xreadgroup("ml:1", "one", {STREAM: ">"})  # alive a moment ago, on a server that hears it
        client.xadd(STREAM, {"message_type": "risk_metric"})
        client.xreadgroup("ml:1", "one", {STREAM: ">"})
        outcome = probed(server)
    assert outcome.causes[0].startswith(f"{STREAM}: ml:1 was not given it (")


def test_a_stream_that_nobody_reads_is_told(server: LiveServer) -> None:
    with server.client() as client:
        client.xgroup_destroy(STREAM, "ml:1")
    outcome = probed(server)
    assert (outcome.state, outcome.figures) == (FAILED, f"RISK_METRIC: nobody reads {STREAM}")
    assert outcome.causes == (f"{STREAM} has no group: whoever should read it has not subscribed",)


def test_a_stream_whose_readers_are_gone_is_told(server: LiveServer) -> None:
    outcome = probed(server)
    assert (outcome.state, outcome.figures) == (FAILED, f"RISK_METRIC: nobody reads {STREAM}")
    assert outcome.causes == (f"{STREAM}: nobody reads by ml:1; see whether the engines that should are up",)


def test_without_a_message_there_is_nothing_to_copy(server: LiveServer) -> None:
    assert probed(server, End("MARGIN_CALL", True, BUS, "")).state == NOT_TOLD


def test_a_user_who_only_looks_can_send_nothing(server: LiveServer) -> None:
    with reading(server, STREAM, "ml:1", block=50) as client:
        client.execute_command("ACL", "SETUSER", "observer", "on", ">secret", *ACL.split())
        outcome = probed(server, user="observer:secret")
        assert client.xlen(STREAM) == 1
    assert outcome.state == NOT_TOLD
    assert outcome.figures.startswith("RISK_METRIC: no marked message could be sent: engine_logic: ")
    assert outcome.figures.endswith("has no permissions to run the 'xadd' command")
    assert outcome.causes == ("let the user of --probe write as well, on the bus: ACL SETUSER NAME +xadd",)


def test_a_server_that_goes_away_is_told(server: LiveServer) -> None:
    with live_server(server.kind) as gone:
        with gone.client() as client:
            client.xadd(STREAM, {"a": "1"})
            client.xgroup_create(STREAM, "ml:1", id="0")
            client.xreadgroup("ml:1", "one", {STREAM: ">"})
        with Watch([gone.named(BUS)]) as watch:
            (view,) = watch.window(0.1, lambda: Here({}, {}))
    (outcome,) = probe_end(Evidence(ML, Known(), {}, {BUS: view}), TYPE, {BUS: gone.named(BUS)})
    assert outcome.state == FAILED
    assert outcome.figures == "RISK_METRIC: no marked message could be sent"
    assert "see whether the server is up" in outcome.causes[0]


def test_only_what_a_route_calls_harmless_is_sent() -> None:
    routes = [Route("risk.metric.*", "RISK_METRIC"), Route("raw-ticks", bus="marketdata")]
    assert is_harmless(TYPE, routes)
    assert is_harmless(End("raw-ticks", False, "marketdata", ""), routes)
    assert not is_harmless(End("ORDER_REQUEST", True, BUS, ""), routes)
    nothing = probe(Evidence(ML, Known(), {}, {}), routes, {})
    assert (nothing.state, nothing.figures) == (
        NOT_TOLD,
        "engines.yaml calls no message harmless that it sends or reads",
    )


def test_ids_are_compared_as_numbers() -> None:
    assert order("9-1") < order("10-0") < order("10-2") < order("10-10")
