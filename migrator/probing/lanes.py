"""Servers for probes that run side by side: a pair of embedded ones for each lane."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

from codemods.settings import BUSES
from migrator.live.servers import start_server
from migrator.live.signals import shielded, terminable

LANES = 4

Lane = dict[str, int]
"""Bus -> the port of its server."""


@contextmanager
def embedded(count: int = LANES) -> Iterator[list[Lane]]:
    """That many pairs of empty servers on free loopback ports, stopped at the end whatever happens."""
    stack = ExitStack()
    stack.enter_context(terminable())
    try:
        folder = Path(tempfile.mkdtemp(prefix="migrate-servers-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        names = [str(number) for number in range(count * len(BUSES))]
        with shielded(), ThreadPoolExecutor(len(names)) as pool:  # each start waits most of its time
            started = [pool.submit(start_server, stack, folder / name) for name in names]
        ports = (each.result() for each in started)
        pairs = zip(*[ports] * len(BUSES), strict=True)
        yield [dict(zip(BUSES, pair, strict=True)) for pair in pairs]
    finally:
        with shielded():
            stack.close()
