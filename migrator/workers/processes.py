"""Workers of this machine: a process each, which reads tasks from its stdin and writes answers to its stdout.

The standard library's pool starts Python with `-c`, and so with the folder that it is started in as the first to import
from: that may be the repository, of which nothing is to be executed. Its processes also outlive a parent that is
killed, and one that dies takes all others with it. A process that ends with its pipe does neither.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock, local
from typing import Any

from migrator.workers import worker
from migrator.workers.packing import Packed, pack, unpack
from migrator.workers.pool import Pool, Tell

COMMAND = (sys.executable, "-P", str(Path(worker.__file__)))
"""`-P`: it imports from where this process imports from, which it is told over the pipe, and from nowhere else."""


@contextmanager
def processes(number: int, tell: Tell) -> Iterator[Pool]:
    """So many processes, which are gone at the end, whatever they are at."""
    executor = Processes(number)
    try:
        yield Pool(executor, number, tell)
    finally:
        executor.end()


class Processes(ThreadPoolExecutor):
    """An executor whose tasks are done by processes; each of its threads has one, from its first task on."""

    def __init__(self, number: int) -> None:
        super().__init__(number, thread_name_prefix="worker")
        self._mine = local()
        self._all: list[subprocess.Popen[bytes]] = []
        self._lock = Lock()
        self._is_over = False

    def submit(self, call: Callable[..., Any], /, *args: Any, **named: Any) -> Future[Any]:
        """A future of what the call gives, or of a BrokenExecutor where its process dies."""
        return super().submit(self._ask, pack((call, args, named)))

    def end(self) -> None:
        """End all processes at once, whatever they are at."""
        with self._lock:
            self._is_over = True
            for process in self._all:
                process.kill()
        self.shutdown(cancel_futures=True)
        for process in self._all:
            with suppress(BrokenPipeError), process:
                pass

    def _ask(self, packed: Packed) -> Any:
        process = self._process()
        assert process.stdin is not None
        assert process.stdout is not None
        answer = b""
        with suppress(OSError):
            worker.write(process.stdin, packed.data)
            answer = worker.read(process.stdout)
        if not answer:
            del self._mine.process  # the next task gets another
            raise BrokenExecutor(f"a worker process died with exit code {process.wait()}")
        value, fault = unpack(Packed(answer))
        if fault is not None:
            raise BrokenExecutor(f"a worker process gave it up ({fault})")
        return value

    def _process(self) -> subprocess.Popen[bytes]:
        """The process of this thread, started if there is none."""
        known: subprocess.Popen[bytes] | None = getattr(self._mine, "process", None)
        if known is not None:
            return known
        with self._lock:
            if self._is_over:
                raise BrokenExecutor("the workers were sent home")
            process = subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, process_group=0)
            self._all.append(process)
        self._mine.process = process
        assert process.stdin is not None
        with suppress(OSError):  # it is gone again: the task finds out
            worker.write(process.stdin, pickle.dumps(sys.path))
        return process
