"""One stage of the demo: the engines of one checkout under traffic, and what all three servers say of it."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from migrator.demo.bridge import Bridged
from migrator.demo.edges import DRIVE, EDGES, ROUTES
from migrator.demo.engines import Engines
from migrator.demo.results import EdgeResult, ServerResult, StageResult, compare_edges, count_connections
from migrator.demo.say import Said
from migrator.live.measure import Snapshot, compare, take_snapshot
from migrator.live.owners import owners_of
from migrator.live.servers import Servers
from migrator.live.streams import read_streams, scan_names

if TYPE_CHECKING:
    import redis

WINDOW = 4.0  # seconds of traffic and rest at least, so that a rate means something
QUIET = 1.0  # seconds without a new message: longer than any engine sleeps between two reads
PATIENCE = 20.0  # seconds until traffic that never rests is called a loop
PAUSE = 0.2


class Checkout(Struct, frozen=True):
    """The platform as it stands after some phases: where its code is, and which engine moves when."""

    backend: Path
    phases: Mapping[str, int | None]  # every engine; None for one that uses the dual bus already
    bridged: tuple[tuple[str, str, str], ...] = ()  # publisher, consumer and channel of the edges that are bridged


class Watch:
    """Looks at every server again and again, and remembers what each connection was seen to do."""

    def __init__(self, askers: Mapping[str, redis.Redis]) -> None:
        self.askers = askers
        self.seen: dict[str, defaultdict[int, set[str]]] = {name: defaultdict(set) for name in askers}

    def look(self) -> dict[str, Snapshot]:
        """A snapshot of each server, now."""
        snapshots = {name: take_snapshot(asker) for name, asker in self.askers.items()}
        for name, snapshot in snapshots.items():
            for connection in snapshot.connections:
                self.seen[name][connection.id].add(connection.cmd)
        return snapshots


Ask = Callable[[Mapping[str, int], Mapping[int, str]], Said]
"""What is asked of a stage at its end: of the servers by their ports, and the engines by theirs."""


Carry = Callable[[], Callable[[], Bridged]]
"""Starts a bridge between engines that are up; what it gives says what was carried."""


def run_stage(
    name: str,
    number: int,
    checkout: Checkout,
    servers: Servers,
    logs: Path,
    ask: Ask | None = None,
    carry: Carry | None = None,
) -> StageResult:
    """Start the engines, and a bridge beside them; drive traffic over every edge, wait until all is at rest, and
    compare; then ask.
    """
    with ExitStack() as stack:
        askers = {server: stack.enter_context(servers.client(server)) for server in servers.ports}
        for asker in askers.values():
            forget_messages(asker)
        engines = Engines(checkout.backend, tuple(checkout.phases), servers.redirect, logs)
        with engines:
            carried = carry() if carry is not None else None
            result = watch_traffic(name, number, checkout, engines, Watch(askers))
            if carried is not None:
                result = replace(result, bridge=carried())
            if ask is not None:
                listening = {engine.port: engine.name for engine in engines.running.values()}
                result = replace(result, said=ask(servers.ports, listening))
    return replace(result, killed=engines.killed)


def forget_messages(asker: redis.Redis) -> None:
    """Each stage counts its own messages, not those that an earlier one left; groups stay where they stand."""
    for name in scan_names(asker)[0]:
        asker.xtrim(name, maxlen=0, approximate=False)


def watch_traffic(name: str, number: int, checkout: Checkout, engines: Engines, watch: Watch) -> StageResult:
    """The result of one stage whose engines are up."""
    before = watch.look()
    drive(engines)

    def compared(stats: Mapping[str, Any]) -> tuple[EdgeResult, ...]:
        return compare_edges(EDGES, stats, checkout.phases, number, checkout.bridged)

    stats, at_rest = wait_for_rest(engines, watch, lambda stats: not any(map(is_missing, compared(stats))))
    after = watch.look()
    routes = call_routes(engines)
    return StageResult(
        name=name,
        servers={server: read_server(server, before[server], after[server], engines, watch) for server in after},
        edges=compared(stats),
        routes=routes,
        at_rest=at_rest,
    )


def call_routes(engines: Engines) -> dict[str, int]:
    """The status with which each known route answers."""
    return {
        f"{engine} {method} {path}": engines.call(engine, method, path)
        for engine, routes in ROUTES.items()
        for method, path, _expected in routes
    }


def drive(engines: Engines) -> None:
    """Make traffic on every edge; a call that fails shows as an edge without traffic."""
    for engine, method, path in DRIVE:
        engines.call(engine, method, path)


def is_missing(result: EdgeResult) -> bool:
    """Whether something that should come has not come yet."""
    return (result.bridged or not result.is_cut) and not result.is_complete


def wait_for_rest(
    engines: Engines,
    watch: Watch,
    is_done: Callable[[Mapping[str, Any]], bool] = lambda _stats: True,
    patience: float = PATIENCE,
) -> tuple[dict[str, Any], bool]:
    """The engines' counters once they no longer move, and whether they came to rest at all.

    What is not done by these counters may still be under way on a host that has little time for it: it is waited for.
    """
    started = changed = time.monotonic()
    last: dict[str, Any] = {}
    while (now := time.monotonic()) - started < patience:
        stats = engines.stats()
        watch.look()
        if stats != last:
            last, changed = stats, now
        elif now - changed >= QUIET and now - started >= WINDOW and is_done(stats):
            return stats, True
        time.sleep(PAUSE)
    return last, now - changed >= QUIET


def read_server(name: str, before: Snapshot, after: Snapshot, engines: Engines, watch: Watch) -> ServerResult:
    """What one server counted between two snapshots, and who is connected to it now."""
    pids = engines.pids()
    addresses = [connection.addr for connection in after.connections]
    port = watch.askers[name].connection_pool.connection_kwargs["port"]
    owners = owners_of(addresses, pids, server=port)
    by_address = {address: pids[pid] for address, pid in owners.items()}
    return ServerResult(
        delta=compare(before, after),
        connections=count_connections(name, after.connections, watch.seen[name], by_address),
        pending=sum(group.pending for stream in read_streams(watch.askers[name]).found for group in stream.groups),
    )
