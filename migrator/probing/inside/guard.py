"""Leads every connection of this process to the probe's servers, and refuses whatever else would leave it."""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

HOST = "127.0.0.1"
Address = tuple[str, int]

REFUSED = {
    "os.exec",
    "os.posix_spawn",
    "os.spawn",
    "os.system",
    "pty.spawn",
    "socket.bind",
    "socket.getaddrinfo",
    "socket.gethostbyaddr",
    "socket.gethostbyname",
    "socket.getnameinfo",
    "socket.sendmsg",
    "socket.sendto",
    "subprocess.Popen",
}
"""Events of https://docs.python.org/3/library/audit_events.html that would reach another process or host."""


@dataclass
class Guard:
    """Where connections go. A host's name is never looked up: it stands for an address of nobody (RFC 2544)."""

    by_port: Mapping[int, str]  # the usual port of each bus
    buses: Mapping[str, int] = field(default_factory=dict)  # bus -> the port of the probe's server
    by_address: dict[Address, str] = field(default_factory=dict)  # as the client itself says
    others: dict[Address, int] = field(default_factory=dict)  # addresses that one probe leads elsewhere
    asked: list[tuple[Address, str, float]] = field(default_factory=list)  # address, bus and time of each connection
    is_own: bool = False  # the probe itself listens, not the client
    _hosts: dict[str, str] = field(default_factory=dict)
    _default: str = "marketdata"

    def install(self) -> None:
        """From now on, and for good."""
        for name in ("connect", "connect_ex"):
            setattr(socket.socket, name, self._leading(getattr(socket.socket, name)))
        socket.getaddrinfo = self._getaddrinfo
        sys.addaudithook(self._audit)

    def connections(self, since: float) -> dict[str, int]:
        """How many connections the client opened to each bus since then (of `time.monotonic`)."""
        times = [(bus, at) for _, bus, at in self.asked]
        return {bus: sum(each == bus and at >= since for each, at in times) for bus in self.buses}

    def _leading(self, connect: Callable[..., Any]) -> Callable[..., Any]:
        def connect_led(sock: socket.socket, address: Any) -> Any:
            if sock.family in (socket.AF_INET, socket.AF_INET6):
                host = HOST if sock.family == socket.AF_INET else f"::ffff:{HOST}"
                address = (host, self._lead(address), *address[2:])
            return connect(sock, address)

        return connect_led

    def _lead(self, address: Any) -> int:
        host, port = self._hosts.get(address[0], address[0]), int(address[1])
        if host == HOST and port in self.buses.values():
            return port  # the probe's own connection
        bus = self.by_address.get((host, port)) or self.by_port.get(port) or self._default
        self.asked.append(((host, port), bus, time.monotonic()))
        return self.others.get((host, port), self.buses[bus])

    def _getaddrinfo(self, host: Any, port: Any, family: int = 0, type: int = 0, *_: Any, **__: Any) -> list[Any]:
        name = host.decode() if isinstance(host, bytes) else str(host or HOST)
        if name != HOST:
            known = {each: address for address, each in self._hosts.items()}
            fake = known.get(name, f"198.18.{len(known) // 250}.{len(known) % 250 + 1}")
            self._hosts[fake] = name
            name = fake
        kind = socket.SocketKind(type or socket.SOCK_STREAM)
        return [(socket.AF_INET, kind, socket.IPPROTO_TCP, "", (name, int(port or 0)))]

    def _audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event in REFUSED and not self.is_own:
            raise PermissionError(f"the probe refuses {event} to the client")
        if event == "socket.connect" and not self._is_led(arguments[1]):
            raise PermissionError(f"the probe refuses a connection to {arguments[1]!r}")

    def _is_led(self, address: Any) -> bool:
        known = {*self.buses.values(), *self.others.values()}
        return isinstance(address, tuple) and address[0] in (HOST, f"::ffff:{HOST}") and address[1] in known
