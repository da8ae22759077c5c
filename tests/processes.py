"""Whether processes that a test started are gone."""

from __future__ import annotations

import os
import time


def is_alive(pid: int) -> bool:
    """Whether a process is there, if only to be reaped."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def wait_until_gone(pids: list[int]) -> list[int]:
    """The processes that are still there after a minute."""
    deadline = time.monotonic() + 60
    while any(map(is_alive, pids)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return [pid for pid in pids if is_alive(pid)]
