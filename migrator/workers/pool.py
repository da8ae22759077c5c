"""Workers that are there, whoever they are: an executor, and how many tasks it does at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor

from msgspec import Struct

from migrator.workers.packing import Packed
from migrator.workers.task import perform

Tell = Callable[[str], None]
"""Says to a person, in a sentence, what did not go as it should."""


class Pool(Struct, frozen=True):
    """Workers that can be given tasks."""

    executor: Executor
    width: int  # how many tasks can be done at the same time
    tell: Tell
    perform: Callable[[Packed], Packed] = perform  # what a worker calls
    is_left: Callable[[], bool] = lambda: True  # whether anybody is still there to work
