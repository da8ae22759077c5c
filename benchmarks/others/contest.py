"""A dry run beside what others do with the same files: what each takes, and what each makes of the code.

The others are given what moves a wrapper's publishers by their names; see `bus_codemod.py` and `ast_grep_rules.py`.
LibCST's runner has as many processes as there are cores, ast-grep its own threads, `migrate` as many as help.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from benchmarks.measuring.figures import Figure, Part, ratio
from benchmarks.measuring.processes import parsed
from benchmarks.measuring.setting import MIGRATE, SOUND, Setting
from benchmarks.measuring.timing import Command, Measure, Taken, Usage, cpu, interleaved, run, wall
from benchmarks.others.ast_grep_rules import rules
from benchmarks.others.installed import Others
from benchmarks.others.moves import WRAPPER
from benchmarks.others.outputs import Reasons, compare
from benchmarks.trees.trees import Tree, checkout

CODEMOD, SOME, AST_GREP = "libcst.tool codemod", "libcst.tool, wrapper's files", "ast-grep"
FOUND = (0, 1)  # of ast-grep: nothing, or something


def contest(
    setting: Setting, name: str, tree: Tree, command: Command, rounds: int, targets: Mapping[str, float]
) -> Part:
    """The figures of this dry run against each other tool that is there, and a sentence about each one's output."""
    folder, others = setting.folder / f"{name}.contest", setting.others
    base = checkout(tree, folder / "base")
    measures: dict[str, Measure] = {
        "ours": partial(run, command, sound=SOUND, output=folder / "ours.diff"),
        "read": partial(run, ["git", "-C", tree.root, "cat-file", "--batch"], tree.blobs),
        "parse": partial(parsed, tree),
    }
    once: dict[str, Measure] = {
        CODEMOD: partial(_codemod, others, base, folder / "libcst", ["."]),
        SOME: partial(_codemod, others, base, folder / "libcst-some", files_with(base, WRAPPER)),
    }
    if others.ast_grep is not None:
        (folder / "rules.yml").write_text(rules())
        measures[AST_GREP] = partial(run, others.rewrite(folder / "rules.yml"), folder=base, sound=FOUND)
    taken = interleaved(measures, setting.rounds or rounds, once)
    return Part([*_figures(tree.told(name), taken, targets)], [*_told(name, tree, others, folder)])


def _figures(subject: str, taken: Taken, targets: Mapping[str, float]) -> Iterator[Figure]:
    for other in (CODEMOD, SOME, AST_GREP):
        if other in taken:
            yield ratio(subject, f"CPU / {other}", cpu(taken["ours"]), cpu(taken[other]), targets.get(other))
            yield ratio(subject, f"wall / {other}", wall(taken["ours"]), wall(taken[other]))
    floor = [read + parse for read, parse in zip(cpu(taken["read"]), cpu(taken["parse"]), strict=True)]
    yield ratio(subject, "CPU / git cat-file and ast.parse", cpu(taken["ours"]), floor)


def _codemod(others: Others, base: Path, folder: Path, paths: list[str]) -> Usage:
    """One run of the transformer, on a copy, since it writes."""
    shutil.copytree(base, folder)
    return run(others.codemod(*paths), folder=folder, PYTHONPATH=str(others.root))


def files_with(folder: Path, word: str) -> list[str]:
    """The Python files below a folder that hold this word, but for the module of that name."""
    named = (path for path in sorted(folder.rglob("*.py")) if word in path.read_text() and path.stem != word)
    return [str(path.relative_to(folder)) for path in named]


def _told(name: str, tree: Tree, others: Others, folder: Path) -> Iterator[str]:
    """What each of the others did, against the diff that the dry run printed. RuntimeError if one did nothing."""
    base, reasons = folder / "base", _reasons(tree)
    own = shutil.copytree(base, folder / "own")
    subprocess.run(["git", "apply", "--allow-empty", folder / "ours.diff"], cwd=own, check=True)
    made = {CODEMOD: folder / "libcst"}
    if others.ast_grep is not None:
        made[AST_GREP] = shutil.copytree(base, folder / "ast-grep")
        run(others.rewrite(folder / "rules.yml", "-U"), folder=made[AST_GREP], sound=FOUND)
    for tool, changed in made.items():
        found = compare(base, own, changed, reasons)
        if not found.files:
            raise RuntimeError(f"{tool} changed nothing in {changed}")
        yield f"{name}: {found.told(tool)}"


def _reasons(tree: Tree) -> Reasons:
    """Why each site stays that does, by its path and line."""
    command = [MIGRATE, "scan", "--json", "--no-cache", "--repo", tree.root]
    scanned = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    sites = json.loads(scanned.stdout)["sites"]
    return {(site["path"], site["line"]): site["reason"] for site in sites if site["verdict"] != "rewrite"}
