"""How long `migrate scan` takes, beside what nobody can do without: `git cat-file` and `ast.parse`.

What the same command takes on a tree of one small file is taken off first: one that uses the wrapper where the tree
does, for the modules that judge a use are imported with the first. `rg -l` of the words that a scan looks for
first is what a user would take who wants no more than a list of files.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks.measuring.figures import Figure, Part, ratio
from benchmarks.measuring.processes import parsed, watched
from benchmarks.measuring.setting import MIGRATE, SOUND, Setting
from benchmarks.measuring.timing import Measure, Taken, cpu, interleaved, run
from benchmarks.trees.trees import PLANS, Tree, checkout, write_tree
from codemods.reading.index import first_words
from migrator.config import load

RATIO = 3.0
MEGABYTES = 60.0
ROUNDS = 5
TREES = ("none", "few", "many")
START, USED = "start", "used"

FLOORS = {
    "none": (("read",), ("words",)),
    "few": (("parse",), ("words",)),
    "many": (("read", "parse"), ("parse",), ("words",)),
    "tiny": (("parse",), ("words",)),
}
"""What a scan of each tree is compared with. The first has the target; the others are only shown."""
SPOKEN = {"parse": "ast.parse of the selected", "read": "git cat-file of all", "words": "rg -l of the words"}


def measure(setting: Setting) -> Part:
    """The figures of each tree."""
    part = Part()
    starts = {name: write_tree(setting.folder, name) for name in (START, USED)}
    for name in ("tiny",) if setting.is_small else TREES:
        start = starts[USED if PLANS[name].legacy else START]
        part += _measured(name, write_tree(setting.folder, name), start, setting)
    return part


def _measured(name: str, tree: Tree, start: Tree, setting: Setting) -> Part:
    measures: dict[str, Measure] = {
        "scan": partial(run, command(tree.root), sound=SOUND),
        "start": partial(run, command(start.root), sound=SOUND),
        "read": partial(run, ["git", "-C", tree.root, "cat-file", "--batch"], tree.blobs),
        "parse": partial(parsed, tree),
    }
    found: list[str] = []
    if setting.others.ripgrep is not None:
        search = setting.others.search(words_of(tree))
        folder = checkout(tree, setting.folder / f"{name}.files")
        measures["words"] = partial(run, search, folder=folder)
        found = [f"{name}: {compared(tree, search, folder)}"]
    taken = interleaved(measures, setting.rounds or ROUNDS)
    return Part([*_figures(name, tree, taken)], found)


def _figures(name: str, tree: Tree, taken: Taken) -> Iterator[Figure]:
    selected = len(tree.selected.read_text().splitlines())
    subject = f"{tree.told(name)}, {selected} selected"
    scans = [scan - start for scan, start in zip(cpu(taken["scan"]), cpu(taken["start"]), strict=True)]
    for number, floor in enumerate(each for each in FLOORS[name] if set(each) <= set(taken)):
        floors = [sum(each) for each in zip(*(cpu(taken[part]) for part in floor), strict=True)]
        what = ", ".join(SPOKEN[part] for part in floor)
        yield ratio(subject, f"CPU / {what}", scans, floors, None if number else RATIO)
    megabytes, packages = watched(command(tree.root))
    yield Figure(subject, "peak memory, MB", megabytes, MEGABYTES)
    peak = max(usage.megabytes for usage in taken["scan"])
    yield Figure(subject, "peak memory of any process, git's too", peak)
    yield Figure(subject, "libcst imported", float("libcst" in packages), 0.0)


def command(root: Path) -> list[str | Path]:
    """The command that is measured."""
    return [MIGRATE, "scan", "--json", "--no-cache", "--repo", root]


def words_of(tree: Tree) -> list[str]:
    """The words that a scan of this tree looks for first."""
    return [word.decode() for word in first_words(load(tree.root / "engines.yaml").settings)]


def compared(tree: Tree, search: list[str | Path], folder: Path) -> str:
    """What the search lists, against the files in which a scan finds something, as a sentence."""
    listed = {line.removeprefix("./") for line in _said(search, folder).splitlines() if line.endswith(".py")}
    sites = json.loads(_said(command(tree.root), folder))["sites"]
    used = {site["path"] for site in sites}
    missed = sorted(used - listed)
    example = f", as {missed[0]}" if missed else ""
    return (
        f"`rg -l` lists {len(listed)} Python files; a scan finds {len(sites)} sites in {len(used)} files, "
        f"{len(missed)} of which ripgrep does not list{example}, and none in {len(listed - used)} that it lists"
    )


def _said(line: list[str | Path], folder: Path) -> str:
    done = subprocess.run(line, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode not in SOUND:
        raise RuntimeError(f"{' '.join(map(str, line))} ended with {done.returncode}: {done.stderr.strip()}")
    return done.stdout
