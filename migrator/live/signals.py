"""SIGTERM ends a run as Ctrl-C does, by an exception, and neither breaks off the stopping of what was started."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn


def in_main_thread() -> bool:
    """Whether signal handlers can be set here; Python allows it in the main thread alone."""
    return threading.current_thread() is threading.main_thread()


def _raise_exit(number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)


@contextmanager
def terminable() -> Iterator[None]:
    """Within it SIGTERM raises SystemExit(143), so that `finally` and `with` do their work."""
    if not in_main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _raise_exit)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before or signal.SIG_DFL)


@contextmanager
def shielded() -> Iterator[None]:
    """Within it SIGINT and SIGTERM wait: what must be stopped is stopped first, then the signal does its work."""
    if not in_main_thread():
        yield
        return
    caught: list[int] = []
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, lambda number, _frame: caught.append(number)) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler or signal.SIG_DFL)
        if caught:
            signal.raise_signal(caught[0])
