"""Readers of streams that really do what a diagnosis names: each loops in a thread of its own until its block ends."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import redis
from liveservers import LiveServer

PAUSE = 0.002  # seconds, as those wait who swallow an error and try again
PATIENCE = 60.0  # seconds for a loop to turn, however busy the machine is


class Loop:
    """A client on which a thread does the same again and again, whatever the server answers."""

    def __init__(self, server: LiveServer, turn: Callable[[redis.Redis], object]) -> None:
        self.client, self._turn = server.client(), turn
        self._asker = server.client()  # stays: one more connection in a window counts as an error on older servers
        self._stop, self._turns = threading.Event(), 0
        self._thread = threading.Thread(target=self._run)

    def start(self) -> None:
        self._thread.start()

    def end(self) -> None:
        self._stop.set()
        self._thread.join()
        self.client.close()
        self._asker.close()

    def wait(self) -> None:
        """Until it has turned twice from now on, of which the second turn is whole, or waits in a blocked read."""
        wanted, end = self._turns + 2, time.monotonic() + PATIENCE
        while self._turns < wanted and not any("b" in each["flags"] for each in self._asker.client_list()):
            assert time.monotonic() < end, "the loop does not turn"
            time.sleep(PAUSE)

    def _run(self) -> None:
        while not self._stop.is_set():
            with suppress(redis.ResponseError):
                self._turn(self.client)
            self._turns += 1
            self._stop.wait(PAUSE)


loops: list[Loop] = []
"""Those that run in this process, the first one first."""


def wait_for_loops() -> None:
    """Until each has done something from now on: a process may be slow to start a thread, and may stand still."""
    for loop in loops:
        loop.wait()


@contextmanager
def looping(server: LiveServer, turn: Callable[[redis.Redis], object]) -> Iterator[redis.Redis]:
    """The client of a loop that turns already, until the block ends."""
    loop = Loop(server, turn)
    loop.start()
    loops.append(loop)
    try:
        loop.wait()
        yield loop.client
    finally:
        loops.remove(loop)
        loop.end()


def reading(
    server: LiveServer, stream: str, group: str, start: str = ">", block: int | None = None, acknowledge: bool = True
) -> contextlib.AbstractContextManager[redis.Redis]:
    """A consumer of a group, which acknowledges what it is given unless told otherwise."""

    def turn(client: redis.Redis) -> None:
        for name, messages in client.xreadgroup(group, "one", {stream: start}, block=block):
            for identity, _ in messages:
                if acknowledge:
                    client.xack(name, group, identity)

    return looping(server, turn)
