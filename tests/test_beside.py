"""A branch that holds a person's work: the new result stands beside it, and what is said to be typed works."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from gitrepo import clean_environment, commit_files, git
from tinyplatform import CONFIG, PUBLISHER, tiny_platform

from migrator.cli import cli

SERVICE = "backend/engines/strategy/service.py"
BRANCH = "dual-bus/phase-2/strategy"
NEXT = f"{BRANCH}-next"
LATER = {"GIT_COMMITTER_DATE": "1700009999 +0000"}
GROWN = PUBLISHER + "\n    def rest(self) -> None:\n        pass\n"
"""The engine as the base has it once somebody added to it."""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The tiny platform, with the branch of one run."""
    root = tiny_platform(tmp_path)
    assert migrate(root).exit_code == 0
    return root


def migrate(root: Path, *arguments: str) -> Result:
    words = ["--repo", str(root), "--engine", "strategy", *arguments]
    return CliRunner().invoke(cli, words, prog_name="migrate", catch_exceptions=False)


def migrated(root: Path, *arguments: str) -> dict[str, object]:
    """What the run says of the engine."""
    (engine,) = json.loads(migrate(root, *arguments, "--json").stdout)["engines"]
    return engine


def by_hand(root: Path, text: str) -> str:
    """A person's commit on the branch: its docstring reads otherwise."""
    git(root, "switch", "--quiet", BRANCH)
    _, _, code = (root / SERVICE).read_text().partition("\n")
    commit_files(root, {SERVICE: f'"""{text}"""\n{code}'}, text)
    git(root, "switch", "--quiet", "main")
    return git(root, "rev-parse", BRANCH)


def typed(root: Path, commands: list[str]) -> None:
    """What a person does who copies the commands into a shell."""
    for command in commands:
        done = subprocess.run(command, shell=True, cwd=root, env=clean_environment(), capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()


def subjects(root: Path, branch: str) -> list[str]:
    return git(root, "log", "--reverse", "--format=%s", f"main..{branch}").splitlines()


def ids(root: Path, *revisions: str) -> list[str]:
    return git(root, "rev-parse", *revisions).split()


def test_a_persons_commits_on_exactly_this_are_nothing_to_do(root: Path) -> None:
    by_hand(root, "First")
    tip = by_hand(root, "Second")
    result = migrate(root)
    assert result.exit_code == 0
    said = "nothing to do: branch {} at {} holds exactly this, with 2 commits of a person's on top"
    assert said.format(BRANCH, tip[:12]) in " ".join(result.stdout.split())
    assert git(root, "branch", "--list", "dual-bus/*").split() == [BRANCH]


def test_a_moved_base_puts_the_new_result_beside_a_persons_and_the_rebase_that_is_said_works(root: Path) -> None:
    (ours,) = ids(root, BRANCH)
    tip = by_hand(root, "By hand")
    base = commit_files(root, {SERVICE: GROWN})
    result = migrate(root)
    command = f"git rebase --onto {NEXT} {ours[:12]} {BRANCH}"
    assert result.exit_code == 4
    assert result.stdout.splitlines()[3:8] == [
        "Engines",
        f"  strategy: branch {BRANCH} holds commits that are not ours,",
        f"    and stays as it is; beside it, branch {NEXT} at",
        f"    {ids(root, NEXT)[0][:12]}. To bring them together, type:",
        f"    {command}",
    ]
    assert ids(root, BRANCH, f"{NEXT}^") == [tip, base]
    typed(root, [command])
    assert ids(root, f"{BRANCH}~1", f"{BRANCH}~2") == ids(root, NEXT, "main")
    assert subjects(root, BRANCH) == ["Move strategy to the dual message bus", "By hand"]
    text = git(root, "show", f"{BRANCH}:{SERVICE}")
    assert '"""By hand"""' in text
    assert "def rest(self)" in text
    git(root, "switch", "--quiet", "main")
    assert (migrated(root)["status"], migrated(root)["on_top"]) == ("unchanged", 1)


def test_a_dry_run_says_the_same_and_writes_nothing(root: Path) -> None:
    by_hand(root, "By hand")
    commit_files(root, {SERVICE: GROWN})
    before = git(root, "for-each-ref"), git(root, "count-objects")
    dry = migrated(root, "--dry-run")
    assert (git(root, "for-each-ref"), git(root, "count-objects")) == before
    real = migrated(root)
    names = ("branch", "beside", "advice")
    assert [dry[name] for name in names] == [real[name] for name in names]
    assert (dry["status"], real["status"]) == ("would-commit", "committed")


def test_the_branch_beside_is_made_again_when_the_base_moves_and_not_when_it_does_not(root: Path) -> None:
    by_hand(root, "By hand")
    commit_files(root, {SERVICE: GROWN})
    first = migrated(root)["commit"]
    again = migrated(root)
    assert (again["status"], again["commit"], again["beside"]) == ("unchanged", first, BRANCH)
    base = commit_files(root, {"README.md": "new\n"})
    assert migrated(root)["status"] == "committed"
    assert ids(root, f"{NEXT}^") == [base]


def test_an_amended_commit_is_a_persons_and_its_rebase_keeps_what_they_did(root: Path) -> None:
    git(root, "switch", "--quiet", BRANCH)
    (root / "mine.md").write_text("mine\n")
    git(root, "add", "mine.md")
    git(root, "commit", "--quiet", "--amend", "--message", "Amended", **LATER)
    git(root, "switch", "--quiet", "main")
    commit_files(root, {"README.md": "new\n"})
    engine = migrated(root)
    assert engine["advice"] == [f"git rebase --onto {NEXT} {ids(root, 'main~1')[0][:12]} {BRANCH}"]
    typed(root, engine["advice"])
    assert subjects(root, BRANCH) == ["Move strategy to the dual message bus", "Amended"]
    assert git(root, "diff", "--name-status", NEXT, BRANCH).split() == ["A", "mine.md"]


def test_a_branch_of_a_person_alone_is_rebased_from_the_base(root: Path) -> None:
    git(root, "branch", "--delete", "--force", BRANCH)
    git(root, "branch", BRANCH, "main")
    tip = by_hand(root, "Mine")
    engine = migrated(root)
    assert (engine["branch"], engine["beside"], ids(root, BRANCH)) == (NEXT, BRANCH, [tip])
    typed(root, engine["advice"])
    assert subjects(root, BRANCH) == ["Move strategy to the dual message bus", "Mine"]


def test_a_branch_of_another_history_is_rebased_from_its_root(root: Path) -> None:
    git(root, "branch", "--delete", "--force", BRANCH)
    git(root, "switch", "--quiet", "--orphan", BRANCH)
    commit_files(root, {"else.md": "else\n"}, "Else")
    git(root, "switch", "--quiet", "main")
    engine = migrated(root)
    assert engine["advice"] == [f"git rebase --onto {NEXT} --root {BRANCH}"]
    typed(root, engine["advice"])
    assert subjects(root, BRANCH) == ["Move strategy to the dual message bus", "Else"]


def test_where_a_person_merged_the_base_their_own_commits_are_picked(root: Path) -> None:
    first = by_hand(root, "First")
    commit_files(root, {"README.md": "new\n"})
    commit_files(root, {"README.md": "newer\n"})
    git(root, "switch", "--quiet", BRANCH)
    git(root, "merge", "--quiet", "--no-edit", "main~1")
    git(root, "switch", "--quiet", "main")
    engine = migrated(root)
    assert engine["advice"] == [f"git switch {NEXT}", f"git cherry-pick {first[:12]}"]
    typed(root, engine["advice"])
    assert subjects(root, NEXT) == ["Move strategy to the dual message bus", "First"]


def test_where_a_person_merged_the_base_and_did_no_more_the_new_branch_takes_the_place_of_the_old(root: Path) -> None:
    commit_files(root, {"README.md": "new\n"})
    git(root, "switch", "--quiet", BRANCH)
    git(root, "merge", "--quiet", "--no-edit", "main")
    git(root, "switch", "--quiet", "main")
    engine = migrated(root)
    assert engine["advice"] == [f"git branch -M {NEXT} {BRANCH}"]
    typed(root, engine["advice"])
    assert (migrated(root)["status"], ids(root, f"{BRANCH}^")) == ("unchanged", ids(root, "main"))
    assert git(root, "branch", "--list", "dual-bus/*").split() == [BRANCH]


def test_where_the_base_was_rewound_the_new_branch_takes_the_place_of_the_old(root: Path) -> None:
    commit_files(root, {"README.md": "new\n"})
    migrate(root)
    git(root, "reset", "--quiet", "--hard", "HEAD~1")
    git(root, "switch", "--quiet", BRANCH)
    engine = migrated(root)
    assert engine["advice"] == ["git switch --detach", f"git branch -M {NEXT} {BRANCH}"]
    typed(root, engine["advice"])
    assert migrated(root)["status"] == "unchanged"


def test_a_branch_that_is_checked_out_elsewhere_is_rebased_there(root: Path) -> None:
    by_hand(root, "By hand")
    commit_files(root, {SERVICE: GROWN})
    linked = root.parent / "a worktree"
    git(root, "worktree", "add", "--quiet", str(linked), BRANCH)
    engine = migrated(root)
    assert str(engine["advice"]).startswith(f"[\"git -C '{linked}' rebase --onto ")
    typed(root, engine["advice"])
    assert subjects(root, BRANCH) == ["Move strategy to the dual message bus", "By hand"]
    assert git(linked, "status", "--porcelain", "--branch") == f"## {BRANCH}"


def test_a_branch_beside_that_is_a_persons_too_is_not_moved(root: Path) -> None:
    by_hand(root, "By hand")
    commit_files(root, {SERVICE: GROWN})
    migrate(root)
    git(root, "switch", "--quiet", NEXT)
    commit_files(root, {"mine.md": "mine\n"})
    git(root, "switch", "--quiet", "main")
    commit_files(root, {"README.md": "new\n"})
    tips = ids(root, BRANCH, NEXT)
    result = migrate(root)
    assert result.exit_code == 1
    assert (
        f"strategy: branch {BRANCH} has 1 commit that is not ours, and branch {NEXT} has 1 commit that is not ours. "
        'Merge or rename it, then run "migrate --engine strategy" again.'
    ) in " ".join(result.stdout.split())
    assert ids(root, BRANCH, NEXT) == tips


def test_a_branch_beside_that_is_checked_out_is_not_moved(root: Path) -> None:
    by_hand(root, "By hand")
    commit_files(root, {SERVICE: GROWN})
    migrate(root)
    git(root, "worktree", "add", "--quiet", str(root.parent / "linked"), NEXT)
    commit_files(root, {"README.md": "new\n"})
    tips = ids(root, BRANCH, NEXT)
    result = migrate(root)
    assert result.exit_code == 1
    assert f"strategy: branch {NEXT} is checked out in {root.parent / 'linked'}." in " ".join(result.stdout.split())
    assert ids(root, BRANCH, NEXT) == tips


def test_the_branch_of_another_engine_is_never_taken_for_the_one_beside(root: Path) -> None:
    by_hand(root, "By hand")
    other = "  strategy-next: {phase: 2, port: 8701, paths: [engines/other], engine_type: RISK}\n"
    moved = {"engines.yaml": CONFIG + other, "backend/engines/other/service.py": PUBLISHER, SERVICE: GROWN}
    commit_files(root, moved)
    tip = ids(root, BRANCH)
    result = migrate(root)
    assert result.exit_code == 1
    assert (
        f"strategy: branch {BRANCH} has 1 commit that is not ours, and {NEXT} is the branch of another engine. "
        'Merge or rename it, then run "migrate --engine strategy" again.'
    ) in " ".join(result.stdout.split())
    assert ids(root, BRANCH) == tip
