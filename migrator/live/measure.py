"""What one server counts: snapshots of it, and what happened between two of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from msgspec import Struct

if TYPE_CHECKING:
    import redis

BUS_COMMANDS = frozenset({"publish", "spublish", "subscribe", "psubscribe", "ssubscribe"})
"""The commands of a bus beside those on streams, which all begin with x."""

NEUTRAL_COMMANDS = frozenset({"", "auth", "client", "command", "hello", "info", "ping", "select"})
"""What every client says on a new or idle connection; it tells nothing of its use."""

BUS, CACHE, IDLE = "bus", "cache", "idle"


class Calls(Struct, frozen=True):
    """How often one command was called; a failed call is one that got an error reply, an empty read is none."""

    calls: int = 0
    usec: int = 0
    rejected: int = 0
    failed: int = 0

    def since(self, before: Calls) -> Calls:
        """What was added since an earlier count."""
        return Calls(*(getattr(self, name) - getattr(before, name) for name in Calls.__struct_fields__))


class Connection(Struct, frozen=True):
    """One connection as the server sees it: `addr` is the client's end, `cmd` its last command."""

    id: int
    addr: str
    cmd: str
    name: str = ""
    user: str = ""
    blocked: bool = False  # it waits within a command
    idle: int = 0  # seconds since it said anything
    age: int = 0  # seconds since it came
    port: int = 0  # of the server, to which it leads; 0 where the server does not say


class Snapshot(Struct, frozen=True):
    """All that is counted on one server at one moment, without the connection that asked."""

    run_id: str
    version: str
    uptime: int
    clock: float  # the server's own, in seconds
    cpu: float  # seconds used since it started
    connected: int
    received: int  # connections since it started, or since CONFIG RESETSTAT
    asker: int  # the id of the connection that asked
    commands: Mapping[str, Calls]
    errors: Mapping[str, int]
    connections: tuple[Connection, ...]
    memory: int = 0  # bytes used
    max_memory: int = 0  # bytes; 0: no limit is set
    role: str = "master"
    mode: str = "standalone"  # or cluster, or sentinel
    asker_addr: str = ""  # the asker's end as the server sees it
    asker_port: int = 0  # the server's end of the same


class Delta(Struct, frozen=True):
    """What happened on one server between two snapshots; since the restart, where `restarted` says so."""

    seconds: float
    cpu_percent: float
    connected: int
    received: int
    commands: Mapping[str, Calls]
    errors: Mapping[str, int]
    restarted: str = ""  # why the earlier snapshot no longer counts

    def calls(self, command: str) -> Calls:
        """The calls of one command, without its subcommands; zeros where it was never called."""
        return self.commands.get(command, Calls())

    def per_second(self, count: int) -> float:
        """How many that is a second; 0 where no time has passed."""
        return count / self.seconds if self.seconds > 0 else 0.0

    @property
    def bus_calls(self) -> int:
        """The calls of all commands of a bus, whoever made them."""
        return sum(calls.calls for command, calls in self.commands.items() if is_bus_command(command))


def is_bus_command(command: str) -> bool:
    """Whether this command is one of a bus; `xgroup|create` is, `get` and `info` are not."""
    return command.startswith("x") or command in BUS_COMMANDS


def use_of(commands: Iterable[str]) -> str:
    """What a connection is for, by the last commands with which it was seen: BUS, CACHE or IDLE.

    One command of a bus is enough for BUS: a client that does both is on the bus.
    """
    telling = [command for command in commands if command.partition("|")[0] not in NEUTRAL_COMMANDS]
    if any(map(is_bus_command, telling)):
        return BUS
    return CACHE if telling else IDLE


def take_snapshot(client: redis.Redis) -> Snapshot:
    """Ask one server for everything; the client must hold one connection only."""
    asker: Any = client.client_id()
    info: Any = client.info("everything")
    listed: Any = client.client_list()
    return read_snapshot(info, listed, asker)


def read_connection(client: Mapping[str, str]) -> Connection:
    """One line of CLIENT LIST."""
    return Connection(
        int(client["id"]),
        client["addr"],
        client.get("cmd", ""),
        client.get("name", ""),
        client.get("user", ""),
        "b" in client.get("flags", ""),
        int(client.get("idle", 0)),
        int(client.get("age", 0)),
        _port(client.get("laddr", "")),
    )


def _port(address: str) -> int:
    port = address.rpartition(":")[2]
    return int(port) if port.isdecimal() else 0


def read_snapshot(info: Mapping[str, Any], listed: Iterable[Mapping[str, str]], asker: int) -> Snapshot:
    """Make a snapshot from what INFO and CLIENT LIST answered."""
    everyone = [read_connection(client) for client in listed]
    connections = tuple(connection for connection in everyone if connection.id != asker)
    return Snapshot(
        run_id=str(info["run_id"]),
        version=str(info.get("valkey_version") or info["redis_version"]),
        uptime=int(info["uptime_in_seconds"]),
        clock=int(info["server_time_usec"]) / 1e6,
        cpu=float(info["used_cpu_sys"]) + float(info["used_cpu_user"]),
        connected=int(info["connected_clients"]) - 1,  # the server counts the asker too
        received=int(info["total_connections_received"]),
        asker=asker,
        commands={
            key.removeprefix("cmdstat_"): read_calls(value) for key, value in info.items() if key.startswith("cmdstat_")
        },
        errors={
            key.removeprefix("errorstat_"): int(value["count"])
            for key, value in info.items()
            if key.startswith("errorstat_")
        },
        connections=connections,
        memory=int(info.get("used_memory", 0)),
        max_memory=int(info.get("maxmemory", 0)),
        role=str(info.get("role", "master")),
        mode=mode_of(info),
        asker_addr=next((connection.addr for connection in everyone if connection.id == asker), ""),
        asker_port=next((connection.port for connection in everyone if connection.id == asker), 0),
    )


def mode_of(info: Mapping[str, Any]) -> str:
    """standalone, cluster or sentinel; Valkey says it under a name of its own."""
    said = str(info.get("redis_mode") or info.get("server_mode") or "standalone")
    return "cluster" if info.get("cluster_enabled") else said


def read_calls(stats: Mapping[str, Any]) -> Calls:
    """One line of INFO commandstats; servers before 6.2 count neither rejected nor failed calls."""
    return Calls(
        int(stats["calls"]), int(stats["usec"]), int(stats.get("rejected_calls", 0)), int(stats.get("failed_calls", 0))
    )


def compare(before: Snapshot, after: Snapshot) -> Delta:
    """What happened between two snapshots of the same server."""
    restarted = why_counters_are_new(before, after)
    same_process = before.run_id == after.run_id and before.uptime <= after.uptime
    seconds = after.clock - before.clock if same_process else float(after.uptime)
    used = after.cpu - (before.cpu if same_process else 0.0)
    old = Snapshot("", "", 0, 0.0, 0.0, 0, 0, 0, {}, {}, ()) if restarted else before
    return Delta(
        seconds=seconds,
        cpu_percent=100 * used / seconds if seconds > 0 else 0.0,
        connected=after.connected,
        # The asker of the second snapshot came in between too, unless it is the one that took the first.
        received=after.received - old.received - (after.asker != old.asker),
        commands={name: calls.since(old.commands.get(name, Calls())) for name, calls in after.commands.items()},
        errors={kind: more for kind, count in after.errors.items() if (more := count - old.errors.get(kind, 0))},
        restarted=restarted,
    )


def why_counters_are_new(before: Snapshot, after: Snapshot) -> str:
    """Why the earlier counters cannot be taken off the later ones; empty where they can."""
    if before.run_id != after.run_id:
        return "the server restarted: its run_id changed"
    if after.uptime < before.uptime:
        return f"the server restarted: its uptime fell from {before.uptime} to {after.uptime} s"
    if any(after.commands.get(name, Calls()).calls < calls.calls for name, calls in before.commands.items()):
        return "the counters were reset: CONFIG RESETSTAT"
    return ""
