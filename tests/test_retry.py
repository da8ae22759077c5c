"""`migrate --retry`: the engines that failed when they were last run, and no others."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from gitrepo import commit_files, git
from tinyplatform import PUBLISHER, tiny_platform

from migrator.cli import cli
from migrator.failures import failed_before
from migrator.repo import Repository

PORTFOLIO = "backend/engines/portfolio/service.py"
STRATEGY = "backend/engines/strategy/service.py"
BROKEN = "import redis\nbroken = (\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A platform of which one engine failed, as its file does not parse, and one was migrated."""
    root = tiny_platform(tmp_path, portfolio=BROKEN)
    assert migrate(root, "--all").exit_code == 1
    return root


def migrate(root: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["--repo", str(root), *arguments], prog_name="migrate", catch_exceptions=False)


def retried(root: Path, *arguments: str) -> list[tuple[str, str]]:
    result = migrate(root, "--retry", "--json", *arguments)
    return [(engine["engine"], engine["status"]) for engine in json.loads(result.stdout)["engines"]]


def notes(root: Path) -> dict[str, str]:
    return failed_before(Repository.open(root))


def test_what_failed_is_run_alone_until_it_no_longer_fails(root: Path) -> None:
    assert retried(root) == [("portfolio", "failed")]
    commit_files(root, {PORTFOLIO: PUBLISHER})
    assert retried(root) == [("portfolio", "committed")]
    assert retried(root) == []


def test_the_note_says_why_and_stays_when_another_engine_is_run(root: Path) -> None:
    assert list(notes(root)) == ["portfolio"]
    assert f"{PORTFOLIO}:2" in notes(root)["portfolio"]
    assert migrate(root, "--engine", "strategy", "--force").exit_code == 0
    assert list(notes(root)) == ["portfolio"]


def test_without_a_failure_there_is_nothing_to_do(tmp_path: Path) -> None:
    root = tiny_platform(tmp_path)
    migrate(root, "--all")
    result = migrate(root, "--retry")
    assert result.exit_code == 0
    assert (result.stdout, result.stderr) == ("", "migrate: nothing to do: no engine failed when it was last run\n")
    assert not (root / ".git/migrate").exists()


def test_a_dry_run_notes_nothing(tmp_path: Path) -> None:
    root = tiny_platform(tmp_path, portfolio=BROKEN)
    assert migrate(root, "--all", "--dry-run").exit_code == 1
    assert not (root / ".git/migrate").exists()
    migrate(root, "--all")
    commit_files(root, {PORTFOLIO: PUBLISHER})
    assert retried(root, "--dry-run") == [("portfolio", "would-commit")]
    assert list(notes(root)) == ["portfolio"]


def test_a_branch_that_could_not_be_moved_is_retried(tmp_path: Path) -> None:
    root = tiny_platform(tmp_path)
    git(root, "switch", "--quiet", "--create", "dual-bus/phase-2/strategy")
    assert migrate(root, "--all").exit_code == 1
    git(root, "switch", "--quiet", "main")
    assert retried(root) == [("strategy", "committed")]


def test_an_engine_that_engines_yaml_no_longer_has_is_passed_over(root: Path) -> None:
    config = (
        (root / "engines.yaml").read_text().replace("portfolio", "folio").replace("engines/folio", "engines/portfolio")
    )
    (root / "engines.yaml").write_text(config)
    assert retried(root) == []


def test_a_worktree_knows_what_failed_in_another(root: Path) -> None:
    linked = root.parent / "linked"
    git(root, "worktree", "add", "--quiet", "--detach", str(linked))
    assert retried(linked) == [("portfolio", "failed")]


def test_a_failure_that_cannot_be_noted_is_said(tmp_path: Path) -> None:
    root = tiny_platform(tmp_path, portfolio=BROKEN)
    (root / ".git/migrate").write_text("a file where the folder should be\n")
    result = migrate(root, "--all")
    assert result.exit_code == 1
    note = root / ".git/migrate/failed/portfolio"
    said = f"portfolio: what became of it cannot be noted in {note} (Not a directory); see to that, and name the engine"
    assert said in " ".join(result.stdout.split())
