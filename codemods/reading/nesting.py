"""Code that nests deeply, read with the same room wherever it is read."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def with_whole_stack(read: Callable[[], T]) -> T:
    """What the call gives; RecursionError where the code nests too deeply for a stack with nothing else on it.

    Python counts the calls under way among the levels of what it parses: a worker has fewer of them than a command.
    """
    try:
        return read()
    except RecursionError:
        from concurrent.futures import ThreadPoolExecutor  # hardly any code nests so

        with ThreadPoolExecutor(1) as pool:
            return pool.submit(read).result()
