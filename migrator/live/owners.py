"""Whose a connection is: from the address that a server sees, over the socket's inode, to the process."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from ipaddress import IPv6Address, ip_address
from pathlib import Path

from msgspec import Struct

from migrator.errors import MigrateError

PROC = Path("/proc")
TABLES = ("net/tcp", "net/tcp6")
LISTEN = "0A"
SOCKET = re.compile(r"socket:\[(\d+)\]")


class Socket(Struct, frozen=True):
    """One line of /proc/net/tcp: addresses as servers write them, `127.0.0.1:8900` or `[::1]:8900`."""

    local: str
    state: str
    inode: int
    peer: int = 0  # the port at its other end

    @property
    def port(self) -> int:
        """Its port on this host."""
        return int(self.local.rpartition(":")[2])


def owners_of(
    addresses: Iterable[str], pids: Iterable[int] | None = None, proc: Path = PROC, server: int = 0
) -> dict[str, int]:
    """The process that holds each of these client addresses; addresses of no process here are left out.

    Looks at the given processes only, or at all of them that may be looked at. `server` is the port that the
    connections lead to, where it is known: one address may lead to several servers at once, from several processes.
    """
    wanted = set(addresses)
    inodes = {
        socket.inode: socket.local for socket in sockets(proc) if socket.local in wanted and server in (0, socket.peer)
    }
    return {inodes[inode]: pid for pid, inode in held_sockets(pids, proc) if inode in inodes}


def server_of(address: str, pid: int, proc: Path = PROC) -> int:
    """The port that a connection of this process leads to, by its own end; 0 where it has none, or several."""
    peers = {socket.inode: socket.peer for socket in sockets(proc) if socket.local == address}
    found = {peers[inode] for _, inode in held_sockets([pid], proc) if inode in peers}
    return found.pop() if len(found) == 1 else 0


def sockets(proc: Path = PROC) -> Iterator[Socket]:
    """Every TCP socket of this host."""
    tables = [proc / table for table in TABLES if (proc / table).exists()]
    if not tables:
        raise MigrateError(f"{proc / TABLES[0]} is not there: whose a connection is can be told on Linux only")
    for table in tables:
        yield from read_sockets(table.read_text())


def read_sockets(text: str) -> Iterator[Socket]:
    """The sockets of one table; its first line is the heading."""
    for line in text.splitlines()[1:]:
        fields = line.split()
        peer = int(fields[2].rpartition(":")[2], 16)
        yield Socket(local=read_address(fields[1]), state=fields[3], inode=int(fields[9]), peer=peer)


def read_address(text: str) -> str:
    """`0100007F:22C4` as `127.0.0.1:8900`: each word of four bytes stands in the host's own order."""
    words, _, port = text.partition(":")
    raw = b"".join(int(words[at : at + 8], 16).to_bytes(4, sys.byteorder) for at in range(0, len(words), 8))
    address = ip_address(raw)
    if isinstance(address, IPv6Address):
        mapped = address.ipv4_mapped
        return f"{mapped}:{int(port, 16)}" if mapped else f"[{address}]:{int(port, 16)}"
    return f"{address}:{int(port, 16)}"


def held_sockets(pids: Iterable[int] | None, proc: Path) -> Iterator[tuple[int, int]]:
    """Each process with the inode of each socket that it holds; those that end meanwhile are passed over."""
    if pids is None:
        pids = [int(entry.name) for entry in proc.iterdir() if entry.name.isdigit()]
    for pid in pids:
        for target in open_files(proc / str(pid) / "fd"):
            if found := SOCKET.fullmatch(target):
                yield pid, int(found[1])


def open_files(folder: Path) -> Iterator[str]:
    """What the descriptors of one process point to; nothing where it has ended or is another user's."""
    with suppress(OSError):
        for entry in folder.iterdir():
            with suppress(OSError):  # closed since it was listed
                yield str(entry.readlink())


def holders_of(ports: Iterable[int], proc: Path = PROC) -> dict[int, int]:
    """Every process that holds a socket listening on one of these ports, with the port; workers hold it as well."""
    wanted = set(ports)
    inodes = {socket.inode: socket.port for socket in sockets(proc) if socket.state == LISTEN and socket.port in wanted}
    return {pid: inodes[inode] for pid, inode in held_sockets(None, proc) if inode in inodes} if inodes else {}


def parent_of(pid: int, proc: Path = PROC) -> int:
    """The process that started this one; 0 where it has ended."""
    with suppress(OSError, ValueError, IndexError):
        # The name of the program stands in brackets, and may hold spaces and brackets itself.
        return int((proc / str(pid) / "stat").read_text().rpartition(")")[2].split()[1])
    return 0


def program_of(pid: int, proc: Path = PROC) -> str:
    """The name of the program that this process runs; "" where it has ended."""
    with suppress(OSError):
        return (proc / str(pid) / "comm").read_text().strip()
    return ""
