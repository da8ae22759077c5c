"""How long a branch with a commit takes in a repository of 67,000 files, beside bare `git fast-import` of the same.

What a user would do by hand, in a working tree that is there already, is shown beside it: switch, write, commit.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from statistics import median

from benchmarks.measuring.figures import Figure, Part, ratio
from benchmarks.measuring.setting import Setting
from benchmarks.measuring.timing import Measure, Usage, cpu, interleaved
from migrator.branches import Move, move_branches, write_commit
from migrator.repo import Repository

FILES, FEW = 67_000, 300
CHANGED = 10
ROUNDS = 15
BEYOND = 0.1  # seconds that the ten files may take, git's own start not counted
RATIO = 1.5
IDENT = "A. Tester <tester@example.org> 1700000000 +0000"
ENVIRONMENT = {
    **{f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in (
        ("NAME", "A. Tester"), ("EMAIL", "tester@example.org"), ("DATE", "1700000000 +0000"))},
    "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1",
}  # fmt: skip
TEXT = b"VALUE = %d\n" * 20


def measure(setting: Setting) -> Part:
    """The ratios, and how far it is beyond what git takes to start."""
    os.environ.update(ENVIRONMENT)
    files = FEW if setting.is_small else FILES
    root = write_repository(setting.folder / "large", files)
    git(setting.folder, "clone", "--quiet", "--shared", str(root), "worked")
    taken = interleaved(_measures(root, setting.folder / "worked", files), setting.rounds or ROUNDS)
    start, bare, hand, ours = (cpu(taken[name]) for name in ("start", "bare", "by hand", "ours"))
    subject = f"{CHANGED} of {files:,} files"
    beyond = median(ours) - median(start)
    return Part(
        [
            ratio(subject, "CPU / bare git fast-import", ours, bare, RATIO),
            ratio(subject, "CPU / git switch, git commit --all", ours, hand),
            Figure(subject, "seconds beyond git's own start", beyond, BEYOND),
        ]
    )


def _measures(root: Path, worked: Path, files: int) -> dict[str, Measure]:
    """Each writes a branch of its own whenever it is called, with texts of its own."""
    repository = Repository.open(root)
    base = repository.resolve("main")
    listed = {entry.path: entry for entry in repository.list_files(base)}  # as every run has them
    changed = range(0, files, max(1, files // CHANGED))[:CHANGED]

    def bare(turn: int) -> None:
        stream = b"".join(_stream(f"refs/heads/bare-{turn}", changed, turn, base))
        git(root, "fast-import", "--quiet", "--done", stdin=stream)

    def ours(turn: int) -> None:
        commit = write_commit(repository, base, "Text\n", texts(changed, -turn), listed)
        assert move_branches(repository, [Move(f"ours-{turn}", commit)])[0].moved

    def by_hand(turn: int) -> None:
        git(worked, "switch", "--quiet", "--create", f"hand-{turn}", "origin/main")
        for path, text in texts(changed, files + turn).items():
            (worked / path).write_bytes(text)
        git(worked, "commit", "--quiet", "--all", "--message", "Text")

    return {
        "start": _timed(lambda turn: git(root, "rev-parse", "main")),
        "bare": _timed(bare),
        "by hand": _timed(by_hand),
        "ours": _timed(ours),
    }


def path_of(number: int) -> str:
    """The path of a file: 60 in a folder, folders three deep."""
    return f"backend/part{number // 3600}/unit{number // 60 % 60}/module{number % 60}.py"


def write_repository(root: Path, files: int) -> Path:
    """A repository of so many files in one commit and one pack; no working tree."""
    git(root.parent, "init", "--quiet", "--bare", "--initial-branch=main", str(root))
    git(root, "fast-import", "--quiet", "--done", stdin=b"".join(_stream("refs/heads/main", range(files), 0, "")))
    return root


def texts(numbers: Sequence[int], seed: int) -> dict[str, bytes]:
    """The files of these numbers, as no other seed has them."""
    return {path_of(number): TEXT.replace(b"%d", b"%d" % (number + seed)) for number in numbers}


def _stream(ref: str, numbers: Sequence[int], seed: int, parent: str) -> Iterator[bytes]:
    yield f"feature done\ncommit {ref}\ncommitter {IDENT}\ndata 4\nText\n".encode()
    if parent:
        yield f"from {parent}\n".encode()
    for path, text in texts(numbers, seed).items():
        yield f"M 100644 inline {path}\n".encode() + b"data %d\n%b\n" % (len(text), text)
    yield b"done\n"


def git(folder: Path, *arguments: str, stdin: bytes = b"") -> bytes:
    """What this git command prints."""
    done = subprocess.run(["git", *arguments], cwd=folder, input=stdin, capture_output=True, check=True)
    return done.stdout


def _timed(act: Callable[[int], object]) -> Measure:
    turns = count(1)

    def timed() -> Usage:
        began = _spent()
        act(next(turns))
        return Usage(_spent() - began)

    return timed


def _spent() -> float:
    """The CPU time so far of this process and of those that it waited for."""
    whole = (getrusage(who) for who in (RUSAGE_SELF, RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in whole)
