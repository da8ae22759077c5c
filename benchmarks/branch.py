"""How long a branch with a commit takes in a repository of 67,000 files, beside bare `git fast-import` of the same.

All run in turn, medians of CPU time with that of git's processes. What is over git's own start must stay small.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage

sys.path.insert(0, str(Path(__file__).parent.parent))  # the code beside it, whatever is installed

from migrator.branches import Move, move_branches, write_commit
from migrator.repo import Repository

FILES = 67_000
CHANGED = 10
ROUNDS = 15
BEYOND = 100.0  # ms that the ten files may take, git's own start not counted
RATIO = 1.5
IDENT = "A. Tester <tester@example.org> 1700000000 +0000"
ENVIRONMENT = {
    **{f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in (
        ("NAME", "A. Tester"), ("EMAIL", "tester@example.org"), ("DATE", "1700000000 +0000"))},
    "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1",
}  # fmt: skip
TEXT = b"VALUE = %d\n" * 20


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 1 if a target is missed and `--check` was given."""
    asked = _parser().parse_args(arguments)
    os.environ.update(ENVIRONMENT)
    with tempfile.TemporaryDirectory() as folder:
        root = write_repository(Path(folder) / "large", asked.files)
        taken = measure(root, asked.files, asked.rounds)
    beyond, ratio = taken["branch"] - taken["start"], taken["branch"] / taken["import"]
    print(f"{asked.files} files, {CHANGED} of them changed; CPU ms, medians of {asked.rounds}")
    for name, words in NAMES.items():
        print(f"{words:<44}{taken[name]:>8.1f}")
    rows = (("ms beyond git's own start", beyond, BEYOND), ("ratio to bare fast-import", ratio, RATIO))
    for words, value, target in rows:
        print(f"{words:<44}{value:>8.1f}  target: at most {target:g}; {'missed' if value > target else 'met'}")
    return int(asked.check and any(value > target for _, value, target in rows))


NAMES = {"start": "git's own start", "import": "bare fast-import, commit and branch", "branch": "the tool's branch"}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="How long a branch takes in a large repository.")
    parser.add_argument("-n", "--rounds", type=int, default=ROUNDS, help=f"how often each is measured ({ROUNDS})")
    parser.add_argument("--files", type=int, default=FILES, help=f"the files of the repository ({FILES})")
    parser.add_argument("--check", action="store_true", help="exit 1 where a target is missed")
    return parser


def path_of(number: int) -> str:
    """The path of a file: 60 in a folder, folders three deep."""
    return f"backend/part{number // 3600}/unit{number // 60 % 60}/module{number % 60}.py"


def write_repository(root: Path, files: int) -> Path:
    """A repository of so many files in one commit and one pack; no working tree."""
    git(root.parent, "init", "--quiet", "--bare", "--initial-branch=main", str(root))
    git(root, "fast-import", "--quiet", "--done", stdin=b"".join(_stream("refs/heads/main", range(files), 0, "")))
    return root


def _stream(ref: str, numbers: Sequence[int], seed: int, parent: str) -> Iterator[bytes]:
    yield f"feature done\ncommit {ref}\ncommitter {IDENT}\ndata 4\nText\n".encode()
    if parent:
        yield f"from {parent}\n".encode()
    for number in numbers:
        text = TEXT.replace(b"%d", b"%d" % (number + seed))
        yield f"M 100644 inline {path_of(number)}\n".encode() + b"data %d\n%b\n" % (len(text), text)
    yield b"done\n"


def git(folder: Path, *arguments: str, stdin: bytes = b"") -> bytes:
    """What this git command prints."""
    done = subprocess.run(["git", *arguments], cwd=folder, input=stdin, capture_output=True, check=True)
    return done.stdout


def measure(root: Path, files: int, rounds: int) -> dict[str, float]:
    """The median of each, in ms. A round is not counted, and each branch is new, with texts of its own."""
    repository = Repository.open(root)
    base = repository.resolve("main")
    listed = {entry.path: entry for entry in repository.list_files(base)}  # as every run has them
    changed = range(0, files, max(1, files // CHANGED))[:CHANGED]

    def bare(turn: int) -> None:
        git(
            root,
            "fast-import",
            "--quiet",
            "--done",
            stdin=b"".join(_stream(f"refs/heads/bare-{turn}", changed, turn, base)),
        )

    def ours(turn: int) -> None:
        texts = {path_of(number): TEXT.replace(b"%d", b"%d" % (number - turn)) for number in changed}
        commit = write_commit(repository, base, "Text\n", texts, listed)
        assert move_branches(repository, [Move(f"ours-{turn}", commit)])[0].moved

    measures: dict[str, Callable[[int], object]] = {
        "start": lambda turn: git(root, "rev-parse", "main"),
        "import": bare,
        "branch": ours,
    }
    taken = [{name: _ms(act, turn) for name, act in measures.items()} for turn in range(1, rounds + 2)]
    return {name: statistics.median(each[name] for each in taken[1:]) for name in measures}


def _ms(act: Callable[[int], object], turn: int) -> float:
    began = _spent()
    act(turn)
    return (_spent() - began) * 1000


def _spent() -> float:
    """The CPU time so far of this process and of those that it waited for."""
    whole = (getrusage(who) for who in (RUSAGE_SELF, RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in whole)


if __name__ == "__main__":
    sys.exit(main())
