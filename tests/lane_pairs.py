"""Two servers and a lane of the bridge between them, for the tests of lanes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from liveservers import LiveServer

from migrator.bridging.carrier import Carrier
from migrator.bridging.forms import RAW, Form
from migrator.bridging.lanes import Lane, Reader

SAME = Form(RAW, RAW, ("orders",))
DESK = Reader("web -> desk orders", "desk", SAME, "desk", groups="^desk$")
RISK = Reader("web -> risk orders", "risk", SAME, "risk", groups="^risk$")


class Pair:
    """Two servers, and a stream between them that has its own name in each test."""

    def __init__(self, main: LiveServer, bus: LiveServer) -> None:
        self.servers = main.named("main"), bus.named("engine_logic")
        self.main, self.bus = main.client(), bus.client()

    def lane(self, *readers: Reader) -> Lane:
        return Lane(self.servers[0], "orders", self.servers[1], "orders", readers)

    def carry(self, *readers: Reader) -> Carrier:
        """What `migrate bridge --once` does."""
        carrier = Carrier(self.lane(*readers), threading.Event(), lambda _: None)
        carrier.run(once=True)
        return carrier

    def add(self, *numbers: int, **fields: str) -> None:
        for number in numbers:
            self.main.xadd("orders", {"n": str(number)} | fields, id=f"{number}-0")

    def read(self, group: str, upto: int = 0, unacknowledged: tuple[int, ...] = ()) -> None:
        """The old group of a reader, which was given so much."""
        self.main.xgroup_create("orders", group, id="0", mkstream=True)
        if upto:
            self.main.xreadgroup(group, "one", {"orders": ">"}, count=upto)
            done = [f"{number}-0" for number in range(1, upto + 1) if number not in unacknowledged]
            if done:
                self.main.xack("orders", group, *done)

    def subscribe(self, group: str, begin: str = "0") -> None:
        self.bus.xgroup_create("orders", group, id=begin, mkstream=True)

    def written(self) -> list[int]:
        """The numbers of what the bridge wrote, in its order."""
        origins = [fields["migrate_origin"] for _, fields in self.bus.xrange("orders")]
        return [int(origin.removeprefix("main:orders:").partition("-")[0]) for origin in origins]

    def given(self, group: str) -> list[int]:
        """The numbers that a group on the bus is given from now on."""
        reply = self.bus.xreadgroup(group, "one", {"orders": ">"}, count=10_000)
        return [int(fields["n"]) for _, fields in (reply[0][1] if reply else [])]


@contextmanager
def at_work(lane: Lane) -> Iterator[Carrier]:
    """A bridge that goes on until the end of the block."""
    stop = threading.Event()
    carrier = Carrier(lane, stop, lambda _: None)
    thread = threading.Thread(target=carrier.run)
    thread.start()
    try:
        yield carrier
    finally:
        stop.set()
        thread.join()


def wait_for(found: object, expected: object, limit: threading.Event) -> None:
    """Until a function says what is expected."""
    assert callable(found)
    for _ in range(1200):
        if found() == expected:
            return
        limit.wait(0.05)
    assert found() == expected


def wait_until_written(pair: Pair, numbers: list[int]) -> None:
    wait_for(pair.written, numbers, threading.Event())
