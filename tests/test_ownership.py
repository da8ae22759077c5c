"""Whose a branch is: ours, to be made anew, or a person's, to be left alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from gitrepo import commit_files, git, make_repo

from migrator.branches import Move, MoveResult, move_branches, write_commit
from migrator.ownership import CONTENT_TRAILER, BranchState, Fork, Kind, branch_state, content_id
from migrator.repo import Repository

BRANCH = "dual-bus/phase-1/ml"
FILES = {"ml.py": "x = 1\n", "other.py": "y = 1\n"}
TEXTS = {"ml.py": b"x = 2\n", "new.py": b"z = 1\n"}
LATER = {"GIT_COMMITTER_DATE": "1700009999 +0000"}


def message(content: str) -> str:
    return f"Move ml to the dual bus\n\nTwo files.\n\nMigrate-Version: 1\n{CONTENT_TRAILER}: {content}\n"


def leave_branch(root: Path, texts: dict[str, bytes] | None = None, content: str | None = None) -> tuple[str, str]:
    """The base and the commit, once the branch is made as a run makes it."""
    texts = texts or TEXTS
    repository = Repository.open(root)
    base = repository.resolve("main")
    commit = write_commit(repository, base, message(content or content_id(texts)), texts)
    assert move_branches(repository, [Move(BRANCH, commit)]) == [MoveResult(BRANCH, True)]
    return base, commit


def state(root: Path, base: str = "main") -> BranchState:
    repository = Repository.open(root)
    return branch_state(repository, BRANCH, repository.resolve(base))


def edited(root: Path, fork: Fork | None = None, foreign: int = 1) -> BranchState:
    """What is said of the branch as it is now, whose newest commits are a person's; on the base unless told."""
    tip, parent = git(root, "rev-parse", BRANCH, f"{BRANCH}^").split()
    theirs = git(root, "rev-list", f"--max-count={foreign}", BRANCH).split()
    below = git(root, "rev-parse", f"{BRANCH}~{foreign}")
    return BranchState(Kind.EDITED, tip, parent, tuple(theirs), fork=fork or Fork(below, False))


def test_a_branch_that_is_not_there_is_absent(tmp_path):
    assert state(make_repo(tmp_path, FILES)) == BranchState(Kind.ABSENT)


def test_a_branch_that_a_run_left_is_ours(tmp_path):
    root = make_repo(tmp_path, FILES)
    base, commit = leave_branch(root)
    assert state(root) == BranchState(Kind.OURS, commit, base)


def test_a_branch_of_ours_is_ours_when_the_base_has_moved(tmp_path):
    """Its parent is then not the base, and so the run knows that it must be made anew."""
    root = make_repo(tmp_path, FILES)
    base, commit = leave_branch(root)
    moved = commit_files(root, {"other.py": "y = 2\n"})
    assert state(root) == BranchState(Kind.OURS, commit, base)
    assert moved != base


def test_two_commits_of_ours_in_a_row_are_ours(tmp_path):
    root = make_repo(tmp_path, FILES)
    _, first = leave_branch(root)
    repository = Repository.open(root)
    texts = {"other.py": b"y = 2\n"}
    second = write_commit(repository, first, message(content_id(texts)), texts)
    move_branches(repository, [Move(BRANCH, second, first)])
    assert state(root) == BranchState(Kind.OURS, second, first)


@pytest.mark.parametrize("name", ["a b.py", "line\nend.py", 'qu"ote\\.py', "caf\udce9.py", "naïve.py"])
def test_a_file_with_an_odd_name_is_known_again(tmp_path, name):
    root = make_repo(tmp_path, FILES)
    base, commit = leave_branch(root, {name: b"x\n", "ml.py": b"x = 2\n"})
    assert state(root) == BranchState(Kind.OURS, commit, base)


def test_a_merged_branch_has_nothing_to_lose(tmp_path):
    root = make_repo(tmp_path, FILES)
    base, commit = leave_branch(root)
    git(root, "merge", "--quiet", "--ff-only", BRANCH)
    commit_files(root, {"other.py": "y = 2\n"})
    assert state(root) == BranchState(Kind.OURS, commit, base)


def test_a_branch_at_the_first_commit_has_no_parent(tmp_path):
    root = make_repo(tmp_path, FILES)
    git(root, "branch", BRANCH)
    assert state(root) == BranchState(Kind.OURS, git(root, "rev-parse", "main"))


def test_a_persons_commit_on_top_is_counted(tmp_path):
    root = make_repo(tmp_path, FILES)
    base, ours = leave_branch(root)
    git(root, "switch", "--quiet", BRANCH)
    first = commit_files(root, {"ml.py": "x = 3\n"})
    second = commit_files(root, {"ml.py": "x = 4\n"})
    found = state(root)
    assert found == edited(root, Fork(ours, True, base), foreign=2)
    assert found.plain == (first, second)


def test_an_amended_commit_is_edited(tmp_path):
    """Even at the same second: its content is not what its trailer says."""
    root = make_repo(tmp_path, FILES)
    leave_branch(root)
    git(root, "switch", "--quiet", BRANCH)
    (root / "ml.py").write_text("x = 3\n")
    git(root, "commit", "--quiet", "--all", "--amend", "--no-edit")
    assert state(root) == edited(root)


def test_a_file_added_while_amending_is_edited(tmp_path):
    root = make_repo(tmp_path, FILES)
    leave_branch(root)
    git(root, "switch", "--quiet", BRANCH)
    (root / "other.py").write_text("y = 2\n")
    git(root, "commit", "--quiet", "--all", "--amend", "--no-edit")
    assert state(root) == edited(root)


def test_a_reworded_commit_is_edited(tmp_path):
    root = make_repo(tmp_path, FILES)
    leave_branch(root)
    git(root, "switch", "--quiet", BRANCH)
    words = message(content_id(TEXTS)).replace("Two files.", "Agreed with the desk.")
    git(root, "commit", "--quiet", "--amend", "--message", words, **LATER)
    assert state(root) == edited(root)


def test_a_rebased_commit_is_edited(tmp_path):
    root = make_repo(tmp_path, FILES)
    leave_branch(root)
    commit_files(root, {"other.py": "y = 2\n"})
    git(root, "switch", "--quiet", BRANCH)
    git(root, "rebase", "--quiet", "main", **LATER)
    assert state(root) == edited(root)


@pytest.mark.parametrize("path", ["ml.py", "new.py", "other.py"])
def test_a_mode_changed_while_amending_is_edited(tmp_path, path):
    root = make_repo(tmp_path, FILES)
    leave_branch(root)
    git(root, "switch", "--quiet", BRANCH)
    git(root, "update-index", "--chmod=+x", path)
    git(root, "commit", "--quiet", "--amend", "--no-edit")
    assert state(root) == edited(root)


def test_a_file_deleted_while_amending_is_edited(tmp_path):
    root = make_repo(tmp_path, FILES)
    leave_branch(root)
    git(root, "switch", "--quiet", BRANCH)
    git(root, "rm", "--quiet", "other.py")
    git(root, "commit", "--quiet", "--amend", "--no-edit")
    assert state(root) == edited(root)


def test_a_file_turned_into_a_link_with_the_same_bytes_is_edited(tmp_path):
    root = make_repo(tmp_path, FILES)
    leave_branch(root, {"new.py": b"ml.py"})
    git(root, "switch", "--quiet", BRANCH)
    (root / "new.py").unlink()
    (root / "new.py").symlink_to("ml.py")
    git(root, "add", "new.py")
    git(root, "commit", "--quiet", "--amend", "--no-edit")
    assert state(root) == edited(root)


def test_a_submodule_added_while_amending_is_edited_even_if_it_is_ignored(tmp_path):
    root = make_repo(tmp_path, FILES | {".gitmodules": '[submodule "lib"]\npath = lib\nurl = ./lib\nignore = all\n'})
    base, _ = leave_branch(root)
    git(root, "config", "submodule.lib.ignore", "all")
    git(root, "switch", "--quiet", BRANCH)
    git(root, "update-index", "--add", "--cacheinfo", f"160000,{base},lib")
    git(root, "commit", "--quiet", "--amend", "--no-edit")
    assert state(root) == edited(root)


def test_a_merge_into_the_branch_is_edited(tmp_path):
    root = make_repo(tmp_path, FILES)
    base, commit = leave_branch(root)
    commit_files(root, {"other.py": "y = 2\n"})
    git(root, "switch", "--quiet", BRANCH)
    git(root, "merge", "--quiet", "--no-edit", "main")
    tip, moved = git(root, "rev-parse", BRANCH, "main").split()
    assert state(root) == BranchState(Kind.EDITED, tip, commit, (tip,), (tip,))
    assert state(root).plain == ()
    assert state(root, base) == BranchState(Kind.EDITED, tip, commit, (tip, moved), (tip,))
    assert state(root, base).plain == (moved,)


@pytest.mark.parametrize(
    "words",
    [
        "Only a subject\n",
        f"Subject\n\n{CONTENT_TRAILER}: {'0' * 64}\n",
        f"Subject\n\n{CONTENT_TRAILER}: {content_id(TEXTS)}\n\nSomething below it\n",
        f"Subject\n\n{CONTENT_TRAILER}: {content_id(TEXTS)}\n{CONTENT_TRAILER}: {content_id(TEXTS)}\n",
    ],
    ids=["none", "another", "not the last paragraph", "twice"],
)
def test_a_commit_without_our_trailer_is_a_persons(tmp_path, words):
    root = make_repo(tmp_path, FILES)
    repository = Repository.open(root)
    move_branches(repository, [Move(BRANCH, write_commit(repository, repository.resolve("main"), words, TEXTS))])
    assert state(root) == edited(root)


def test_a_repository_that_prefers_other_trailers_does_not_hide_ours(tmp_path):
    root = make_repo(tmp_path, FILES)
    base, commit = leave_branch(root)
    for key, value in {
        "trailer.separators": "=",
        "trailer.ifexists": "replace",
        "i18n.logOutputEncoding": "UTF-16",
        "diff.renames": "copies",
        "log.showSignature": "true",
    }.items():
        git(root, "config", key, value)
    assert state(root) == BranchState(Kind.OURS, commit, base)


def test_an_unrelated_history_is_a_persons(tmp_path):
    root = make_repo(tmp_path, FILES)
    git(root, "switch", "--quiet", "--orphan", BRANCH)
    tip = commit_files(root, {"else.py": ""})
    assert state(root) == BranchState(Kind.EDITED, tip, None, (tip,), fork=Fork(None, False))


def test_the_content_id_is_of_names_and_bytes_in_any_order():
    assert content_id({"a": b"1", "b": b"2"}) == content_id({"b": b"2", "a": b"1"})
    different = [{}, {"a": b"1"}, {"a": b"2"}, {"b": b"1"}, {"a": b"1", "b": b"2"}, {"a": b"2", "b": b"1"}]
    assert len({content_id(texts) for texts in different}) == len(different)


def test_the_content_id_never_changes_from_one_version_to_the_next():
    """Branches that an older version left must be known again."""
    expected = "c84fcd3e5b4181aa012c837f89cecc50d3add800f1b3c699a7df82fd1208b469"
    assert content_id({"backend/engines/ml.py": b"x = 1\n", "caf\udce9.py": b"\xff\0"}) == expected
