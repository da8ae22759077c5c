"""`migrate verify` on the oldest server that is installed here, which may not hear a reader that waits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from broken_engines import BROKEN, RIGHT
from liveservers import KINDS
from verified_platform import Platform, failures, observed_platform


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    with observed_platform(KINDS[-1], tmp_path_factory.mktemp("platform")) as made:
        yield made


def test_a_right_engine_passes_every_check(platform: Platform, tmp_path: Path) -> None:
    root = platform.repository(tmp_path, RIGHT)
    with platform.running(root, "portfolio"):
        platform.wait_until("handling")
        code, outcomes = platform.verify(root, "--health", "--probe")
    assert {check: outcome["state"] for check, outcome in outcomes.items() if outcome["state"] != "passed"} == {}
    assert code == 0


@pytest.mark.parametrize("name", ["subscribes with texts", "a reader that ended", "a handler that raises"])
def test_a_broken_engine_fails_for_its_cause(name: str, platform: Platform, tmp_path: Path) -> None:
    broken = BROKEN[name]
    platform.forget()
    root = platform.repository(tmp_path, broken.text)
    with platform.running(root, "portfolio"):
        platform.wait_until(broken.state)
        code, outcomes = platform.verify(root)
    assert (code, failures(outcomes)) == (1, list(broken.fails))
    assert any(broken.cause in cause for cause in outcomes[broken.fails[0]]["causes"])


def test_a_reader_that_nothing_is_published_for_is_alive_as_long_as_it_waits(
    platform: Platform, tmp_path: Path
) -> None:
    platform.forget()
    silent = RIGHT.replace("[MessageType.RISK_METRIC]", "[MessageType.MARGIN_CALL]")
    root = platform.repository(tmp_path, silent)
    with platform.running(root, "portfolio"):
        platform.wait_until("waiting")
        _, outcomes = platform.verify(root)
    # What it heard before is missed; what it waits for now is not.
    assert outcomes["subscribed"]["figures"] == "no live subscription to risk.metric.*"
