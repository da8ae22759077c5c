"""Leads loopback connections to other ports, for a whole process: MIGRATE_REDIRECT="6379=41001,6380=41002".

Python imports this file by its name when its folder is on PYTHONPATH. An engine with a literal `localhost:6379` then
meets the server that was started for it, and never the one that happens to run on this host. No variable, no effect.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from typing import Any

LOOPBACK = ("localhost", "127.0.0.1", "::1")


def redirected(connect: Callable[..., Any], ports: dict[int, int]) -> Callable[..., Any]:
    """The same method of `socket.socket`, with the port of a loopback address exchanged."""

    def connect_redirected(self: socket.socket, address: Any) -> Any:
        if isinstance(address, tuple) and address[0] in LOOPBACK:
            address = (address[0], ports.get(address[1], address[1]), *address[2:])
        return connect(self, address)

    return connect_redirected


def install(table: str) -> None:
    """Wrap the two methods through which both blocking code and asyncio connect."""
    ports = {int(old): int(new) for old, new in (pair.split("=") for pair in table.split(","))}
    for name in ("connect", "connect_ex"):
        setattr(socket.socket, name, redirected(getattr(socket.socket, name), ports))


if os.environ.get("MIGRATE_REDIRECT"):
    install(os.environ["MIGRATE_REDIRECT"])
