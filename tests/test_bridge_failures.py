"""What happens under a bridge: a group goes, a stream is trimmed, a server takes nothing, an entry is heavy or odd."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import redis
from bridged import EDGES, SIGNALS, carried, make_readers, platform, running, topic_entry
from liveservers import KINDS, live_server
from test_bridge_lanes import DESK, Pair, wait_for, wait_until_written

from migrator.bridging.carrier import Carrier
from migrator.bridging.forms import ENVELOPE, TOPIC, Form
from migrator.bridging.lanes import Reader
from migrator.bridging.portions import BYTES, FIRST, MOST, Portion, parts
from migrator.bridging.writing import write
from migrator.errors import MigrateError

NOBODY = "waits: no group of desk reads orders on engine_logic now"


@pytest.fixture(params=KINDS)
def pair(request: pytest.FixtureRequest) -> Iterator[Pair]:
    with live_server(request.param) as main, live_server(request.param) as bus:
        made = Pair(main, bus)
        made.read("desk")
        made.subscribe("desk")
        yield made


@contextmanager
def at_work(pair: Pair, reader: Reader = DESK) -> Iterator[tuple[Carrier, list[str]]]:
    """A bridge that goes on until the end of the block, and all that it says."""
    stop, said = threading.Event(), list[str]()
    carrier = Carrier(pair.lane(reader), stop, said.append)
    thread = threading.Thread(target=carrier.run)
    thread.start()
    try:
        yield carrier, said
    finally:
        stop.set()
        thread.join()


def until(found: object, expected: object) -> None:
    wait_for(found, expected, threading.Event())


def test_nothing_is_written_for_a_reader_whose_group_went_away(pair: Pair) -> None:
    """Its new group would begin behind what was written meanwhile."""
    with at_work(pair) as (carrier, said):
        pair.add(1, 2)
        wait_until_written(pair, [1, 2])
        pair.bus.xgroup_destroy("orders", "desk")
        pair.add(3)
        until(lambda: carrier.counts.state.startswith(NOBODY), True)
        pair.bus.xgroup_create("orders", "desk", id="$")
        wait_until_written(pair, [1, 2, 3])
    assert pair.given("desk") == [3]
    assert [line.partition(": ")[2].partition(";")[0] for line in said] == ["carries", NOBODY, "carries", "stopped"]


def test_with_once_a_group_that_went_away_is_told(pair: Pair) -> None:
    pair.add(1)
    pair.carry(DESK)
    pair.bus.xgroup_destroy("orders", "desk")
    pair.add(2)
    with pytest.raises(MigrateError, match=f"web -> desk orders: {NOBODY}; start it"):
        pair.carry(DESK)
    assert pair.written() == [1]


def test_what_was_trimmed_before_it_was_read_is_told(pair: Pair) -> None:
    pair.add(*range(1, 11))
    pair.carry(DESK)
    pair.add(*range(11, 101))
    pair.main.xtrim("orders", maxlen=10, approximate=False)
    with at_work(pair) as (carrier, said):
        wait_until_written(pair, [*range(1, 11), *range(91, 101)])
        until(lambda: carrier.counts.state, "carries")
    assert carrier.counts.gone == 80
    lost = "lost: 80 entries went from orders on main before they could be read: trimmed, or deleted"
    assert [line.partition(": ")[2] for line in said] == [lost, "carries", "stopped"]


def test_what_was_carried_and_trimmed_is_not_lost(pair: Pair) -> None:
    with at_work(pair) as (carrier, said):
        for number in range(1, 41, 4):
            pair.add(*range(number, number + 4))
            wait_until_written(pair, list(range(1, number + 4)))
            pair.main.xtrim("orders", maxlen=0 if number % 8 == 1 else 1, approximate=False)
        pair.main.xdel("orders", "40-0")
        pair.add(41)
        wait_until_written(pair, list(range(1, 42)))
    assert pair.carry(DESK).counts.gone == carrier.counts.gone == 0
    assert [line.partition(": ")[2] for line in said] == ["carries", "stopped"]


def test_an_id_of_what_could_not_be_written_is_not_kept(pair: Pair) -> None:
    """A command may fail within a transaction whose other commands are done."""
    lane, bus = pair.lane(DESK), pair.servers[1].opened()
    made = [((number, 0), 1, b"%d-0" % number, {b"n": b"%d" % number}) for number in (1, 2, 3)]
    assert write(bus, lane, made[:1]) == 1
    pair.bus.rename("orders", "kept")
    pair.bus.set("orders", "no stream")
    with pytest.raises(redis.ResponseError, match="WRONGTYPE"):
        write(bus, lane, made)
    assert pair.bus.hgetall(lane.written_key) == {"1": "1-0"}
    pair.bus.rename("kept", "orders")
    assert write(bus, lane, made) == 2
    assert [fields["n"] for _, fields in pair.bus.xrange("orders")] == ["1", "2", "3"]
    assert pair.bus.hgetall(lane.written_key) == {"1": "3-0"}
    bus.close()


def test_a_server_that_takes_nothing_is_told_once_and_not_what_was_sent(pair: Pair) -> None:
    pair.bus.config_set("maxmemory", "1")
    with at_work(pair) as (carrier, said):
        pair.add(1, body="of a customer")
        until(lambda: carrier.counts.failures > 3, True)
        pair.bus.config_set("maxmemory", "0")
        wait_until_written(pair, [1])
        until(lambda: carrier.counts.state, "carries")
    failing, *rest = (line.partition(": ")[2] for line in said if "carries" not in line or len(said) < 4)
    assert failing.startswith(f"failing: engine_logic ({pair.servers[1].shown}): ")
    assert "'maxmemory'" in failing
    assert "customer" not in failing
    assert rest[-1] == "stopped"


@pytest.mark.parametrize("name", ["main", "engine_logic"])
def test_the_server_that_fails_is_named(name: str, pair: Pair) -> None:
    client, server = {"main": (pair.main, pair.servers[0]), "engine_logic": (pair.bus, pair.servers[1])}[name]
    with at_work(pair) as (carrier, said):
        until(lambda: carrier.counts.state, "carries")
        client.config_set("requirepass", "another")
        client.client_kill_filter(_type="normal", skipme=True)
        until(lambda: "password" in carrier.counts.state, True)
        client.config_set("requirepass", "")
        until(lambda: carrier.counts.state, "carries")
    failing = [line.partition(": ")[2] for line in said if "failing" in line]
    assert failing
    assert all(line.startswith(f"failing: {name} ({server.shown}): ") for line in failing)


def test_an_entry_without_a_form_on_the_other_side_is_told_and_the_next_is_carried(pair: Pair) -> None:
    signals = Reader("web -> desk a.*", "desk", Form(TOPIC, ENVELOPE, ("a.*",), "t"), "desk", groups="^desk$")
    for number, payload in enumerate(("[1]", "{}", "text"), 1):
        pair.main.xadd("orders", {"topic": "a.b", "payload": payload}, id=f"{number}-0")
    with at_work(pair, signals) as (carrier, said):
        wait_until_written(pair, [2])
    assert (carrier.counts.carried, carrier.counts.unfit, carrier.counts.passed) == (1, 2, 0)
    assert (
        "web -> desk a.*: lost: 2 entries of orders on main cannot be said in the form of the other side: a payload is "
        "no JSON object, or holds what no field can"
    ) in said


def test_heavy_entries_are_carried_few_at_a_time(pair: Pair) -> None:
    """So many of them at once would take longer than anybody waits for an answer."""
    body = "x" * 2_000_000
    for number in range(1, 41):
        pair.add(number, body=body)
    carrier = pair.carry(DESK)
    assert carrier.counts.carried == 40
    assert carrier.counts.failures == 0
    assert carrier.counts.last == "40-0"


def test_a_portion_grows_as_long_as_the_heaviest_would_fit() -> None:
    portion = Portion()
    counts = [portion.count]
    for weights in ([10], [10], [BYTES // 4], [BYTES * 2], [], [10], *([[10]] * 9)):
        portion.learn(weights)
        counts.append(portion.count)
    assert counts == [FIRST, 16, 32, 4, 1, 2, 4, 8, 16, 32, 64, 128, 256, MOST, MOST, MOST]


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        ([], []),
        ([1, 1, 1], ["abc"]),
        ([BYTES, 1, 1], ["a", "bc"]),
        ([1, BYTES * 9, 1], ["a", "b", "c"]),
        ([BYTES // 2, BYTES // 2, 1], ["ab", "c"]),
    ],
)
def test_parts_stay_within_the_bound(weights: list[int], expected: list[str]) -> None:
    assert list(parts("abc"[: len(weights)], weights)) == expected


def test_a_lane_that_fails_is_told_at_once_and_the_others_go_on(tmp_path: Path) -> None:
    edges = EDGES.replace('begin: "0"', "group: nobody")
    with live_server("valkey") as main, live_server("valkey") as bus:
        make_readers(main.client(), bus.client())
        with running(platform(tmp_path, edges), main.url, bus.url) as process:
            assert process.stdout is not None
            said = []
            while not said or "failed" not in said[-1]:
                said.append(process.stdout.readline())
            main.client().xadd("messagebus", topic_entry(1))
            until(lambda: [number for number, _ in carried(bus.client(), SIGNALS)], [1])
            process.send_signal(signal.SIGTERM)
            rest = process.stdout.read()  # to its end
            process.wait()
    assert said[-1] == (
        "portfolio -> strategy portfolio.update.*: failed, and is not carried until the bridge is started again\n"
    )
    assert "has no group nobody on engine_logic:portfolio_update" in rest
    assert process.returncode == 1


def test_a_bridge_that_is_stopped_while_a_server_is_away_says_so_and_is_no_success(tmp_path: Path) -> None:
    with live_server("valkey") as main, ExitStack() as up:
        bus = up.enter_context(live_server("valkey"))
        make_readers(main.client(), bus.client())
        with running(platform(tmp_path, EDGES), main.url, bus.url) as process:
            assert process.stdout is not None
            next(line for line in process.stdout if line.endswith(": carries\n"))
            up.close()
            next(line for line in process.stdout if ": failing: engine_logic (" in line)
            process.send_signal(signal.SIGTERM)
            rest = process.stdout.read()
            process.wait()
    assert process.returncode == 1
    assert "migrate: strategy -> portfolio strategy.signal.*: stopped while it was failing: engine_logic (" in rest
