"""The checks of `migrate verify` as functions of their evidence: what passes, what fails, and what nothing can tell."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from msgspec.structs import replace

from codemods.model import StreamEnd
from migrator.config import EngineConfig
from migrator.graph import Channel, Graph
from migrator.live.holders import Holder, Owner
from migrator.live.measure import Calls, Delta, Snapshot
from migrator.live.streams import Consumer, Group, Oldest, Stream
from migrator.merged import Merged
from migrator.observing.known import Known
from migrator.observing.observe import Observed
from migrator.observing.view import GroupView, ServerView, StreamView
from migrator.places import NOW, Point
from migrator.verifying import checks, receiving, sending, servers
from migrator.verifying.evidence import End, Evidence
from migrator.verifying.groups import bears_name, is_reached, is_read
from migrator.verifying.outcome import FAILED, NOT_TOLD, PASSED
from migrator.verifying.sending import fault_of
from migrator.verifying.verify import EngineVerdict, Verified, since

ML = EngineConfig(name="ml", engine_type="ML", paths=("engines/ml",), port=8400, phase=1)
SNAPSHOT = Snapshot("one", "9.1.2", 100, 1000.0, 1.0, 2, 3, 1, {"get": Calls(5)}, {}, ())
DELTA = Delta(seconds=5.0, cpu_percent=10.0, connected=2, received=0, commands={}, errors={})
READER = Holder(Owner("ml", "ml", "process", 7), "bus", 2, ("xreadgroup",))
STRANGER = Holder(Owner("", "10.0.0.7", "address"), "bus", 2, ("xreadgroup",), age=60)


def view(name: str, *holders: Holder, **changes: object) -> ServerView:
    """A server as it is seen now, with these changes to what it counted."""
    snapshot = {
        key: changes.pop(key)
        for key in list(changes)
        if key in Snapshot.__struct_fields__ and key not in ("commands", "errors")
    }
    own = {key: changes.pop(key) for key in list(changes) if key in ServerView.__struct_fields__}
    return replace(
        ServerView(name, "redis://h", replace(SNAPSHOT, **snapshot), replace(DELTA, **changes), holders), **own
    )


def evidence(*views: ServerView, before: tuple[ServerView, ...] = (), **more: object) -> Evidence:
    """What is known of the engine."""
    then = Observed("2026-01-01T00:00:00+00:00", 5.0, before) if before else None
    return Evidence(ML, Known(), {}, {each.name: each for each in views}, then, **more)  # type: ignore[arg-type]


def test_a_server_that_restarted_since_is_noticed() -> None:
    found = servers.counters(evidence(view("main", run_id="two"), before=(view("main"),)))
    assert (found.state, found.figures) == (
        PASSED,
        "main restarted since (its run_id changed): its figures are those of this window, and not compared in total",
    )


def test_counters_that_were_reset_since_are_noticed() -> None:
    now = replace(view("main"), snapshot=replace(SNAPSHOT, commands={"get": Calls(2)}))
    found = servers.counters(evidence(now, before=(view("main"),)))
    assert found.figures.startswith("main had its counters reset since (CONFIG RESETSTAT)")


def test_counters_that_began_anew_in_the_window_are_noticed() -> None:
    found = servers.counters(evidence(view("main", restarted="the server restarted")))
    assert found.figures.startswith("main began anew in this window")


@pytest.mark.parametrize(
    ("was", "now", "state", "figures"),
    [
        (20.0, 5.0, PASSED, "20.0 % before, 5.0 % now, 15.0 points less"),
        (0.2, 0.3, PASSED, "0.2 % before, 0.3 % now"),
        (5.0, 9.0, FAILED, "5.0 % before, 9.0 % now"),
    ],
)
def test_cpu_may_move_a_little_between_two_windows(was: float, now: float, state: str, figures: str) -> None:
    found = servers.main_cpu(evidence(view("main", cpu_percent=now), before=(view("main", cpu_percent=was),)))
    assert (found.state, found.figures) == (state, figures)


@pytest.mark.parametrize(("seconds", "state"), [(1.0, PASSED), (5.0, FAILED)])
def test_what_asking_costs_counts_for_more_in_a_short_window(seconds: float, state: str) -> None:
    now, before = view("main", seconds=seconds, cpu_percent=2.5), view("main", cpu_percent=1.0)
    assert servers.main_cpu(evidence(now, before=(before,))).state == state


def test_what_was_not_asked_is_not_told() -> None:
    nothing = evidence()
    told = [
        servers.main_cpu(nothing),
        servers.off_main(nothing),
        servers.on_bus("marketdata", nothing),
        receiving.left_behind(nothing),
        checks.moved(nothing),
        checks.health(nothing),
        servers.main_cpu(evidence(view("main"))),
    ]
    assert {each.state for each in told} == {NOT_TOLD}
    assert all(each.causes for each in told)


def test_nothing_holds_on_servers_that_were_not_asked() -> None:
    found = {each.check: each for each in checks.judge(evidence(view("engine_logic", READER)))}
    told = [check for check, each in found.items() if each.state == NOT_TOLD]
    assert told == [
        "moved",
        "main-cpu",
        "off-main",
        "on-marketdata",
        "failed-reads",
        "new-errors",
        "subscribed",
        "pending",
        "left-behind",
        "published",
        "envelope",
        "read",
    ]
    assert found["failed-reads"].figures == "main, marketdata was not asked; elsewhere: none on any server"


def test_nothing_passes_that_the_user_may_not_ask() -> None:
    """An empty answer, and none, look alike: without CLIENT LIST nobody is on main, without XRANGE nothing waits."""
    views = (view("main"), view("marketdata"), view("engine_logic", READER))
    asked = replace(evidence(*views), denied={"main": ("XRANGE",), "engine_logic": ("CLIENT LIST", "SCAN and XINFO")})
    found = {each.check: each for each in checks.judge(asked)}
    passed = [check for check, each in found.items() if each.state == PASSED]
    assert passed == ["counters", "on-engine-logic", "failed-reads", "new-errors"]  # what INFO tells, or what was seen
    assert found["left-behind"].figures == (
        "on main its user may not run XRANGE; elsewhere: nothing waits in 0 old groups"
    )
    assert found["left-behind"].causes[0].startswith("let it, on each of these servers: ACL SETUSER NAME +info")
    nobody = replace(evidence(view("main", READER), view("engine_logic")), denied={"engine_logic": ("CLIENT LIST",)})
    assert servers.on_bus("engine_logic", nobody).state == NOT_TOLD


def test_connections_of_addresses_alone_are_nobodys() -> None:
    found = evidence(view("main", STRANGER), view("marketdata", STRANGER))
    told = [servers.off_main(found), servers.on_bus("marketdata", found)]
    assert [each.state for each in told] == [NOT_TOLD, NOT_TOLD]
    assert {each.causes for each in told} == {(servers.ELSEWHERE,)}


@pytest.mark.parametrize(("age", "state"), [(60, NOT_TOLD), (1, PASSED)])
def test_beside_a_process_that_is_known_an_address_may_still_be_the_engine(age: int, state: str) -> None:
    """It counts where it was there in the whole window: one that came and went is nobody's way to read."""
    main, bus = view("main", replace(STRANGER, age=age)), view("engine_logic", READER)
    found = evidence(main, bus, view("marketdata", replace(STRANGER, age=60)))
    assert servers.off_main(found).state == state
    assert servers.on_bus("marketdata", found).state == NOT_TOLD


def test_an_engine_on_main_is_not_searched_for_elsewhere() -> None:
    found = servers.on_bus("marketdata", evidence(view("main", READER), view("marketdata")))
    assert (found.state, found.causes) == (FAILED, ("it is still on main",))


READS = {"xreadgroup": Calls(100, 100, 0, 100)}


@pytest.mark.parametrize(
    ("holders", "was", "state"),
    [
        ((replace(READER, owner=Owner("factor", "factor", "process", 8)),), READS, PASSED),
        ((replace(READER, owner=Owner("factor", "factor", "process", 8)),), {}, FAILED),  # there are more than before
        ((), READS, FAILED),  # nobody is left whose they could be
        ((READER,), READS, FAILED),
    ],
)
def test_failed_reads_on_main_may_be_those_of_engines_that_are_left(
    holders: tuple[Holder, ...], was: Mapping[str, Calls], state: str
) -> None:
    found = evidence(view("main", *holders, commands=READS), before=(view("main", commands=was),))
    assert servers.failed_reads(found).state == state


def test_failed_reads_on_a_bus_are_always_wrong() -> None:
    found = servers.failed_reads(evidence(view("engine_logic", commands=READS)))
    assert (found.state, found.figures) == (FAILED, "engine_logic: 100 failed, 20 a second")


FAILING = {"xadd": Calls(3, 3, 0, 3), "xgroup|create": Calls(1, 1, 0, 1), "client|setinfo": Calls(0, 0, 2)}


def test_a_failing_command_is_new_where_it_did_not_fail_before() -> None:
    now = view("main", READER, commands=FAILING, errors={"WRONGTYPE": 3, "BUSYGROUP": 1})
    calm, same = view("main"), view("main", commands=FAILING, errors={"WRONGTYPE": 9})
    assert servers.new_errors(evidence(now, before=(same,))).state == PASSED
    assert servers.new_errors(evidence(now)).state == NOT_TOLD
    found = servers.new_errors(evidence(now, before=(calm,)))
    assert (found.state, found.causes) == (FAILED, ("main: xadd failed 3 times", "main: WRONGTYPE 3"))


def reading(consumer_idle: int, holder: Holder, version: str) -> bool | None:
    """Whether the engine reads a group whose consumer was silent for so many milliseconds."""
    group = GroupView(Group("bus:metric", "ml:1", 0, "1-0", consumers=(Consumer("1", 0, consumer_idle),)))
    stream = StreamView(Stream("bus:metric", 1, "1-0"), 0, (group,))
    server = view("engine_logic", holder, version=version, streams=(stream,))
    return is_read(evidence(server), server, group, ML)


@pytest.mark.parametrize(
    ("idle", "holder", "version", "expected"),
    [
        (100, STRANGER, "7.0.15", True),
        (60_000, READER, "7.0.15", True),  # it may wait, and the server does not hear it
        (60_000, replace(READER, commands=("xadd",)), "7.0.15", False),
        (60_000, STRANGER, "7.0.15", None),
        (60_000, READER, "7.2.4", False),
        (60_000, replace(READER, blocked=1, quiet=60), "7.2.4", True),  # it waits for ever
        (60_000, replace(STRANGER, owner=Owner("risk", "risk", "process", 8), blocked=1, quiet=90), "7.2.4", False),
    ],
)
def test_a_silent_consumer_may_wait_on_an_older_server(
    idle: int, holder: Holder, version: str, expected: bool | None
) -> None:
    assert reading(idle, holder, version) is expected


@pytest.mark.parametrize(
    ("holder", "expected"),
    [(replace(READER, commands=("ping", "xread")), True), (READER, False), (STRANGER, None)],
)
def test_a_raw_stream_without_a_group_is_read_by_xread(holder: Holder, expected: bool | None) -> None:
    found = evidence(view("marketdata", holder))
    assert is_reached(found, End("raw-ticks", False, "marketdata", "a.py:1"), ML) is expected


def test_a_group_of_a_longer_name_is_the_engines_and_a_part_of_a_word_is_not() -> None:
    assert [bears_name(name, ML) for name in ("ml", "engine-ML-group", "html", "ml_2", "mlx")] == [
        True,
        True,
        False,
        True,
        False,
    ]


def test_messages_that_stay_pending_are_told_with_the_oldest() -> None:
    group = Group("bus:metric", "ml:1", 4, "1-0", 9, 0, (Consumer("1", 4, 10),), Oldest("1-0", "1", 60_000, 2))
    stream = StreamView(Stream("bus:metric", 1, "1-0"), 0, (GroupView(group, delivered=2, grew=1),))
    found = receiving.pending(evidence(view("engine_logic", READER, streams=(stream,))))
    assert (found.state, found.figures) == (
        FAILED,
        "pending on bus:metric: 4 messages of ml:1, 1 more than 5.0 s ago",
    )
    assert found.causes == (
        "the handler raises at some messages, or hangs; see the engine's log",
        "the oldest is 1-0, delivered to 1 60 s ago, 2 times in all",
    )


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        ({"message_type": "risk_metric", "source_engine": "ml", "payload": "{}"}, ""),
        ({"message_type": "MessageType.RISK_METRIC", "source_engine": "ml", "payload": "[1]"}, ""),
        ({"symbol": "A"}, "without message_type and source_engine and payload (it has symbol)"),
        ({"message_type": "order", "source_engine": "ml", "payload": "{}"}, "its message_type is order"),
        (
            {"message_type": "risk_metric", "source_engine": "ml", "payload": '"{}"'},
            "its payload is JSON text in JSON text: encoded twice",
        ),
        ({"message_type": "risk_metric", "source_engine": "ml", "payload": "{"}, "its payload is no JSON"),
    ],
)
def test_the_form_of_a_message(entry: Mapping[str, str], fault: str) -> None:
    assert fault_of(entry, "RISK_METRIC") == fault


def test_an_engine_without_ends_has_nothing_to_show() -> None:
    nothing = evidence(view("engine_logic"))
    found = [
        receiving.subscribed(nothing),
        sending.published(nothing),
        sending.read(nothing),
        sending.envelope(nothing),
    ]
    assert [each.state for each in found] == [PASSED] * 4


def raw(engine: str, server: str) -> Point:
    """A publisher of a raw stream, on a bus or on main as the base stands."""
    moves = None if server == "main" else NOW
    return Point(StreamEnd("orders", "publish", "stream", engine, f"engines/{engine}/a.py", 3), moves, server, server)


@pytest.mark.parametrize(
    ("publishers", "state"),
    [
        ((raw("ml", "engine_logic"),), FAILED),
        ((raw("ml", "engine_logic"), raw("risk", "main")), PASSED),  # what is on main may be the other's
    ],
)
def test_a_raw_stream_that_goes_on_growing_on_main_is_nobody_elses(publishers: tuple[Point, ...], state: str) -> None:
    channel = Channel("orders", "stream", (), ("engine_logic",), "routed", publishers, (), ())
    stream = StreamView(Stream("orders", 4, "4-0"), 4)
    views = {name: view(name, streams=(stream,)) for name in ("main", "engine_logic")}
    found = sending.published(Evidence(ML, Known(graph=Graph((channel,))), {}, views))
    assert found.state == state
    assert found.causes == (
        (
            "nothing in the code publishes it on main any more: a copy of ml from before it moved still runs, or a "
            "program that is no engine; stop it",
        )
        if state == FAILED
        else ()
    )


def test_messages_of_a_type_on_another_server_are_told_with_where_to_look() -> None:
    end = Point(StreamEnd("RISK_METRIC", "publish", "message", "ml", "engines/ml/a.py", 3), NOW, "main", "engine_logic")
    channel = Channel("RISK_METRIC", "message", (), ("engine_logic",), "message", (end,), (), ())
    entry = ("1-0", {"message_type": "risk_metric", "source_engine": "ml", "payload": "{}"})
    views = {name: view(name) for name in ("main", "marketdata", "engine_logic")}
    newest = {("marketdata", "x:risk_metric"): (entry,)}
    known = Known(graph=Graph((channel,)))
    found = sending.published(Evidence(ML, known, {"RISK_METRIC": "engine_logic"}, views, newest=newest))
    assert (found.state, found.figures) == (
        FAILED,
        "seen elsewhere: 1 RISK_METRIC on marketdata (x:risk_metric), not on engine_logic",
    )
    assert found.causes == (
        "engines/ml/a.py:3 sends to engine_logic: see which host and port the engine's client has for engine_logic, "
        "and whether another copy of the engine runs other code",
    )


def test_only_messages_since_the_engine_came_count_against_it() -> None:
    entries = [("1700000000000-0", {}), ("1600000000000-0", {}), ("7-0", {})]
    assert list(since(entries, 1_650_000_000_000)) == [entries[0], entries[2]]
    assert evidence(view("main", replace(READER, age=90))).since("main") == 909_000
    assert evidence(view("main", STRANGER)).since("main") == 0


def test_code_that_has_not_moved_fails() -> None:
    known = Known(merges={"ml": Merged("ml", False, "it does not use the target")})
    found = checks.moved(Evidence(ML, known, {}, {}))
    assert (found.state, found.figures) == (FAILED, "it does not use the target")


def test_statuses_that_changed_are_told() -> None:
    before = Observed("", 5.0, (), health={"ml": {"GET /health": 200, "GET /old": 404}})
    now = {"GET /health": 0, "GET /old": 404}
    found = checks.health(Evidence(ML, Known(), {}, {}, before, health=now))
    assert (found.state, found.causes) == (FAILED, ("GET /health: no answer, 200 before",))


@pytest.mark.parametrize(
    ("states", "problems", "unusable", "code"),
    [
        ((PASSED,), (), False, 0),
        ((PASSED, NOT_TOLD), (), False, 4),
        ((FAILED, NOT_TOLD), (), False, 1),
        ((PASSED,), ("main: no answer",), False, 1),
        ((FAILED,), ("main is a replica",), True, 2),
    ],
)
def test_the_exit_code_is_the_worst(
    states: tuple[str, ...], problems: tuple[str, ...], unusable: bool, code: int
) -> None:
    outcomes = tuple(replace(checks.moved(evidence()), state=state) for state in states)
    assert Verified((EngineVerdict("ml", outcomes),), problems, unusable).exit_code() == code
