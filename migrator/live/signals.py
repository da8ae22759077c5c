"""SIGTERM and SIGHUP end a run as Ctrl-C does, and none breaks off the stopping of what was started."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

ENDINGS = (signal.SIGTERM, signal.SIGHUP)
"""Signals that end a run: a plain kill, and a terminal that goes away."""


def in_main_thread() -> bool:
    """Whether signal handlers can be set here; Python allows it in the main thread alone."""
    return threading.current_thread() is threading.main_thread()


def _raise_exit(number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)


@contextmanager
def terminable() -> Iterator[None]:
    """Within it SIGTERM raises SystemExit(143) and SIGHUP SystemExit(129): `finally` and `with` do their work."""
    if not in_main_thread():
        yield
        return
    before = [signal.signal(number, _raise_exit) for number in ENDINGS]
    try:
        yield
    finally:
        for number, handler in zip(ENDINGS, before, strict=True):
            signal.signal(number, handler or signal.SIG_DFL)


@contextmanager
def shielded() -> Iterator[None]:
    """Within it SIGINT, SIGTERM and SIGHUP wait: what must be stopped is stopped first, then they do their work."""
    if not in_main_thread():
        yield
        return
    caught: list[int] = []
    numbers = (signal.SIGINT, *ENDINGS)
    before = [signal.signal(number, lambda number, _frame: caught.append(number)) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler or signal.SIG_DFL)
        if caught:
            signal.raise_signal(caught[0])
