"""How long a dry run of one engine takes, as a ratio of importing what it cannot do without: libcst, click, GitPython.

All run in turn, medians of CPU time with all children. Each engine has 240 KB in ten files, and some two in a hundred
of its statements use a wrapper or Redis itself.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import zip_longest
from pathlib import Path

from legacy import CACHE, PUBLISHER, STREAMS, SYNCHRONOUS
from timing import medians, run
from trees import FOLDERS, SEED, File, Plan, Tree, clients, config_of, path_of, text_of, write_files

RATIO = 1.8
ROUNDS = 9
ENGINE = "portfolio"
PLAN = Plan(files=10, size=20_300)
NEEDED = "import libcst, click, git"
USED = {
    "wrapper": (PUBLISHER, CACHE, SYNCHRONOUS, CACHE, CACHE),
    "raw": (STREAMS, CACHE, SYNCHRONOUS, CACHE, CACHE),
}
"""What the files of each engine use. Not both in one: two owners that close are refused, and nothing would move."""
IMPORTS = [sys.executable, "-c", NEEDED]
SOUND = (0, 4)  # done; done, and something is left to a person


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 1 if a ratio is over the target and `--check` was given."""
    asked = _parser().parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = folder  # or what this user's probes left would be read
        engines = {name: write_engine(Path(folder), name) for name in USED}
        lines = {NEEDED: IMPORTS} | {name: command(tree.root) for name, tree in engines.items()}
        taken = medians({name: partial(seconds, line) for name, line in lines.items()}, asked.rounds)
    for name, tree in engines.items():
        print(f"{name}: {tree.files} files, {tree.size / 1e3:.0f} KB")
    ratios = {name: each / taken[NEEDED] for name, each in taken.items()}
    print(f"\n{'what':<32}{'CPU ms':>8}{'ratio':>8}")
    for name, ratio in ratios.items():
        print(f"{name:<32}{taken[name] * 1000:>8.0f}{ratio:>8.2f}")
    is_missed = max(ratios.values()) > RATIO
    print(f"target: at most {RATIO}; {'missed' if is_missed else 'met'}")
    return int(asked.check and is_missed)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="How long a dry run of one engine takes, as a ratio of its imports.")
    parser.add_argument("-n", "--rounds", type=int, default=ROUNDS, help=f"how often each is measured ({ROUNDS})")
    parser.add_argument("--check", action="store_true", help="exit 1 where the target is missed")
    return parser


def write_engine(folder: Path, name: str) -> Tree:
    """A repository of the sample platform's two clients and the one engine of this name."""
    return write_files(folder, name, config_of(Plan(files=1, size=PLAN.size)), files_of(name))


def files_of(name: str) -> Iterator[File]:
    """The two clients, and the engine: the first of its files with a legacy class each, the others without."""
    yield from clients()
    for number, role in zip_longest(range(PLAN.files), USED[name]):
        index = number * len(FOLDERS)  # each of them is in the first folder
        yield File(path_of(index), text_of(index, PLAN, role, random.Random(f"{SEED}/{index}")), role is not None)


def command(root: Path) -> list[str]:
    """The command that is measured."""
    return [
        str(Path(sys.executable).with_name("migrate")),
        *("--engine", ENGINE, "--dry-run", "--no-cache", "--repo", str(root)),
    ]


def seconds(line: list[str]) -> float:
    """User and system time of one run."""
    return run(line, sound=SOUND).seconds


if __name__ == "__main__":
    sys.exit(main())
