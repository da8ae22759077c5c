"""The edges that a phase cuts, what engines.yaml does about them, and which single move would mend them."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from codemods.model import StreamEnd
from codemods.settings import Route, Settings
from migrator.graph import Edge, graph_of
from migrator.places import NATIVE, Terms
from migrator.planning.cuts import Cut, cuts_of, fits, idle_entries, treatment_yaml
from migrator.planning.moves import Move, moves_of
from migrator.planning.words import yaml_word
from migrator.schema import EdgeSection

SETTINGS = Settings(routes=(Route("risk.*", message_type="RISK_METRIC"), Route("raw-ticks", bus="marketdata")))
PHASES: dict[str, int | None] = {"ml": 1, "portfolio": 1, "strategy": 2, "features": 3, "risk": None, "desk": None}
TERMS = Terms(SETTINGS, {"RISK_METRIC": "engine_logic"}, {}, PHASES, last=3, held_stay=True)


def end(engine: str, role: str, name: str = "risk.metric", line: int = 1, *, held: bool = False) -> StreamEnd:
    kind = "stream" if name == "raw-ticks" else "topic"
    return StreamEnd(name, role, kind, engine, f"{engine}.py", line, held=held)


def native(engine: str, role: str) -> StreamEnd:
    return StreamEnd("RISK_METRIC", role, "message", engine, f"{engine}.py", 1, reason=NATIVE)


def edges(*ends: StreamEnd) -> tuple[Edge, ...]:
    return graph_of(ends, TERMS).edges


def brief(cuts: tuple[Cut, ...]) -> list[tuple[str, int, int | None, str]]:
    return [(cut.name, cut.phase, cut.joined, cut.treatment) for cut in cuts]


CASES = {
    "a publisher that goes first": (
        (end("ml", "publish"), end("strategy", "consume")),
        [("ml -> strategy risk.metric", 1, 2, "open")],
    ),
    "a consumer that goes first": (
        (end("features", "publish"), end("strategy", "consume")),
        [("features -> strategy risk.metric", 2, 3, "open")],
    ),
    "ends that go together": ((end("ml", "publish"), end("portfolio", "consume")), []),
    "a consumer that no phase moves": (
        (end("ml", "publish"), end("desk", "consume")),
        [("ml -> desk risk.metric", 1, None, "open")],
    ),
    "a publisher that is on the bus already": (
        (native("risk", "publish"), end("strategy", "consume")),
        [("risk -> strategy risk.metric", 0, 2, "open")],
    ),
    "somebody who only looks at a stream": (
        (end("ml", "publish", "raw-ticks"), end("strategy", "inspect", "raw-ticks")),
        [],
    ),
    "a consumer that is held in the phase of its publisher": (
        (end("ml", "publish"), end("portfolio", "consume", held=True)),
        [("ml -> portfolio risk.metric", 1, None, "open")],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_phase_cuts_what_it_takes_apart(name: str) -> None:
    ends, expected = CASES[name]
    assert brief(cuts_of(edges(*ends), ())) == expected


def test_a_cut_names_the_end_that_is_held() -> None:
    (cut,) = cuts_of(edges(end("ml", "publish"), end("portfolio", "consume", line=7, held=True)), ())
    assert cut.held == ("portfolio.py:7",)


def test_what_engines_yaml_says_of_an_edge_is_its_treatment() -> None:
    found = edges(end("ml", "publish"), end("strategy", "consume"))
    accept = EdgeSection(sender="ml", receiver="strategy", stream="risk.metric", accept="a day without it does no harm")
    bridge = EdgeSection(sender="ml", receiver="strategy", stream="risk.*", bridge=True)
    other = EdgeSection(sender="strategy", receiver="ml", stream="risk.*", bridge=True)
    assert [cut.treatment for cut in cuts_of(found, (accept,))] == ["accepted"]
    assert [cut.treatment for cut in cuts_of(found, (other, bridge))] == ["bridged"]
    assert [cut.treatment for cut in cuts_of(found, (other,))] == ["open"]
    assert [fits(each, found[0]) for each in (accept, bridge, other)] == [True, True, False]
    graph = graph_of([end("ml", "publish"), end("strategy", "consume")], TERMS)
    assert idle_entries(graph, (accept, other, bridge)) == (1,)


def test_the_treatment_to_paste_names_each_edge_once() -> None:
    found = edges(end("ml", "publish"), end("strategy", "consume"), end("strategy", "consume", line=9))
    cuts = cuts_of(found, ())
    expected = 'edges:\n  - {from: ml, to: strategy, stream: "risk.metric", bridge: true}\n'
    assert treatment_yaml([*cuts, *cuts]) == expected


WORDS = {"raw-ticks": "raw-ticks", "a.*": '"a.*"', "yes": '"yes"', "8": '"8"', "(no engine)": '"(no engine)"', "": '""'}


@pytest.mark.parametrize("name", WORDS)
def test_a_name_is_quoted_where_yaml_would_take_it_for_something_else(name: str) -> None:
    assert yaml_word(name) == WORDS[name]


def moves(*ends: StreamEnd) -> list[Move]:
    found = edges(*ends)
    return list(moves_of(found, cuts_of(found, ()), PHASES))


def test_moving_the_later_end_earlier_mends_a_cut() -> None:
    found = edges(end("ml", "publish"), end("strategy", "consume"))
    expected = Move("strategy", 2, 1, ("ml -> strategy risk.metric",), ())
    assert moves_of(found, cuts_of(found, ()), {**PHASES, "factor": 2}) == (expected,)


def test_no_move_leaves_a_phase_without_engines_before_others() -> None:
    """strategy is alone in phase 2, and features waits in phase 3."""
    assert moves(end("ml", "publish"), end("strategy", "consume")) == []


def test_the_last_phase_may_lose_its_only_engine() -> None:
    (move,) = moves(end("strategy", "publish"), end("features", "consume"))
    assert (move.engine, move.before, move.after, move.gain) == ("features", 3, 2, 1)


def test_a_move_that_cuts_as_much_as_it_mends_is_none() -> None:
    phases = {**PHASES, "late": 3}
    ends = [
        end("strategy", "publish"),
        end("features", "consume"),
        end("features", "publish", "raw-ticks"),
        end("late", "consume", "raw-ticks"),
    ]
    found = graph_of(ends, replace(TERMS, phases=phases)).edges
    assert moves_of(found, cuts_of(found, ()), phases) == ()
