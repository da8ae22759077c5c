"""One lane of the bridge and the edges that join it, at once or later: nothing is lost, and nothing written twice."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import pytest
import redis
from lane_pairs import DESK, RISK, SAME, Pair, at_work, wait_for, wait_until_written
from liveservers import live_server
from msgspec.structs import replace

from migrator.bridging.carrier import Carrier
from migrator.bridging.lanes import Reader
from migrator.errors import MigrateError


@pytest.fixture
def pair() -> Iterator[Pair]:
    with live_server("valkey") as main, live_server("valkey") as bus:
        yield Pair(main, bus)


# who comes later


def test_a_reader_of_a_later_phase_who_stands_further_ahead_brings_nothing_again(pair: Pair) -> None:
    pair.read("desk")
    pair.read("risk")
    pair.subscribe("desk")
    pair.add(1, 2, 3, 4)
    pair.carry(DESK)
    pair.main.xreadgroup("risk", "one", {"orders": ">"}, count=3, noack=True)
    pair.subscribe("risk")
    pair.add(5, 6)
    pair.carry(DESK, RISK)
    assert pair.written() == [1, 2, 3, 4, 5, 6]


def test_a_reader_of_a_later_phase_who_stands_further_back_brings_what_lies_before_the_beginning(pair: Pair) -> None:
    pair.add(1, 2, 3, 4, 5, 6)
    pair.read("desk", upto=4, unacknowledged=(2,))
    pair.read("risk", upto=3, unacknowledged=(1, 2))
    pair.subscribe("desk")
    pair.carry(DESK)
    assert pair.written() == [2, 5, 6]
    pair.subscribe("risk")
    pair.add(7)
    pair.carry(DESK, RISK)
    assert pair.written() == [2, 5, 6, 1, 4, 7]
    assert sorted(pair.given("risk")) == [1, 2, 4, 5, 6, 7]


def test_readers_who_come_together_are_carried_for_in_the_order_of_the_source(pair: Pair) -> None:
    pair.add(1, 2, 3, 4, 5, 6)
    pair.read("desk", upto=5, unacknowledged=(2,))
    pair.read("risk", upto=3)
    pair.subscribe("desk")
    pair.subscribe("risk")
    pair.carry(DESK, RISK)
    assert pair.written() == [2, 4, 5, 6]
    assert pair.carry(RISK, DESK).counts.carried == 0


def test_what_a_group_that_began_later_would_miss_is_carried_again_with_the_same_origin(pair: Pair) -> None:
    """The reader stopped on main at 2, and its new group begins behind 3 and 4, which were carried for another."""
    pair.read("desk")
    pair.read("risk")
    pair.subscribe("desk", "$")
    pair.add(1, 2, 3, 4)
    pair.main.xreadgroup("risk", "one", {"orders": ">"}, count=2, noack=True)
    pair.carry(DESK)
    pair.subscribe("risk", "$")
    pair.add(5)
    pair.carry(DESK, RISK)
    assert pair.written() == [1, 2, 3, 4, 3, 4, 5]
    assert pair.given("risk") == [3, 4, 5]
    assert pair.carry(DESK, RISK).counts.carried == 0


def test_a_group_that_was_seen_to_come_misses_nothing_that_came_after_it(pair: Pair) -> None:
    """The bridge of the phase before goes on while the reader moves, and notes how far it was."""
    pair.read("desk")
    pair.read("risk")
    pair.subscribe("desk", "$")
    with at_work(pair.lane(DESK)) as carrier:
        pair.add(1, 2)
        wait_until_written(pair, [1, 2])
        pair.subscribe("risk", "$")
        key = carrier.lane.joined_key
        wait_for(lambda: pair.main.hget(key, "seen:risk"), "2-0", threading.Event())
        pair.add(3)
        wait_until_written(pair, [1, 2, 3])
        assert pair.given("risk") == [3]
        with at_work(pair.lane(DESK, RISK)):
            wait_until_written(pair, [1, 2, 3, 1, 2])
            pair.add(4)
            wait_until_written(pair, [1, 2, 3, 1, 2, 4])
    assert pair.given("risk") == [1, 2, 4]


def test_a_reader_that_is_not_there_yet_keeps_nobody_waiting(pair: Pair) -> None:
    pair.read("desk")
    pair.read("risk")
    pair.subscribe("desk")
    with at_work(pair.lane(DESK, RISK)) as carrier:
        pair.add(1, 2)
        wait_until_written(pair, [1, 2])
        assert carrier.counts.state.startswith("waits: no group of risk reads orders on engine_logic now; start it")
        pair.subscribe("risk")
        wait_for(lambda: carrier.counts.state, "carries", threading.Event())
        pair.add(3)
        wait_until_written(pair, [1, 2, 3])


def test_with_once_a_reader_that_is_not_there_is_told_and_the_others_are_carried_for(pair: Pair) -> None:
    pair.read("desk")
    pair.read("risk")
    pair.subscribe("desk")
    pair.add(1)
    with pytest.raises(MigrateError, match="waits: no group of risk reads orders"):
        pair.carry(DESK, RISK)
    assert pair.written() == [1]


def test_an_edge_that_is_asked_for_no_more_is_carried_as_long_as_its_lane_is(pair: Pair) -> None:
    """The other reader leaves to it what both want."""
    pair.read("desk")
    pair.read("risk")
    pair.subscribe("desk")
    pair.add(1)
    pair.carry(DESK)
    pair.subscribe("risk")
    pair.add(2)
    pair.carry(RISK)
    assert pair.written() == [1, 2]


def test_a_group_of_the_bridge_that_was_taken_away_is_made_again(pair: Pair) -> None:
    pair.read("desk")
    pair.subscribe("desk")
    pair.add(1, 2)
    lane = pair.carry(DESK).lane
    assert pair.main.xgroup_destroy("orders", f"{lane.group}1") == 1
    pair.add(3)
    assert pair.carry(DESK).counts.written_before == 2
    assert pair.written() == [1, 2, 3]


def test_the_last_entry_there_is_stands_for_the_time_of_the_first_look(pair: Pair) -> None:
    pair.add(1)
    late = replace(DESK, old_group="", begin="$")
    with pytest.raises(MigrateError, match="waits"):
        pair.carry(late)
    pair.add(2)
    pair.subscribe("desk")
    pair.carry(late)
    assert pair.written() == [2]


def test_whatever_the_readers_had_and_whenever_they_come_each_gets_the_rest(pair: Pair) -> None:
    """A group from the beginning is given each entry once; one that begins at `$` is given none too few."""
    seed = random.randrange(1 << 30)
    rng = random.Random(seed)
    for _ in range(60):
        pair.main.flushall()
        pair.bus.flushall()
        pair.add(*range(1, 11))
        had: dict[str, set[int]] = {}
        readers = []
        for name in "abcd"[: rng.randint(2, 4)]:
            upto = rng.randint(0, 10)
            left = tuple(number for number in range(1, upto + 1) if rng.random() < 0.3)
            had[name] = set(range(1, upto + 1)) - set(left)
            pair.read(name, upto, left)
            readers.append(Reader(f"web -> {name} orders", name, SAME, name, groups=f"^{name}$"))
        begins = rng.choice(("0", "$"))
        end = 10
        for at in range(len(readers)):
            pair.subscribe(readers[at].name, begins)
            if at == 0 or rng.random() < 0.7:
                pair.carry(*readers[: at + 1])
            end += 1
            pair.add(end)
        pair.carry(*readers)
        for name, already in had.items():
            assert already | set(pair.given(name)) == set(range(1, end + 1)), f"seed {seed}"
        if begins == "0":
            written = pair.written()
            assert len(written) == len(set(written)), f"seed {seed}"


# failures


def test_a_reader_whose_old_group_is_not_there_is_named(pair: Pair) -> None:
    pair.subscribe("desk")
    with pytest.raises(MigrateError) as raised:
        pair.carry(DESK)
    assert str(raised.value).startswith("web -> desk orders: redis://127.0.0.1:")
    assert "has no group desk on orders; name the right one as `group` of this edge" in str(raised.value)


def test_two_bridges_that_come_at_once_make_one_party(pair: Pair) -> None:
    pair.read("desk")
    pair.read("risk")
    with at_work(pair.lane(DESK, RISK)), at_work(pair.lane(DESK, RISK)):
        pair.subscribe("desk")
        pair.subscribe("risk")
        pair.add(*range(1, 201))
        wait_for(lambda: sorted(set(pair.written())), list(range(1, 201)), threading.Event())
    assert pair.written() == list(range(1, 201))


def test_nothing_is_lost_or_doubled_while_connections_break_and_readers_come(pair: Pair) -> None:
    """Two bridges of two phases are at work, and every connection of a server is cut again and again."""
    names = "abc"
    readers = [Reader(f"web -> {name} orders", name, SAME, name, groups=f"^{name}$") for name in names]
    for name in names:
        pair.read(name)
    count = 3_000
    with ExitStack() as stack:
        for at in range(1, count + 1):
            if at % 1_000 == 1:
                pair.subscribe(names[at // 1_000])
                stack.enter_context(at_work(pair.lane(*readers[: at // 1_000 + 1])))
            pair.add(at)
            if at % 150 == 0:
                (pair.main if at % 300 else pair.bus).client_kill_filter(_type="normal", skipme=True)
        wait_for(lambda: sorted(set(pair.written())), list(range(1, count + 1)), threading.Event())
    assert pair.written() == list(range(1, count + 1))
    for name in names:
        assert pair.given(name) == list(range(1, count + 1))


def test_a_server_that_is_gone_is_told_with_once(pair: Pair) -> None:
    lane = pair.lane(DESK)
    carrier = Carrier(lane, threading.Event(), lambda _: None)
    with suppress(redis.ConnectionError):
        pair.bus.shutdown(nosave=True)
    with pytest.raises(MigrateError, match="web -> desk orders: "):
        carrier.run(once=True)
