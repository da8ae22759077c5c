"""Runs one command within limits of time and output; all that it started ends with it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from msgspec import Struct

from migrator.live.signals import shielded, terminable

LARGEST = 50_000_000  # bytes of output; a command that says more would fill the disk
PATIENCE = 0.2  # seconds between two looks at the output


class Ending(Struct, frozen=True):
    """How a command ended, after how many seconds, and why; `cause` is empty where it was left to end with 0."""

    cause: str
    seconds: float


def run_limited(
    command: Sequence[str], folder: Path, environment: Mapping[str, str], output: Path, limit: float
) -> Ending:
    """Run the command without a shell and without input; what it says goes to the file `output`.

    After `limit` seconds it is killed. Whatever it left running in its process group is killed too, however it ends.
    """
    begun = time.monotonic()
    try:
        with output.open("wb") as file, _started(command, folder, environment, file.fileno()) as process:
            cause = _wait(process, output, begun + limit, limit)
    except OSError as error:
        cause = f"could not be started ({error.strerror})"
    return Ending(cause, time.monotonic() - begun)


@contextmanager
def _started(
    command: Sequence[str], folder: Path, environment: Mapping[str, str], output: int
) -> Iterator[subprocess.Popen[bytes]]:
    with terminable():
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # a group of its own, which can be ended as a whole
        )
        try:
            yield process
        finally:
            with shielded():
                with suppress(ProcessLookupError, PermissionError):  # nothing is left; macOS calls that forbidden
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _wait(process: subprocess.Popen[bytes], output: Path, end: float, limit: float) -> str:
    """The cause of a bad ending, or nothing."""
    while time.monotonic() < end:
        with suppress(subprocess.TimeoutExpired):
            return _said(process.wait(min(PATIENCE, max(0.0, end - time.monotonic()))))
        if output.stat().st_size > LARGEST:
            return f"said more than {LARGEST // 1_000_000} MB, and was ended"
    return f"took more than {limit:g} s, and was ended"


def _said(status: int) -> str:
    if status < 0:
        return f"was ended by signal {-status}"
    return f"exited with {status}" if status else ""
