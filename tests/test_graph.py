"""The graph of streams: which ends are joined, where each of them goes, and which phases cut them."""

from __future__ import annotations

import random

import pytest
from msgspec.structs import replace

from codemods.model import StreamEnd
from codemods.settings import Route, Settings
from migrator.ends import NOT_KNOWN
from migrator.graph import Edge, graph_of
from migrator.places import NATIVE, Point, Terms
from migrator.report.plain import uncoloured
from migrator.report.streams_text import streams_text
from migrator.streams import Mode

BUS_OF = {"MARKET_DATA": "marketdata", "RISK_METRIC": "engine_logic", "SYSTEM_ALERT": "engine_logic"}
SETTINGS = Settings(
    routes=(
        Route("market.*", message_type="MARKET_DATA"),
        Route("risk.*", message_type="RISK_METRIC"),
        Route("risk-stream", message_type="RISK_METRIC"),
        Route("raw-ticks", bus="marketdata"),
    )
)
PHASES = {"ml": 1, "portfolio": 1, "strategy": 2, "risk": None, "dashboard": 3}
MODES = {"raw-ticks": Mode("routed", ""), "risk-stream": Mode("message", "")}
TERMS = Terms(SETTINGS, BUS_OF, MODES, PHASES, last=3, shared_streams=("messagebus",))


def end(engine: str, role: str, kind: str, name: str, line: int = 1, reason: str = "") -> StreamEnd:
    reason = NATIVE if kind == "message" else reason
    return StreamEnd(name, role, kind, engine, f"{engine}.py", line, reason=reason)


def edges(*ends: StreamEnd, terms: Terms = TERMS) -> list[tuple[str, str, str, str | None, str, tuple[int, ...]]]:
    """Each edge as publisher, name, consumer, message type, bus, and the stages that cut it."""
    return [_brief(edge) for edge in graph_of(ends, terms).edges]


def _brief(edge: Edge) -> tuple[str, str, str, str | None, str, tuple[int, ...]]:
    return edge.publisher, edge.name, edge.consumer, edge.message_type, edge.bus, edge.cut


def test_a_raw_end_on_the_dual_bus_is_where_its_client_is_whatever_the_routes_say() -> None:
    there = replace(end("risk", "publish", "stream", "raw-ticks", reason=NATIVE), bus="engine_logic")
    graph = graph_of([there, end("strategy", "consume", "stream", "raw-ticks")], TERMS)
    ((edge,), (channel,)) = (graph.edges, graph.channels)
    assert ([(point.before, point.after) for point in channel.publishers], edge.cut) == (
        [("engine_logic", "engine_logic")],
        (0, 1, 2, 3),
    )


JOINED = {
    "a topic and a subscription whose globs overlap": (
        end("ml", "publish", "topic", "market.data.*"),
        end("strategy", "consume", "topic", "market.*.AAPL"),
        ("ml", "market.data.*", "strategy", "MARKET_DATA", "marketdata", (1,)),
    ),
    "a topic and a wider subscription": (
        end("ml", "publish", "topic", "market.data.AAPL"),
        end("portfolio", "consume", "topic", "*"),
        ("ml", "market.data.AAPL", "portfolio", "MARKET_DATA", "marketdata", ()),
    ),
    "a topic and an engine that subscribes its message type": (
        end("strategy", "publish", "topic", "risk.metric.*"),
        end("risk", "consume", "message", "RISK_METRIC"),
        ("strategy", "risk.metric.*", "risk", "RISK_METRIC", "engine_logic", (0, 1)),
    ),
    "an engine that publishes a message type and a topic of it": (
        end("risk", "publish", "message", "RISK_METRIC"),
        end("ml", "consume", "topic", "risk.metric.*"),
        ("risk", "risk.metric.*", "ml", "RISK_METRIC", "engine_logic", (0,)),
    ),
    "a message type on both sides": (
        end("risk", "publish", "message", "SYSTEM_ALERT"),
        end("vpin", "consume", "message", "SYSTEM_ALERT"),
        ("risk", "SYSTEM_ALERT", "vpin", "SYSTEM_ALERT", "engine_logic", ()),
    ),
    "a raw stream, native on one side": (
        end("risk", "publish", "stream", "raw-ticks", reason=NATIVE),
        end("strategy", "consume", "stream", "raw-ticks"),
        ("risk", "raw-ticks", "strategy", None, "marketdata", (0, 1)),
    ),
    "a raw stream that becomes messages, and one who subscribes the type": (
        end("ml", "publish", "stream", "risk-stream"),
        end("risk", "consume", "message", "RISK_METRIC"),
        ("ml", "risk-stream", "risk", "RISK_METRIC", "engine_logic", (0,)),
    ),
    "a native publisher and a raw stream that becomes messages": (
        end("risk", "publish", "message", "RISK_METRIC"),
        end("ml", "consume", "stream", "risk-stream"),
        ("risk", "risk-stream", "ml", "RISK_METRIC", "engine_logic", (0,)),
    ),
    "a stream that no route takes": (
        end("ml", "publish", "stream", "orders"),
        end("strategy", "consume", "stream", "orders"),
        ("ml", "orders", "strategy", None, "?", (1,)),
    ),
    "a dashboard that reads the wrapper's own stream": (
        end("ml", "publish", "topic", "risk.metric.*"),
        end("dashboard", "consume", "stream", "messagebus"),
        ("ml", "messagebus", "dashboard", None, "?", (1, 2, 3)),
    ),
    "a writer to the wrapper's own stream": (
        end("dashboard", "publish", "stream", "messagebus"),
        end("ml", "consume", "topic", "market.*"),
        ("dashboard", "messagebus", "ml", None, "?", (1, 2, 3)),
    ),
    "a dashboard that only looks at a stream's length": (
        end("ml", "publish", "stream", "raw-ticks"),
        end("dashboard", "inspect", "stream", "raw-ticks"),
        ("ml", "raw-ticks", "dashboard", None, "marketdata", (1, 2)),
    ),
    "an engine that hears itself": (
        end("ml", "publish", "topic", "market.a"),
        end("ml", "consume", "topic", "market.a", line=2),
        ("ml", "market.a", "ml", "MARKET_DATA", "marketdata", ()),
    ),
    "a file of no engine, which never moves": (
        end("(no engine)", "publish", "topic", "market.a"),
        end("ml", "consume", "topic", "market.a"),
        ("(no engine)", "market.a", "ml", "MARKET_DATA", "marketdata", (1, 2, 3)),
    ),
}


@pytest.mark.parametrize("name", JOINED)
def test_ends_that_are_joined(name: str) -> None:
    publisher, consumer, edge = JOINED[name]
    assert edges(publisher, consumer) == [edge]


APART = {
    "topics that cannot match": (
        end("ml", "publish", "topic", "market.a"),
        end("strategy", "consume", "topic", "market.b"),
    ),
    "a topic and a raw stream of its name": (
        end("ml", "publish", "topic", "raw-ticks"),
        end("strategy", "consume", "stream", "raw-ticks"),
    ),
    "a topic and another message type": (
        end("ml", "publish", "topic", "market.a"),
        end("risk", "consume", "message", "RISK_METRIC"),
    ),
    "a routed stream and a message type": (
        end("ml", "publish", "stream", "raw-ticks"),
        end("risk", "consume", "message", "MARKET_DATA"),
    ),
    "two publishers": (
        end("ml", "publish", "topic", "market.a"),
        end("strategy", "publish", "topic", "market.a"),
    ),
    "a publisher that is not known": (
        end("ml", "publish", "topic", "*"),
        end("strategy", "consume", "topic", "market.a"),
    ),
    "a subscription that is not known": (
        end("ml", "publish", "topic", "market.a"),
        end("strategy", "consume", "topic", "*", reason=NOT_KNOWN),
    ),
    "a consumer that acknowledges what it reads elsewhere": (
        end("ml", "inspect", "stream", "raw-ticks"),
        end("ml", "consume", "stream", "raw-ticks", line=2),
    ),
}


@pytest.mark.parametrize("name", APART)
def test_ends_that_are_not_joined(name: str) -> None:
    graph = graph_of(APART[name], TERMS)
    assert graph.edges == ()
    shown = {point.end for channel in graph.channels for point in channel.publishers}
    shown |= {point.end for channel in graph.channels for point in (*channel.consumers, *channel.inspectors)}
    assert shown == set(APART[name])


def test_each_end_says_where_it_is_and_where_it_goes() -> None:
    publisher = end("ml", "publish", "topic", "risk.metric.*")
    consumer = end("risk", "consume", "message", "RISK_METRIC")
    graph = graph_of([publisher, consumer], TERMS)
    assert graph.edges == (
        Edge(
            "ml",
            "risk",
            "risk.metric.*",
            "consume",
            "RISK_METRIC",
            "engine_logic",
            (Point(publisher, 1, "main", "engine_logic"),),
            (Point(consumer, 0, "engine_logic", "engine_logic"),),
            (0,),
            last=3,
            joined=1,
        ),
    )
    assert [graph.cut_at(stage) for stage in TERMS.stages] == [graph.edges, (), (), ()]
    assert [graph.joined_at(stage) for stage in TERMS.stages] == [(), graph.edges, (), ()]


def test_several_ends_of_two_engines_are_one_edge_with_all_its_places() -> None:
    ends = [end("ml", "publish", "topic", "market.a", line) for line in (3, 9)]
    ends += [end("strategy", "consume", "topic", "market.a", line) for line in (5, 7)]
    (edge,) = graph_of(ends, TERMS).edges
    assert [point.where for point in edge.publishers] == ["ml.py:3", "ml.py:9"]
    assert [point.where for point in edge.consumers] == ["strategy.py:5", "strategy.py:7"]


def test_an_engine_that_moved_in_part_has_an_edge_for_each_part() -> None:
    ends = (
        end("ml", "publish", "topic", "risk.a"),
        end("risk", "consume", "message", "RISK_METRIC"),
        end("risk", "consume", "topic", "risk.a", line=2),
    )
    assert edges(*ends) == [
        ("ml", "risk.a", "risk", "RISK_METRIC", "engine_logic", (0,)),
        ("ml", "risk.a", "risk", "RISK_METRIC", "engine_logic", (1, 2, 3)),
    ]


def test_a_deferred_engine_stays_where_it_is() -> None:
    terms = Terms(SETTINGS, BUS_OF, MODES, {"ml": 1, "strategy": None}, last=2)
    ends = (end("ml", "publish", "topic", "market.a"), end("strategy", "consume", "topic", "market.a"))
    assert edges(*ends, terms=terms) == [("ml", "market.a", "strategy", "MARKET_DATA", "marketdata", (1, 2))]


def test_the_order_of_the_ends_does_not_show() -> None:
    ends = [end for publisher, consumer, _ in JOINED.values() for end in (publisher, consumer)]
    first = graph_of(ends, TERMS)
    for seed in range(5):
        random.Random(seed).shuffle(ends)
        assert graph_of(ends, TERMS) == first


TABLE = """\
  publisher -> consumer   before -> after                   cut in phase
*  ?
  ? -> strategy           main -> ?                         -
  ? -> strategy (looks)   main -> ?                         -
  ml -> ?                 main -> ?                         -
market.a  MARKET_DATA
  ml -> strategy          main -> marketdata                1
market.z  MARKET_DATA
  dashboard -> -          main -> marketdata                -
raw-ticks
  ml -> dashboard (looks) main -> marketdata                1, 2
risk.a  RISK_METRIC
  ml -> risk              main/engine_logic -> engine_logic now

Cut as the base stands
  ml -> risk  risk.a
    ml.py:4 -> risk.py:1

Joined by phase 1: these carry their first messages (activates)
  ml -> risk  risk.a
    ml.py:4 -> risk.py:1

Cut after phase 1
  ml -> strategy  market.a
    ml.py:1 -> strategy.py:1
  ml -> dashboard  raw-ticks
    ml.py:3 -> dashboard.py:1

Cut after phase 2
  ml -> dashboard  raw-ticks
    ml.py:3 -> dashboard.py:1

Cut after phase 3
  nothing
"""


def test_the_table_shows_every_end_the_unknown_and_the_lonely_too() -> None:
    graph = graph_of(
        [
            end("ml", "publish", "topic", "market.a"),
            end("strategy", "consume", "topic", "market.a"),
            end("ml", "publish", "topic", "*", 2),
            end("strategy", "consume", "topic", "*", 2, NOT_KNOWN),
            end("strategy", "inspect", "stream", "*", 3),
            end("ml", "publish", "stream", "raw-ticks", 3),
            end("dashboard", "inspect", "stream", "raw-ticks"),
            end("dashboard", "publish", "topic", "market.z", 2),
            end("ml", "publish", "topic", "risk.a", 4),
            end("risk", "consume", "message", "RISK_METRIC"),
        ],
        TERMS,
    )
    text = streams_text(graph, (1, 2, 3), None, uncoloured)
    assert text == TABLE
    only = streams_text(graph, (1, 2, 3), {"risk"}, uncoloured).splitlines()
    assert only == [
        "  publisher -> consumer before -> after                   cut in phase",
        "risk.a  RISK_METRIC",
        "  ml -> risk            main/engine_logic -> engine_logic now",
        "",
        "Cut as the base stands",
        "  ml -> risk  risk.a",
        "    ml.py:4 -> risk.py:1",
        *only[7:],
    ]
