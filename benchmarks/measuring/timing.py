"""What a process takes: CPU time, memory and wall clock, with those of its children; several of them in turn."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

Command = Sequence[str | Path]


@dataclass(frozen=True, slots=True)
class Usage:
    """What one process and the children that it waited for took."""

    seconds: float  # user and system time of all of them
    megabytes: float = 0.0  # the peak of the largest one, or of who began it where that is more
    wall: float = 0.0  # seconds from its start to its end


Measure = Callable[[], Usage]
Taken = Mapping[str, Sequence[Usage]]
"""What each measure took, by its name, a value for each round."""


def run(
    command: Command,
    stdin: str | Path = os.devnull,
    sound: Collection[int] = (0,),
    output: str | Path = os.devnull,
    folder: Path | None = None,
    **more: str,
) -> Usage:
    """What one run takes; its output goes to a file. RuntimeError where its exit code is not among the sound ones.

    `more` are variables of its environment. Bytecode is kept, as it is for everybody who installed the command:
    otherwise each run compiles what it imports.
    """
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | more
    with Path(stdin).open("rb") as source, Path(output).open("wb") as told, tempfile.TemporaryFile() as errors:
        started = time.perf_counter()
        process = subprocess.Popen(command, stdin=source, stdout=told, stderr=errors, env=environment, cwd=folder)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in sound:
            errors.seek(0)
            said = errors.read().decode(errors="replace").strip()
            raise RuntimeError(f"{' '.join(map(str, command))} ended with {process.returncode}: {said}")
    return Usage(usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024 / 1e6, wall)


def interleaved(
    measures: Mapping[str, Measure], rounds: int, once: Mapping[str, Measure] | None = None
) -> dict[str, list[Usage]]:
    """What each takes: one after the other, and so round by round. A first round is not counted, unless it is all.

    Those of `once` take so long that they run in the first counted round alone.
    """
    taken: dict[str, list[Usage]] = {name: [] for name in (*measures, *(once or {}))}
    first = int(rounds > 1)
    for turn in range(first + rounds):
        for name, measure in {**measures, **((once or {}) if turn == first else {})}.items():
            usage = measure()
            if turn >= first:
                taken[name].append(usage)
    return taken


def cpu(usages: Sequence[Usage]) -> list[float]:
    """The CPU seconds of each."""
    return [usage.seconds for usage in usages]


def wall(usages: Sequence[Usage]) -> list[float]:
    """The seconds of each by the clock on the wall."""
    return [usage.wall for usage in usages]
