"""How fast the bridge carries, as a ratio of what redis-benchmark sends over one connection without a pipeline.

Both run in turn on the same two servers, medians of the wall clock: entries a second.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import threading
import time
from statistics import median
from typing import TYPE_CHECKING

from migrator.bridging.carrier import Carrier
from migrator.bridging.forms import ENVELOPE, TOPIC, Form
from migrator.bridging.lanes import Lane
from migrator.live.servers import HOST, Servers
from migrator.live.urls import read_url

if TYPE_CHECKING:
    import redis

ENTRIES = 20_000
ROUNDS = 5
TARGET = 0.5
PAYLOAD = '{"symbol": "AAPL", "price": 187.25, "size": 100, "venue": "XNAS"}'
PROGRAMS = ("valkey-benchmark", "redis-benchmark")


def main() -> int:
    """Print the table; with --check, 1 if the ratio is below the target."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="exit with 1 where the target is missed")
    check = parser.parse_args().check
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        print(f"bridge: none of {' and '.join(PROGRAMS)} is here; nothing is measured")
        return 0
    with Servers() as servers:
        rounds = [(floor(program, servers), bridged(servers)) for _ in range(ROUNDS)]
    sent, carried = (median(each) for each in zip(*rounds, strict=True))
    ratio = median(ours / theirs for theirs, ours in rounds)
    print(f"{'entries a second':<40}{'median':>10}")
    print(f"{'XADD of redis-benchmark, one connection':<40}{sent:>10,.0f}")
    print(f"{'the bridge, a topic to an envelope':<40}{carried:>10,.0f}")
    met = ratio >= TARGET
    print(f"ratio {ratio:.2f}; target: at least {TARGET}; {'met' if met else 'missed'}")
    return int(check and not met)


def floor(program: str, servers: Servers) -> float:
    """XADD of the same entry, one after the other."""
    command = [program, "-h", HOST, "-p", str(servers.ports["main"]), "-c", "1", "-n", str(ENTRIES), "-q"]
    entry = ("XADD", "floor", "*", "topic", "a.b", "payload", PAYLOAD, "priority", "normal", "timestamp", "1.5")
    done = subprocess.run([*command, *entry], capture_output=True, text=True, check=True)
    found = re.findall(r"([\d.]+) requests per second", done.stdout.replace("\r", "\n"))
    return float(found[-1])


def bridged(servers: Servers) -> float:
    """The same entries from one server to the other, from the first read to the last acknowledgement."""
    urls = {name: read_url(name, f"redis://{HOST}:{port}", "a benchmark") for name, port in servers.ports.items()}
    with servers.client("main") as main, servers.client("engine_logic") as bus:
        main.flushall()
        bus.flushall()
        fill(main)
        bus.xgroup_create("target", "reader", id="$", mkstream=True)
    form = Form(TOPIC, ENVELOPE, ("a.*",), "risk_metric", "risk")
    lane = Lane("a -> b a.*", urls["main"], "source", urls["engine_logic"], "target", form)
    carrier = Carrier(lane, threading.Event(), lambda _: None)
    started = time.perf_counter()
    carrier.run(once=True)
    taken = time.perf_counter() - started
    assert carrier.counts.carried == ENTRIES, carrier.counts
    return ENTRIES / taken


def fill(main: redis.Redis) -> None:
    """The entries to carry."""
    with main.pipeline(transaction=False) as pipe:
        for _ in range(ENTRIES):
            pipe.xadd("source", {"topic": "a.b", "payload": PAYLOAD, "priority": "normal", "timestamp": "1.5"})
        pipe.execute()


if __name__ == "__main__":
    sys.exit(main())
