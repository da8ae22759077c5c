"""Code that nests deeply, read with the same room wherever it is read."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import TypeVar

T = TypeVar("T")

_ONE = Lock()
"""CPython counts the depth of the tree it makes once for all threads: two that make one at a time break each other."""


def with_whole_stack(read: Callable[[], T]) -> T:
    """What the call gives; RecursionError where the code nests too deeply for a stack with nothing else on it.

    Python counts the calls under way among the levels of what it parses: a worker has fewer of them than a command.
    """
    try:
        return _alone(read)
    except RecursionError:
        from concurrent.futures import ThreadPoolExecutor  # hardly any code nests so

        with ThreadPoolExecutor(1) as pool:
            return pool.submit(_alone, read).result()


def _alone(read: Callable[[], T]) -> T:
    with _ONE:
        return read()
