"""Python's collector of circles, off while much is made that has none."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_collector() -> Iterator[None]:
    """Trees have no circles, and the collector would walk each of them again and again: 2.5 times the CPU of a scan.

    What is left then is frozen: otherwise the first collection after this, and that at the end of the process, walk
    all of it.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.freeze()
            gc.enable()
