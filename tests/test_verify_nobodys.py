"""`migrate verify` where connections are of processes that listen on no engine's port, and so may be any engine's."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace
from test_verify_checks import ML, READER, evidence, view
from tinyplatform import CONFIG, tiny_platform

from migrator.config import load
from migrator.errors import MigrateError
from migrator.live.holders import Holder, Owner
from migrator.live.streams import Consumer, Group, Stream
from migrator.observing.view import GroupView, StreamView
from migrator.verifying import servers
from migrator.verifying.evidence import End
from migrator.verifying.groups import is_reached, is_read
from migrator.verifying.outcome import FAILED, NOT_TOLD, PASSED
from migrator.verifying.verify import Options, chosen

NOBODYS = Holder(Owner("", "python", "process", 9), "bus", 3, ("xadd", "xreadgroup"), age=60)


def test_an_engine_that_is_not_seen_may_be_connected_by_them() -> None:
    said = "nobody who is connected listens on its port 8400; 3 connections may be its own"
    unseen = evidence(view("main", NOBODYS), view("marketdata", NOBODYS))
    for found in (servers.off_main(unseen), servers.on_bus("marketdata", unseen)):
        assert (found.state, found.figures) == (NOT_TOLD, said)


def test_an_engine_whose_process_is_known_is_not_connected_by_them() -> None:
    seen = evidence(view("main", NOBODYS), view("marketdata", NOBODYS), view("engine_logic", READER))
    assert servers.off_main(seen).state == PASSED
    assert servers.on_bus("marketdata", seen).state == FAILED


@pytest.mark.parametrize(
    "other",
    [
        replace(NOBODYS, owner=Owner("", servers.BRIDGE, "process", 9)),
        replace(NOBODYS, use="cache"),
        replace(NOBODYS, age=1),
    ],
)
def test_a_bridge_a_cache_and_what_just_came_are_no_engines(other: Holder) -> None:
    assert servers.on_bus("marketdata", evidence(view("marketdata", other))).state == FAILED


def test_a_group_and_a_stream_may_be_read_by_them() -> None:
    group = GroupView(Group("bus:metric", "ml:1", 0, "1-0", consumers=(Consumer("1", 0, 60_000),)))
    stream = StreamView(Stream("bus:metric", 1, "1-0"), 0, (group,))
    raw = End("raw-ticks", False, "engine_logic", "a.py:1")
    answers = []
    for holder in (NOBODYS, replace(READER, commands=("ping",))):
        server = view("engine_logic", holder, version="7.0.15", streams=(stream,))
        answers += [is_read(evidence(server), server, group, ML), is_reached(evidence(server), raw, ML)]
    assert answers == [None, None, False, False]


def test_an_engine_of_the_phase_that_is_deferred_is_judged_by_its_name_alone(tmp_path: Path) -> None:
    later = CONFIG.replace("engine_type: STRATEGY", "engine_type: STRATEGY, deferred: it waits")
    campaign = load(tiny_platform(tmp_path, config=later) / "engines.yaml")
    assert [engine.name for engine in chosen(campaign, Options(engines=("strategy",)))] == ["strategy"]
    with pytest.raises(MigrateError, match=r"^every engine of phase 2 is deferred; name one with --engine$"):
        chosen(campaign, Options(phase=2))
