"""What the server's MONITOR repeats, for a moment: which stream and group each XREADGROUP asks for."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from migrator.live.urls import ServerUrl

if TYPE_CHECKING:
    pass

SECONDS = 0.25
MOST = 500  # commands
PATTERN = re.compile(r"XREADGROUP GROUP (\S+) (\S+) .*?STREAMS (.+)", re.IGNORECASE | re.DOTALL)


class Read(Struct, frozen=True):
    """One stream of an XREADGROUP that was seen: who asked, for which group, from which id."""

    addr: str
    stream: str
    group: str
    start: str


def monitored(server: ServerUrl, seconds: float = SECONDS, most: int = MOST) -> list[Read]:
    """The reads that the server is asked for in a moment. Its MONITOR is ended at once; nothing else is kept."""
    import redis

    client: Any = server.client()
    found: list[Read] = []
    try:
        with client.monitor() as monitor:
            monitor.connection._sock.settimeout(seconds)
            until = time.monotonic() + seconds
            for _ in range(most):
                if time.monotonic() >= until:
                    break
                found += read_command(monitor.next_command())
    except redis.TimeoutError:
        pass  # nobody said anything in the rest of the moment
    finally:
        client.close()
    return found


def read_command(told: Any) -> Iterator[Read]:
    """The reads of one command that MONITOR repeats; none for another command."""
    read = PATTERN.match(told["command"])
    if read:
        words = read[3].split()
        streams, starts = words[: len(words) // 2], words[len(words) // 2 :]
        for stream, start in zip(streams, starts, strict=False):
            yield Read(f"{told['client_address']}:{told['client_port']}", stream, read[1], start)
