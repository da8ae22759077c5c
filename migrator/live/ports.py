"""Free loopback ports that nothing else is about to take."""

from __future__ import annotations

import random
import socket
from contextlib import ExitStack
from pathlib import Path

from migrator.errors import MigrateError

LOWEST = 10_000
EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")
TRIES = 2_000


def free_ports(count: int, lowest: int = LOWEST, highest: int | None = None) -> tuple[int, ...]:
    """That many different ports of 127.0.0.1 on which nobody listens.

    They lie below the range from which the system gives ports to outgoing connections: an engine that connects to
    its servers cannot take the port of one that is still starting.
    """
    highest = highest or ephemeral_start() - 1
    with ExitStack() as held:  # until all are found, so that none is found twice
        found: list[int] = []
        for _ in range(TRIES):
            if len(found) == count:
                return tuple(found)
            port = random.randint(lowest, highest)
            if probe := bound_to(port):
                held.enter_context(probe)
                found.append(port)
    raise MigrateError(f"no {count} free ports between {lowest} and {highest}; stop what listens there, then try again")


def bound_to(port: int) -> socket.socket | None:
    """A socket that holds this port; None where someone else does."""
    probe = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        probe.bind(("127.0.0.1", port))
    except OSError:
        probe.close()
        return None
    return probe


def ephemeral_start(said: Path = EPHEMERAL) -> int:
    """The first port that the system gives to outgoing connections; 32768 where it does not say."""
    try:
        return max(int(said.read_text().split()[0]), LOWEST + 5_000)
    except (OSError, ValueError, IndexError):
        return 32_768
