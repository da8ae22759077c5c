"""`python -m benchmarks`: every part of the benchmark in one run, one table at the end, and RESULTS.md written anew."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path

from benchmarks.measuring.figures import Part, text
from benchmarks.measuring.machine import machine
from benchmarks.measuring.results import written
from benchmarks.measuring.setting import Setting
from benchmarks.others.installed import FOLDER, Others, install, there

PARTS = ("startup", "scan", "cache", "dry_run", "all_engines", "workers", "branch", "proof", "bridge", "growth")
"""The modules of `benchmarks/parts/`, in the order in which they run."""
RESULTS = Path(__file__).with_name("RESULTS.md")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what is asked for, print the table, and write it; 1 if a target is missed."""
    asked = _parser().parse_args(arguments)
    others = there(asked.others) if asked.small else install(asked.others)
    parts = {name: _measured(name, others, asked) for name in asked.only or PARTS}
    where = f"{machine()}, {others.versions()}"
    print("\n".join(_lines(parts, where)))
    if asked.write is not None:
        asked.write.write_text(written(asked.write.read_text(), parts, where))
    return int(any(figure.is_missed for part in parts.values() for figure in part.figures))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="How fast the command is, as ratios.")
    parser.add_argument("--only", action="append", choices=PARTS, help="only this part; may be repeated")
    parser.add_argument(
        "-n", "--rounds", type=int, help="how often each is measured; each part has a number of its own"
    )
    parser.add_argument(
        "--small", action="store_true", help="tiny trees, and nothing is installed: shows that it works"
    )
    parser.add_argument("--others", type=Path, default=FOLDER, help=f"where other tools are installed ({FOLDER.name})")
    parser.add_argument(
        "--write", type=Path, nargs="?", const=RESULTS, help="put the tables into RESULTS.md, or this file"
    )
    return parser


def _measured(name: str, others: Others, asked: argparse.Namespace) -> Part:
    """The figures of one part, in a folder of its own. Its module is imported now: each imports much."""
    print(f"{name} ...", file=sys.stderr, flush=True)
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = f"{folder}/cache"  # or what this user's probes left would be read
        part = import_module(f"benchmarks.parts.{name}")
        found: Part = part.measure(Setting(Path(folder), others, asked.rounds, asked.small))
    print(f"{name}: {time.perf_counter() - started:.0f} s", file=sys.stderr, flush=True)
    return found


def _lines(parts: Mapping[str, Part], where: str) -> Iterator[str]:
    """The one table, what stands beside it, and what it was measured on."""
    yield f"{'medians':<43}{'figure':>6} {'min to max':>14}  target"
    for name, part in parts.items():
        yield f"\n{name.upper()}"
        yield from text(part.figures)
        yield from (f"- {note}" for note in part.notes)
    missed = [(name, figure) for name, part in parts.items() for figure in part.figures if figure.is_missed]
    yield f"\n{where}"
    yield from (f"missed: {name}, {figure.subject}: {figure.what}" for name, figure in missed)
    yield f"{len(missed)} targets missed" if missed else "every target is met"


if __name__ == "__main__":
    sys.exit(main())
