"""How long a dry run of all engines takes, beside LibCST's own runner and ast-grep on the same files.

In `few` most engines have several owners, which a person must decide; in `owned` each has one, and all of them move.
"""

from __future__ import annotations

from pathlib import Path

from benchmarks.measuring.figures import Figure, Part
from benchmarks.measuring.processes import watched
from benchmarks.measuring.setting import MIGRATE, Setting
from benchmarks.others.contest import contest
from benchmarks.trees.trees import write_tree

TREES = ("few", "owned")
ROUNDS = 5
TARGETS = {"libcst.tool codemod": 0.05, "ast-grep": 2.0}


def measure(setting: Setting) -> Part:
    """The figures of each tree, and what the others' outputs lack."""
    part = Part()
    for name in ("tiny",) if setting.is_small else TREES:
        tree = write_tree(setting.folder, name)
        part += contest(setting, name, tree, command(tree.root), ROUNDS, TARGETS)
        megabytes, _ = watched([*command(tree.root), "--workers", "1"])
        part.figures.append(Figure(part.figures[-1].subject, "peak memory of one process, MB", megabytes))
    return part


def command(root: Path) -> list[str | Path]:
    """The command that is measured."""
    return [MIGRATE, "--all", "--dry-run", "--no-cache", "--repo", root]
