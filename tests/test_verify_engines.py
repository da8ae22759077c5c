"""`migrate verify` on running engines: a right one passes, and each broken one fails for the cause that it has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from broken_engines import BROKEN, LEGACY, RIGHT
from liveservers import KINDS
from verified_platform import Platform, failures, observed_platform

from migrator.live.ports import free_ports
from migrator.live.servers import MAIN


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    with observed_platform(KINDS[0], tmp_path_factory.mktemp("platform")) as made:
        yield made


def test_a_right_engine_passes_every_check(platform: Platform, tmp_path: Path) -> None:
    platform.forget()
    root = platform.repository(tmp_path, RIGHT)
    with platform.running(root, "portfolio"):
        platform.wait_until("handling")
        code, outcomes = platform.verify(root, "--health", "--probe")
    assert {check: outcome["state"] for check, outcome in outcomes.items() if outcome["state"] != "passed"} == {}
    assert code == 0
    assert outcomes["off-main"]["figures"] == "none on main, 2 before"
    assert outcomes["subscribed"]["figures"] == "1 subscription of the code with a live consumer"
    assert outcomes["probe"]["figures"] == "RISK_METRIC: a marked message was handled by 1 group"


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_engine_fails_for_its_cause(name: str, platform: Platform, tmp_path: Path) -> None:
    broken = BROKEN[name]
    platform.forget()
    root = platform.repository(tmp_path, broken.text)
    with platform.running(root, "portfolio"):
        platform.wait_until(broken.state)
        code, outcomes = platform.verify(root, "--health")
    assert failures(outcomes) == list(broken.fails)
    assert code == 1
    causes: Sequence[str] = outcomes[broken.fails[0]]["causes"]
    assert broken.cause
    assert any(broken.cause in cause for cause in causes), causes
    assert [check for check in broken.fails if not outcomes[check]["causes"]] == []


def test_an_engine_that_was_not_restarted_is_still_on_main(platform: Platform, tmp_path: Path) -> None:
    platform.forget()
    root = platform.repository(tmp_path / "moved", RIGHT)
    old = platform.repository(tmp_path / "old", LEGACY)
    with platform.running(old, "portfolio"):
        platform.wait_until("on main")
        code, outcomes = platform.verify(root)
    assert code == 1
    failed = [check for check in failures(outcomes) if check != "left-behind"]  # whether it holds a message just now
    assert failed == ["off-main", "on-marketdata", "on-engine-logic", "subscribed"]
    (cause,) = outcomes["off-main"]["causes"]
    assert cause.endswith("does not run the code that has moved: restart it")


def test_a_copy_from_before_that_still_runs_is_told(platform: Platform, tmp_path: Path) -> None:
    """It listens on no port that is known, and takes messages that were meant for the engine."""
    platform.forget()
    root = platform.repository(tmp_path / "moved", RIGHT)
    old = platform.repository(tmp_path / "old", LEGACY)
    with platform.running(root, "portfolio"), platform.running(old, "portfolio", port=free_ports(1)[0]):
        platform.wait_until("handling")
        platform.wait_until("on main")
        code, outcomes = platform.verify(root)
    assert (code, outcomes["off-main"]["state"]) == (1, "failed")
    assert set(failures(outcomes)) <= {"off-main", "left-behind"}  # whether the copy holds a message just now
    assert outcomes["off-main"]["figures"] == "its old group is still read: messagebus by portfolio"
    assert outcomes["off-main"]["causes"] == [
        "a copy of portfolio from before it moved still runs, and takes its messages there; stop it"
    ]
    platform.settle()


def test_an_engine_that_is_down_is_nowhere(platform: Platform, tmp_path: Path) -> None:
    platform.forget()
    code, outcomes = platform.verify(platform.repository(tmp_path, RIGHT))
    assert code == 1
    assert failures(outcomes) == ["on-marketdata", "on-engine-logic", "subscribed"]
    (cause,) = outcomes["on-marketdata"]["causes"]
    assert cause == (
        f"it is nowhere: no process that listens on its port {platform.ports['portfolio']} has a connection; is it up?"
    )


def test_messages_that_wait_in_the_old_group_are_told(platform: Platform, tmp_path: Path) -> None:
    platform.forget()
    root = platform.repository(tmp_path, RIGHT)
    entry = {"topic": "risk.metric.AAPL", "payload": "{}", "priority": "normal", "timestamp": "0"}
    with platform.servers.client(MAIN) as client:
        mine = client.xadd("messagebus", entry)
        other = client.xadd("messagebus", entry | {"topic": "portfolio.update.AAPL"})
        with platform.running(root, "portfolio"):
            platform.wait_until("handling")
            code, outcomes = platform.verify(root)
        client.xdel("messagebus", mine, other)
    assert (code, failures(outcomes)) == (1, ["left-behind"])
    assert outcomes["left-behind"]["figures"] == "messagebus on main: 1 not delivered, 0 pending in portfolio"
    assert outcomes["left-behind"]["causes"] == [
        "they came before the engine moved, and nobody will read them there: publish them again on the bus"
    ]


def test_code_that_has_not_moved_is_told(platform: Platform, tmp_path: Path) -> None:
    platform.forget()
    root = platform.repository(tmp_path, LEGACY)
    with platform.running(root, "portfolio"):
        platform.wait_until("on main")
        _, outcomes = platform.verify(root)
    assert outcomes["moved"]["state"] == "failed"
    assert outcomes["moved"]["causes"] == ["merge its branch, or name what runs with --base REV"]
    passed = [check for check, outcome in outcomes.items() if outcome["state"] == "passed"]
    assert passed == ["counters", "main-cpu", "failed-reads", "new-errors"]  # what the servers say, whoever runs
    assert outcomes["published"]["figures"].startswith("the code that was read has not moved; as it is: ")
    assert outcomes["off-main"]["causes"][-1].startswith("the code has not moved: ")
