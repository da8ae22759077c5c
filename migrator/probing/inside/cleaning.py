"""Takes away what probes made on somebody's server, and nothing else: a stream that holds more is left."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .bench import TOKEN

TRIES = 3


def clean(server: Any, names: Iterable[str]) -> list[str]:
    """Delete these streams where every entry is a probe's; gives those that are left because one is not."""
    return [name for name in names if not any(_is_gone(server, name) for _ in range(TRIES))]


def _is_gone(server: Any, name: str) -> bool:
    """Whether the stream is not there any more; one that somebody changes meanwhile is."""
    from redis.exceptions import WatchError

    with server.pipeline() as pipe:
        pipe.watch(name)
        kind = pipe.type(name)
        if kind != "stream":
            return bool(kind == "none")
        if not all(TOKEN.search(repr(entry)) for entry in pipe.xrange(name)):
            return False
        pipe.multi()
        pipe.delete(name)
        try:
            pipe.execute()
        except WatchError:
            return False
    return True
