"""Stages are compared by plain rules: which server, how many, whose connection, and what that says."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from codemods.settings import ENGINE_LOGIC, MARKETDATA
from migrator.demo.edges import EDGES, Edge
from migrator.demo.machine import describe
from migrator.demo.results import (
    Connections,
    EdgeResult,
    ServerResult,
    StageResult,
    compare_edges,
    count,
    count_connections,
    server_of,
)
from migrator.demo.say import Said
from migrator.demo.table import edge_cell, print_results
from migrator.demo.verdict import Check, judge
from migrator.live.measure import Calls, Connection, Delta
from migrator.live.servers import MAIN
from migrator.observing.finding import Finding
from migrator.verifying.outcome import failed, not_told, passed
from migrator.verifying.verify import EngineVerdict

MARGIN_CALLS = Edge("collateral", "margin-calls", "websocket")
TICKS = Edge("marketdata", "raw-ticks", "features")
PHASES = {"collateral": 1, "websocket": 2, "features": 3, "marketdata": None}
STATS = {
    "collateral": {"published": {"margin-calls": 20}, "handled": {}},
    "websocket": {"published": {}, "handled": {"collateral": {"margin-calls": 20}}},
    "marketdata": {"published": {"raw-ticks": 40}, "handled": {}},
    "features": {"published": {}, "handled": {}},
}


@pytest.mark.parametrize(
    ("phase", "stage", "channel", "expected"),
    [
        (None, 0, "market.data", MARKETDATA),
        (None, 0, "vpin", ENGINE_LOGIC),
        (1, 0, "market.data", MAIN),
        (1, 1, "market.data", MARKETDATA),
        (1, 1, "portfolio.update", ENGINE_LOGIC),
        (3, 2, "raw-ticks", MAIN),
        (3, 3, "raw-ticks", MARKETDATA),
    ],
)
def test_an_engine_is_on_main_until_its_phase(phase: int | None, stage: int, channel: str, expected: str) -> None:
    assert server_of(phase, stage, channel) == expected


@pytest.mark.parametrize(
    ("stage", "servers", "cut"),
    [
        (0, (MAIN, MAIN), False),
        (1, (ENGINE_LOGIC, MAIN), True),
        (2, (ENGINE_LOGIC, ENGINE_LOGIC), False),
    ],
)
def test_an_edge_is_cut_while_its_ends_are_on_different_servers(
    stage: int, servers: tuple[str, str], cut: bool
) -> None:
    (result,) = compare_edges([MARGIN_CALLS], STATS, PHASES, stage)
    assert result == EdgeResult(MARGIN_CALLS, 20, 20, *servers)
    assert result.is_cut is cut


def test_what_nobody_handled_counts_as_zero() -> None:
    (result,) = compare_edges([TICKS], STATS, PHASES, 0)
    assert result == EdgeResult(TICKS, 40, 0, MARKETDATA, MAIN)
    assert (edge_cell(result), result.label) == ("cut -40", "marketdata -> features  raw-ticks")


@pytest.mark.parametrize(
    ("published", "handled", "complete"), [(20, 20, True), (20, 19, False), (20, 21, False), (0, 0, False)]
)
def test_an_edge_is_complete_when_something_went_over_it_and_all_of_it_once(
    published: int, handled: int, complete: bool
) -> None:
    result = EdgeResult(TICKS, published, handled, MAIN, MAIN)
    assert result.is_complete is complete
    assert edge_cell(result) == f"{handled}/{published}"


@pytest.mark.parametrize(
    "stats", [{}, {"factor": None}, {"factor": {"published": None}}, {"factor": {"published": {"factor-values": "9"}}}]
)
def test_an_engine_that_does_not_answer_has_counted_nothing(stats: dict[str, Any]) -> None:
    assert count(stats, "factor", "published", "factor-values") == 0


CONNECTIONS = (
    Connection(1, "127.0.0.1:1", "xreadgroup"),
    Connection(2, "127.0.0.1:2", "get"),
    Connection(3, "127.0.0.1:3", "set"),
    Connection(4, "127.0.0.1:4", "get"),
    Connection(5, "127.0.0.1:5", "ping"),
)
SEEN = {1: {"xreadgroup"}, 2: {"client|setinfo", "get"}, 3: {"xadd", "set"}, 4: {"get"}, 5: {"ping"}}
OWNERS = {"127.0.0.1:1": "ml", "127.0.0.1:2": "ml", "127.0.0.1:3": "features", "127.0.0.1:5": "factor"}


def test_a_connection_that_was_seen_on_the_bus_once_is_no_cache() -> None:
    assert count_connections(MAIN, CONNECTIONS, SEEN, OWNERS) == Connections(
        bus={"ml": 1, "features": 1, "factor": 1}, cache={"ml": 1}, unknown=1
    )


def test_on_a_bus_every_connection_counts() -> None:
    assert count_connections(MARKETDATA, CONNECTIONS, SEEN, OWNERS) == Connections(
        bus={"ml": 2, "features": 1, "factor": 1}, cache={}, unknown=1
    )


def server(
    calls: int = 40, failed: int = 0, bus: dict[str, int] | None = None, cache: dict[str, int] | None = None
) -> ServerResult:
    """One server over four seconds."""
    commands = {"xreadgroup": Calls(calls=calls, failed=failed)} if calls else {"get": Calls(3)}
    delta = Delta(4.0, 1.25, 3, 2, commands, {"NOGROUP": failed} if failed else {})
    return ServerResult(delta, Connections(bus or {}, cache or {}), pending=0)


def edges(*pairs: tuple[str, str]) -> tuple[EdgeResult, ...]:
    return tuple(
        EdgeResult(edge, 20, 20 if publisher == consumer else 0, publisher, consumer)
        for edge, (publisher, consumer) in zip((MARGIN_CALLS, TICKS), pairs, strict=True)
    )


BUSES = {MARKETDATA: server(calls=8, bus={"vpin": 2}), ENGINE_LOGIC: server(calls=8, bus={"vpin": 1})}
ROUTES = {"ml GET /health": 200, "ml GET /predictions/NONE": 404}
BEFORE = StageResult(
    "before",
    {MAIN: server(9000, 8000, {"ml": 3, "factor": 2}, {"ml": 1}), **BUSES},
    edges((MAIN, MAIN), (MARKETDATA, MAIN)),
    ROUTES,
)
MIDDLE = replace(BEFORE, name="after phase 1", edges=edges((ENGINE_LOGIC, MAIN), (MARKETDATA, MAIN)))
AFTER = StageResult(
    "after phase 2",
    {MAIN: server(calls=0, cache={"ml": 1}), **BUSES},
    edges((ENGINE_LOGIC, ENGINE_LOGIC), (MARKETDATA, MARKETDATA)),
    ROUTES,
)
SENTENCES = (
    "before: most XREADGROUP on main fail",
    "after phase 2: no failed XREADGROUP on any server",
    "after phase 2: no engine on main, but for its cache",
    "each whole edge at each stage: handled = published",
    "each bridged edge while it is cut: handled = published, none lost",
    "after phase 2: no edge is cut, and none needs a bridge",
    "after phase 2: nothing stays unacknowledged",
    "the same routes answer with the same status at each stage",
    "engines come to rest and end when asked, servers stay up",
    "after phase 2: each check of migrate verify passes, for each engine",
)


def test_a_migration_that_worked_passes_every_check() -> None:
    checks = judge([BEFORE, MIDDLE, AFTER], ROUTES)
    assert checks == tuple(Check(sentence) for sentence in SENTENCES)
    assert all(check.passed for check in checks)


def on_main(result: ServerResult) -> dict[str, ServerResult]:
    return {MAIN: result, **BUSES}


VERDICTS = (
    EngineVerdict(
        "ml",
        (
            replace(passed("none on main"), check="off-main"),
            replace(failed("no live subscription"), check="subscribed"),
            replace(not_told("no statuses from before"), check="health"),
        ),
    ),
)


FAULTY: dict[str, tuple[int, list[StageResult], tuple[str, ...]]] = {
    "calm before": (
        0,
        [replace(BEFORE, servers=on_main(server(9000, 4500))), AFTER],
        ("4,500 of 9,000 failed",),
    ),
    "failed reads on a bus": (
        1,
        [BEFORE, replace(AFTER, servers={**AFTER.servers, MARKETDATA: server(8, 1)})],
        ("marketdata: 1 failed, {'NOGROUP': 1}",),
    ),
    "an engine stays on main": (
        2,
        [BEFORE, replace(AFTER, servers=on_main(server(0, bus={"ml": 2})))],
        ("ml: 2 connections",),
    ),
    "someone comes and goes on main": (
        2,
        [BEFORE, replace(AFTER, servers=on_main(server(calls=5)))],
        ("5 calls of bus commands",),
    ),
    "a message is lost": (
        3,
        [BEFORE, replace(AFTER, edges=(AFTER.edges[0], replace(AFTER.edges[1], handled=19)))],
        ("after phase 2: marketdata -> features  raw-ticks: 19 handled of 20 published",),
    ),
    "a message is handled twice in between": (
        3,
        [replace(BEFORE, edges=(replace(BEFORE.edges[0], handled=21), BEFORE.edges[1])), AFTER],
        ("before: collateral -> websocket  margin-calls: 21 handled of 20 published",),
    ),
    "an edge is cut at the end": (
        5,
        [BEFORE, replace(AFTER, edges=MIDDLE.edges)],
        (
            "collateral -> websocket  margin-calls: engine_logic to main",
            "marketdata -> features  raw-ticks: marketdata to main",
        ),
    ),
    "a handler fails": (
        6,
        [BEFORE, replace(AFTER, servers=on_main(replace(AFTER.servers[MAIN], pending=4)))],
        ("main: 4 messages",),
    ),
    "a route answers otherwise": (
        7,
        [BEFORE, replace(AFTER, routes={**ROUTES, "ml GET /health": 500})],
        ("after phase 2: ml GET /health: 500, not 200",),
    ),
    "an engine hangs": (
        8,
        [BEFORE, replace(AFTER, killed=("ml",))],
        ("after phase 2: ml did not end on SIGTERM",),
    ),
    "an engine feeds itself": (
        8,
        [BEFORE, replace(AFTER, at_rest=False)],
        ("after phase 2: messages are still being handled; an engine may be feeding itself",),
    ),
    "an engine reads nothing": (
        9,
        [BEFORE, replace(AFTER, said=Said(verdicts=VERDICTS))],
        ("ml: subscribed: no live subscription", "ml: health: no statuses from before"),
    ),
    "a server restarted": (
        8,
        [
            BEFORE,
            replace(
                AFTER, servers=on_main(replace(server(0), delta=replace(server(0).delta, restarted="it restarted")))
            ),
        ],
        ("after phase 2: main: it restarted",),
    ),
}


@pytest.mark.parametrize("case", FAULTY)
def test_each_fault_fails_its_own_check(case: str) -> None:
    index, stages, faults = FAULTY[case]
    assert judge(stages, ROUTES) == tuple(
        Check(sentence, faults if at == index else ()) for at, sentence in enumerate(SENTENCES)
    )


def test_a_failed_check_shows_its_first_faults() -> None:
    assert Check("it holds", ("one", "two", "three", "four", "five")).line == (
        "FAIL  it holds\n      one\n      two\n      three\n      and 2 more"
    )
    assert Check("it holds").line == "PASS  it holds"


TABLE = """\
measure                   before  phase 1  phase 2
main (6379)
  CPU %                      1.2      1.2      1.2
  connections of engines       5        5        0
  ... of their caches          1        1        1
  XREADGROUP calls / s     2,250    2,250        0
  ... of them failed / s   2,000    2,000        0
marketdata (6380)
  CPU %                      1.2      1.2      1.2
  connections of engines       2        2        2
  XREADGROUP calls / s         2        2        2
  ... of them failed / s       0        0        0
engine_logic (6381)
  CPU %                      1.2      1.2      1.2
  connections of engines       1        1        1
  XREADGROUP calls / s         2        2        2
  ... of them failed / s       0        0        0

handled/published                       before  phase 1  phase 2
collateral -> websocket  margin-calls    20/20  cut -20    20/20
marketdata -> features  raw-ticks      cut -20  cut -20    20/20

Routes with the same status at each stage: 2 of 2
The diff of each engine: /tmp/diffs

PASS  it holds
FAIL  it does not
      [because]
"""


def test_piped_the_table_is_plain_text() -> None:
    out = io.StringIO()
    checks = [Check("it holds"), Check("it does not", ("[because]",))]
    print_results([BEFORE, MIDDLE, AFTER], checks, Path("/tmp/diffs"), out)
    assert "\n".join(line.rstrip() for line in out.getvalue().split("\n")) == TABLE


def test_the_whole_platform_fits_eighty_columns() -> None:
    printed = print_four_stages(messages=100)
    assert max(len(line.rstrip()) for line in printed.splitlines()) <= 80
    assert printed.count("cut -100") == 4 * len(EDGES)


def test_no_number_is_cut_short() -> None:
    assert print_four_stages(messages=100_000).count("cut -100000") == 4 * len(EDGES)


def print_four_stages(messages: int) -> str:
    results = tuple(EdgeResult(edge, messages, 0, MAIN, MARKETDATA) for edge in EDGES)
    busy = replace(BEFORE, edges=results, servers=on_main(server(4_000_000, 4_000_000)))
    out = io.StringIO()
    stages = [busy, *(replace(busy, name=f"after phase {number}") for number in (1, 2, 3))]
    print_results(stages, [], Path("/tmp/diffs"), out)
    return out.getvalue()


def test_what_the_operators_commands_say_stands_below_the_tables() -> None:
    before = replace(BEFORE, said=Said((Finding("unread", MAIN, "orders: nobody reads"),)))
    stages = [before, replace(AFTER, said=Said(verdicts=VERDICTS))]
    out = io.StringIO()
    print_results(stages, [], Path("/tmp/diffs"), out)
    lines = out.getvalue().splitlines()
    at = lines.index("migrate observe, before: main: orders: nobody reads")
    assert lines[at + 1 : at + 4] == [
        "migrate verify, after phase 2: 1 of 3 checks of 1 engine pass",
        "ml: subscribed: no live subscription",
        "ml: health: no statuses from before",
    ]
    first, last = describe(stages, [], Path("/tmp/diffs"))["stages"]
    assert first["observed"] == ["main: orders: nobody reads"]
    assert last["verified"] == {"ml": {"off-main": "passed", "subscribed": "failed", "health": "not told"}}


def test_machines_get_the_same_facts() -> None:
    described = json.loads(json.dumps(describe([BEFORE, AFTER], [Check("it does not", ("why",))], Path("/tmp/diffs"))))
    assert described["passed"] is False
    assert described["checks"] == [{"check": "it does not", "passed": False, "faults": ["why"]}]
    assert described["diffs"] == "/tmp/diffs"
    before, after = described["stages"]
    assert (before["name"], after["name"], before["routes"]) == ("before", "after phase 2", ROUTES)
    assert before["servers"][MAIN] == {
        "seconds": 4.0,
        "cpu_percent": 1.25,
        "connections": {"ml": 3, "factor": 2},
        "cache_connections": {"ml": 1},
        "other_connections": 0,
        "connections_received": 2,
        "xreadgroup_calls": 2250.0,
        "xreadgroup_failed": 2000.0,
        "bus_calls": 9000,
        "errors": {"NOGROUP": 8000},
        "pending": 0,
        "restarted": "",
    }
    assert before["edges"][1] == {
        "publisher": "marketdata",
        "channel": "raw-ticks",
        "consumer": "features",
        "published": 20,
        "handled": 0,
        "publisher_server": MARKETDATA,
        "consumer_server": MAIN,
        "cut": True,
        "bridged": False,
    }
    assert before["bridge"] is None
