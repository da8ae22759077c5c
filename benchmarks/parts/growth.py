"""How a scan and a dry run of all engines grow with the bytes of the files that use Redis, in up to 100,000 files.

In one series all grows, one file in a hundred using Redis, and the bytes are those of all files; in the other only
those that use Redis do, in a tree that stays as large, and the bytes are theirs. What a tree costs in which one does is
taken off first: with the first, the modules that judge a use are imported. The engines are the same thirteen
throughout, so that each grows with its tree. An exponent is the slope of a line through the logarithms: 1 is linear, 2
is quadratic.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from math import log
from pathlib import Path
from statistics import correlation, linear_regression, median

from benchmarks.measuring.figures import Figure, Part, short
from benchmarks.measuring.setting import SOUND, Setting
from benchmarks.measuring.timing import Measure, cpu, interleaved, run
from benchmarks.parts import all_engines, scan
from benchmarks.trees.legacy import ONE_OWNER, PUBLISHER
from benchmarks.trees.trees import Plan, Tree, config_of, files_of, write_files
from migrator.demo.git import git

EXPONENT = 1.1
ROUNDS = 3  # the largest takes half a minute
LEAST = 0.001  # seconds: what is less was not measured
SIZE = 1_500  # characters of a file: 100,000 of them are to be written quickly
SERIES = {
    "files": ((1, 0), (5_000, 50), (20_000, 200), (50_000, 500), (100_000, 1_000)),
    "hits": ((5_000, 0), (5_000, 50), (5_000, 100), (5_000, 200), (5_000, 400), (5_000, 800)),
}
"""How many files each tree has, and how many of them use Redis, or else one. The first is taken off from the others.

With fewer than 5,000 files less is left than one run differs from the next.
"""
SMALL = {"files": ((1, 0), (40, 8), (60, 14)), "hits": ((40, 0), (40, 8), (40, 14))}
COMMANDS: Mapping[str, Callable[[Path], list[str | Path]]] = {
    "scan": scan.command,
    "dry run of all": all_engines.command,
}
GROWS: Mapping[str, Callable[[Tree], int]] = {
    "files": lambda tree: tree.size,
    "hits": lambda tree: tree.selected_size,
}
"""The bytes of a tree that grow in each series."""
ALONE = ("--workers", "1")
"""One process: from how many bytes on several of them help is another question."""


def measure(setting: Setting) -> Part:
    """The figures of each series and command, and what they were worked out from."""
    part = Part()
    for name, sizes in (SMALL if setting.is_small else SERIES).items():
        trees = [_tree(setting.folder / name, files, hits) for files, hits in sizes]
        for spoken, command in COMMANDS.items():
            part += _measured(f"{spoken}, more {name}", trees, command, GROWS[name], setting.rounds or ROUNDS)
    return part


def _tree(folder: Path, files: int, hits: int) -> Tree:
    plan = Plan(files, SIZE, hits, borrowers=0, moving=ONE_OWNER, owner=PUBLISHER)
    tree = write_files(folder, f"{files}-{hits}", config_of(plan), files_of(plan))
    git(tree.root, "repack", "-a", "-d", "-f", "-q")  # as a clone has them
    return tree


def _measured(
    subject: str,
    trees: Sequence[Tree],
    command: Callable[[Path], list[str | Path]],
    bytes_of: Callable[[Tree], int],
    rounds: int,
) -> Part:
    measures: dict[str, Measure] = {
        str(number): partial(run, [*command(tree.root), *ALONE], sound=SOUND) for number, tree in enumerate(trees)
    }
    sizes = [bytes_of(tree) - bytes_of(trees[0]) for tree in trees[1:]]
    columns = map(cpu, interleaved(measures, rounds).values())
    taken = [[each - least for each in more] for least, *more in zip(*columns, strict=True)]
    middle = map(median, zip(*taken, strict=True))
    shown = ", ".join(
        f"{tree.files:,} files and {size / 1e3:,.0f} KB in {short(each)} s"
        for tree, size, each in zip(trees[1:], sizes, middle, strict=True)
    )
    return Part([*fitted(subject, sizes, taken)], [f"{subject}: {shown}"])


def fitted(subject: str, sizes: Sequence[float], rounds: Sequence[Sequence[float]]) -> Iterator[Figure]:
    """How the seconds follow the bytes: in each round the seconds of each size."""
    yield _median(subject, "exponent, of all", [exponent(sizes, each) for each in rounds], EXPONENT)
    yield _median(subject, "exponent, of the largest two", [exponent(sizes[-2:], each[-2:]) for each in rounds])
    yield _median(subject, "R² of a straight line", [straightness(sizes, each) for each in rounds])
    yield _median(subject, "CPU ms for each KB", [linear_regression(sizes, each).slope * 1e6 for each in rounds])


def _median(subject: str, what: str, values: Sequence[float], target: float | None = None) -> Figure:
    return Figure(subject, what, median(values), target, (min(values), max(values)))


def exponent(sizes: Sequence[float], seconds: Sequence[float]) -> float:
    """The slope of a line through the logarithms."""
    return linear_regression([log(each) for each in sizes], [log(max(each, LEAST)) for each in seconds]).slope


def straightness(sizes: Sequence[float], seconds: Sequence[float]) -> float:
    """The R² of a straight line; a level one is straight."""
    return correlation(sizes, seconds) ** 2 if len(set(seconds)) > 1 else 1.0
