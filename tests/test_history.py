"""Which engines the base has taken in, by merge, squash, rebase or cherry-pick."""

from __future__ import annotations

from pathlib import Path

import pytest
from changes import CHANGE
from gitrepo import commit_files, git, make_repo

from migrator.branches import Move, move_branches, write_commit
from migrator.history import Moved, moved_engines
from migrator.repo import Repository
from migrator.report.commit import Origin, commit_message

LATER = {"GIT_COMMITTER_DATE": "1700009999 +0000"}
BRANCH = "dual-bus/phase-2/strategy"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository whose branch has a commit of ours, and whose base has moved since."""
    root = make_repo(tmp_path, {"a.py": "x = 1\n"})
    repository = Repository.open(root)
    message = commit_message(CHANGE, 2, [], Origin("c" * 64, "b" * 40, "d" * 64))
    commit = write_commit(repository, repository.resolve("main"), message, {"a.py": b"x = 2\n"})
    move_branches(repository, [Move(BRANCH, commit)])
    commit_files(root, {"README.md": "new\n"})
    return root


def moved(root: Path) -> dict[str, Moved]:
    repository = Repository.open(root)
    return moved_engines(repository, repository.resolve("main"))


WAYS = {
    "merge": [["merge", "--quiet", "--no-edit", BRANCH]],
    "squash": [["merge", "--quiet", "--squash", BRANCH], ["commit", "--quiet", "--no-edit"]],
    "rebase": [["rebase", "--quiet", "main", BRANCH], ["switch", "--quiet", "main"], ["merge", "--quiet", BRANCH]],
    "cherry-pick": [["cherry-pick", BRANCH]],
}


def test_a_branch_alone_is_not_in_the_base(root: Path) -> None:
    assert moved(root) == {}


@pytest.mark.parametrize("way", WAYS)
def test_a_change_is_known_however_it_came(root: Path, way: str) -> None:
    for command in WAYS[way]:
        git(root, *command, **LATER)
    commit = git(root, "log", "-1", "--format=%H", "--", "a.py")
    assert moved(root) == {"strategy": Moved(commit, 4)}


def test_one_commit_may_bring_several_engines_and_the_newest_counts(root: Path) -> None:
    commit_files(root, {"b.py": ""}, "Once\n\nMigrate-Engine: ml\nMigrate-Left: 3\nMigrate-Engine: factor")
    features = "* Move features\n\nMigrate-Engine: features\nMigrate-Left: 2"
    newest = commit_files(root, {"c.py": ""}, f"Several (#12)\n\n* Move ml\n\n  Migrate-Engine: ml\n\n{features}")
    found = moved(root)
    assert {name: each.left for name, each in found.items()} == {"ml": 0, "features": 2, "factor": 0}
    assert {found["ml"].commit, found["features"].commit} == {newest}


def test_a_revert_and_words_about_an_engine_are_no_change(root: Path) -> None:
    git(root, "cherry-pick", BRANCH, **LATER)
    git(root, "revert", "--no-edit", "HEAD", **LATER)
    commit_files(root, {"b.py": ""}, "Explain\n\nA commit says Migrate-Engine: ml in its last lines.")
    assert {name: git(root, "log", "-1", "--format=%s", each.commit) for name, each in moved(root).items()} == {
        "strategy": "Move strategy to the dual message bus"
    }
