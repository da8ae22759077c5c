"""Whether a branch would conflict: git tries the merge where nothing of the repository can run or be written."""

from __future__ import annotations

from pathlib import Path

import pytest
from gitrepo import commit_files, git, make_repo

from migrator.repo import Repository
from migrator.status.merging import conflicts


def diverged(tmp_path: Path, ours: str, theirs: str, *, kind: str = "sha1") -> Path:
    """A repository in which `main` and `topic` changed the same file since they parted."""
    root = tmp_path / "platform"
    git(tmp_path, "init", "--quiet", f"--object-format={kind}", "--initial-branch=main", str(root))
    commit_files(root, {"a.py": "".join(f"x{number} = 1\n" for number in range(9))})
    git(root, "switch", "--quiet", "--create", "topic")
    commit_files(root, {"a.py": (root / "a.py").read_text().replace(ours, f"# ours\n{ours}")})
    git(root, "switch", "--quiet", "main")
    commit_files(root, {"a.py": (root / "a.py").read_text().replace(theirs, f"# theirs\n{theirs}")})
    return root


def tried(root: Path) -> tuple[str, ...] | None:
    repository = Repository.open(root)
    return conflicts(repository, repository.resolve("main"), repository.resolve("topic"))


@pytest.mark.parametrize("kind", ["sha1", "sha256"])
def test_changes_apart_do_not_conflict_and_those_in_one_place_do(tmp_path: Path, kind: str) -> None:
    (tmp_path / "apart").mkdir()
    (tmp_path / "one").mkdir()
    assert tried(diverged(tmp_path / "apart", "x1", "x7", kind=kind)) == ()
    assert tried(diverged(tmp_path / "one", "x4", "x4", kind=kind)) == ("a.py",)


def test_nothing_is_written_to_the_repository_and_no_merge_driver_runs(tmp_path: Path) -> None:
    """The driver is seen to run first, where git itself merges."""
    root = diverged(tmp_path, "x4", "x4")
    mark = tmp_path / "mark"
    git(root, "config", "merge.spy.driver", f"touch '{mark}'; false")
    (root / ".git/info/attributes").write_text("*.py merge=spy\n")
    git(root, "merge-tree", "--write-tree", "main", "main")
    before = git(root, "count-objects", "--verbose")
    assert tried(root) == ("a.py",)
    assert git(root, "count-objects", "--verbose") == before
    assert not mark.exists()
    with pytest.raises(AssertionError):
        git(root, "merge-tree", "--write-tree", "main", "topic")
    assert mark.exists()


def test_a_linked_worktree_and_a_shallow_clone_are_tried_alike(tmp_path: Path) -> None:
    root = diverged(tmp_path, "x4", "x4")
    git(root, "worktree", "add", "--quiet", "--detach", str(tmp_path / "linked"))
    assert tried(tmp_path / "linked") == ("a.py",)
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", "--depth=2", "--no-single-branch", root.as_uri(), str(clone))
    git(clone, "branch", "topic", "origin/topic")
    assert tried(clone) == ("a.py",)


def test_what_git_cannot_try_is_not_known(tmp_path: Path) -> None:
    root = make_repo(tmp_path, {"a.py": "x = 1\n"})
    git(root, "switch", "--quiet", "--orphan", "topic")
    commit_files(root, {"b.py": "y = 1\n"})
    assert tried(root) is None
