"""Ends what was started when the process that started it is killed, and so cannot: a child that waits for that end.

Linux alone has what it needs; elsewhere nothing is guarded, and what was started is stopped as long as its starter can.
"""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from types import TracebackType

WATCHMAN = """
import os, signal, sys
held = []
for line in sys.stdin:
    if line == "done\\n":
        break
    try:
        held.append(os.pidfd_open(int(line)))  # it stays this process, whatever its number is given to later
    except OSError:
        pass
else:
    for each in held:
        try:
            signal.pidfd_send_signal(each, signal.SIGKILL)
        except OSError:
            pass
"""


class Guard:
    """Within `with`, the processes that are named to it are killed as soon as this one ends without leaving it."""

    def __init__(self) -> None:
        self._watchman: subprocess.Popen[str] | None = None

    def __enter__(self) -> Guard:
        if hasattr(os, "pidfd_open"):
            self._watchman = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", WATCHMAN],
                cwd="/",
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                text=True,
                start_new_session=True,  # Ctrl-C is for whom it guards
            )
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._watchman is not None:
            self._say("done")
            with suppress(OSError):
                self._watchman.communicate()
            self._watchman = None

    def add(self, pid: int) -> None:
        """Guard one more process, which must be a child that nobody has waited for."""
        self._say(str(pid))

    def _say(self, line: str) -> None:
        if self._watchman is not None and self._watchman.stdin is not None:
            with suppress(OSError):  # the watchman is gone; nothing is guarded any more
                self._watchman.stdin.write(f"{line}\n")
                self._watchman.stdin.flush()
