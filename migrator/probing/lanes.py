"""Servers for probes that run side by side: a pair of embedded ones for each lane."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

from codemods.settings import BUSES
from migrator.live.ports import free_ports
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
        ports = free_ports(count * len(BUSES))
        with shielded(), ThreadPoolExecutor(len(ports)) as pool:  # each start waits most of its time
            started = [pool.submit(start_server, stack, folder / str(port), port) for port in ports]
        for each in started:
            each.result()
        pairs = zip(*[iter(ports)] * len(BUSES), strict=True)
        yield [dict(zip(BUSES, pair, strict=True)) for pair in pairs]
    finally:
        with shielded():
            stack.close()
