"""Which branches a person is at work on, in any worktree: none of them is moved."""

from __future__ import annotations

import subprocess

import pytest
from gitrepo import clean_environment, commit_files, git, make_repo

from migrator.repo import Repository


def test_branches_in_every_worktree_are_checked_out(tmp_path):
    root = make_repo(tmp_path, {"a.py": ""})
    for name in ("one", "two words", "loose"):
        git(root, "worktree", "add", "--quiet", "-b", name.replace(" ", "-"), str(tmp_path / name))
    git(tmp_path / "loose", "checkout", "--quiet", "--detach")
    expected = {"main": str(root), "one": str(tmp_path / "one"), "two-words": str(tmp_path / "two words")}
    assert Repository.open(root).checked_out() == expected
    assert Repository.open(tmp_path / "one").checked_out() == expected


@pytest.mark.parametrize("backend", ["--merge", "--apply"])
def test_a_branch_that_is_being_rebased_is_held(tmp_path, backend):
    """Its worktree has a detached HEAD, and the branch will move when the rebase ends."""
    root = make_repo(tmp_path, {"a.py": "x = 1\n"})
    linked = tmp_path / "linked"
    git(root, "worktree", "add", "--quiet", "-b", "topic", str(linked))
    commit_files(linked, {"a.py": "x = 2\n"})
    commit_files(root, {"a.py": "x = 3\n"})
    subprocess.run(
        ["git", "rebase", backend, "main"], cwd=linked, env=clean_environment(), capture_output=True, check=False
    )
    assert Repository.open(root).checked_out() == {"main": str(root), "topic": str(linked)}


def test_branches_that_a_rebase_takes_along_are_held(tmp_path):
    root = make_repo(tmp_path, {"a.py": "x = 1\n"})
    git(root, "switch", "--quiet", "--create", "lower")
    commit_files(root, {"b.py": ""})
    git(root, "switch", "--quiet", "--create", "upper")
    commit_files(root, {"a.py": "x = 2\n"})
    git(root, "switch", "--quiet", "main")
    commit_files(root, {"a.py": "x = 3\n"})
    git(root, "switch", "--quiet", "upper")
    command = ["git", "rebase", "--update-refs", "main"]
    subprocess.run(command, cwd=root, env=clean_environment(), capture_output=True, check=False)
    assert Repository.open(root).checked_out() == {"lower": str(root), "upper": str(root)}


def test_a_branch_that_is_being_bisected_is_held(tmp_path):
    root = make_repo(tmp_path, {"a.py": ""})
    for number in range(4):
        commit_files(root, {"a.py": f"x = {number}\n"})
    git(root, "bisect", "start", "main", "main~4")
    assert Repository.open(root).checked_out() == {"main": str(root)}
