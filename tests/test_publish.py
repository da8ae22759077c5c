"""The last step for one engine: a commit on its branch, unless the branch says otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest
from gitrepo import commit_files, git
from msgspec.structs import replace
from tinyplatform import tiny_platform

from codemods.model import Change, FileOutcome, Ledger, Site, Verdict
from migrator.ground import Ground, open_campaign, read_ground
from migrator.publish import Finish, publish
from migrator.results import EngineResult, Status

SERVICE = "backend/engines/portfolio/service.py"
BRANCH = "dual-bus/phase-1/portfolio"
SITE = Site("portfolio", SERVICE, 1, 0, "publish", "c", Verdict.REWRITE, "its topic has a route")
WISH = EngineResult(
    "portfolio",
    1,
    Status.WOULD_COMMIT,
    BRANCH,
    Change(
        "portfolio",
        sites=(SITE,),
        files=(FileOutcome(SERVICE, "changed"),),
        ledger=Ledger.of((SITE,), 1),
        texts={SERVICE: b"LOT = 20\n"},
    ),
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with the tiny platform."""
    return tiny_platform(tmp_path)


def ground_of(root: Path) -> Ground:
    return read_ground(*open_campaign(str(root), None), None)


def published(root: Path, wish: EngineResult = WISH, *, dry_run: bool = False) -> EngineResult:
    return publish(wish, ground_of(root), dry_run, Finish())


def test_a_new_branch_gets_one_commit_on_the_base(root: Path) -> None:
    base, status = git(root, "rev-parse", "main"), git(root, "status", "--porcelain=v2", "--branch")
    result = published(root)
    tip = git(root, "rev-parse", BRANCH)
    assert result == replace(WISH, status=Status.COMMITTED, commit=tip)
    assert git(root, "rev-list", "--parents", f"main..{BRANCH}") == f"{tip} {base}"
    assert git(root, "diff", "--name-only", "main", BRANCH) == SERVICE
    assert git(root, "show", f"{BRANCH}:{SERVICE}") == "LOT = 20"
    assert git(root, "log", "-1", "--format=%s", BRANCH) == "Move portfolio to the dual message bus"
    assert f"Migrate-Base: {base}" in git(root, "log", "-1", "--format=%(trailers)", BRANCH).splitlines()
    assert git(root, "status", "--porcelain=v2", "--branch") == status


def test_a_dry_run_says_what_it_would_do_and_writes_nothing(root: Path) -> None:
    before = sorted(path for path in (root / ".git").rglob("*"))
    assert published(root, dry_run=True) == WISH
    assert sorted(path for path in (root / ".git").rglob("*")) == before


@pytest.mark.parametrize("dry_run", [False, True])
def test_a_second_run_has_nothing_to_do(root: Path, dry_run: bool) -> None:
    first = published(root)
    assert published(root, dry_run=dry_run) == replace(WISH, status=Status.UNCHANGED, commit=first.commit)
    assert git(root, "rev-parse", BRANCH) == first.commit


def test_other_texts_replace_our_own_commit(root: Path) -> None:
    published(root)
    other = replace(WISH, change=replace(WISH.change, texts={SERVICE: b"LOT = 30\n"}))
    result = published(root, other)
    assert result.status is Status.COMMITTED
    assert git(root, "rev-list", "--count", f"main..{BRANCH}") == "1"
    assert git(root, "show", f"{BRANCH}:{SERVICE}") == "LOT = 30"


def test_one_text_less_replaces_our_own_commit(root: Path) -> None:
    more = replace(WISH, change=replace(WISH.change, texts=WISH.change.texts | {"backend/engines/portfolio/x.py": b""}))
    published(root, more)
    assert published(root).status is Status.COMMITTED
    assert git(root, "diff", "--name-only", "main", BRANCH) == SERVICE


def test_our_branch_is_made_again_where_the_base_moved(root: Path) -> None:
    published(root)
    base = commit_files(root, {"README.md": "new\n"})
    result = published(root)
    assert result.status is Status.COMMITTED
    assert git(root, "rev-parse", f"{BRANCH}^") == base


def test_a_branch_that_is_checked_out_is_not_moved(root: Path) -> None:
    first = published(root)
    git(root, "checkout", "--quiet", BRANCH)
    other = replace(WISH, change=replace(WISH.change, texts={SERVICE: b"LOT = 30\n"}))
    assert published(root, other) == replace(
        other,
        status=Status.BLOCKED,
        commit=first.commit,
        problems=(
            f"portfolio: branch {BRANCH} is checked out in {root}. Check out another branch there, "
            "or end the rebase or bisection, then run "
            '"migrate --engine portfolio" again.',
        ),
    )
    assert git(root, "rev-parse", BRANCH) == first.commit
    assert (root / SERVICE).read_bytes() == b"LOT = 20\n"


def test_a_checked_out_branch_that_holds_exactly_this_has_nothing_to_do(root: Path) -> None:
    first = published(root)
    git(root, "checkout", "--quiet", BRANCH)
    assert published(root) == replace(WISH, status=Status.UNCHANGED, commit=first.commit)


def test_a_branch_name_that_git_cannot_make_is_said_so(root: Path) -> None:
    git(root, "branch", "dual-bus")
    result = published(root)
    assert result.status is Status.BLOCKED
    assert result.problems[0].startswith("portfolio: ")
    assert git(root, "for-each-ref", "--format=%(refname)") == "refs/heads/dual-bus\nrefs/heads/main"
