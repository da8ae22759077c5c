"""How long `migrate --help` takes, as a ratio of `python -c pass`: both run in turn, medians of CPU time."""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
from pathlib import Path

ROUNDS = 31
TARGET = 5.0

COMMANDS = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "migrate --help": [str(Path(sys.executable).with_name("migrate")), "--help"],
}


def main() -> int:
    """Print the table; 1 if the ratio is over the target."""
    medians = measure()
    base = medians["python -c pass"]
    print(f"{'command':<16}{'CPU ms':>8}{'ratio':>8}")
    for name, seconds in medians.items():
        print(f"{name:<16}{seconds * 1000:>8.1f}{seconds / base:>8.2f}")
    ratio = medians["migrate --help"] / base
    print(f"target: at most {TARGET:.0f}; {'met' if ratio <= TARGET else 'missed'}")
    return int(ratio > TARGET)


def measure() -> dict[str, float]:
    """The median CPU seconds of each command, after one run of each that is not counted."""
    rounds = [{name: cpu_seconds(command) for name, command in COMMANDS.items()} for _ in range(ROUNDS + 1)]
    return {name: statistics.median(each[name] for each in rounds[1:]) for name in COMMANDS}


def cpu_seconds(command: list[str]) -> float:
    """User and system time of one run."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    sys.exit(main())
