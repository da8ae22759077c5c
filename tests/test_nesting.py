"""How deeply code may nest does not depend on how deep in calls it is read."""

from __future__ import annotations

import ast
import gc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import chain
from time import sleep

import pytest
from tinyplatform import platform_file

from codemods.reading.source import UnreadableError, read_source, uncompilable


def below(calls: int, read: Callable[[], str]) -> str:
    """What comes of it with so many calls under way."""
    return below(calls - 1, read) if calls else read()


def outcome(terms: int) -> str:
    """What is said of a file with a sum of so many terms: it nests as deeply."""
    try:
        error = uncompilable(read_source("sum.py", "+".join("a" * terms).encode()))
    except UnreadableError as unreadable:
        error = unreadable
    return error.cause if error is not None else "read"


def test_code_is_read_or_not_with_any_number_of_calls_under_way() -> None:
    said = [below(calls, partial(outcome, terms)) for terms in (1000, 2000, 2500, 2800) for calls in (0, 300)]
    assert set(said) == {"read"}


@pytest.fixture
def slow_collector() -> Iterator[None]:
    """A collector that lets other threads go on while one makes a tree, as Dask's callback does."""
    thresholds, pause = gc.get_threshold(), lambda *_: sleep(0.001)
    gc.callbacks.append(pause)
    gc.set_threshold(2000)
    yield
    gc.set_threshold(*thresholds)
    gc.callbacks.remove(pause)


@pytest.mark.usefixtures("slow_collector")
def test_threads_that_read_at_once_do_not_break_each_other() -> None:
    data = platform_file("dual_messagebus_client.py")

    def read_some(thread: int) -> list[int]:
        return [len(read_source(f"{thread}.py", data).tree.body) for _ in range(20)]

    with ThreadPoolExecutor(4) as pool:
        sizes = list(chain.from_iterable(pool.map(read_some, range(4))))
    assert sizes == [len(ast.parse(data).body)] * 80
