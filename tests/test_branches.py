"""Writing to git: nothing of a person's is touched, and one engine's conflict is its own."""

from __future__ import annotations

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from commits import MESSAGE, opened, refs
from gitrepo import clean_environment, commit_files, git, make_repo, write_files

from migrator.branches import Move, MoveResult, move_branches, write_commit

HOOKS = (
    "reference-transaction",
    "pre-commit",
    "prepare-commit-msg",
    "commit-msg",
    "post-commit",
    "post-checkout",
    "post-index-change",
    "post-rewrite",
    "pre-auto-gc",
    "fsmonitor-watchman",
)


def picture(root: Path) -> dict[str, object]:
    """Everything that a person would notice: each file's bytes and mode, the index, HEAD and what git says of them."""
    files = {
        os.fsencode(path): (path.lstat().st_mode, path.lstat().st_mtime_ns, path.read_bytes())
        for path in root.rglob("*")
        if path.is_file() and ".git" not in path.relative_to(root).parts
    }
    git_dir = Path(git(root, "rev-parse", "--absolute-git-dir"))
    return {
        "files": files,
        "index": (git_dir / "index").read_bytes(),
        "head": (git_dir / "HEAD").read_bytes(),
        "reflog": (git_dir / "logs" / "HEAD").read_bytes(),
        "status": git(root, "--no-optional-locks", "status", "--porcelain=v2", "--branch"),
    }


def test_a_repository_with_sha256_ids_is_written_alike(tmp_path):
    root = tmp_path / "sha256"
    git(tmp_path, "init", "--quiet", "--object-format=sha256", "--initial-branch=main", str(root))
    commit_files(root, {"a.py": "x = 1\n"})
    repository, base = opened(root)
    commit = write_commit(repository, base, MESSAGE, {"a.py": b"x = 2\n"})
    assert move_branches(repository, [Move("ml", commit)]) == [MoveResult("ml", True)]
    assert git(root, "show", "ml:a.py") == "x = 2"
    with pytest.raises(ValueError, match="is unchanged"):
        write_commit(repository, base, MESSAGE, {"a.py": b"x = 1\n"})


def test_a_bare_repository_takes_commits_and_branches(tmp_path):
    root = make_repo(tmp_path, {"a.py": "x = 1\n"})
    bare = tmp_path / "bare.git"
    git(tmp_path, "clone", "--quiet", "--bare", str(root), str(bare))
    repository, base = opened(bare)
    commit = write_commit(repository, base, MESSAGE, {"a.py": b"x = 2\n"})
    assert move_branches(repository, [Move("ml", commit)]) == [MoveResult("ml", True)]
    assert git(bare, "show", "ml:a.py") == "x = 2"


def write_and_move(root: Path) -> list[MoveResult]:
    """What a run does at its end: a new branch, and one that is made anew."""
    repository, base = opened(root)
    first = write_commit(repository, base, MESSAGE, {"a.py": b"x = 'first'\n"})
    second = write_commit(repository, base, MESSAGE, {"a.py": b"x = 'second'\n"})
    return move_branches(repository, [Move("ml", first)]) + move_branches(repository, [Move("ml", second, first)])


def test_uncommitted_staged_and_untracked_work_is_untouched(tmp_path):
    root = make_repo(tmp_path, {"a.py": "x = 1\n", "b.py": "", "c.py": ""})
    write_files(root, {"a.py": "mine\n", "b.py": "staged\n", "new.py": "untracked\n"})
    git(root, "add", "b.py")
    git(root, "rm", "--quiet", "--cached", "c.py")
    before = picture(root)
    assert write_and_move(root) == [MoveResult("ml", True)] * 2
    assert picture(root) == before


def test_a_detached_head_is_untouched(tmp_path):
    root = make_repo(tmp_path, {"a.py": "x = 1\n"})
    commit_files(root, {"b.py": ""})
    git(root, "checkout", "--quiet", "--detach", "HEAD~1")
    write_files(root, {"a.py": "mine\n"})
    before = picture(root)
    assert write_and_move(root) == [MoveResult("ml", True)] * 2
    assert picture(root) == before


def test_a_rebase_in_progress_is_untouched(tmp_path):
    root = make_repo(tmp_path, {"a.py": "x = 1\n"})
    git(root, "switch", "--quiet", "--create", "topic")
    commit_files(root, {"a.py": "x = 2\n"})
    git(root, "switch", "--quiet", "main")
    commit_files(root, {"a.py": "x = 3\n"})
    git(root, "switch", "--quiet", "topic")
    subprocess.run(["git", "rebase", "main"], cwd=root, env=clean_environment(), capture_output=True, check=False)
    before = picture(root)
    assert "u UU N... 100644 100644 100644" in str(before["status"])
    assert write_and_move(root) == [MoveResult("ml", True)] * 2
    assert picture(root) == before
    repository, base = opened(root)
    tip = git(root, "rev-parse", "topic")
    assert move_branches(repository, [Move("topic", base, tip)]) == [held("topic", root)]
    assert git(root, "rev-parse", "topic") == tip


def test_no_ref_is_left_behind_and_every_object_is_sound(tmp_path):
    root = make_repo(tmp_path, {"a.py": "x = 1\n", "dir/b.py": ""})
    write_and_move(root)
    assert refs(root) == ["refs/heads/main", "refs/heads/ml"]
    assert sorted(path.name for path in (root / ".git" / "refs").iterdir()) == ["heads", "tags"]
    assert not list((root / ".git").glob("fast_import_crash_*"))
    assert not list((root / ".git").rglob("*.lock"))
    assert git(root, "fsck", "--strict", "--no-dangling") == ""
    assert git(root, "log", "--format=%s", "ml") == "Move ml to the dual bus\nBegin"


def test_nothing_of_the_repository_is_run(tmp_path):
    """Every hook, filter and helper here makes a file; the fixture itself is seen to work first."""
    root = make_repo(tmp_path, {"a.py": "x = 1\n", ".gitattributes": "*.py filter=spy diff=spy\n"})
    mark = tmp_path / "mark"
    spy = tmp_path / "spy"
    spy.write_text(f"#!/bin/sh\necho $0 >> '{mark}'\ncat\n")
    spy.chmod(0o755)
    for hook in HOOKS:
        (root / ".git" / "hooks" / hook).unlink(missing_ok=True)
        (root / ".git" / "hooks" / hook).symlink_to(spy)
    for key in ("filter.spy.clean", "filter.spy.smudge", "diff.spy.textconv", "diff.spy.command", "diff.external"):
        git(root, "config", key, str(spy))
    for key in ("core.fsmonitor", "core.pager", "core.editor", "gpg.program", "trailer.migrate-content.cmd"):
        git(root, "config", key, str(spy))
    git(root, "config", "core.hooksPath", str(root / ".git" / "hooks"))
    git(root, "config", "commit.gpgSign", "true")
    git(root, "branch", "seen")
    assert mark.exists()
    mark.unlink()
    assert write_and_move(root) == [MoveResult("ml", True)] * 2
    assert not mark.exists()


def held(branch: str, worktree: Path) -> MoveResult:
    return MoveResult(
        branch,
        False,
        f"branch {branch} is checked out in {worktree}, so it was not moved; "
        f'type "git -C {worktree} switch --detach", or end the rebase there, then run migrate again',
    )


def test_a_branch_checked_out_in_the_main_or_a_linked_worktree_is_not_moved(tmp_path):
    root = make_repo(tmp_path, {"a.py": "x = 1\n"})
    linked = tmp_path / "linked"
    git(root, "worktree", "add", "--quiet", "-b", "ml", str(linked))
    repository, base = opened(root)
    commit = write_commit(repository, base, MESSAGE, {"a.py": b"x = 2\n"})
    before = picture(root), picture(linked)
    results = move_branches(repository, [Move("main", commit, base), Move("ml", commit, base), Move("risk", commit)])
    assert results == [held("main", root), held("ml", linked), MoveResult("risk", True)]
    assert (picture(root), picture(linked)) == before
    assert git(root, "rev-parse", "main", "ml", "risk").split() == [base, base, commit]


def test_of_three_moves_the_one_that_lost_its_race_does_not_end_the_others(tmp_path):
    repository, base = opened(make_repo(tmp_path, {"a.py": "x = 1\n"}))
    root = repository.root
    commit = write_commit(repository, base, MESSAGE, {"a.py": b"x = 2\n"})
    theirs = write_commit(repository, base, MESSAGE, {"a.py": b"x = 3\n"})
    for branch in ("one", "two", "three"):
        git(root, "branch", branch, base)
    git(root, "update-ref", "refs/heads/two", theirs)  # somebody was faster
    results = move_branches(repository, [Move(name, commit, base) for name in ("one", "two", "three")])
    sentence = (
        f"branch two is at {theirs[:12]} and was at {base[:12]} when this run began, so it was left as it is; "
        "look at it, then run migrate again"
    )
    assert results == [MoveResult("one", True), MoveResult("two", False, sentence), MoveResult("three", True)]
    assert git(root, "rev-parse", "one", "two", "three").split() == [commit, theirs, commit]


def test_a_branch_that_somebody_made_meanwhile_is_theirs(tmp_path):
    repository, base = opened(make_repo(tmp_path, {"a.py": "x = 1\n"}))
    commit = write_commit(repository, base, MESSAGE, {"a.py": b"x = 2\n"})
    git(repository.root, "branch", "ml", base)
    sentence = (
        f"branch ml is at {base[:12]} and did not exist when this run began, so it was left as it is; "
        "look at it, then run migrate again"
    )
    assert move_branches(repository, [Move("ml", commit)]) == [MoveResult("ml", False, sentence)]
    assert repository.branch_tip("ml") == base


def test_a_branch_that_somebody_deleted_meanwhile_stays_deleted(tmp_path):
    repository, base = opened(make_repo(tmp_path, {"a.py": "x = 1\n"}))
    commit = write_commit(repository, base, MESSAGE, {"a.py": b"x = 2\n"})
    sentence = (
        f"branch ml is gone and was at {base[:12]} when this run began, so it was left as it is; "
        "look at it, then run migrate again"
    )
    assert move_branches(repository, [Move("ml", commit, base)]) == [MoveResult("ml", False, sentence)]
    assert repository.branch_tip("ml") is None


def test_a_branch_in_the_way_of_another_is_named(tmp_path):
    repository, base = opened(make_repo(tmp_path, {"a.py": ""}))
    git(repository.root, "branch", "dual-bus")
    sentence = (
        "branch dual-bus/ml was not moved: cannot lock ref 'refs/heads/dual-bus/ml': 'refs/heads/dual-bus' exists; "
        "cannot create 'refs/heads/dual-bus/ml'; see to that, then run migrate again"
    )
    assert move_branches(repository, [Move("dual-bus/ml", base)]) == [MoveResult("dual-bus/ml", False, sentence)]


def test_a_branch_that_another_git_has_locked_is_not_moved(tmp_path):
    repository, base = opened(make_repo(tmp_path, {"a.py": ""}))
    lock = repository.root / ".git" / "refs" / "heads" / "ml.lock"
    lock.write_text("")
    sentence = (
        f"branch ml was not moved: cannot lock ref 'refs/heads/ml': Unable to create '{lock}': File exists; "
        "another git is at it, or died there: where none runs, delete that file, then run migrate again"
    )
    assert move_branches(repository, [Move("ml", base)]) == [MoveResult("ml", False, sentence)]
    assert lock.exists()


@pytest.mark.parametrize("branch", ["two words", "a..b", "end.lock", "", "line\nend", "-x/../y"])
def test_a_name_that_no_branch_can_have_moves_nothing(tmp_path, branch):
    repository, base = opened(make_repo(tmp_path, {"a.py": ""}))
    (result,) = move_branches(repository, [Move(branch, base)])
    assert not result.moved
    assert "invalid ref format" in result.sentence
    assert refs(repository.root) == ["refs/heads/main"]


def test_a_branch_that_stands_for_another_does_not_move_the_other(tmp_path):
    repository, base = opened(make_repo(tmp_path, {"a.py": "x = 1\n"}))
    root = repository.root
    git(root, "branch", "stable")
    git(root, "symbolic-ref", "refs/heads/alias", "refs/heads/stable")
    commit = write_commit(repository, base, MESSAGE, {"a.py": b"x = 2\n"})
    assert move_branches(repository, [Move("alias", commit, base)]) == [MoveResult("alias", True)]
    assert git(root, "rev-parse", "alias", "stable").split() == [commit, base]


def test_a_commit_that_does_not_exist_moves_nothing(tmp_path):
    repository, base = opened(make_repo(tmp_path, {"a.py": ""}))
    (result,) = move_branches(repository, [Move("ml", "1" * len(base))])
    assert not result.moved
    assert result.sentence.startswith("branch ml was not moved: ")
    assert refs(repository.root) == ["refs/heads/main"]


def test_no_moves_have_no_results(tmp_path):
    repository, _ = opened(make_repo(tmp_path, {"a.py": ""}))
    assert move_branches(repository, []) == []


def test_engines_in_parallel_do_not_hinder_each_other(tmp_path):
    repository, base = opened(make_repo(tmp_path, {"a.py": "x = 1\n"}))

    def leave(number: int) -> list[MoveResult]:
        commit = write_commit(repository, base, MESSAGE, {"a.py": b"x = %d\n" % (number + 2)})
        return move_branches(repository, [Move(f"engine-{number}", commit)])

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(leave, range(12)))
    assert results == [[MoveResult(f"engine-{number}", True)] for number in range(12)]
    assert [git(repository.root, "show", f"engine-{number}:a.py") for number in range(12)] == [
        f"x = {number + 2}" for number in range(12)
    ]
