"""Whole runs of the command on a tiny platform: what is written, what is printed, and the exit code."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from gitrepo import clean_environment, commit_files, git, write_files
from tinyplatform import ASKING, CONFIG, PUBLISHER, tiny_platform

from codemods import changing
from codemods.drafting import Draft
from codemods.work import Scan
from migrator.cli import cli

STRATEGY = "backend/engines/strategy/service.py"
PORTFOLIO = "backend/engines/portfolio/service.py"
BRANCH = "dual-bus/phase-2/strategy"


def migrate(root: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["--repo", str(root), *arguments], prog_name="migrate", catch_exceptions=False)


def engines(result: Result) -> dict[str, dict[str, object]]:
    return {each["engine"]: each for each in json.loads(result.stdout)["engines"]}


def statuses(result: Result) -> list[tuple[str, object]]:
    return [(name, each["status"]) for name, each in engines(result).items()]


def refs(root: Path) -> str:
    return git(root, "for-each-ref", "--format=%(refname) %(objectname)")


def test_a_dry_run_prints_a_diff_that_git_applies_and_nothing_else(tmp_path: Path) -> None:
    root = tiny_platform(tmp_path)
    before = refs(root), git(root, "count-objects", "--verbose")
    result = migrate(root, "--engine", "strategy", "--dry-run")
    assert result.exit_code == 0
    assert result.stdout.startswith(f"diff --git a/{STRATEGY} b/{STRATEGY}\n")
    assert "would-commit" in result.stderr
    command = ["git", "apply", "--check", "-"]
    subprocess.run(command, cwd=root, env=clean_environment(), input=result.stdout_bytes, check=True)
    assert (refs(root), git(root, "count-objects", "--verbose")) == before
    assert git(root, "status", "--porcelain") == ""


def test_a_dry_run_with_exit_code_tells_that_something_would_change(tmp_path: Path) -> None:
    root = tiny_platform(tmp_path)
    assert migrate(root, "--all", "--dry-run", "--exit-code").exit_code == 3
    assert migrate(root, "--phase", "1", "--dry-run", "--exit-code").exit_code == 0


def test_the_branch_holds_what_the_dry_run_showed(tmp_path: Path) -> None:
    root = tiny_platform(tmp_path)
    shown = migrate(root, "--engine", "strategy", "--dry-run").stdout
    result = migrate(root, "--engine", "strategy", "--json")
    assert result.exit_code == 0
    strategy = engines(result)["strategy"]
    assert (strategy["status"], strategy["branch"]) == ("committed", BRANCH)
    assert strategy["commit"] == git(root, "rev-parse", BRANCH)
    committed = git(root, "diff", "--no-color", "main", BRANCH) + "\n"
    assert _without_index(committed) == _without_index(shown)
    assert "get_dual_bus_client(EngineType.STRATEGY)" in git(root, "show", f"{BRANCH}:{STRATEGY}")


def test_a_second_run_makes_no_commit(tmp_path: Path) -> None:
    root = tiny_platform(tmp_path)
    migrate(root, "--all")
    before = refs(root)
    result = migrate(root, "--all", "--json")
    assert result.exit_code == 0
    assert statuses(result) == [("portfolio", "nothing"), ("strategy", "unchanged")]
    assert refs(root) == before
    assert migrate(root, "--all", "--dry-run", "--exit-code").exit_code == 0


def test_after_the_merge_nothing_is_left_to_do(tmp_path: Path) -> None:
    root = tiny_platform(tmp_path)
    migrate(root, "--all")
    git(root, "merge", "--quiet", "--no-ff", "--message", "Merge strategy", BRANCH)
    result = migrate(root, "--all", "--json")
    assert result.exit_code == 0
    assert statuses(result) == [("portfolio", "nothing"), ("strategy", "nothing")]


def test_uncommitted_work_is_neither_read_nor_touched(tmp_path: Path) -> None:
    root = tiny_platform(tmp_path)
    write_files(root, {STRATEGY: "half = (\n", "new.txt": "new\n"})
    git(root, "add", "new.txt")
    before = git(root, "status", "--porcelain=v2", "--branch"), (root / ".git/index").read_bytes()
    assert migrate(root, "--all").exit_code == 0
    assert (git(root, "status", "--porcelain=v2", "--branch"), (root / ".git/index").read_bytes()) == before
    assert (root / STRATEGY).read_text() == "half = (\n"


def test_a_question_is_left_to_a_person_and_its_answer_can_be_pasted(tmp_path: Path) -> None:
    root = tiny_platform(tmp_path, strategy=ASKING)
    result = migrate(root, "--engine", "strategy", "--json")
    assert result.exit_code == 4
    strategy = engines(result)["strategy"]
    assert strategy["status"] == "left"
    (question,) = strategy["questions"]  # type: ignore[misc]
    assert "portfolio.weights." in question["text"]
    assert refs(root).count("\n") == 0

    route = '  - {match: "portfolio.weights.*", message_type: PORTFOLIO_UPDATE}\n'
    write_files(root, {"engines.yaml": CONFIG.replace("routes:\n", f"routes:\n{route}")})
    answered = migrate(root, "--engine", "strategy", "--json")
    assert answered.exit_code == 0
    assert statuses(answered) == [("strategy", "committed")]


def test_a_file_that_does_not_parse_fails_alone_and_is_named_with_its_line(tmp_path: Path) -> None:
    root = tiny_platform(tmp_path, portfolio="import redis\nbroken = (\n")
    result = migrate(root, "--all")
    assert result.exit_code == 1
    assert f"{PORTFOLIO}:2" in result.stdout
    assert git(root, "branch", "--list", "dual-bus/*").split() == [BRANCH]


def test_an_engine_at_which_the_tool_itself_fails_keeps_no_other_from_its_branch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Alone or among others, which are changed as soon as they are scanned. No code makes it fail that we know of."""
    root = tiny_platform(tmp_path, portfolio=PUBLISHER)
    draft = changing.draft

    def failing(scan: Scan, *given: Any) -> Draft:
        if scan.engine.name == "portfolio":
            raise RuntimeError("broken")
        return draft(scan, *given)

    monkeypatch.setattr(changing, "draft", failing)
    together, alone = migrate(root, "--all", "--json"), migrate(root, "--engine", "portfolio", "--json")
    assert statuses(together) == [("portfolio", "failed"), ("strategy", "committed")]
    assert statuses(alone) == [("portfolio", "failed")]
    for result in (together, alone):
        (problem,) = engines(result)["portfolio"]["problems"]  # type: ignore[misc]
        assert "portfolio: internal error at tests/test_run.py:" in str(problem)
        assert "(RuntimeError: broken); nothing was written for it" in str(problem)
        assert result.exit_code == 1
    assert git(root, "branch", "--list", "dual-bus/*").split() == [BRANCH]


def test_engines_come_by_phase_and_then_as_in_the_file(tmp_path: Path) -> None:
    result = migrate(tiny_platform(tmp_path), "--engine", "strategy", "--engine", "portfolio", "--dry-run", "--json")
    assert [name for name, _ in statuses(result)] == ["portfolio", "strategy"]


def test_a_moved_base_makes_our_branch_again_and_leaves_a_persons(tmp_path: Path) -> None:
    root = tiny_platform(tmp_path)
    migrate(root, "--all")
    base = commit_files(root, {"README.md": "new\n"})
    assert statuses(migrate(root, "--all", "--json"))[1] == ("strategy", "committed")
    assert git(root, "rev-parse", f"{BRANCH}^") == base
    git(root, "checkout", "--quiet", BRANCH)
    tip = commit_files(root, {STRATEGY: PUBLISHER}, "Undo it")
    git(root, "checkout", "--quiet", "main")
    result = migrate(root, "--all")
    assert result.exit_code == 0
    assert "holds exactly this, with 1 commit of a person's on top" in " ".join(result.stdout.split())
    commit_files(root, {"README.md": "newer\n"})
    assert migrate(root, "--all").exit_code == 4
    assert git(root, "rev-parse", BRANCH) == tip


def test_a_deferred_engine_waits_unless_it_is_named(tmp_path: Path) -> None:
    config = CONFIG.replace("engine_type: STRATEGY}", "engine_type: STRATEGY, deferred: its owner is away}")
    root = tiny_platform(tmp_path, config=config)
    assert statuses(migrate(root, "--all", "--json")) == [("portfolio", "nothing"), ("strategy", "deferred")]
    assert "deferred, engines.yaml:18 says why: its owner is away" in migrate(root, "--phase", "2").stdout
    assert statuses(migrate(root, "--engine", "strategy", "--json")) == [("strategy", "committed")]


def test_an_unknown_author_is_said_before_the_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tiny_platform(tmp_path)
    for name in ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL", "EMAIL"):
        monkeypatch.delenv(name, raising=False)
    git(root, "config", "user.useConfigOnly", "true")
    result = migrate(root, "--all")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("migrate: git does not know who commits")
    assert migrate(root, "--all", "--dry-run").exit_code == 0


def _without_index(diff: str) -> list[str]:
    lines = [line for line in diff.splitlines() if not line.startswith("index ")]
    return ["@@".join(line.split("@@")[:2]) if line.startswith("@@ ") else line for line in lines]


def test_a_target_that_lacks_something_is_named_with_the_mend_and_nothing_is_written(tmp_path: Path) -> None:
    root = tiny_platform(tmp_path)
    target = root / "backend/dual_messagebus_client.py"
    target.write_text(target.read_text().replace("async def publish_message", "def publish_message"))
    commit_files(root, {}, "Lose the coroutine")
    result = migrate(root, "--all")
    line = line_with(target, "def publish_message")
    assert (result.exit_code, result.stdout, git(root, "branch", "--list", "dual-bus/*")) == (1, "", "")
    assert result.stderr == (
        f"migrate: backend/dual_messagebus_client.py:{line}: DualMessageBusClient.publish_message is a plain function, "
        "and will be awaited; make it `async def`\n"
    )


def line_with(path: Path, text: str) -> int:
    """The first line of a file that holds this text."""
    return next(number for number, line in enumerate(path.read_text().splitlines(), 1) if text in line)
