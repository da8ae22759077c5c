"""How long `migrate --help` takes, beside an empty Python program."""

from __future__ import annotations

import sys
from functools import partial

from benchmarks.measuring.figures import Part, ratio
from benchmarks.measuring.setting import MIGRATE, Setting
from benchmarks.measuring.timing import cpu, interleaved, run

ROUNDS = 31
TARGET = 5.0
EMPTY, CLICK = "python -c pass", "python -c 'import click'"


def measure(setting: Setting) -> Part:
    """The one figure, and what click alone takes of it."""
    commands = {
        EMPTY: [sys.executable, "-c", "pass"],
        CLICK: [sys.executable, "-c", "import click"],
        "help": [MIGRATE, "--help"],
    }
    taken = interleaved({name: partial(run, command) for name, command in commands.items()}, setting.rounds or ROUNDS)
    help_ = cpu(taken["help"])
    figures = [
        ratio("migrate --help", f"CPU / {EMPTY}", help_, cpu(taken[EMPTY]), TARGET),
        ratio("migrate --help", f"CPU / {CLICK}", help_, cpu(taken[CLICK])),
    ]
    return Part(figures)
