"""What a process takes: CPU time and memory, with that of its children; several of them in turn, and their medians."""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Usage:
    """What one process and the children that it waited for took."""

    seconds: float  # user and system time of all of them
    megabytes: float  # the peak of the largest one


def run(command: list[str], stdin: str | Path = os.devnull, sound: Collection[int] = (0,)) -> Usage:
    """What one run takes; its output is thrown away. RuntimeError where its exit code is not among the sound ones.

    Bytecode is kept, as it is for everybody who installed the command: otherwise each run compiles what it imports.
    The child's peak is at least this process's own, for it starts as a copy: whoever measures must stay small.
    """
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    with Path(stdin).open("rb") as source, tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(command, stdin=source, stdout=subprocess.DEVNULL, stderr=errors, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in sound:
            errors.seek(0)
            said = errors.read().decode(errors="replace").strip()
            raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}: {said}")
    return Usage(usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024 / 1e6)


def medians(measures: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, float]:
    """The median of each measure. They are taken in turn, after one of each that is not counted."""
    taken = [{name: measure() for name, measure in measures.items()} for _ in range(rounds + 1)]
    return {name: statistics.median(each[name] for each in taken[1:]) for name in measures}
