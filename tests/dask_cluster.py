"""A Dask cluster on loopback, of real processes: a scheduler, and workers that come and go."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from distributed import Client

MINUTE = 60.0
NO_SPILLING = ("--memory-limit", "0")

FREEZE = """\
import os, signal
from pathlib import Path
from distributed import WorkerPlugin


class Freeze(WorkerPlugin):
    def transition(self, key, start, finish, **more):
        if finish == "executing" and "perform" in str(key):
            Path({file!r}).touch()
            os.kill(os.getpid(), signal.SIGSTOP)


async def dask_setup(worker):
    await worker.plugin_add(Freeze())
"""
"""A worker that stands still in the middle of its first task, and leaves a file to say so."""


class Cluster:
    """A scheduler, and whoever works for it. What the workers write goes below `folder`, and so do their logs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        file = folder / "scheduler.json"
        self._scheduler = self._start("scheduler", "--port", "0", "--scheduler-file", str(file))
        wait_for(lambda: file.exists() or self._scheduler.poll() is not None)
        self._client = Client(scheduler_file=str(file), timeout=MINUTE, set_as_default=False)
        self.address = str(self._client.scheduler.address)
        self.url = self.address.replace("tcp://", "dask://")

    @contextmanager
    def worker(self, name: str, *arguments: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
        """A worker process that the scheduler knows; at the end, one that it knows no more."""
        before = len(self._client.nthreads())
        named = ("--name", name, "--nthreads", "1", "--no-nanny", "--local-directory", str(self.folder / name))
        process = self._start("worker", self.address, *named, *arguments, **environment)
        try:
            wait_for(lambda: len(self._client.nthreads()) > before or process.poll() is not None)
            assert process.poll() is None
            yield process
        finally:
            end(process)
            wait_for(lambda: len(self._client.nthreads()) <= before)

    @contextmanager
    def doomed(self) -> Iterator[Callable[[], None]]:
        """A worker that stands still in the middle of its first task; the call waits for that, and kills it."""
        begun, preload = self.folder / "begun", self.folder / "freeze.py"
        begun.unlink(missing_ok=True)
        preload.write_text(FREEZE.format(file=str(begun)))
        with self.worker("doomed", *NO_SPILLING, "--preload", str(preload)) as process:

            def kill() -> None:
                wait_for(begun.exists)
                process.kill()

            yield kill

    def end(self) -> None:
        """End the scheduler, after its workers."""
        self._client.close()
        end(self._scheduler)

    def _start(self, *arguments: str, **environment: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "dask", *arguments, "--host", "127.0.0.1", "--no-dashboard"]
        with (self.folder / f"{arguments[0]}.log").open("ab") as log:
            return subprocess.Popen(
                command, cwd=self.folder, env=os.environ | environment, stdout=log, stderr=log, process_group=0
            )


def wait_for(state: Callable[[], bool]) -> None:
    """Return as soon as the state is there; it has as long as a test has, almost."""
    end_of_patience = time.monotonic() + 4 * MINUTE
    while not state():
        assert time.monotonic() < end_of_patience
        time.sleep(0.02)


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process that is asked to, or that hears nothing any more."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(MINUTE / 6)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
