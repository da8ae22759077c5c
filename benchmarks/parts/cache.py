"""How long `migrate status` takes where an earlier one was remembered: of the same tree, and after one file was edited.

The same command on a tree of one small file shows what it costs to start, to ask git and to read the cache at all.
"""

from __future__ import annotations

import subprocess
from functools import partial
from itertools import count
from pathlib import Path

from benchmarks.measuring.figures import Figure, Part, ratio
from benchmarks.measuring.setting import MIGRATE, Setting
from benchmarks.measuring.timing import Measure, Usage, cpu, interleaved, run
from benchmarks.trees.trees import Tree, write_tree

RATIO = 1.5
ROUNDS = 5
TREES = ("few", "many")
START = "start"


def measure(setting: Setting) -> Part:
    """The figures of each tree."""
    part, start = Part(), write_tree(setting.folder, START)
    run(command(start.root))
    for name in ("tiny",) if setting.is_small else TREES:
        part.figures += _measured(name, write_tree(setting.folder, name), start, setting)
    return part


def _measured(name: str, tree: Tree, start: Tree, setting: Setting) -> list[Figure]:
    turns = count()
    run(command(tree.root))
    measures: dict[str, Measure] = {
        "edited": lambda: _edited(tree, next(turns)),
        "second": partial(run, command(tree.root)),
        "anew": partial(run, command(tree.root, "--no-cache")),
        "start": partial(run, command(start.root)),
    }
    taken = {key: cpu(usages) for key, usages in interleaved(measures, setting.rounds or ROUNDS).items()}
    subject = tree.told(name)
    return [
        ratio(subject, "CPU of a second status / of one file's", taken["second"], taken["start"], RATIO),
        ratio(subject, "CPU of a second status / --no-cache", taken["second"], taken["anew"]),
        ratio(subject, "CPU after an edit / --no-cache", taken["edited"], taken["anew"]),
    ]


def command(root: Path, *more: str) -> list[str | Path]:
    """The command that is measured."""
    return [MIGRATE, "status", "--json", *more, "--repo", root]


def _edited(tree: Tree, turn: int) -> Usage:
    """What a status takes after a commit in which one file of an engine has one more line."""
    path = next(path for path in tree.selected.read_text().splitlines() if path.startswith("backend/engines/portfolio"))
    git = ["git", "-C", tree.root]
    text = (
        subprocess.run([*git, "show", f"main:{path}"], capture_output=True, check=True).stdout + b"# edit %d\n" % turn
    )
    head = b"commit refs/heads/main\ncommitter A. Bench <bench@example.org> 1700000000 +0000\ndata 0\n"
    change = b"from refs/heads/main^0\nM 100644 inline %s\ndata %d\n%s\ndone\n" % (path.encode(), len(text), text)
    subprocess.run([*git, "fast-import", "--quiet", "--done"], input=head + change, check=True)
    return run(command(tree.root))
