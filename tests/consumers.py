"""Readers of streams that really do what a diagnosis names: each loops in a thread of its own until its block ends."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import redis
from liveservers import LiveServer

PAUSE = 0.002  # seconds, as those wait who swallow an error and try again


@contextmanager
def looping(server: LiveServer, turn: Callable[[redis.Redis], object]) -> Iterator[redis.Redis]:
    """A client on which a thread does the same again and again, whatever the server answers."""
    client, stop = server.client(), threading.Event()

    def loop() -> None:
        while not stop.is_set():
            with suppress(redis.ResponseError):
                turn(client)
            stop.wait(PAUSE)

    thread = threading.Thread(target=loop)
    thread.start()
    try:
        yield client
    finally:
        stop.set()
        thread.join()
        client.close()


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
