"""How many processes help: none for small work, since each costs half a second before it begins."""

from __future__ import annotations

import os
from collections.abc import Container, Sequence

from codemods.reading.lots import walk
from migrator.looking import Look

# Seconds of CPU, measured on trees of 2 and 21 MB in files with hits, which one process scans in 1.4 and 13.
OF_ENGINE = 0.05
OF_BYTE = 0.6e-6  # of a file with one of the first words
CHANGED = 0.5  # what a rewrite adds to the scan, where its trees are still there

WORTH = 4.0
"""Seconds of work below which one process is enough: what is packed, sent and imported takes 0.6 for each worker."""

SHARE = 2.0
"""Seconds of work that each process should have."""


def helpful(looks: Sequence[Look], changed: Container[str]) -> int:
    """How many processes of this machine make these looks, and the changes of some engines after them, quicker.

    1 where none does.
    """
    if (cores := _cores()) == 1:
        return 1
    work = sum(_seconds(look) * (1 + CHANGED * (look.engine.name in changed)) for look in looks)
    return 1 if work < WORTH else max(1, min(cores, len(looks), int(work / SHARE)))


def _seconds(look: Look) -> float:
    hits = sorted(look.engine.owned(path for path in look.index.named if path in look.texts))
    return OF_ENGINE + OF_BYTE * sum(len(data) for _, data in walk(look.texts, hits))


def _cores() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
