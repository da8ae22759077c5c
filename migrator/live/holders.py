"""Who holds a server's connections: engines by their listening port, other processes, names and addresses."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from migrator.live.measure import Connection, use_of
from migrator.live.owners import PROC, TABLES, holders_of, owners_of, parent_of, program_of, server_of

GENERATIONS = 8  # from a worker up to the process that started it all


class Owner(Struct, frozen=True):
    """Whose a connection is. `engine` is "" where it is none's; `who` is what to show instead."""

    engine: str
    who: str
    how: str  # process, name or address
    pid: int = 0


class Holder(Struct, frozen=True):
    """The connections that one owner has for one use."""

    owner: Owner
    use: str  # bus, cache or idle
    connections: int
    commands: tuple[str, ...]  # the last ones with which they were seen
    blocked: int = 0  # how many wait within a command
    quiet: int = 0  # seconds since any of those that wait said anything, the longest
    age: int = 0  # seconds since the first of them came

    @property
    def name(self) -> str:
        """The engine, or what to show where it is none's."""
        return self.owner.engine or self.owner.who


class Here(Struct, frozen=True):
    """The engines of this host: the port that each listens on, and the processes that are known to be an engine's."""

    ports: Mapping[int, str]
    pids: Mapping[int, str]
    proc: Path = PROC

    @classmethod
    def of(cls, ports: Mapping[int, str], proc: Path = PROC) -> Here:
        """The engines that listen now; none where this host does not tell."""
        if not (proc / TABLES[0]).exists():
            return cls(ports, {}, proc)
        return cls(ports, {pid: ports[port] for pid, port in holders_of(ports, proc).items()}, proc)

    def engine_of(self, pid: int) -> str:
        """The engine that a process belongs to, itself or by one that started it; "" for none."""
        for _ in range(GENERATIONS):
            if pid in self.pids:
                return self.pids[pid]
            pid = parent_of(pid, self.proc)
            if pid <= 1:
                break
        return ""


def owners(connections: Iterable[Connection], asker: str, here: Here, port: int = 0) -> dict[str, Owner]:
    """The owner of each connection, by its address; `port` is the server's own, by which the asker came.

    Processes are looked for only where this host sees the asker's own address as the server does. Elsewhere the same
    address may be another host's.
    """
    connections = list(connections)
    is_local = (here.proc / TABLES[0]).exists() and bool(owners_of([asker], [os.getpid()], here.proc))
    pids = processes_of(connections, asker, here, port) if is_local else {}
    known: dict[int, Owner] = {}
    found: dict[str, Owner] = {}
    for connection in connections:
        pid = pids.get(connection.addr, 0)
        if pid and pid not in known:
            known[pid] = owner_of_process(pid, here)
        found[connection.addr] = named(known[pid], connection, here) if pid else owner_by_name(connection, here)
    return found


def named(owner: Owner, connection: Connection, here: Here) -> Owner:
    """The owner by the name that its connection gave, where that says more than its program: `ml`, `migrate-bridge`."""
    if not connection.name or owner.engine:
        return owner
    engine = owner_by_name(connection, here).engine
    return replace(owner, engine=engine, who=engine or connection.name)


def processes_of(connections: Iterable[Connection], asker: str, here: Here, port: int) -> dict[str, int]:
    """The process of each connection's address. A server may have several ports, one with TLS and one without, and
    may know them by other numbers than this host.
    """
    seen = server_of(asker, os.getpid(), here.proc)
    by_port: dict[int, list[str]] = defaultdict(list)
    for connection in connections:
        same = connection.port == port or not connection.port
        by_port[seen if same else connection.port if seen == port else 0].append(connection.addr)
    found: dict[str, int] = {}
    for server, addresses in by_port.items():
        found |= owners_of(addresses, None, here.proc, server)
    return found


def owner_of_process(pid: int, here: Here) -> Owner:
    """An engine where the process, or one that started it, listens on an engine's port; the program otherwise."""
    engine = here.engine_of(pid)
    return Owner(engine, engine or program_of(pid, here.proc) or "process", "process", pid)


def owner_by_name(connection: Connection, here: Here) -> Owner:
    """By what CLIENT SETNAME gave, where that was called; by the address without its port otherwise."""
    if not connection.name:
        return Owner("", connection.addr.rpartition(":")[0] or connection.addr, "address")
    words = re.split(r"[^a-z0-9]+", connection.name.lower())
    engines = [engine for engine in here.ports.values() if engine.lower() in words]
    return Owner(engines[0] if len(engines) == 1 else "", connection.name, "name")


def group_connections(
    connections: Iterable[Connection],
    seen: Mapping[int, Iterable[str]],
    owner_of: Mapping[str, Owner],
    use: Callable[[Iterable[str]], str] = use_of,
) -> tuple[Holder, ...]:
    """The connections by owner and use; `seen` are the last commands of each as often as it was looked at."""
    groups: dict[tuple[Owner, str], list[Connection]] = defaultdict(list)
    for connection in connections:
        commands = {connection.cmd, *seen.get(connection.id, ())}
        groups[owner_of[connection.addr], use(commands)].append(connection)
    found = (
        Holder(
            owner,
            what,
            len(held),
            tuple(sorted({cmd for each in held for cmd in (each.cmd, *seen.get(each.id, ())) if cmd})),
            sum(each.blocked for each in held),
            max((each.idle for each in held if each.blocked), default=0),
            max(each.age for each in held),
        )
        for (owner, what), held in groups.items()
    )
    return tuple(sorted(found, key=lambda each: (not each.owner.engine, each.name, each.owner.pid, each.use)))
