"""What an engine heard and sent before it moved must go on, under whatever name its routes give it."""

from __future__ import annotations

import pytest

from codemods.model import StreamEnd
from migrator.config import EngineConfig
from migrator.graph import Channel, Graph
from migrator.observing.known import Known
from migrator.observing.observe import Observed
from migrator.observing.said import Said, said_by
from migrator.places import NOW, Point
from migrator.verifying.evidence import Evidence
from migrator.verifying.kept import lost

ML = EngineConfig(name="ml", engine_type="ML", paths=("engines/ml",), port=8400, phase=1)
PLACE = "engines/ml/a.py:3"


def channel(name: str, kind: str, role: str, *types: str, engine: str = "ml") -> Channel:
    point = Point(StreamEnd(name, role, kind, engine, "engines/ml/a.py", 3), NOW, "engine_logic", "engine_logic")
    ends = {each: (point,) if each == role else () for each in ("publish", "consume")}
    return Channel(name, kind, types, ("engine_logic",), None, ends["publish"], ends["consume"], ())


def known(*channels: Channel) -> Known:
    return Known({"ml": ML}, graph=Graph(channels))


def evidence(before: Channel, now: Known, *accepted: tuple[str, str, str]) -> Evidence:
    then = Observed("2026-01-01T00:00:00+00:00", 5.0, code=said_by(known(before)))
    return Evidence(ML, now, {}, {}, then, accepted=accepted)


TOPIC = channel("risk.*", "topic", "consume", "RISK_METRIC", "MARGIN_CALL")
STREAM = channel("orders", "stream", "consume", "ORDER_REQUEST")
KEPT = {
    "as it was": (TOPIC, TOPIC),
    "by one of its message types": (TOPIC, channel("MARGIN_CALL", "message", "consume", "MARGIN_CALL")),
    "a topic that is known more closely": (TOPIC, channel("risk.metric", "topic", "consume", "RISK_METRIC")),
    "a raw stream on the bus": (STREAM, channel("orders", "stream", "consume")),
    "a raw stream as messages": (STREAM, channel("ORDER_REQUEST", "message", "consume", "ORDER_REQUEST")),
    "by a stream that is called after its type": (TOPIC, channel("engine_logic:risk_metric", "stream", "consume")),
}
LOST = {
    "by another type": (TOPIC, channel("PRICE_UPDATE", "message", "consume", "PRICE_UPDATE")),
    "that is sent, and no longer heard": (STREAM, channel("orders", "stream", "publish")),
    "by another stream": (STREAM, channel("signals", "stream", "consume")),
    "by another engine": (STREAM, channel("orders", "stream", "consume", engine="risk")),
}


@pytest.mark.parametrize("name", KEPT)
def test_an_end_goes_on(name: str) -> None:
    before, now = KEPT[name]
    assert lost(evidence(before, known(now)), "consume") == []


@pytest.mark.parametrize("name", LOST)
def test_an_end_is_lost(name: str) -> None:
    before, now = LOST[name]
    (said,) = lost(evidence(before, known(now)), "consume")
    assert said == said_by(known(before))["ml"][0]


@pytest.mark.parametrize(("edge", "expected"), [(("web", "ml", "ord*"), 0), (("ml", "web", "orders"), 1)])
def test_a_loss_that_is_accepted_is_none(edge: tuple[str, str, str], expected: int) -> None:
    assert len(lost(evidence(STREAM, known(), edge), "consume")) == expected


def test_without_an_observation_from_before_nothing_is_lost() -> None:
    assert lost(Evidence(ML, known(), {}, {}), "consume") == []


def test_what_has_no_route_is_not_looked_for() -> None:
    unknown = channel("*", "stream", "consume")
    assert said_by(known(channel("a.b", "topic", "consume"), unknown, STREAM)) == {
        "ml": (Said("consume", "orders", ("ORDER_REQUEST", "orders"), PLACE),)
    }
