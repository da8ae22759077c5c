"""Imports the client, asks what travels, and runs each probe in a process of its own: ORDER.json RESULT.json."""

from __future__ import annotations

import importlib
import inspect
import json
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any, NoReturn

from . import calling, connecting, delivering
from .bench import Bench, told
from .cleaning import clean
from .connecting import in_a_loop
from .guard import Guard
from .processes import Lanes, Result, result_of, start, wait
from .survey import connect, delivery, passages_of, subscribable, survey
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
    except FaultError as fault:
        result = {"fault": str(fault)}
    except BaseException as error:
        traceback.print_exc()
        result = {"fault": told(error)}
    Path(result_file).write_text(json.dumps(result))


def _probe(order: dict[str, Any]) -> Result:
    guard = Guard({int(port): bus for port, bus in order["by_port"].items()})
    guard.install()
    module = _imported(order["module"], order["limit"])
    run = Run(order, guard, Bench(module, guard, order))
    servers = run.first(connect)
    guard.by_address = {(host, port): bus for host, port, bus in servers["addresses"]}
    if not order["given"]:  # there the relay keeps everything in the database of the URL
        run.bench.databases = servers["databases"]
    found = run.first(survey)
    verdicts = {"delivery": delivery(run.bench, found), "subscribable": subscribable(found)}
    run.bench.passages = passages_of(found)
    verdicts |= run.probes([name for name in PROBES if name in order["probes"]])
    return {"verdicts": {name: verdicts[name] for name in order["probes"]}, "names": run.names()}


class FaultError(Exception):
    """The client does not run at all; says how that showed."""


def _imported(name: str, limit: float) -> ModuleType:
    """The client's module; FaultError where its import raises, exits, or takes longer than the limit, in seconds."""

    def give_up(_number: int, _frame: FrameType | None) -> NoReturn:
        raise TimeoutError(f"it took more than {limit:g} s")

    signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, limit)
    try:
        return importlib.import_module(name)
    except BaseException as error:
        traceback.print_exc()
        raise FaultError(f"importing it ended in {told(error)}") from error
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


class Run:
    """All processes of one probe, on the servers of the order."""

    def __init__(self, order: dict[str, Any], guard: Guard, bench: Bench) -> None:
        self.order, self.guard, self.bench = order, guard, bench
        self.found: dict[str, set[str]] = {bus: set() for bus in order["lanes"][0]}

    def first(self, look: Callable[[Bench], Any]) -> Result:
        """What a look at the client shows, on the first lane; FaultError where it shows nothing."""
        self.empty(0)
        child = start(lambda: self._in_lane(0, lambda: self._look(look)), self.order["limit"])
        while not wait([child], 0.2):
            continue
        found = result_of(child, self.order["limit"])
        if "ended" in found:
            raise FaultError(found["ended"])
        return found

    def _look(self, look: Callable[[Bench], Any]) -> Result:
        try:
            found: Result = in_a_loop(look(self.bench))[1]
        except Exception as error:
            traceback.print_exc()
            return {"ended": told(error)}
        return found

    def probes(self, names: list[str]) -> dict[str, Result]:
        """The verdict of each."""
        found = self._all(names)
        doubtful = [name for name, verdict in found.items() if verdict["status"] == FAILED and name not in ONCE]
        doubtful = [name for name in doubtful if not found[name].get("ended")]  # that was no matter of a lost message
        return found | self._all(doubtful)

    def _all(self, names: list[str]) -> dict[str, Result]:
        lanes = Lanes(self.order["limit"], list(range(len(self.order["lanes"]))))
        ended = lanes.run(names, lambda name, lane: self._in_lane(lane, lambda: self._verdict(name)), self.empty)
        return {name: failed(result["ended"]) | result if "ended" in result else result for name, _, result in ended}

    def _in_lane(self, lane: int, work: Callable[[], Result]) -> Result:
        self.guard.buses = self.order["lanes"][lane]
        return work()

    def _verdict(self, name: str) -> Result:
        probe = PROBES[name]
        try:
            if inspect.iscoroutinefunction(probe):
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
                    clean(server, self.order["names"][bus])
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
