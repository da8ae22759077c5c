"""What every part of the benchmark is told, and the command that all of them measure."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.others.installed import Others

MIGRATE = Path(sys.executable).with_name("migrate")
SOUND = (0, 4)  # done; done, and something is left to a person


@dataclass(frozen=True, slots=True)
class Setting:
    """Where a part may write, what it compares with, and how often it measures (None: as often as it likes)."""

    folder: Path  # of this part alone, and empty
    others: Others
    rounds: int | None = None
    is_small: bool = False  # tiny trees, which show that it works and nothing else
