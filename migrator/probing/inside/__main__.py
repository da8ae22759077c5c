"""Imports the client, asks what travels, and runs each probe in a process of its own: ORDER.json RESULT.json."""

from __future__ import annotations

import asyncio
import importlib
import json
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import calling, connecting, delivering
from .bench import Bench, told
from .connecting import in_a_loop
from .guard import Guard
from .processes import Lanes, Result, result_of, start, wait
from .survey import delivery, passages_of, subscribable, survey
from .verdicts import FAILED, failed

PROBES: dict[str, Callable[[Bench], Any]] = {
    "sparse": delivering.sparse,
    "idle": connecting.idle,
    "filtering": delivering.filtering,
    "fan-out": delivering.fan_out,
    "legacy-publish": calling.legacy_publish,
    "arguments": calling.arguments,
    "payloads": calling.payloads,
    "sync-handler": calling.sync_handler,
    "failing-handler": calling.failing_handler,
    "first-start": delivering.first_start,
    "instances": delivering.instances,
    "configuration": connecting.configuration,
    "lost-group": connecting.lost_group,
    "after-close": connecting.after_close,
    "event-loop": connecting.event_loop,
}
"""Those that take longest come first. `delivery` and `subscribable` are what the survey says."""

ONCE = ("sparse", "idle")
"""Their verdict rests on many events; any other that fails is tried again, since a lossy client may lose its one."""


def main(order_file: str, result_file: str) -> None:
    """Write the result beside the order: the verdicts, or why there are none."""
    order = json.loads(Path(order_file).read_text())
    try:
        result = _probe(order)
    except BaseException as error:
        traceback.print_exc()
        result = {"fault": f"importing it ended in {told(error)}"}
    Path(result_file).write_text(json.dumps(result))


def _probe(order: dict[str, Any]) -> Result:
    guard = Guard({int(port): bus for port, bus in order["by_port"].items()})
    guard.install()
    module = importlib.import_module(order["module"])
    run = Run(order, guard, Bench(module, guard, order))
    found = run.survey()
    if "ended" in found:
        return {"fault": found["ended"]}
    if "raised" in found:
        return {"fault": found["raised"]}
    guard.by_address = {(host, port): bus for host, port, bus in found["addresses"]}
    verdicts = {"delivery": delivery(run.bench, found), "subscribable": subscribable(found)}
    run.bench.passages = passages_of(found)
    verdicts |= run.probes([name for name in PROBES if name in order["probes"]])
    return {"verdicts": {name: verdicts[name] for name in order["probes"]}, "names": run.names()}


class Run:
    """All processes of one probe, on the servers of the order."""

    def __init__(self, order: dict[str, Any], guard: Guard, bench: Bench) -> None:
        self.order, self.guard, self.bench = order, guard, bench
        self.found: dict[str, set[str]] = {bus: set() for bus in order["lanes"][0]}

    def survey(self) -> Result:
        """What travels, asked on the first lane."""
        self.empty(0)
        child = start(lambda: self._in_lane(0, self._survey), self.order["limit"])
        while not wait([child], 0.2):
            continue
        return result_of(child, self.order["limit"])

    def _survey(self) -> Result:
        try:
            found: Result = in_a_loop(survey(self.bench))[1]
        except Exception as error:
            traceback.print_exc()
            return {"raised": told(error)}
        return found

    def probes(self, names: list[str]) -> dict[str, Result]:
        """The verdict of each."""
        found = self._all(names)
        doubtful = [name for name, verdict in found.items() if verdict["status"] == FAILED and name not in ONCE]
        return found | self._all(doubtful)

    def _all(self, names: list[str]) -> dict[str, Result]:
        lanes = Lanes(self.order["limit"], list(range(len(self.order["lanes"]))))
        ended = lanes.run(names, lambda name, lane: self._in_lane(lane, lambda: self._verdict(name)), self.empty)
        return {name: failed(result["ended"]) if "ended" in result else result for name, _, result in ended}

    def _in_lane(self, lane: int, work: Callable[[], Result]) -> Result:
        self.guard.buses = self.order["lanes"][lane]
        return work()

    def _verdict(self, name: str) -> Result:
        probe = PROBES[name]
        try:
            if asyncio.iscoroutinefunction(probe):
                result: Result = in_a_loop(probe(self.bench))[1]
            else:
                result = probe(self.bench)
        except Exception as error:
            traceback.print_exc()
            return failed(f"it raised {told(error)}")
        return result

    def empty(self, lane: int) -> None:
        """Note what the last probe left on the servers of a lane, and take it away."""
        self.guard.buses = self.order["lanes"][lane]
        for bus in self.guard.buses:
            with self.bench.admin(bus) as server:
                if self.bench.is_given:
                    server.delete(*self.order["names"][bus])
                else:
                    self.found[bus] |= set(server.scan_iter(count=1000))
                    server.flushall()

    def names(self) -> dict[str, list[str]]:
        """Every key that was made on each bus."""
        for lane in range(len(self.order["lanes"])):
            self.empty(lane)
        return {bus: sorted(names) for bus, names in self.found.items()}


if __name__ == "__main__":
    main(*sys.argv[1:])
