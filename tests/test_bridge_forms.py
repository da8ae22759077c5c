"""What one lane of the bridge carries in which form: topics, types, and forms that exclude each other."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from lane_pairs import DESK, RISK, Pair
from liveservers import live_server
from msgspec.structs import replace

from migrator.bridging.ends import Place
from migrator.bridging.forms import ENVELOPE, RAW, TOPIC, Form
from migrator.bridging.lanes import Lane, Reader
from migrator.bridging.story import lanes_of
from migrator.errors import MigrateError


@pytest.fixture
def pair() -> Iterator[Pair]:
    with live_server("valkey") as main, live_server("valkey") as bus:
        yield Pair(main, bus)


# forms


def topic(name: str, number: int) -> dict[str, str]:
    return {"topic": name, "payload": json.dumps({"n": number}), "priority": "normal", "timestamp": "1"}


def test_topics_of_several_publishers_keep_their_order_and_their_sender(pair: Pair) -> None:
    ml = Reader("ml -> desk a.*", "desk", Form(TOPIC, ENVELOPE, ("a.*",), "risk_metric", "ml"), "desk", groups="^desk$")
    web = Reader("web -> desk b", "desk", Form(TOPIC, ENVELOPE, ("b",), "risk_metric", "web"), "desk", groups="^desk$")
    pair.read("desk")
    pair.subscribe("desk")
    for number, name in enumerate(("a.x", "b", "c", "b", "a.y"), 1):
        pair.main.xadd("orders", topic(name, number), id=f"{number}-0")
    carrier = pair.carry(ml, web)
    assert (carrier.counts.carried, carrier.counts.passed) == (4, 1)
    assert [fields["source_engine"] for _, fields in pair.bus.xrange("orders")] == ["ml", "web", "web", "ml"]
    assert pair.written() == [1, 2, 4, 5]


def test_topics_of_a_later_phase_are_carried_from_where_their_reader_was(pair: Pair) -> None:
    """What the first party passed over is no longer before it, and must come all the same."""
    form = Form(TOPIC, ENVELOPE, ("a",), "risk_metric", "ml")
    first = Reader("ml -> desk a", "desk", form, "desk", groups="^desk$")
    second = Reader("ml -> risk *", "risk", replace(form, topics=("*",)), "risk", groups="^risk$")
    pair.read("desk")
    pair.read("risk")
    pair.subscribe("desk")
    for number, name in enumerate(("b", "a", "b", "a"), 1):
        pair.main.xadd("orders", topic(name, number), id=f"{number}-0")
    pair.carry(first)
    pair.subscribe("risk")
    pair.main.xadd("orders", topic("b", 5), id="5-0")
    pair.main.xadd("orders", topic("a", 6), id="6-0")
    pair.carry(first, second)
    assert pair.written() == [2, 4, 1, 3, 5, 6]


def test_types_that_share_a_stream_of_the_bus_go_each_its_way(pair: Pair) -> None:
    forms = [Form(ENVELOPE, TOPIC, (f"{name}.*",), name, "ml") for name in ("price", "risk")]
    readers = [Reader(f"ml -> desk {form.topics[0]}", "desk", form, "desk", groups="^desk$") for form in forms]
    pair.read("desk")
    pair.subscribe("desk")
    for number, name in enumerate(("price", "risk", "other"), 1):
        payload = json.dumps({"topic": f"{name}.x", "n": number})
        pair.main.xadd("orders", {"message_type": name, "payload": payload}, id=f"{number}-0")
    pair.carry(*readers)
    assert [fields["topic"] for _, fields in pair.bus.xrange("orders")] == ["price.x", "risk.x"]


ALIKE = {
    "two publishers of one topic": (
        Form(TOPIC, ENVELOPE, ("a.*",), "risk", "ml"),
        Form(TOPIC, ENVELOPE, ("a.*",), "risk", "web"),
    ),
    "two types, by topics that have nothing in common": (
        Form(TOPIC, ENVELOPE, ("a.*",), "risk"),
        Form(TOPIC, ENVELOPE, ("b.*",), "price"),
    ),
}
APART = {
    "raw and as an envelope": (Form(RAW, RAW), Form(RAW, ENVELOPE, (), "risk")),
    "two types of one raw stream": (Form(RAW, ENVELOPE, ("s",), "risk"), Form(RAW, ENVELOPE, ("s",), "price")),
    "two types of one topic": (
        Form(TOPIC, ENVELOPE, ("a.*",), "risk"),
        Form(TOPIC, ENVELOPE, ("a.b",), "price"),
    ),
}


def lanes(pair: Pair, forms: tuple[Form, Form]) -> list[Lane]:
    place = Place(*pair.servers[:1], "orders", *pair.servers[1:], "orders")
    readers = [replace(DESK, form=forms[0]), replace(RISK, form=forms[1])]
    return list(lanes_of([(place, reader) for reader in readers]))


@pytest.mark.parametrize("name", ALIKE)
def test_edges_between_the_same_streams_share_a_lane(name: str, pair: Pair) -> None:
    (lane,) = lanes(pair, ALIKE[name])
    assert lane.edge == "web -> desk orders, web -> risk orders"


@pytest.mark.parametrize("name", APART)
def test_one_entry_is_not_written_in_two_forms(name: str, pair: Pair) -> None:
    with pytest.raises(MigrateError) as raised:
        lanes(pair, APART[name])
    assert str(raised.value) == (
        "web -> desk orders and web -> risk orders go from orders on main to one stream, orders on engine_logic, in "
        "different forms; name another stream for one of them as `bus_stream` in engines.yaml, or accept its cut"
    )
