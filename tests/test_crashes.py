"""A run that is killed, two at the same time, and somebody who moves branches meanwhile: each ref is old or new."""

from __future__ import annotations

import os
import random
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import pytest
from gitrepo import clean_environment, commit_files, git
from manyengines import BRANCHES, NAMES, Runner, kill, many_engines, runner, service, tips

LEFT = ("*.lock", "fast_import_crash_*")
PATIENCE = 60.0  # seconds for the git of a killed run to end what it began


def left(root: Path) -> list[str]:
    """What is in the git directory of what a git began and did not end."""
    found = [Path(folder) / name for folder, _, names in os.walk(root / ".git") for name in names]
    return [str(path) for path in found if any(path.match(pattern) for pattern in LEFT)]


def at_work(root: Path) -> list[str]:
    """The processes that name the repository, but the runner: a killed run, and the git that outlives it.

    That git may have no lock yet, so locks alone do not tell that it has ended.
    """
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended meanwhile
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            if str(root) in command and parent != os.getpid():
                found.append(command)
    return found


def assert_sound(root: Path) -> None:
    """No lock stays, every object is whole, and nothing but branches was written."""
    end = time.monotonic() + PATIENCE
    while at_work(root) and time.monotonic() < end:
        time.sleep(0.02)
    assert at_work(root) == []
    assert left(root) == []
    assert git(root, "fsck", "--strict", "--no-dangling", "--no-progress") == ""
    names = git(root, "for-each-ref", "--format=%(refname)").splitlines()
    assert {name.removesuffix("-next") for name in names} <= {"refs/heads/main", *BRANCHES}
    assert git(root, "status", "--porcelain") == ""


def unsound(root: Path, branches: Mapping[str, str], *bases: str) -> list[str]:
    """The branches that are not one commit on one of the bases which changes the engine's file, and nothing else."""
    found: dict[str, tuple[str, list[str]]] = {}
    if branches:
        log = git(root, "log", "--no-walk", "--format=%x01%H %P", "--name-only", *branches.values())
        for commit in log.split("\1")[1:]:
            ids, *paths = commit.split("\n")
            tip, _, parents = ids.partition(" ")
            found[tip] = parents, [path for path in paths if path]
    return [
        branch
        for branch, tip in branches.items()
        if found[tip] not in [(base, [service(branch.rpartition("/")[2].removesuffix("-next"))]) for base in bases]
    ]


def seconds(start: Runner, root: Path) -> float:
    """How long a run takes that makes every branch anew."""
    commit_files(root, {"README.md": f"{time.monotonic()}\n"})
    began = time.monotonic()
    assert start.complete(root) == 0
    return time.monotonic() - began


def killed_at_random(root: Path, start: Runner, moments: int, seed: int) -> set[str]:
    """Kill runs, each on a base of its own, at random moments; how far they came."""
    print(f"seed {seed}")  # shown where the test fails
    chance, reached = random.Random(seed), set()
    whole = min(seconds(start, root) for _ in range(2))
    for number in range(moments):
        old, base = tips(root), commit_files(root, {"README.md": f"{number}\n"})
        run = start.begin(root)
        kill(run, chance.uniform(0, 1.2 * whole), group=chance.random() < 0.5)
        assert_sound(root)
        new = tips(root)
        assert old.keys() == new.keys()
        moved = {branch: tip for branch, tip in new.items() if tip != old[branch]}
        assert unsound(root, moved, base) == []
        reached.add("before" if not moved else "after" if len(moved) == len(NAMES) else "between")
    assert start.complete(root) == 0
    assert unsound(root, tips(root), git(root, "rev-parse", "main")) == []
    assert_sound(root)
    return reached


@pytest.mark.timeout(900)  # fifteen seconds where nothing else runs
def test_a_run_that_is_killed_leaves_each_ref_old_or_new_and_the_next_one_completes(tmp_path: Path) -> None:
    root = many_engines(tmp_path)
    with runner(root) as start:
        killed_at_random(root, start, 30, random.randrange(10**6))
    assert tuple(tips(root)) == BRANCHES


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_two_hundred_runs_that_are_killed_leave_each_ref_old_or_new(tmp_path: Path) -> None:
    root = many_engines(tmp_path)
    with runner(root) as start:
        assert killed_at_random(root, start, 200, random.randrange(10**6)) >= {"before", "between"}


def test_two_runs_at_the_same_time_leave_what_one_would(tmp_path: Path) -> None:
    root = many_engines(tmp_path)
    with runner(root) as first, runner(root) as second:
        for number in range(3):
            base = commit_files(root, {"README.md": f"{number}\n"})
            first.start(root)
            second.start(root)
            assert (first.ended(), second.ended()) == (0, 0)
            assert tuple(tips(root)) == BRANCHES
            assert unsound(root, tips(root), base) == []
            assert_sound(root)


def test_two_runs_on_two_bases_leave_each_branch_on_one_of_them(tmp_path: Path) -> None:
    root = many_engines(tmp_path)
    bases = [git(root, "rev-parse", "main"), commit_files(root, {"README.md": "later\n"})]
    with runner(root) as first, runner(root) as second:
        first.start(root, "--base", bases[0])
        second.start(root, "--base", bases[1])
        assert {first.ended(), second.ended()} <= {0, 1, 4}  # who loses a branch says so, or goes beside it
    assert {*tips(root)} >= {*BRANCHES}
    assert unsound(root, tips(root), *bases) == []
    assert_sound(root)


@pytest.mark.parametrize("act", ["create", "delete", "reset"])
def test_what_somebody_does_with_branches_meanwhile_is_theirs(tmp_path: Path, act: str) -> None:
    """A person's commit is put on some branches, some are deleted or reset, each once, while a run makes them all."""
    root = many_engines(tmp_path)
    base = git(root, "rev-parse", "main")
    theirs = git(root, "commit-tree", f"{base}^{{tree}}", "-p", base, "-m", "Mine")
    chance = random.Random(7)
    with runner(root) as start:
        if act != "create":
            assert start.complete(root) == 0
            base = commit_files(root, {"README.md": "later\n"})
        start.start(root)
        for branch in chance.sample(BRANCHES, len(BRANCHES)):
            new = {"create": theirs, "delete": "0" * 40, "reset": theirs}[act]
            meddle(root, f"update {branch} {new}\n" if act != "delete" else f"delete {branch}\n")
        assert start.ended() in {0, 1, 4}
    found = {branch: tip for branch, tip in tips(root).items() if not branch.endswith("-next")}
    if act == "delete":
        assert unsound(root, found, base) == []
    else:
        assert found == dict.fromkeys(BRANCHES, theirs)
    assert git(root, "fsck", "--strict", "--no-dangling", "--no-progress") == ""


def meddle(root: Path, transaction: str) -> None:
    """What another person's git does, until it has the lock: the tool may hold it for a moment."""
    for _ in range(50):
        command = ["git", "update-ref", "--stdin"]
        done = subprocess.run(
            command, cwd=root, env=clean_environment(), input=transaction.encode(), capture_output=True, check=False
        )
        if not done.returncode:
            return
        assert b"lock" in done.stderr
    raise AssertionError(transaction)
