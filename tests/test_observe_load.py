"""What a pass costs a large server: little, in small pieces, and never a walk over all keys."""

from __future__ import annotations

import resource
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest
import redis
from liveservers import KINDS, LiveServer, live_server

from migrator.live.reading import Asker
from migrator.live.streams import MOST_STEPS, STEP

CLIENTS, STREAMS, CACHED = 10_000, 5_000, 20_000
WHOLE_PASS, ONE_COMMAND = 100_000, 50_000  # microseconds of the server's time, on a host of usual speed
PASSES = 5  # others use this host too; the least that a pass took is what it takes
SLOWER = 6  # times what the server takes for one bare CLIENT LIST is what a pass may take on a slow host
CALLS = {"client|list": 1, "client|id": 1, "info": 1, "xinfo|stream": STREAMS, "xinfo|groups": STREAMS}
CALLS |= {"xinfo|consumers": STREAMS, "xpending": STREAMS, "scan": (STREAMS + CACHED) // STEP}
"""What is asked of the server in a pass, and how often: no load of the host changes that."""


@contextmanager
def many_clients(server: LiveServer) -> Iterator[int]:
    """As many connections as this host allows, up to CLIENTS."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with ExitStack() as stack:
        stack.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        count = min(CLIENTS, hard - 200)
        for _ in range(count):
            stack.enter_context(socket.create_connection(("127.0.0.1", server.port)))
        yield count


def fill(server: LiveServer) -> None:
    with server.client() as client:
        pipeline = client.pipeline(transaction=False)
        for number in range(STREAMS):
            pipeline.xadd(f"stream:{number}", {"payload": "x" * 100})
            pipeline.xgroup_create(f"stream:{number}", "group", "0")
            pipeline.xreadgroup("group", "one", {f"stream:{number}": ">"})
        for number in range(CACHED):
            pipeline.set(f"cache:{number}", number)
        pipeline.execute()


def cost(client: redis.Redis, ask: Callable[[], object]) -> dict[str, tuple[int, int]]:
    """How often each command was called, and its microseconds, while this was asked."""
    client.config_resetstat()
    ask()
    stats = client.info("commandstats")
    found = {name.removeprefix("cmdstat_"): (each["calls"], each["usec"]) for name, each in stats.items()}
    return {name: each for name, each in found.items() if name != "config|resetstat"}


@pytest.mark.alone
@pytest.mark.parametrize("kind", KINDS)
def test_a_pass_over_many_clients_and_streams_takes_little_of_the_server(kind: str) -> None:
    with live_server(kind, "--maxclients", str(CLIENTS + 200)) as server, many_clients(server) as clients:
        fill(server)
        asker, readings, passes, bare = Asker(server.named("main")), [], [], []
        with server.client() as client:
            for _ in range(PASSES):
                bare.append(cost(client, lambda: client.execute_command("CLIENT LIST"))["client|list"][1])
                passes.append(cost(client, lambda: readings.append(asker.read())))
        asker.close()
    assert len(readings[-1].streams.found) == STREAMS
    assert len(readings[-1].snapshot.connections) == clients + 1  # and the test's own
    calls = {name: count for name, (count, _) in passes[-1].items()}
    assert calls.pop("scan") <= CALLS["scan"] + 2  # its steps are a hint to the server
    assert calls == {name: count for name, count in CALLS.items() if name != "scan"}
    whole = min(sum(usec for _, usec in each.values()) for each in passes)
    longest = min(max(usec / count for count, usec in each.values()) for each in passes)
    assert whole <= max(WHOLE_PASS, SLOWER * min(bare)), (passes, bare)
    assert longest <= max(ONE_COMMAND, 2 * min(bare)), (passes, bare)


def test_a_large_cache_is_not_walked_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("migrator.live.streams.MOST_STEPS", 3)
    with live_server(KINDS[0]) as server:
        with server.client() as client:
            client.mset({f"cache:{number}": number for number in range(10 * STEP)})
            client.config_resetstat()
            asker = Asker(server.named("main"))
            reading = asker.read()
            calls = client.info("commandstats")["cmdstat_scan"]["calls"]
        asker.close()
    assert (calls, reading.streams.complete, MOST_STEPS) == (3, False, 400)
