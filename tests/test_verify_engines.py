"""`migrate verify` on running engines: a right one passes, and each broken one fails for the cause that it has."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from broken_engines import BROKEN, CONFIG, LEGACY, RIGHT, RISK, SERVING
from click.testing import CliRunner
from gitrepo import make_repo, use_fixed_git
from tinyplatform import platform_file

from migrator.cli import cli
from migrator.live.ports import free_ports
from migrator.live.servers import ENGINE_LOGIC, MAIN, MARKETDATA, Servers

WINDOW = "1"


class Platform:
    """Two engines on three servers: the neighbour runs all the time, and was observed beside the legacy engine."""

    def __init__(self, servers: Servers, folder: Path) -> None:
        self.servers, self.folder = servers, folder
        self.ports = dict(zip(("portfolio", "risk"), free_ports(2), strict=True))
        self.before = folder / "before.json"

    def repository(self, folder: Path, portfolio: str) -> Path:
        """The platform with this code of the engine, as a repository."""
        names = ("dual_messagebus_client.py", "enhanced_messagebus_client.py")
        return make_repo(
            folder,
            {
                "engines.yaml": CONFIG.format(**self.ports),
                **{f"backend/{name}": platform_file(name) for name in names},
                "backend/serving.py": SERVING,
                "backend/engines/portfolio/service.py": portfolio,
                "backend/engines/risk/service.py": RISK,
            },
        )

    @contextmanager
    def running(self, root: Path, engine: str) -> Iterator[None]:
        """One engine of a repository, up."""
        paths = [str(files("migrator.live") / "redirect"), str(root / "backend")]
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join(paths),
            "PYTHONDONTWRITEBYTECODE": "1",
            "MIGRATE_REDIRECT": self.servers.redirect,
            "PORT": str(self.ports[engine]),
        }
        command = [sys.executable, str(root / f"backend/engines/{engine}/service.py")]
        with subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=root
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"up\n"
            try:
                yield
            finally:
                process.kill()

    def forget(self) -> None:
        """Take away what an engine before this one left on the buses."""
        with self.servers.client(ENGINE_LOGIC) as client:
            client.xgroup_destroy("engine_logic:risk_metric", "portfolio:1")
            client.xtrim("engine_logic:portfolio_update", maxlen=0)
            client.delete("engine_logic:position_change")
        with self.servers.client(MARKETDATA) as client:
            client.flushall()

    def migrate(self, *arguments: str) -> tuple[int, Any]:
        """The exit code of a command on these servers, and what it prints as JSON."""
        urls = [
            word for name, port in self.servers.ports.items() for word in ("--url", f"{name}=redis://127.0.0.1:{port}")
        ]
        done = CliRunner().invoke(cli, [*arguments, *urls, "--seconds", WINDOW, "--json"], prog_name="migrate")
        assert done.exception is None or isinstance(done.exception, SystemExit), done.output
        return done.exit_code, json.loads(done.stdout)

    def verify(self, root: Path, *arguments: str) -> tuple[int, Mapping[str, Mapping[str, Any]]]:
        """The exit code, and each check of the engine."""
        code, facts = self.migrate(
            "verify", "--engine", "portfolio", "--before", str(self.before), "--repo", str(root), *arguments
        )
        assert facts["problems"] == []
        ((engine,)) = facts["engines"]
        return code, {outcome["check"]: outcome for outcome in engine["outcomes"]}


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    folder = tmp_path_factory.mktemp("platform")
    with ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        use_fixed_git(patch)
        made = Platform(stack.enter_context(Servers()), folder)
        root = made.repository(folder, LEGACY)
        stack.enter_context(made.running(root, "risk"))
        with made.running(root, "portfolio"):
            code, _ = made.migrate("observe", "--repo", str(root), "--health", "--save", str(made.before))
        assert code == 0
        yield made


def failures(outcomes: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The checks that failed, in their order."""
    return [check for check, outcome in outcomes.items() if outcome["state"] == "failed"]


def test_a_right_engine_passes_every_check(platform: Platform, tmp_path: Path) -> None:
    platform.forget()
    root = platform.repository(tmp_path, RIGHT)
    with platform.running(root, "portfolio"):
        time.sleep(0.6)
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
        time.sleep(broken.settle)
        code, outcomes = platform.verify(root, "--health")
    assert failures(outcomes) == list(broken.fails)
    assert code == 1
    causes: Sequence[str] = outcomes[broken.fails[0]]["causes"]
    assert any(broken.cause in cause for cause in causes) or not broken.cause, causes


def test_an_engine_that_was_not_restarted_is_still_on_main(platform: Platform, tmp_path: Path) -> None:
    platform.forget()
    root = platform.repository(tmp_path / "moved", RIGHT)
    old = platform.repository(tmp_path / "old", LEGACY)
    with platform.running(old, "portfolio"):
        time.sleep(0.3)
        code, outcomes = platform.verify(root)
    assert code == 1
    assert failures(outcomes) == ["off-main", "on-marketdata", "on-engine-logic", "subscribed"]
    (cause,) = outcomes["off-main"]["causes"]
    assert cause.endswith("does not run the code that has moved: restart it")


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
            time.sleep(0.6)
            code, outcomes = platform.verify(root)
        client.xdel("messagebus", mine, other)
    assert (code, failures(outcomes)) == (1, ["left-behind"])
    assert outcomes["left-behind"]["figures"] == "messagebus: 1 not delivered, 0 pending in portfolio"
    assert outcomes["left-behind"]["causes"] == [
        "they came before the engine moved, and nobody will read them there: publish them again on the bus"
    ]


def test_code_that_has_not_moved_is_told(platform: Platform, tmp_path: Path) -> None:
    platform.forget()
    root = platform.repository(tmp_path, LEGACY)
    with platform.running(root, "portfolio"):
        time.sleep(0.3)
        _, outcomes = platform.verify(root)
    assert outcomes["moved"]["state"] == "failed"
    assert outcomes["moved"]["causes"] == ["merge its branch, or name what runs with --base REV"]
    assert outcomes["off-main"]["causes"][-1].startswith("the code has not moved: ")
