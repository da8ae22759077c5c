"""Which of a lane's two servers a failure is of, which no error of redis-py says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from migrator.live.urls import ServerUrl

if TYPE_CHECKING:
    import redis


@contextmanager
def naming(server: ServerUrl) -> Iterator[None]:
    """Within it, a RedisError is told to be of this server, unless it is told to be of another one already."""
    import redis

    try:
        yield
    except redis.RedisError as error:
        if not hasattr(error, "__notes__"):
            error.add_note(f"{server.name} ({server.shown}): {server.why(error)}")
        raise


def told(error: redis.RedisError) -> str:
    """The server of an error that went through `naming`, and why it gave no answer, with what to do next."""
    return error.__notes__[0]
