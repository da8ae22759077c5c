"""Each piece of work in a process of its own that has the client imported already, and a limit of time."""

from __future__ import annotations

import faulthandler
import json
import os
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

Result = dict[str, Any]


@dataclass
class Child:
    """One process at work: what it has said so far, and until when it may."""

    pid: int
    pipe: int
    deadline: float
    said: bytes = b""
    has_ended: bool = False

    @property
    def is_late(self) -> bool:
        """Whether its time is up."""
        return time.monotonic() > self.deadline


def start(work: Callable[[], Result], limit: float) -> Child:
    """Fork: the work runs in the new process, which ends without ceremony when it is done."""
    read, write = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid == 0:
        os.close(read)
        faulthandler.dump_traceback_later(limit * 0.9, file=sys.stderr)  # where it hangs, for the log
        _work(work, write)
    os.close(write)
    return Child(pid, read, time.monotonic() + limit)


def _work(work: Callable[[], Result], write: int) -> None:
    code = 1
    try:
        answer = json.dumps(work()).encode()
        with os.fdopen(write, "wb") as pipe:
            pipe.write(answer)
        code = 0
    except BaseException as error:
        traceback.print_exc()
        code = error.code if isinstance(error, SystemExit) and isinstance(error.code, int) else 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)  # tasks, connections and exit handlers of the client would only take time


def wait(children: list[Child], seconds: float) -> list[Child]:
    """The children that have ended, or are late and were killed, within this time."""
    ready, _, _ = select.select([child.pipe for child in children], [], [], seconds)
    ended = []
    for child in children:
        more = os.read(child.pipe, 1 << 16) if child.pipe in ready else None
        child.said += more or b""
        child.has_ended = more == b""
        if child.has_ended or child.is_late:
            ended.append(child)
    return ended


def result_of(child: Child, limit: float) -> Result:
    """What the child gave back; a failure that says so where it ended without, or had to be killed."""
    if not child.has_ended:
        os.kill(child.pid, signal.SIGKILL)
    _, status = os.waitpid(child.pid, 0)
    os.close(child.pipe)
    if not child.has_ended:
        return {"ended": f"it hung: nothing came of it within {limit:g} s"}
    code = os.waitstatus_to_exitcode(status)
    if code == 0 and child.said:
        result: Result = json.loads(child.said)
        return result
    how = f"exit code {code}" if code >= 0 else f"signal {-code}"
    return {"ended": f"its process ended with {how}"}


@dataclass
class Lanes:
    """Work that is done side by side, each in a lane of its own; the first comes first."""

    limit: float
    free: list[int]
    running: dict[int, tuple[Child, str]] = field(default_factory=dict)

    def run(
        self, names: list[str], work: Callable[[str, int], Result], before: Callable[[int], None]
    ) -> list[tuple[str, int, Result]]:
        """The result of each name, in the order in which they end, with the lane that it ran in."""
        waiting, found = list(names), []
        while waiting or self.running:
            while waiting and self.free:
                name, lane = waiting.pop(0), self.free.pop(0)
                before(lane)
                self.running[lane] = start(partial(work, name, lane), self.limit), name
            for child in wait([child for child, _ in self.running.values()], 0.2):
                lane, name = next((lane, name) for lane, (each, name) in self.running.items() if each is child)
                del self.running[lane]
                self.free.append(lane)
                found.append((name, lane, result_of(child, self.limit)))
        return found
