"""What a pass costs a large server: little, in small pieces, and never a walk over all keys."""

from __future__ import annotations

import resource
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
from liveservers import KINDS, LiveServer, live_server

from migrator.live.reading import Asker
from migrator.live.streams import MOST_STEPS, STEP

CLIENTS, STREAMS, CACHED = 10_000, 5_000, 20_000
WHOLE_PASS, ONE_COMMAND = 100_000, 50_000  # microseconds of the server's time
PASSES = 5  # others use this host too; the least that a pass took is what it takes


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


@pytest.mark.alone
@pytest.mark.parametrize("kind", KINDS)
def test_a_pass_over_many_clients_and_streams_takes_little_of_the_server(kind: str) -> None:
    with live_server(kind, "--maxclients", str(CLIENTS + 200)) as server, many_clients(server) as clients:
        fill(server)
        asker, costs = Asker(server.named("main")), []
        with server.client() as client:
            client.config_set("slowlog-log-slower-than", ONE_COMMAND)
            for _ in range(PASSES):
                client.config_resetstat()
                client.slowlog_reset()
                reading = asker.read()
                stats = client.info("commandstats")
                slow = [entry["command"] for entry in client.slowlog_get()]
                costs.append((sum(each["usec"] for each in stats.values()), slow))
                if costs[-1][0] <= WHOLE_PASS and not slow:
                    break
        asker.close()
    assert len(reading.streams.found) == STREAMS
    assert len(reading.snapshot.connections) == clients + 1  # and the test's own
    assert stats["cmdstat_client|list"]["calls"] == 1
    assert "cmdstat_keys" not in stats
    assert costs[-1][0] <= WHOLE_PASS, costs
    assert costs[-1][1] == [], costs


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
