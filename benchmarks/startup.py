"""How long `migrate --help` takes, as a ratio of `python -c pass`: both run in turn, medians of CPU time."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

from timing import medians, run

ROUNDS = 31
TARGET = 5.0

COMMANDS = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "migrate --help": [str(Path(sys.executable).with_name("migrate")), "--help"],
}


def main() -> int:
    """Print the table; 1 if the ratio is over the target."""
    taken = medians({name: partial(seconds, command) for name, command in COMMANDS.items()}, ROUNDS)
    base = taken["python -c pass"]
    print(f"{'command':<16}{'CPU ms':>8}{'ratio':>8}")
    for name, each in taken.items():
        print(f"{name:<16}{each * 1000:>8.1f}{each / base:>8.2f}")
    ratio = taken["migrate --help"] / base
    print(f"target: at most {TARGET:.0f}; {'met' if ratio <= TARGET else 'missed'}")
    return int(ratio > TARGET)


def seconds(command: list[str]) -> float:
    """User and system time of one run."""
    return run(command).seconds


if __name__ == "__main__":
    sys.exit(main())
