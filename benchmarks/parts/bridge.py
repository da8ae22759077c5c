"""How fast the bridge carries, beside what redis-benchmark sends over one connection without a pipeline.

Both run in turn on the same two servers, by the clock on the wall.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.measuring.figures import Figure, Part
from benchmarks.measuring.setting import Setting
from migrator.bridging.carrier import Carrier
from migrator.bridging.forms import ENVELOPE, TOPIC, Form
from migrator.bridging.lanes import Lane, Reader
from migrator.live.servers import HOST, Servers
from migrator.live.urls import read_url

if TYPE_CHECKING:
    import redis

ENTRIES = 20_000
ROUNDS = 5
TARGET = 0.5
PAYLOAD = '{"symbol": "AAPL", "price": 187.25, "size": 100, "venue": "XNAS"}'
PROGRAMS = ("valkey-benchmark", "redis-benchmark")


def measure(setting: Setting) -> Part:
    """The one figure, with the extra `bridge` where it is installed; a note where there is nothing to compare with."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        return Part(notes=[f"neither {' nor '.join(PROGRAMS)} is here, so nothing was measured"])
    if setting.others.packages is not None:
        sys.path.append(str(setting.others.packages))  # for hiredis, which redis-py uses where it is
    with Servers() as servers:
        rounds = [(floor(program, servers), bridged(servers)) for _ in range(setting.rounds or ROUNDS)]
    sent, carried = (median(each) for each in zip(*rounds, strict=True))
    ratios = [ours / theirs for theirs, ours in rounds]
    what = f"entries a second / XADD of {Path(program).name}"
    measured = f"{carried:,.0f} / {sent:,.0f} a second"
    return Part([Figure(subject(), what, median(ratios), TARGET, (min(ratios), max(ratios)), measured, is_floor=True)])


def subject() -> str:
    """What is measured, and by which of redis-py's two parsers."""
    from redis.utils import HIREDIS_AVAILABLE

    return f"a topic carried to an envelope, {'with' if HIREDIS_AVAILABLE else 'without'} hiredis"


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
    reader = Reader("a -> b a.*", "b", form)
    lane = Lane(urls["main"], "source", urls["engine_logic"], "target", (reader,))
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
