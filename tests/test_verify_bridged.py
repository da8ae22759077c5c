"""What a bridge carries is neither lost nor left behind; without one at work, the bridge to start is named."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from liveservers import KINDS, LiveServer, live_server
from msgspec.structs import replace

from codemods.model import StreamEnd
from codemods.settings import Settings
from migrator.bridging.forms import RAW, Form
from migrator.bridging.lanes import joined_key
from migrator.bridging.parties import Member, encoded
from migrator.config import EngineConfig
from migrator.graph import Edge, Graph
from migrator.live.holders import Here
from migrator.live.reading import Asker
from migrator.merged import Merged
from migrator.observing.known import Known
from migrator.observing.watch import Watch
from migrator.places import NOW, Point
from migrator.verifying import receiving, sending
from migrator.verifying.bridged import lanes_of
from migrator.verifying.evidence import End, Evidence
from migrator.verifying.old_groups import old_groups
from migrator.verifying.outcome import FAILED, PASSED, Outcome

STREAM = "orders"
DESK = EngineConfig(name="desk", engine_type="DESK", paths=("engines/desk",), port=8400, phase=1)
WEB = EngineConfig(name="web", engine_type="WEB", paths=("engines/web",), port=8500, phase=2)
NEXT = "engines.yaml bridges it, and no bridge is at work; type: migrate bridge --phase 1"


def point(engine: str, role: str, server: str) -> Point:
    end = StreamEnd(STREAM, role, "stream", engine, f"engines/{engine}/a.py", 3)
    return Point(end, None if server == "main" else NOW, server, server)


def edge(publisher: str, consumer: str) -> Edge:
    """An edge between the desk, which has moved, and the web, which has not."""
    servers = {"desk": "engine_logic", "web": "main"}
    ends = (point(publisher, "publish", servers[publisher]),), (point(consumer, "consume", servers[consumer]),)
    return Edge(publisher, consumer, STREAM, "consume", None, "engine_logic", *ends, (1,))


def known(*edges: Edge) -> Known:
    merges = {"desk": Merged("desk", True, "it uses the target")}
    return Known({"desk": DESK, "web": WEB}, graph=Graph((), edges), merges=merges)


@pytest.fixture
def server() -> Iterator[LiveServer]:
    """A server on which the desk read, and left one message pending, before two more came."""
    with live_server(KINDS[0]) as running, running.client() as client:
        client.xgroup_create(STREAM, "desk", id="0", mkstream=True)
        client.xadd(STREAM, {"n": "1"}, id="1-0")
        client.xreadgroup("desk", "one", {STREAM: ">"})
        for number in (2, 3):
            client.xadd(STREAM, {"n": str(number)}, id=f"{number}-0")
        yield running


GROUP = "migrate-bridge:abc:1"


def bridge(server: LiveServer, count: int, acknowledged: int, edge: str = "web -> desk orders") -> None:
    """The group of a bridge, which was given so many messages and wrote some of them."""
    members = encoded([Member(edge, Form(RAW, RAW), "0-0")])
    with server.client() as client:
        client.xgroup_create(STREAM, GROUP, id="0")
        client.hset(joined_key("abc"), "1", members.decode())
        client.xreadgroup(GROUP, "bridge", {STREAM: ">"}, count=count)
        client.xack(STREAM, GROUP, *(f"{number}-0" for number in range(1, acknowledged + 1)))


def left(server: LiveServer, *, alive: bool, bridged: bool = True, accepted: bool = False) -> Outcome:
    """What is said of the messages on the old server; `alive`: the bridge was heard of a moment ago."""
    edges = ((("web", "desk", STREAM),) if bridged else (), (("web", "desk", STREAM),) if accepted else ())
    with Watch([server.named("main")]) as watch:
        (view,) = watch.window(0.1, lambda: Here({}, {}))
    if not alive:
        streams = tuple(
            replace(stream, groups=tuple(replace(g, group=replace(g.group, consumers=())) for g in stream.groups))
            for stream in view.streams
        )
        view = replace(view, streams=streams)
    asker = Asker(server.named("main"))
    lanes = dict(lanes_of(view, asker))
    graph = known(edge("web", "desk"))
    evidence = Evidence(DESK, graph, {}, {"main": view}, bridged=edges[0], accepted=edges[1], lanes=lanes)
    found = tuple(old_groups(evidence, Settings(), asker))
    asker.close()
    return receiving.left_behind(replace(evidence, old=found))


def test_without_a_bridge_all_of_it_is_left(server: LiveServer) -> None:
    found = left(server, alive=False)
    assert (found.state, found.figures) == (FAILED, "orders on main: 2 not delivered, 1 pending in desk")
    assert found.causes == ("web still publishes orders on main (engines/web/a.py:3)", NEXT)


def test_what_a_bridge_has_written_is_not_left(server: LiveServer) -> None:
    bridge(server, count=3, acknowledged=3)
    assert left(server, alive=False).state == PASSED


def test_what_a_dead_bridge_was_given_and_did_not_write_is_left(server: LiveServer) -> None:
    bridge(server, count=2, acknowledged=1)
    found = left(server, alive=False)
    assert (found.state, found.figures) == (FAILED, "orders on main: 2 not delivered, 0 pending in desk")


def test_what_a_bridge_at_work_will_write_is_not_left(server: LiveServer) -> None:
    bridge(server, count=2, acknowledged=1)
    assert left(server, alive=True).state == PASSED


@pytest.mark.parametrize("edge", ["web -> risk orders", "web -> desk signals", "web -> desktop orders"])
def test_the_bridge_of_another_edge_carries_nothing_of_this_one(edge: str, server: LiveServer) -> None:
    bridge(server, count=3, acknowledged=3, edge=edge)
    found = left(server, alive=True)
    assert (found.state, found.figures) == (FAILED, "orders on main: 2 not delivered, 1 pending in desk")


def test_a_group_that_no_bridge_knows_of_carries_nothing(server: LiveServer) -> None:
    bridge(server, count=3, acknowledged=3)
    with server.client() as client:
        client.delete(joined_key("abc"))
    assert left(server, alive=True).state == FAILED


def test_an_edge_that_is_not_bridged_is_carried_by_nobody(server: LiveServer) -> None:
    bridge(server, count=3, acknowledged=3)
    found = left(server, alive=True, bridged=False)
    assert (found.state, found.figures) == (FAILED, "orders on main: 2 not delivered, 1 pending in desk")


def test_what_may_be_lost_may_wait(server: LiveServer) -> None:
    found = left(server, alive=False, bridged=False, accepted=True)
    assert (found.state, found.figures) == (FAILED, "orders on main: 1 pending in desk")


def test_a_reader_on_main_is_reached_by_a_bridge_alone(server: LiveServer) -> None:
    def unread() -> list[str]:
        with Watch([server.named("engine_logic")]) as watch:
            (view,) = watch.window(0.1, lambda: Here({}, {}))
        evidence = Evidence(DESK, known(edge("desk", "web")), {}, {"engine_logic": view})
        asker = Asker(server.named("engine_logic"))
        evidence = replace(evidence, bridged=(("desk", "web", STREAM),), lanes=dict(lanes_of(view, asker)))
        asker.close()
        return list(sending.why_unread(evidence, End(STREAM, False, "engine_logic", "engines/desk/a.py:3")))

    before = unread()
    bridge(server, count=3, acknowledged=3, edge="desk -> web orders")
    assert before == [f"web should read orders (engines/web/a.py:3): it is on main; {NEXT}"]
    assert unread() == []
