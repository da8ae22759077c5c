"""How long `migrate scan` takes, as ratios of what nobody can do without: `git cat-file` and `ast.parse`.

Everything is measured in one run, in turn: CPU time of a process and its children, medians of several. What the same
command takes on a tree of one small file is taken off first.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from timing import medians, run
from trees import Tree, write_tree

RATIO = 3.0
MEGABYTES = 60.0
ROUNDS = 5
START = "start"
SOUND = (0, 4)  # done; done, and something is left to a person

FLOORS = {
    "few": ("parse",),
    "many": ("read + parse", "parse"),
    "none": ("read",),
    "tiny": ("parse",),
}
"""What a scan of each tree is compared with. The first has the target; the others are only shown."""
SPOKEN = {
    "parse": "ast.parse of the selected files",
    "read": "git cat-file of all files",
    "read + parse": "git cat-file of all, ast.parse of the selected files",
}


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table; without a target it is only shown."""

    tree: str
    what: str
    value: float
    target: float | None

    @property
    def is_missed(self) -> bool:
        """Whether the value is over its target."""
        return self.target is not None and self.value > self.target

    def __str__(self) -> str:
        verdict = "" if self.target is None else f"{self.target:>8.1f}  {'missed' if self.is_missed else 'met'}"
        return f"{self.tree:<6}{self.what:<62}{self.value:>9.2f}{verdict}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 1 if a target is missed and `--check` was given."""
    asked = _parser().parse_args(arguments)
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory() as folder:
        start = write_tree(Path(folder), START)
        for name in asked.tree or ("few", "many", "none"):
            figures += measure(name, write_tree(Path(folder), name), start, asked.rounds)
    print(f"\n{'tree':<6}{'figure':<62}{'measured':>9}{'target':>8}")
    print("\n".join(map(str, figures)))
    return int(asked.check and any(figure.is_missed for figure in figures))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="How long `migrate scan` takes, as ratios.")
    parser.add_argument("-n", "--rounds", type=int, default=ROUNDS, help=f"how often each is measured ({ROUNDS})")
    parser.add_argument("--tree", action="append", choices=FLOORS, help="only this tree; may be repeated")
    parser.add_argument("--check", action="store_true", help="exit 1 where a target is missed")
    return parser


def measure(name: str, tree: Tree, start: Tree, rounds: int) -> Iterator[Figure]:
    """The figures of one tree; prints what they were worked out from."""
    peaks: list[float] = []

    def scan() -> float:
        usage = run(scan_command(tree.root), sound=SOUND)
        peaks.append(usage.megabytes)
        return usage.seconds

    taken = medians(
        {
            "scan": scan,
            "start": lambda: run(scan_command(start.root), sound=SOUND).seconds,
            "read": lambda: run(["git", "-C", str(tree.root), "cat-file", "--batch"], tree.blobs).seconds,
            "parse": lambda: parse_seconds(tree),
        },
        rounds,
    )
    print(
        f"{name}: {_spoken(tree)}; CPU ms: {', '.join(f'{key} {each * 1000:.0f}' for key, each in taken.items())}",
        flush=True,
    )
    for number, floor in enumerate(FLOORS[name]):
        ratio = (taken["scan"] - taken["start"]) / sum(taken[part] for part in floor.split(" + "))
        yield Figure(name, f"scan / {SPOKEN[floor]}", ratio, None if number else RATIO)
    megabytes, packages = watch(tree.root)
    yield Figure(name, "peak memory, MB", megabytes, MEGABYTES)
    yield Figure(name, "peak memory of the largest process, git's among them, MB", max(peaks), None)
    yield Figure(name, "libcst imported", float("libcst" in packages), 0.0)


def _spoken(tree: Tree) -> str:
    selected = len(tree.selected.read_text().splitlines())
    return f"{tree.files} files, {tree.size / 1e6:.1f} MB, {selected} selected"


def scan_command(root: Path) -> list[str]:
    """The command that is measured."""
    return [str(Path(sys.executable).with_name("migrate")), "scan", "--json", "--no-cache", "--repo", str(root)]


def parse_seconds(tree: Tree) -> float:
    """What `ast.parse` of the selected files takes in a process of its own."""
    command = [sys.executable, str(Path(__file__).with_name("parse.py")), str(tree.root)]
    with tree.selected.open() as paths:
        return float(subprocess.run(command, stdin=paths, stdout=subprocess.PIPE, check=True).stdout)


def watch(root: Path) -> tuple[float, set[str]]:
    """The peak in MB of one scan's own process, and the packages that it imported."""
    command = [sys.executable, str(Path(__file__).with_name("watch.py")), *scan_command(root)]
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
    if done.returncode not in SOUND:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}: {done.stderr.decode(errors='replace')}")
    seen = json.loads(done.stderr.splitlines()[-1])
    return seen["megabytes"], set(seen["packages"])


if __name__ == "__main__":
    sys.exit(main())
