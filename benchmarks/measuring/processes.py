"""Processes that look at other processes or at files: a peak of memory, imported packages, the time of `ast.parse`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from benchmarks.measuring.setting import SOUND
from benchmarks.measuring.timing import Command, Usage
from benchmarks.trees.trees import Tree

HERE = Path(__file__).parent


def parsed(tree: Tree) -> Usage:
    """What `ast.parse` of the selected files takes in a process of its own; neither its start nor reading counts."""
    with tree.selected.open() as paths:
        command = [sys.executable, HERE / "parse.py", tree.root]
        return Usage(float(subprocess.run(command, stdin=paths, stdout=subprocess.PIPE, check=True).stdout))


def watched(command: Command) -> tuple[float, set[str]]:
    """The peak in MB of one run's own process, and the packages that it imported."""
    watching = [sys.executable, HERE / "watch.py", *command]
    done = subprocess.run(watching, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
    if done.returncode not in SOUND:
        said = done.stderr.decode(errors="replace")
        raise RuntimeError(f"{' '.join(map(str, watching))} ended with {done.returncode}: {said}")
    seen = json.loads(done.stderr.splitlines()[-1])
    return seen["megabytes"], set(seen["packages"])
