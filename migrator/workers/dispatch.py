"""Jobs given to workers, round by round until nothing more is wanted; what comes of them, in the jobs' own order."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from typing import Any

from msgspec import Struct

from codemods.reading.lots import walk
from migrator.attempt import Attempt
from migrator.errors import FAILED, MigrateError
from migrator.workers.job import Job
from migrator.workers.packing import Packed, pack, unpack
from migrator.workers.parcel import for_all, for_one
from migrator.workers.pool import Pool
from migrator.workers.task import Answer, Shared, Task, seal

MOST_ROUNDS = 20
"""Of one job; what wants texts more often than that is done here, where all of them are."""

AHEAD = 2
"""Tasks under way for each worker: one that is done finds the next one waiting, and few texts are in memory."""

PATIENCE = 5.0
"""Seconds after which it is asked whether there is still somebody at work."""


def outcomes(pool: Pool, jobs: Sequence[Job]) -> Iterator[Attempt[Any]]:
    """What comes of each job, in their order, as soon as those before it are done.

    What no worker does is done here, and said; MigrateError where a worker is not like this process.
    """
    if not jobs:
        return
    dispatch = _Dispatch(pool, jobs)
    try:
        for number in range(len(jobs)):
            while number not in dispatch.done:
                dispatch.turn()
            yield dispatch.done.pop(number)
    finally:
        for future in dispatch.under_way:
            future.cancel()


class _Begun(Struct, eq=False):
    """One job that workers have been given."""

    job: Job
    texts: set[str]  # the paths of those that are sent along
    is_known: bool  # what all tasks share, to whoever gets it, as far as one can tell
    rounds: int = 0


class _Dispatch:
    """Where jobs go out and answers come in. Jobs go by their number."""

    def __init__(self, pool: Pool, jobs: Sequence[Job]) -> None:
        self.pool, self.jobs = pool, jobs
        look = max((job.look for job in jobs), key=lambda look: len(look.texts))  # files of no engine need fewer
        self.widest, self.texts = look, for_all(look)
        self.sealed = seal(Shared(look.settings, look.contract, look.index, tuple(look.texts), self.texts))
        self.waiting = deque(sorted(range(len(jobs)), key=self._size, reverse=True))  # else all wait for a large one
        self.begun: dict[int, _Begun] = {}
        self.sent = 0  # jobs, whatever became of them
        self.under_way: dict[Future[Packed], int] = {}
        self.done: dict[int, Attempt[Any]] = {}

    def _size(self, number: int) -> int:
        look = self.jobs[number].look
        return sum(len(self.texts.get(path, b"")) for path in look.engine.owned(look.index.named))

    def turn(self) -> None:
        """Give out what there is room for, and take in what has come."""
        while self.waiting and len(self.under_way) < self.pool.width * AHEAD:
            self._begin(self.waiting.popleft())
        come, _ = wait(self.under_way, PATIENCE, FIRST_COMPLETED)
        for future in come:
            self._take(self.under_way.pop(future), future)
        if not come and not self.pool.is_left():
            self._go_on_alone()

    def _begin(self, number: int) -> None:
        job = self.jobs[number]
        self.begun[number] = _Begun(job, for_one(job.look) - self.texts.keys(), is_known=self.sent >= self.pool.width)
        self.sent += 1
        self._give(number)

    def _give(self, number: int) -> None:
        begun = self.begun[number]
        begun.rounds += 1
        if begun.rounds > MOST_ROUNDS:
            self._do_here(number)
            return
        try:
            future = self.pool.executor.submit(self.pool.perform, pack(self._task(begun)))
        except Exception as error:
            self._do_here(number, error)
            return
        self.under_way[future] = number

    def _task(self, begun: _Begun) -> Task:
        look = begun.job.look
        return Task(
            engine=look.engine,
            texts=dict(walk(look.texts, sorted(begun.texts))),
            digest=self.sealed.digest,
            shared=None if begun.is_known else self.sealed.packed,
            paths=None if look.texts is self.widest.texts else tuple(look.texts),
            modes=begun.job.modes,
            is_to_change=begun.job.is_to_change,
        )

    def _take(self, number: int, future: Future[Packed]) -> None:
        try:
            answer: Answer = unpack(future.result())
        except Exception as error:
            self._do_here(number, error)
            return
        if answer.unfit:
            raise MigrateError(f"the worker {answer.unfit}", FAILED)
        if answer.outcome is not None:
            self._end(number, answer.outcome)
            return
        begun = self.begun[number]
        begun.texts |= answer.wanted
        begun.is_known = not answer.is_lacking
        self._give(number)

    def _do_here(self, number: int, error: Exception | None = None) -> None:
        """Do a job in this process, and say so where that is because no worker could."""
        job = self.begun[number].job
        if error is not None:
            self.pool.tell(f"{job.look.engine.name}: {_why(error)}, so this process does its work")
        self._end(number, job.outcome())

    def _go_on_alone(self) -> None:
        """Do everything that is left in this process."""
        self.pool.tell("no worker is left, so this process does the work")
        left = sorted(self.under_way.values())
        for future in self.under_way:
            future.cancel()
        self.under_way.clear()
        for number in [*left, *self.waiting]:
            self.done[number] = self.jobs[number].outcome()
        self.waiting.clear()

    def _end(self, number: int, outcome: Attempt[Any]) -> None:
        self.done[number] = outcome
        del self.begun[number]


def _why(error: Exception) -> str:
    """The first line of what happened, without what a worker's traceback may quote."""
    said = str(error).partition("\n")[0] if isinstance(error, BrokenExecutor) else ""
    return said or f"the worker gave it up ({type(error).__name__})"
