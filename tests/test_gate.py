"""The gate before each phase: what it waits for, what it would cut, and who goes on all the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from gitrepo import commit_files, git
from tinyplatform import CONFIG, NATIVE, PUBLISHER, tiny_platform

from migrator.cli import cli

PORTFOLIO = "backend/engines/portfolio/service.py"
BRANCH = "dual-bus/phase-2/strategy"
LISTENER = '''\
"""Listens to signals."""

from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig


class Engine:
    async def start(self) -> None:
        self.bus = BufferedMessageBusClient(MessageBusConfig(redis_host="localhost", redis_port=6379))
        await self.bus.start()
        await self.bus.subscribe("strategy.signal.*", self.on_signal)

    async def stop(self) -> None:
        await self.bus.stop()

    async def on_signal(self, message) -> None:
        print(message.payload)
'''
EDGE = "{from: strategy, to: portfolio, stream: 'strategy.signal.*', %s}"
NOT_MERGED = (
    f"phase 2 must wait: portfolio of phase 1 is not merged: the legacy client at {PORTFOLIO}:3 can be moved and is not"
)
CUT = "strategy -> portfolio strategy.signal.* would be cut until phase 2, and lose its messages"
MERGE = "merge what it waits for, or say `deferred: reason` on the engine"
BRIDGE = 'bridge or accept what it cuts under `edges` ("migrate plan" prints the lines)'
FORCE = 'or add "--force", and each commit says so'


def migrate(root: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["--repo", str(root), *arguments], prog_name="migrate", catch_exceptions=False)


def edges(*treatments: str) -> str:
    return CONFIG + "edges:\n" + "".join(f"  - {EDGE % each}\n" for each in treatments)


def branches(root: Path) -> list[str]:
    return git(root, "branch", "--list", "--format=%(refname:short)", "dual-bus/*").split()


def trailers(root: Path, branch: str = BRANCH) -> list[str]:
    return git(root, "log", "-1", "--format=%(trailers:key=Migrate-Forced,valueonly)", branch).strip().split("\n")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """strategy of phase 2 has nobody to talk to; portfolio of phase 1 is legacy."""
    return tiny_platform(tmp_path, portfolio=PUBLISHER)


@pytest.fixture
def joined(tmp_path: Path) -> Path:
    """strategy of phase 2 publishes what portfolio of phase 1 listens to."""
    return tiny_platform(tmp_path, portfolio=LISTENER)


@pytest.mark.parametrize("asked", [("--phase", "2"), ("--engine", "strategy")])
def test_a_phase_waits_until_the_one_before_is_merged(root: Path, asked: tuple[str, ...]) -> None:
    result = migrate(root, *asked)
    said = f"migrate: {NOT_MERGED}\nmigrate: {MERGE}; {FORCE}\n"
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", said)
    assert branches(root) == []


def test_a_machine_is_told_what_holds_a_phase_and_that_nothing_was_begun(root: Path) -> None:
    result = migrate(root, "--phase", "2", "--json")
    said = json.loads(result.stdout)
    reason = NOT_MERGED.removeprefix("phase 2 must wait: ")
    assert (said["exit_code"], said["engines"], said["dry_run"]) == (1, [], False)
    assert said["gates"] == [{"phase": 2, "overridden_by": None, "reasons": [reason]}]
    assert (result.exit_code, result.stderr) == (1, f"migrate: {NOT_MERGED}\nmigrate: {MERGE}; {FORCE}\n")
    assert branches(root) == []


def test_the_gate_opens_with_the_merge(root: Path) -> None:
    migrate(root, "--phase", "1")
    assert migrate(root, "--phase", "2").exit_code == 1
    git(root, "merge", "--quiet", "--squash", "dual-bus/phase-1/portfolio")
    git(root, "commit", "--quiet", "--message", "Portfolio moves")
    assert migrate(root, "--phase", "2").exit_code == 0
    assert branches(root) == ["dual-bus/phase-1/portfolio", BRANCH]


def test_it_closes_again_when_legacy_use_comes_back(tmp_path: Path) -> None:
    root = tiny_platform(tmp_path)
    assert migrate(root, "--phase", "2", "--dry-run").exit_code == 0
    commit_files(root, {PORTFOLIO: PUBLISHER})
    assert migrate(root, "--phase", "2", "--dry-run").exit_code == 1


def test_nobody_waits_for_a_deferred_engine(root: Path) -> None:
    deferred = CONFIG.replace("engine_type: PORTFOLIO}", "engine_type: PORTFOLIO, deferred: its owner is away}")
    (root / "engines.yaml").write_text(deferred)
    assert migrate(root, "--phase", "2").exit_code == 0


def test_what_is_refused_holds_the_next_phase_until_it_is_accepted(tmp_path: Path) -> None:
    news = (
        "\n    def listen(self) -> None:\n        import redis\n"
        '        redis.Redis(host="localhost", port=6379).pubsub().subscribe("news")\n'
    )
    root = tiny_platform(tmp_path, portfolio=NATIVE + news)
    name = f"{PORTFOLIO}:Engine.listen:redis.Redis"
    result = migrate(root, "--phase", "2")
    assert f'portfolio of phase 1 is not merged: it is not accepted that "{name}" stays legacy\n' in result.stderr
    accepted = f'engine_type: PORTFOLIO, accepted: {{"{name}": news end in May}}}}'
    (root / "engines.yaml").write_text(CONFIG.replace("engine_type: PORTFOLIO}", accepted))
    assert migrate(root, "--phase", "2").exit_code == 0


def test_a_dry_run_shows_the_gate_and_ends_as_a_run_would(root: Path) -> None:
    result = migrate(root, "--phase", "2", "--dry-run")
    assert (result.exit_code, result.stdout.startswith("diff --git ")) == (1, True)
    said = " ".join(result.stderr.split())
    assert f"A run would be refused because of the order of phases {NOT_MERGED}" in said


def test_force_goes_on_and_the_commit_keeps_what_was_overridden(root: Path) -> None:
    result = migrate(root, "--phase", "2", "--force")
    assert result.exit_code == 0
    assert f"Gone on by --force, against the order of phases {NOT_MERGED}" in " ".join(result.stdout.split())
    assert trailers(root) == [NOT_MERGED.removeprefix("phase 2 must wait: ")]
    again = migrate(root, "--phase", "2", "--force", "--json")
    assert [each["status"] for each in json.loads(again.stdout)["engines"]] == ["unchanged"]


def test_force_says_nothing_where_the_gate_is_open(tmp_path: Path) -> None:
    root = tiny_platform(tmp_path)
    assert "--force" not in migrate(root, "--phase", "2", "--force").stdout
    assert trailers(root) == [""]


def test_all_makes_every_branch_and_says_what_to_merge_first(root: Path) -> None:
    result = migrate(root, "--all")
    assert result.exit_code == 0
    assert branches(root) == ["dual-bus/phase-1/portfolio", BRANCH]
    assert "What is merged after what\n  phase 2 is merged after portfolio\n" in result.stdout
    assert trailers(root) == [""]


def test_a_branch_that_all_made_is_made_again_to_say_that_it_was_forced(root: Path) -> None:
    migrate(root, "--all")
    before = git(root, "rev-parse", BRANCH)
    migrate(root, "--phase", "2", "--force")
    assert git(root, "rev-parse", BRANCH) != before
    assert len(trailers(root)) == 1
    assert git(root, "diff", before, BRANCH) == ""


def gates(root: Path, *arguments: str) -> Any:
    return json.loads(migrate(root, *arguments, "--json").stdout)["gates"]


def test_machines_are_told(root: Path) -> None:
    reason = NOT_MERGED.removeprefix("phase 2 must wait: ")
    assert gates(root, "--phase", "2", "--dry-run") == [{"phase": 2, "overridden_by": None, "reasons": [reason]}]
    assert [each["overridden_by"] for each in gates(root, "--all", "--dry-run")] == ["--all"]
    assert gates(root, "--phase", "1", "--dry-run") == []


@pytest.mark.parametrize("asked", [("--phase", "1"), ("--engine", "portfolio")])
def test_a_phase_waits_until_something_is_done_about_what_it_cuts(joined: Path, asked: tuple[str, ...]) -> None:
    result = migrate(joined, *asked)
    said = f"migrate: phase 1 must wait: {CUT}\nmigrate: {BRIDGE}; {FORCE}\n"
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", said)
    assert branches(joined) == []


@pytest.mark.parametrize("treatment", ["accept: the desk trades by hand until then", "bridge: true"])
def test_a_cut_that_is_accepted_or_bridged_holds_nobody(joined: Path, treatment: str) -> None:
    (joined / "engines.yaml").write_text(edges(treatment))
    assert migrate(joined, "--phase", "1").exit_code == 0
    assert trailers(joined, "dual-bus/phase-1/portfolio") == [""]


def test_a_forced_cut_is_kept_in_the_commit_of_its_engine(joined: Path) -> None:
    assert migrate(joined, "--phase", "1", "--force").exit_code == 0
    assert trailers(joined, "dual-bus/phase-1/portfolio") == [CUT]


def test_what_would_stay_behind_in_its_own_phase_is_a_cut(tmp_path: Path) -> None:
    """Both are in one phase; a question about the publisher keeps it on the old server."""
    asking = PUBLISHER + '\n    async def ask(self) -> None:\n        await self.bus.publish("nowhere", {})\n'
    config = CONFIG.replace("strategy: {phase: 2", "strategy: {phase: 1")
    result = migrate(tiny_platform(tmp_path, portfolio=LISTENER, strategy=asking, config=config), "--phase", "1")
    assert result.exit_code == 1
    place = "backend/engines/strategy/service.py:18"
    assert f"would be cut for good, and lose its messages ({place} is asked or refused and stays)\n" in result.stderr


def test_a_deferred_engine_that_is_named_moves_and_cuts(joined: Path) -> None:
    deferred = CONFIG.replace("engine_type: PORTFOLIO}", "engine_type: PORTFOLIO, deferred: its owner is away}")
    (joined / "engines.yaml").write_text(deferred)
    assert migrate(joined, "--phase", "1").exit_code == 0
    assert CUT in migrate(joined, "--engine", "portfolio").stderr
