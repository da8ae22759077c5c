"""Branches that no engine has any more: `migrate status` tells each, and what to type, and nobody else's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from gitrepo import commit_files, git
from statuses import BRANCH, ONE_PHASE, campaign, edited_by_hand, migrate, typed

RENAMED = "dual-bus/phase-1/tactics"
BACK = "dual-bus/revert/strategy"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A campaign whose strategy engine has its branch."""
    root = campaign(tmp_path)
    assert migrate(root, "--engine", "strategy").exit_code == 0
    return root


def configured(root: Path, old: str, new: str) -> None:
    assert old in ONE_PHASE
    commit_files(root, {"engines.yaml": ONE_PHASE.replace(old, new)})


def strays(root: Path, *arguments: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(migrate(root, "status", "--json", *arguments).stdout)["strays"]
    return found


def test_the_branch_of_an_engine_that_was_renamed_is_told_and_can_go(root: Path) -> None:
    configured(root, "  strategy: {", "  tactics: {")
    assert migrate(root, "status").stdout.splitlines()[-3:] == [
        "  strategy: engines.yaml has no engine strategy, and branch",
        f"    {BRANCH} is left, 1 commit behind main",
        f"    git branch -D {BRANCH}",
    ]
    (stray,) = strays(root)
    assert (stray["engine"], stray["branch"]["name"]) == ("strategy", BRANCH)
    typed(root, stray["next"])
    assert strays(root) == []
    assert git(root, "branch", "--list", "dual-bus/*") == ""


def test_a_persons_work_goes_with_the_engine_to_its_new_name(root: Path) -> None:
    tip = edited_by_hand(root)
    configured(root, "  strategy: {", "  tactics: {")
    (stray,) = strays(root)
    assert stray["next"] == [f"git branch -m {BRANCH} {RENAMED}"]
    typed(root, stray["next"])
    assert (strays(root), git(root, "rev-parse", RENAMED)) == ([], tip)
    assert "| edited by hand |" in migrate(root, "status", "--markdown").stdout


def test_where_the_new_branch_is_there_already_a_persons_work_is_shown(root: Path) -> None:
    edited_by_hand(root)
    configured(root, "  strategy: {", "  tactics: {")
    git(root, "branch", RENAMED)
    assert strays(root)[0]["next"] == [f"git log {BRANCH}"]


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("strategy: {phase: 1", "strategy: {phase: 2", "engines.yaml has strategy in phase 2"),
        ("strategy: {phase: 1", "strategy: {migrated: true", "engines.yaml calls strategy migrated"),
    ],
)
def test_an_engine_that_has_another_branch_now_or_none_leaves_its_old_one(
    root: Path, old: str, new: str, why: str
) -> None:
    configured(root, old, new)
    (stray,) = strays(root)
    assert (stray["why"], stray["next"]) == (why, [f"git branch -D {BRANCH}"])
    assert f"| no engine's branch | {why}, and branch {BRANCH}" in migrate(root, "status", "--markdown").stdout


def test_a_branch_that_is_checked_out_has_nothing_to_type(root: Path) -> None:
    configured(root, "  strategy: {", "  tactics: {")
    git(root, "worktree", "add", "--quiet", str(root.parent / "other"), BRANCH)
    assert strays(root)[0]["next"] == []


def test_branches_of_engines_and_of_people_are_no_strays(root: Path) -> None:
    edited_by_hand(root)
    commit_files(root, {"README.md": "new\n"})
    assert migrate(root, "--engine", "strategy").exit_code in (0, 4)
    assert f"{BRANCH}-next" in git(root, "branch", "--list", "dual-bus/*")
    git(root, "branch", "dual-bus/phase-7/mine")
    git(root, "branch", "elsewhere", BRANCH)
    assert strays(root) == []


def test_they_are_told_where_all_engines_are_asked_for(root: Path) -> None:
    configured(root, "  strategy: {", "  tactics: {")
    assert strays(root, "--engine", "portfolio") == []


def test_a_branch_that_took_an_engine_back_can_go_once_it_is_merged(root: Path) -> None:
    merge = ("merge", "--quiet", "--no-ff", "--message", "Merge")
    git(root, *merge, BRANCH)
    assert migrate(root, "revert", "--engine", "strategy").exit_code == 0
    assert strays(root) == []
    git(root, *merge, BACK)
    (stray,) = strays(root)
    assert (stray["engine"], stray["why"], stray["next"]) == (
        "strategy",
        "it was taken back",
        [f"git branch -D {BACK}"],
    )
    typed(root, stray["next"])
    assert strays(root) == []


def test_a_persons_branch_of_that_name_is_theirs(root: Path) -> None:
    git(root, "branch", BACK)
    assert strays(root) == []
