"""What `observe` and `verify` print: 80 columns, the first of many, and nothing that steers a terminal."""

from __future__ import annotations

import json

import pytest
from msgspec.structs import replace

from migrator.live.holders import Holder, Owner
from migrator.live.measure import Calls, Delta, Snapshot
from migrator.live.streams import Consumer, Group, Stream
from migrator.observing.finding import Finding, listed, rate, several, span
from migrator.observing.observe import Observed
from migrator.observing.view import GroupView, ServerView, StreamView
from migrator.report.observe_text import delivered, observed_text, size
from migrator.report.plain import uncoloured
from migrator.report.verify_text import verified_json, verified_text
from migrator.verifying.outcome import Outcome, failed, not_told, passed
from migrator.verifying.verify import EngineVerdict, Verified

COMMANDS = {
    "xreadgroup": Calls(6000, 18_000, 0, 6000),
    "xadd": Calls(10, 50),
    "get": Calls(100, 100),
    "ping": Calls(0, 0, 2),
    "info": Calls(2, 300),
}
SNAPSHOT = Snapshot(
    "one", "7.0.15", 300_000, 1_700_000_010.0, 9.0, 3, 9, 1, COMMANDS, {}, (), memory=12_345_678, max_memory=2 * 10**9
)
DELTA = Delta(6.0, 21.8, 15, 12, COMMANDS, {"NOGROUP": 6000})
GROUP = Group("messagebus", "portfolio", 3, "1700000000000-0", 5, None, (Consumer("one", 3, 100),))
STREAM = StreamView(Stream("messagebus", 200, "1700000009000-0", 200), 60, (GroupView(GROUP, 5, 3),))
HOLDERS = (
    Holder(Owner("portfolio", "portfolio", "process", 4321), "bus", 3, ("xadd", "xreadgroup"), 1),
    Holder(Owner("", "10.0.0.7", "address"), "cache", 1, ("get",)),
)
SERVER = ServerView("main", "redis://db1:6379", SNAPSHOT, DELTA, HOLDERS, (STREAM,))


def observed(*findings: Finding, **changes: object) -> str:
    """The report of one server with these changes."""
    server = replace(SERVER, **{key: value for key, value in changes.items() if key in ServerView.__struct_fields__})
    rest = {key: value for key, value in changes.items() if key not in ServerView.__struct_fields__}
    return observed_text(Observed("now", 6.0, (server,), findings, **rest), uncoloured)  # type: ignore[arg-type]


def test_a_server_in_tables() -> None:
    assert (
        observed()
        == """\
main  redis://db1:6379
  version 7.0.15, up 3 d, observed for 6.0 s
  CPU 21.8 %, memory 12.3 MB of 2.0 GB, 15 connections, 2.0 new a second
  errors a second: NOGROUP 1,000

  whose      pid connections use   last commands
  portfolio 4321           3 bus   xadd, xreadgroup
  10.0.0.7     -           1 cache get

  command    calls/s us each time % failed/s
  xreadgroup   1,000     3.0    0.3    1,000
  get             17     1.0    0.0      0.0
  xadd           1.7     5.0    0.0      0.0
  ping           0.0       -    0.0      0.3

  stream - group length in/s alive pending waiting last delivery
  messagebus        200   10
  - portfolio                  1/1  3 (+3)       ?      10 s ago

Diagnosis
  nothing was seen that is wrong
"""
    )


def test_of_many_the_first_are_shown_and_the_rest_counted() -> None:
    many = tuple(replace(STREAM, stream=replace(STREAM.stream, name=f"s{number}"), groups=()) for number in range(30))
    holders = tuple(replace(HOLDERS[0], owner=Owner("", f"10.0.0.{number}", "address")) for number in range(25))
    alike = [Finding("unread", "main", f"s{number}: nobody reads") for number in range(9)]
    shown = observed(*alike, streams=many, holders=holders, complete=False, gaps=("its user may not run CLIENT LIST",))
    assert "  and 5 more\n" in shown
    assert "  and 10 more streams; --json has them all\n" in shown
    assert "  the server has more keys than were looked at for streams\n" in shown
    assert "  its user may not run CLIENT LIST\n" in shown
    assert shown.endswith("  main: s4: nobody reads\n    and 4 more of this kind; --json has them all\n")


def test_a_long_name_is_cut_and_a_control_character_written_out() -> None:
    shown = observed(
        Finding("unread", "main", "evil\x1b[2J: nobody reads", ("seen\n",), "stop\x07"),
        streams=(replace(STREAM, stream=replace(STREAM.stream, name="x" * 50)),),
        health={"ml": {"GET /health": 200, "GET /\x1b": 0}},
    )
    assert "x" * 27 + "..." in shown
    assert all(len(line) <= 80 for line in shown.splitlines())
    assert "\x1b" not in shown
    assert "\x07" not in shown
    assert r"ml: GET /health 200, GET /\x1b no answer" in shown


@pytest.mark.parametrize(("identity", "expected"), [("0-0", "none"), ("1700000000000-1", "10 s ago"), ("42-7", "42-7")])
def test_the_last_delivery_is_told_from_the_id(identity: str, expected: str) -> None:
    group = GroupView(replace(GROUP, last_delivered=identity))
    assert delivered(group, SERVER) == expected


def test_figures_are_written_for_people() -> None:
    assert [size(count) for count in (7, 1_500, 2_000_000, 3_000_000_000)] == ["7 B", "1.5 kB", "2.0 MB", "3.0 GB"]
    assert [span(seconds) for seconds in (0, 3.21, 61, 200, 8_000, 200_000)] == [
        "0 s",
        "3.2 s",
        "61 s",
        "3 min",
        "2 h",
        "2 d",
    ]
    assert [rate(each) for each in (0.04, 9.96, 1234.5)] == ["0.0", "10.0", "1,234"]
    assert [several(1, "entry", "entries"), several(2, "entry", "entries"), several(2_000, "client")] == [
        "1 entry",
        "2 entries",
        "2,000 clients",
    ]
    assert listed("abcdefghij", 3) == "a, b, c and 7 more"


OUTCOMES = (
    replace(passed("none on main"), check="off-main", asks="no connection on main"),
    replace(
        failed("no live subscription to RISK_METRIC", ["a/b.py:3: it takes a list of members, and not of texts, here"]),
        check="subscribed",
        asks="each subscription is there",
    ),
    replace(not_told("no statuses from before", "type this"), check="health", asks="its routes answer"),
)


def test_a_verification_in_lines() -> None:
    verified = Verified((EngineVerdict("ml", OUTCOMES),))
    assert (
        verified_text(verified, uncoloured)
        == """\
ml
  PASS  off-main    none on main
  FAIL  subscribed  no live subscription to RISK_METRIC
                    cause: a/b.py:3: it takes a list of members, and not of
                      texts, here
  ?     health      no statuses from before
                    next: type this

1 engine: 1 passed, 1 failed, 1 not told.
"""
    )
    assert json.loads(verified_json(verified)) == {
        "engines": [
            {
                "engine": "ml",
                "outcomes": [
                    {
                        "check": each.check,
                        "asks": each.asks,
                        "state": each.state,
                        "figures": each.figures,
                        "causes": list(each.causes),
                    }
                    for each in OUTCOMES
                ],
            }
        ],
        "problems": [],
        "unusable": False,
        "exit_code": 1,
    }


def test_an_outcome_without_figures_is_one_line() -> None:
    shown = verified_text(Verified((EngineVerdict("ml", (Outcome("moved", "it moved"),)),)), uncoloured)
    assert shown == "ml\n  PASS  moved\n\n1 engine: 1 passed.\n"
