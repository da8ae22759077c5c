"""How long a dry run of one engine takes, beside importing what it cannot do without: libcst, click, GitPython.

Each engine has 240 KB in ten files, and some two in a hundred of its statements use a wrapper or Redis itself. Other
tools are given the engine with the wrapper.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from functools import partial
from itertools import zip_longest
from pathlib import Path

from benchmarks.measuring.figures import Part, ratio
from benchmarks.measuring.setting import MIGRATE, SOUND, Setting
from benchmarks.measuring.timing import Measure, cpu, interleaved, run
from benchmarks.others.contest import contest
from benchmarks.trees.legacy import CACHE, PUBLISHER, STREAMS, SYNCHRONOUS
from benchmarks.trees.trees import (
    FOLDERS,
    SEED,
    File,
    Plan,
    Tree,
    clients,
    config_of,
    path_of,
    text_of,
    write_files,
)

RATIO = 1.8
ROUNDS = 15
ENGINE = "portfolio"
PLAN, SMALL = Plan(files=10, size=20_300), Plan(files=10, size=3_000)
NEEDED = "import libcst, click, git"
USED = {
    "wrapper": (PUBLISHER, CACHE, SYNCHRONOUS, CACHE, CACHE),
    "raw": (STREAMS, CACHE, SYNCHRONOUS, CACHE, CACHE),
}
"""What the files of each engine use. Not both in one: two owners that close are refused, and nothing would move."""


def measure(setting: Setting) -> Part:
    """Both engines, and what others make of the one with the wrapper."""
    plan = SMALL if setting.is_small else PLAN
    engines = {name: write_engine(setting.folder, name, plan) for name in USED}
    measures: dict[str, Measure] = {NEEDED: partial(run, [sys.executable, "-c", NEEDED])}
    measures |= {name: partial(run, command(tree.root), sound=SOUND) for name, tree in engines.items()}
    taken = interleaved(measures, setting.rounds or ROUNDS)
    part = Part()
    for name, tree in engines.items():
        part.figures.append(ratio(tree.told(name), f"CPU / {NEEDED}", cpu(taken[name]), cpu(taken[NEEDED]), RATIO))
    part += contest(setting, "wrapper", engines["wrapper"], command(engines["wrapper"].root), ROUNDS, {})
    return part


def write_engine(folder: Path, name: str, plan: Plan = PLAN) -> Tree:
    """A repository of the sample platform's two clients and the one engine of this name."""
    return write_files(folder, name, config_of(Plan(files=1, size=plan.size)), files_of(name, plan))


def files_of(name: str, plan: Plan = PLAN) -> Iterator[File]:
    """The two clients, and the engine: the first of its files with a legacy class each, the others without."""
    yield from clients()
    for number, role in zip_longest(range(plan.files), USED[name]):
        index = number * len(FOLDERS)  # each of them is in the first folder
        yield File(path_of(index), text_of(index, plan, role, random.Random(f"{SEED}/{index}")), role is not None)


def command(root: Path) -> list[str | Path]:
    """The command that is measured."""
    return [MIGRATE, "--engine", ENGINE, "--dry-run", "--no-cache", "--repo", root]
