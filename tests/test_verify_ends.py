"""`migrate verify` where an end is on the wrong bus, silent, under another's name, or its old group bears no name."""

from __future__ import annotations

import pytest
from liveservers import KINDS, live_server
from msgspec.structs import replace
from test_verify_checks import ML, evidence, view

from codemods.model import StreamEnd
from codemods.settings import Settings
from migrator.config import EngineConfig
from migrator.graph import Channel, Edge, Graph
from migrator.live.holders import Here, Holder, Owner
from migrator.live.reading import Asker
from migrator.live.streams import Stream
from migrator.observing.known import Known
from migrator.observing.read_sites import ReadSite
from migrator.observing.view import StreamView
from migrator.observing.watch import Watch
from migrator.places import NOW, Point
from migrator.verifying import receiving, sending, servers
from migrator.verifying.evidence import Evidence
from migrator.verifying.old_groups import old_groups
from migrator.verifying.outcome import FAILED, NOT_TOLD, PASSED

RISK = EngineConfig(name="risk", engine_type="RISK", paths=("engines/risk",), port=8500, phase=1)
BUSES = ("marketdata", "engine_logic")
BRIDGE = Holder(Owner("", "migrate-bridge", "process", 9), "bus", 3, ("xreadgroup",))


def point(engine: str, role: str, server: str, kind: str = "stream", name: str = "orders") -> Point:
    end = StreamEnd(name, role, kind, engine, f"engines/{engine}/a.py", 3)
    return Point(end, None if server == "main" else NOW, server, server)


@pytest.mark.parametrize(
    ("server", "accepted", "is_told"),
    [
        ("engine_logic", (), True),
        ("engine_logic", (("risk", "ml", "orders"),), False),
        ("marketdata", (), False),
        ("main", (), False),  # what comes there is left behind, which is another check's
    ],
)
def test_what_is_published_on_the_other_bus_is_not_heard(
    server: str, accepted: tuple[tuple[str, str, str], ...], is_told: bool
) -> None:
    ends = (point("risk", "publish", server),), (point("ml", "consume", "marketdata"),)
    channel = Channel("orders", "stream", (), (), "routed", *ends, ())
    graph = Graph((channel,), (Edge("risk", "ml", "orders", "consume", None, "engine_logic", *ends, (0,)),))
    judged = Evidence(ML, Known(graph=graph), {}, {bus: view(bus) for bus in BUSES}, accepted=accepted)
    found = [why for end in judged.ends("consume") for why in receiving.sent_elsewhere(judged, end)]
    expected = (
        "engines/ml/a.py:3 reads orders on marketdata, and risk publishes it on engine_logic (engines/risk/a.py:3): "
        "one of them is on the wrong bus"
    )
    assert found == ([expected] if is_told else [])


def sends(*senders: str, came: str = "1000000-0") -> Evidence:
    """The engine sends RISK_METRIC, and messages of that type bear these names."""
    ends = (point("ml", "publish", "engine_logic", "message", "RISK_METRIC"),)
    channel = Channel("RISK_METRIC", "message", ("RISK_METRIC",), ("engine_logic",), "message", ends, (), ())
    entry = {"message_type": "risk_metric", "payload": "{}"}
    entries = tuple((came, {**entry, "source_engine": name}) for name in senders)
    stream = StreamView(Stream("x:risk_metric", len(entries), came))
    return Evidence(
        ML,
        Known({"ml": ML, "risk": RISK}, graph=Graph((channel,))),
        {"RISK_METRIC": "engine_logic"},
        {"engine_logic": view("engine_logic", streams=(stream,), clock=1_700_000_100.0)},
        newest={("engine_logic", stream.name): entries},
    )


@pytest.mark.parametrize(
    ("senders", "state", "names"),
    [
        (("ml",), PASSED, ()),
        (("ml", "risk"), PASSED, ()),  # whoever the other is, the engine's own are there
        (("risk",), FAILED, ("risk",)),
        (("stranger", "risk"), FAILED, ("stranger", "risk")),
        (("stranger",), NOT_TOLD, ("stranger",)),  # a program that is no engine may send it as well
        ((), NOT_TOLD, ()),
    ],
)
def test_messages_under_a_name_that_nobody_has_who_sends_them(
    senders: tuple[str, ...], state: str, names: tuple[str, ...]
) -> None:
    found = sending.published(sends(*senders))
    told = tuple(cause for cause in found.causes if "bear the name" in cause)
    assert found.state == state
    assert told == tuple(
        f"messages of RISK_METRIC bear the name {name}, of no engine that sends them by the code: see which engine "
        "type the client of engines/ml/a.py:3 is made with; ml has ML"
        for name in names
    )


@pytest.mark.parametrize(
    ("came", "figures"),
    [
        ("1700000099000-0", "seen on the right bus: RISK_METRIC 1"),
        ("1700000060000-0", "seen on the right bus: RISK_METRIC 1, the last 40 s ago"),
        ("7-0", "seen on the right bus: RISK_METRIC 1"),  # an id that is no time
    ],
)
def test_an_engine_that_sent_nothing_in_the_window_is_told_with_the_time(came: str, figures: str) -> None:
    found = sending.published(sends("ml", came=came))
    assert (found.state, found.figures) == (PASSED, figures)


COPY, OWN = {"n": "1", "migrate_origin": "engine_logic:orders:1-0"}, {"n": "1"}


@pytest.mark.parametrize(
    ("added", "newest", "others"),
    [
        (2, (COPY, COPY, OWN), 0),  # what came before the window is nobody's fault
        (2, (COPY, OWN), 1),
        (500, (COPY,) * 200, 0),  # more than are looked at
        (2, (), 2),  # nobody may look
    ],
)
def test_what_a_bridge_puts_on_main_is_no_stray(added: int, newest: tuple[dict[str, str], ...], others: int) -> None:
    channel = Channel("orders", "stream", (), (), "routed", (point("ml", "publish", "engine_logic"),), (), ())
    streams = {bus: (StreamView(Stream("orders", 900, "9-0"), added),) for bus in ("main", "engine_logic")}
    judged = Evidence(
        ML,
        Known({"ml": ML}, graph=Graph((channel,))),
        {},
        {bus: view(bus, streams=streams[bus]) for bus in streams},
        newest={("main", "orders"): tuple((f"{9 - at}-0", fields) for at, fields in enumerate(newest))},
    )
    found = sending.published(judged)
    noun = "message" if others == 1 else "messages"
    expected = (FAILED, f"seen elsewhere: {others} {noun} on main (orders), not on engine_logic")
    assert (found.state, found.figures) == (expected if others else (PASSED, "seen on the right bus: orders 900"))


def test_a_copy_that_a_bridge_made_is_nothing_that_the_engine_sent() -> None:
    judged = sends("ml")
    copies = {key: tuple((at, {**fields, **COPY}) for at, fields in found) for key, found in judged.newest.items()}
    assert sending.published(replace(judged, newest=copies)).state == NOT_TOLD


@pytest.mark.parametrize(
    ("was", "now", "then", "state"),
    [
        (1.2, 1.8, (), PASSED),
        (1.2, 9.0, (), FAILED),
        (1.2, 1.8, (BRIDGE,), FAILED),  # it was there before, so it is not what is new
    ],
)
def test_a_bridge_at_work_may_add_a_little_to_what_main_has_to_do(
    was: float, now: float, then: tuple[Holder, ...], state: str
) -> None:
    before = (view("main", *then, cpu_percent=was),)
    found = servers.main_cpu(evidence(view("main", BRIDGE, cpu_percent=now), before=before))
    assert found.state == state
    assert ("with a bridge at work there" in found.figures) == (state == PASSED)


@pytest.mark.parametrize(
    ("groups", "other", "count"),
    [
        (("desk",), "nobody", 1),
        (("other",), "nobody", 0),
        (("*",), "nobody", 0),  # which one it is, is known at run time
        (("desk",), "desk", 0),  # another engine's code reads by it as well
    ],
)
def test_an_old_group_is_known_by_the_code_that_still_names_it(groups: tuple[str, ...], other: str, count: int) -> None:
    own = ReadSite("engines/ml/a.py", 7, (("orders", ">"),), groups)
    others = ReadSite("engines/risk/a.py", 7, (("orders", ">"),), (other,))
    with live_server(KINDS[0]) as server, server.client() as client:
        client.xgroup_create("orders", "desk", id="0", mkstream=True)
        client.xadd("orders", {"n": "1"})
        with Watch([server.named("main")]) as watch:
            (seen,) = watch.window(0.1, lambda: Here({}, {}))
        asker = Asker(server.named("main"))
        judged = replace(evidence(seen), known=Known({"ml": ML, "risk": RISK}, (own, others)))
        found = tuple(old_groups(judged, Settings(), asker))
        asker.close()
    assert [(old.group.name, len(old.waiting)) for old in found] == [("desk", 1)] * count
