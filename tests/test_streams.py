"""The mode of a raw stream: message only where every end in the repository can move."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from codemods.model import Change, Site, StreamEnd, Verdict
from codemods.settings import Route, Settings
from migrator.streams import MESSAGE, ROUTED, Mode, decide_modes, destinations, unread_ends, with_fixed

SETTINGS = Settings(
    routes=(
        Route("feature-*", message_type="GPU_COMPUTATION"),
        Route("raw-ticks", bus="marketdata"),
        Route("strategy.signal.*", message_type="STRATEGY_SIGNAL"),
    )
)
MOVABLE = ("features", "factor", "strategy")

PUBLISHER = StreamEnd("feature-vectors", "publish", "stream", "features", "features.py", 7, canonical=True)
CONSUMER = StreamEnd("feature-vectors", "consume", "stream", "factor", "factor.py", 9, canonical=True)


def mode(*ends: StreamEnd, settings: Settings = SETTINGS) -> Mode:
    return decide_modes(ends, settings, MOVABLE)["feature-vectors"]


def test_a_stream_whose_ends_are_all_canonical_becomes_messages() -> None:
    assert mode(PUBLISHER, CONSUMER) == Mode(
        MESSAGE, "every end of feature-vectors can move, and its route says GPU_COMPUTATION"
    )


def test_an_end_that_became_messages_in_an_earlier_phase_does_not_change_the_answer() -> None:
    moved = StreamEnd("GPU_COMPUTATION", "consume", "message", "factor", "factor.py", 9)
    assert mode(PUBLISHER, moved).mode == MESSAGE


HELD = {
    "an end is not canonical": (
        (PUBLISHER, replace(CONSUMER, canonical=False, reason="it acknowledges before the handler")),
        "factor.py:9: it acknowledges before the handler",
    ),
    "an engine that is migrated already has a raw end": (
        (PUBLISHER, CONSUMER, replace(CONSUMER, engine="risk", path="risk.py")),
        "risk.py:9: risk is not migrated by this campaign, and has a raw end",
    ),
    "an end with an overlapping name is not canonical": (
        (PUBLISHER, CONSUMER, replace(CONSUMER, name="feature-*", line=30, canonical=False)),
        "factor.py:30: not in the canonical shape",
    ),
    "nothing consumes it": (
        (PUBLISHER,),
        "nothing in the repository consumes feature-vectors",
    ),
    "nothing publishes it": (
        (CONSUMER,),
        "nothing in the repository publishes feature-vectors",
    ),
    "a wrapper topic has its name": (
        (PUBLISHER, CONSUMER, StreamEnd("feature-*", "publish", "topic", "strategy", "strategy.py", 3)),
        "strategy.py:3: the topic feature-* would share GPU_COMPUTATION with it",
    ),
    "a native engine uses its message type": (
        (PUBLISHER, CONSUMER, StreamEnd("GPU_COMPUTATION", "publish", "message", "risk", "risk.py", 3)),
        "risk.py:3: risk may use GPU_COMPUTATION for something else",
    ),
    "a stream that nobody can name may be the same one": (
        (PUBLISHER, CONSUMER, replace(CONSUMER, name="*", path="risk.py")),
        "risk.py:9: a stream whose name is known only at run time may be the same one, and no route gives that "
        "GPU_COMPUTATION",
    ),
    "a native engine subscribes to types that are not known": (
        (PUBLISHER, CONSUMER, StreamEnd("*", "consume", "message", "risk", "risk.py", 4)),
        "risk.py:4: risk may use GPU_COMPUTATION for something else",
    ),
}


@pytest.mark.parametrize("name", HELD)
def test_a_stream_is_routed_where(name: str) -> None:
    ends, reason = HELD[name]
    assert mode(*ends) == Mode(ROUTED, reason)


NO_TYPE = {
    "raw-ticks": "its route says so, and names the bus marketdata",
    "margin-calls": "no route gives margin-calls one message type",
}


@pytest.mark.parametrize("name", NO_TYPE)
def test_a_stream_without_a_message_type_is_routed(name: str) -> None:
    ends = [replace(PUBLISHER, name=name), replace(CONSUMER, name=name)]
    assert decide_modes(ends, SETTINGS, MOVABLE) == {name: Mode(ROUTED, NO_TYPE[name])}


def test_an_earlier_route_that_takes_a_part_of_a_glob_leaves_it_without_one_type() -> None:
    routes = (Route("ticks:btc", bus="marketdata"), Route("ticks:*", message_type="GPU_COMPUTATION"))
    ends = [replace(PUBLISHER, name="ticks:*"), replace(CONSUMER, name="ticks:*")]
    expected = Mode(ROUTED, "no route gives ticks:* one message type")
    assert decide_modes(ends, Settings(routes=routes), MOVABLE) == {"ticks:*": expected}


def test_names_that_overlap_along_a_chain_share_one_mode() -> None:
    settings = Settings(routes=(Route("*", message_type="GPU_COMPUTATION"),))
    ends = [
        replace(end, name=name, canonical=name != "b:z")
        for name in ("a:*", "*:z", "b:z")
        for end in (PUBLISHER, CONSUMER)
    ]
    modes = decide_modes(ends, settings, MOVABLE)
    assert {name: found.mode for name, found in modes.items()} == {"a:*": ROUTED, "*:z": ROUTED, "b:z": ROUTED}


def test_the_order_in_which_ends_are_found_changes_nothing() -> None:
    ends = [PUBLISHER, CONSUMER, replace(PUBLISHER, name="raw-ticks"), replace(PUBLISHER, name="feature-*")]
    assert decide_modes(ends, SETTINGS, MOVABLE) == decide_modes(ends[::-1], SETTINGS, MOVABLE)


def test_what_engines_yaml_fixes_goes_before_what_the_code_says() -> None:
    modes = with_fixed(
        decide_modes([PUBLISHER, CONSUMER], SETTINGS, MOVABLE), {"feature-vectors": ROUTED, "gone": ROUTED}
    )
    assert modes == {"feature-vectors": Mode(ROUTED, "fixed in engines.yaml under `streams`")}


def test_a_file_that_cannot_be_read_holds_the_streams_that_it_names() -> None:
    texts = {"risk.py": b"x = xadd('feature-vectors', )(\n"}
    hidden = unread_ends(["risk.py"], texts, [PUBLISHER, replace(PUBLISHER, name="raw-ticks")])
    assert {(end.name, end.role, end.canonical) for end in hidden} == {
        ("feature-vectors", "publish", False),
        ("feature-vectors", "consume", False),
    }
    assert mode(PUBLISHER, CONSUMER, *hidden) == Mode(
        ROUTED, "risk.py:1: this file cannot be read, and seems to use the stream"
    )


def test_destinations_name_what_moves_and_nothing_else() -> None:
    ends = (
        PUBLISHER,
        replace(PUBLISHER, name="raw-ticks", role="consume", line=8),
        StreamEnd("strategy.signal.*", "publish", "topic", "features", "features.py", 9),
        StreamEnd("strategy.signal.*", "publish", "topic", "features", "features.py", 10),
        StreamEnd("*", "consume", "topic", "features", "features.py", 11),
    )
    sites = tuple(
        Site("features", "features.py", line, 0, "publish", "c", verdict, "")
        for line, verdict in (
            (7, Verdict.REWRITE),
            (8, Verdict.REWRITE),
            (9, Verdict.REWRITE),
            (10, Verdict.REFUSE),
            (11, Verdict.REWRITE),
        )
    )
    modes = {"feature-vectors": Mode(MESSAGE, ""), "raw-ticks": Mode(ROUTED, "")}
    buses = {"GPU_COMPUTATION": "engine_logic", "STRATEGY_SIGNAL": "engine_logic"}
    assert destinations(Change("features", sites=sites, ends=ends), modes, SETTINGS, buses) == [
        "consume *: GPU_COMPUTATION on engine_logic, STRATEGY_SIGNAL on engine_logic",
        "consume raw-ticks: the same stream on marketdata",
        "publish feature-vectors: GPU_COMPUTATION on engine_logic",
        "publish strategy.signal.*: STRATEGY_SIGNAL on engine_logic",
    ]
