"""The bridge beside the demo's engines: started, asked, stopped when the next one takes over, and shown."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from bridged import SHARED, SIGNALS, UPDATES, carried, envelope_entry, make_readers, platform, topic_entry, until

from codemods.settings import ENGINE_LOGIC
from migrator.config import load
from migrator.demo.bridge import Bridged, Bridges
from migrator.demo.edges import Edge
from migrator.demo.machine import describe_bridge
from migrator.demo.results import EdgeResult, StageResult, compare_edges
from migrator.demo.run import bridged_edges
from migrator.demo.stage import is_missing
from migrator.demo.table import bridge_lines, edge_cell
from migrator.demo.verdict import find_cut, find_lost
from migrator.errors import MigrateError
from migrator.live.servers import MAIN, Servers

THERE, BACK = "portfolio -> strategy portfolio.update.*", "strategy -> portfolio strategy.signal.*"


@pytest.fixture
def servers() -> Iterator[Servers]:
    with Servers() as running:
        yield running


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return platform(tmp_path)


def test_a_bridge_carries_until_the_next_one_says_that_nothing_needs_it(
    root: Path, servers: Servers, tmp_path: Path
) -> None:
    main, bus = servers.client(MAIN), servers.client(ENGINE_LOGIC)
    make_readers(main, bus)
    with Bridges(root, servers.ports) as bridges:
        first = bridges.renew(1, tmp_path / "first")
        main.xadd(SHARED, topic_entry(1))
        bus.xadd(UPDATES, envelope_entry(1))
        bus.xadd(UPDATES, envelope_entry(2))
        until(bus, SIGNALS, 1, 30)
        until(main, SHARED, 2, 30)
        told = first()
        second = bridges.renew(2, tmp_path / "second")
        main.xadd(SHARED, topic_entry(2))  # nobody carries it any more
    assert told == Bridged(1, {THERE: 2, BACK: 1})
    assert second() == Bridged(2, {}, (THERE, BACK))
    assert len(carried(bus, SIGNALS)) == 1
    said = (tmp_path / "first" / "bridge.log").read_text()
    assert "stopping: what was read is written first" in said
    for client in (main, bus):
        assert [each["name"] for each in client.client_list() if each["name"] == "migrate-bridge"] == []
        client.close()


def test_a_bridge_that_does_not_come_up_is_quoted(root: Path, servers: Servers, tmp_path: Path) -> None:
    with Bridges(root, servers.ports) as bridges, pytest.raises(MigrateError) as raised:
        bridges.renew(1, tmp_path)  # no engine has made its groups yet
    first, said, *_ = str(raised.value).splitlines()
    assert first == "migrate bridge --phase 1 does not carry; it said:"
    assert said.startswith("migrate: ")


def test_a_bridge_that_was_killed_is_a_fault(root: Path, servers: Servers, tmp_path: Path) -> None:
    with servers.client(MAIN) as main, servers.client(ENGINE_LOGIC) as bus, Bridges(root, servers.ports) as bridges:
        make_readers(main, bus)
        bridges.renew(1, tmp_path / "first")
        os.kill(bridges.pids()[0], signal.SIGKILL)
        told = bridges.renew(2, tmp_path / "second")()
    assert [fault.splitlines()[0] for fault in told.faults] == ["migrate bridge --phase 1 ended with -9; it said:"]


# what is made of it

MARGIN_CALLS = Edge("collateral", "margin-calls", "websocket")
TO_BOARD = Edge("collateral", "margin-calls", "board")
PHASES = {"collateral": 1, "websocket": 2, "board": 2}
STATS = {
    "collateral": {"published": {"margin-calls": 20}},
    "websocket": {"handled": {"collateral": {"margin-calls": 20}}},
    "board": {"handled": {"collateral": {"margin-calls": 19}}},
}
BRIDGED = [("collateral", "websocket", "margin-calls")]


@pytest.mark.parametrize(("stage", "expected"), [(0, [False, False]), (1, [True, True]), (2, [False, False])])
def test_what_is_carried_to_a_server_is_carried_for_everyone_there(stage: int, expected: list[bool]) -> None:
    results = compare_edges([MARGIN_CALLS, TO_BOARD], STATS, PHASES, stage, BRIDGED)
    assert [result.bridged for result in results] == expected


def test_a_bridged_edge_must_be_complete_and_others_may_be_cut() -> None:
    one, other = compare_edges([MARGIN_CALLS, TO_BOARD], STATS, PHASES, 1, BRIDGED)
    cut = EdgeResult(TO_BOARD, 20, 0, ENGINE_LOGIC, MAIN)
    assert [is_missing(each) for each in (one, other, cut)] == [False, True, False]
    assert [edge_cell(each) for each in (one, other, cut)] == ["20/20*", "19/20*", "cut -20"]
    stage = StageResult("after phase 1", {}, (one, other, cut), {}, bridge=Bridged(1, {}, (), ("it did not end",)))
    assert list(find_lost([stage])) == [
        "after phase 1: collateral -> board  margin-calls: 19 handled of 20 published",
        "after phase 1: it did not end",
    ]


def test_what_a_bridge_carries_at_the_end_is_a_fault() -> None:
    stage = StageResult("after phase 2", {}, (), {}, bridge=Bridged(2, {THERE: 3}))
    assert list(find_cut(stage)) == [f"{THERE}: a bridge carries it"]


def test_what_a_bridge_did_is_shown() -> None:
    bridge = Bridged(2, {THERE: 3}, (BACK,))
    stage = StageResult("after phase 2", {}, (), {}, bridge=bridge)
    assert list(bridge_lines(stage)) == [
        f"migrate bridge --phase 2: {THERE}: 3 messages carried",
        f"migrate bridge --phase 2: no bridge is needed any more by {BACK}",
    ]
    assert list(bridge_lines(StageResult("before", {}, (), {}))) == []
    assert describe_bridge(bridge) == {"phase": 2, "carried": {THERE: 3}, "needless": (BACK,), "faults": ()}


def test_the_bridged_edges_are_those_of_the_configuration(root: Path) -> None:
    assert bridged_edges(load(root / "engines.yaml")) == (
        ("strategy", "portfolio", "strategy.signal"),
        ("portfolio", "strategy", "portfolio.update"),
    )
