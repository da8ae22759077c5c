"""Whether a dry run of all engines takes as many processes as help: beside one, and beside one for each core.

In `few` two processes save a quarter of the time; in `heavy`, where each engine has sixty files that use Redis, half of
it. What they print is compared as well.
"""

from __future__ import annotations

import subprocess
from functools import partial
from pathlib import Path

from benchmarks.measuring.figures import Figure, Part, ratio
from benchmarks.measuring.setting import SOUND, Setting
from benchmarks.measuring.timing import Measure, interleaved, run, wall
from benchmarks.parts import all_engines
from benchmarks.trees.trees import Tree, write_tree
from migrator.workers.sizing import cores

RATIO = 1.15
ROUNDS = 2  # the larger tree takes a quarter of a minute
TREES = ("few", "heavy")


def measure(setting: Setting) -> Part:
    """The figures of each tree."""
    part = Part()
    for name in ("tiny",) if setting.is_small else TREES:
        part += _measured(name, write_tree(setting.folder, name), setting.rounds or ROUNDS)
    return part


def _measured(name: str, tree: Tree, rounds: int) -> Part:
    choices = {"chosen": (), "one": ("--workers", "1"), "each core": ("--workers", str(max(cores(), 2)))}
    lines = {choice: [*all_engines.command(tree.root), *option] for choice, option in choices.items()}
    measures: dict[str, Measure] = {choice: partial(run, line, sound=SOUND) for choice, line in lines.items()}
    taken = {choice: wall(usages) for choice, usages in interleaved(measures, rounds).items()}
    subject, best = tree.told(name), list(map(min, taken["one"], taken["each core"]))
    printed = {_printed([*line, "--json"]) for line in lines.values()}
    alike = "the same" if len(printed) == 1 else f"{len(printed)} different things"
    return Part(
        [
            ratio(subject, "wall / the better of one and one for each core", taken["chosen"], best, RATIO),
            ratio(subject, "wall / --workers 1", taken["chosen"], taken["one"]),
            Figure(subject, "different outputs", float(len(printed) - 1), 0.0),
        ],
        [f"{name}: however many processes, the command prints {alike}"],
    )


def _printed(line: list[str | Path]) -> bytes:
    return subprocess.run(line, capture_output=True, check=False).stdout
