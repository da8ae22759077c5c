"""Carries one lane: what was read is written together with its id, and acknowledged only then.

A read entry stays pending in the bridge's group until it was written, so nothing is lost where the bridge or a server
dies. The target keeps the id of the last entry in the same transaction as that entry, so nothing is written twice
while that key is there; where it is lost, what is written again has the same origin.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from migrator.bridging.forms import converted
from migrator.bridging.lanes import Lane
from migrator.errors import MigrateError
from migrator.live.urls import anonymous, why

if TYPE_CHECKING:
    import redis

BATCH = 500  # entries in memory at a time
BLOCK = 500  # milliseconds that a read waits
PATIENCE = (0.1, 2.0)  # seconds before another try, at first and at most
CONSUMER = "bridge"
ANOTHER = "another bridge carries this edge; stop one of them"
FIRST = b"0"
NEW = b">"

Entry = tuple[bytes, dict[bytes, bytes] | None]


class Counts(Struct, dict=True):
    """What one lane did since it was started. One thread writes, others read."""

    carried: int = 0
    passed: int = 0  # entries of other edges, and those that were carried here
    gone: int = 0  # entries that were trimmed before they could be read
    written_before: int = 0  # offered again after a failure, and there already
    failures: int = 0
    state: str = "starting"
    last: str = ""  # the id of the last entry that was looked at
    since: float = field(default_factory=time.monotonic)


class Carrier:
    """One lane at work, on two connections."""

    def __init__(self, lane: Lane, stop: threading.Event, say: Callable[[str], None]) -> None:
        self.lane, self.counts = lane, Counts()
        self._stop, self._say = stop, say
        self._source: redis.Redis = _client(lane.source.url)
        self._target: redis.Redis = _client(lane.target.url)
        self._pending: frozenset[bytes] = frozenset()  # ids that the old groups had not acknowledged
        self._begin = b""  # up to here, only what is pending is carried

    def run(self, *, once: bool = False) -> None:
        """Carry until told to stop, through failures of either server; with `once`, until nothing is left to carry."""
        import redis

        wait = PATIENCE[0]
        while not self._stop.is_set():
            try:
                self._prepare()
                self._carry_all(once)
                return
            except redis.RedisError as error:
                self.counts.failures += 1
                self._become(f"failing: {why(error)}")
                if once and self.counts.failures > 5:
                    raise MigrateError(f"{self.lane.edge}: {why(error)}") from None
                self._close()
                self._stop.wait(wait)
                wait = min(wait * 2, PATIENCE[1])
        self._close()

    def _close(self) -> None:
        self._source.close()
        self._target.close()

    def _become(self, state: str) -> None:
        if state != self.counts.state:
            self.counts.state = state
            self._say(f"{self.lane.edge}: {state}")

    # the beginning

    def _prepare(self) -> None:
        """Make the bridge's group where the reader's old one stands, once; a later start finds it."""
        lane = self.lane
        groups = _groups(self._source, lane.source_stream)
        if lane.group not in groups:
            begin, pending = self._place(groups)
            first = _before(pending[0]) if pending else begin
            with self._source.pipeline(transaction=True) as pipe:
                pipe.xgroup_create(lane.source_stream, lane.group, id=first, mkstream=True)
                pipe.hset(lane.start_key, mapping={b"begin": begin, **dict.fromkeys(pending, b"")})
                pipe.execute()
        kept: Any = self._source.hgetall(lane.start_key)
        self._begin = kept.pop(b"begin", b"")
        self._pending = frozenset(kept)

    def _place(self, groups: dict[str, bytes]) -> tuple[bytes, list[bytes]]:
        """The last id that the slowest old group was given, and what none of them has acknowledged, in order."""
        lane = self.lane
        if not lane.old_groups:
            return _resolved(self._source, lane.source_stream, lane.start), []
        for name in lane.old_groups:
            if name not in groups:
                raise MigrateError(
                    f"{lane.edge}: {lane.source.shown} has no group {name} on {lane.source_stream}; name the right one "
                    "as `group` of this edge in engines.yaml, or say with `begin` where to begin"
                )
        begin = min((groups[name] for name in lane.old_groups), key=_order)
        pending = {each for name in lane.old_groups for each in _all_pending(self._source, lane.source_stream, name)}
        return begin, sorted((each for each in pending if _order(each) <= _order(begin)), key=_order)

    # carrying

    def _carry_all(self, once: bool) -> None:
        at = FIRST  # first what was read before and not acknowledged
        while not self._stop.is_set():
            if self.lane.waits and not self._is_read():
                self._become(f"waits: no group reads {self.lane.target_stream} on {self.lane.target.name} yet")
                if once:
                    raise MigrateError(f"{self.lane.edge}: {self.counts.state}")
                self._stop.wait(PATIENCE[1])
                continue
            self._become("carries")
            entries = self._read(at, block=0 if once or at != NEW else BLOCK)
            if entries:
                self._carry(entries)
            elif at == FIRST:
                at = NEW
            elif once:
                self._become("done: nothing is left to carry")
                return
        self._become("stopped")

    def _is_read(self) -> bool:
        groups = _groups(self._target, self.lane.target_stream)
        return any(not name.startswith("migrate-bridge:") for name in groups)

    def _read(self, at: bytes, block: int) -> Sequence[Entry]:
        stream = self.lane.source_stream
        reply = self._source.xreadgroup(self.lane.group, CONSUMER, {stream: at}, count=BATCH, block=block or None)
        return _entries(reply)

    def _carry(self, entries: Sequence[Entry]) -> None:
        """Write what belongs to the edge, in one transaction with the last id; then acknowledge all that was read."""
        lane = self.lane
        made: list[tuple[bytes, dict[bytes, bytes]]] = []
        for number, fields in entries:
            if not fields:
                self.counts.gone += 1
            elif self._is_wanted(number) and (new := converted(lane.form, fields, self._origin(number))) is not None:
                made.append((number, new))
            else:
                self.counts.passed += 1
        if made:
            self._check_turn(entries[0][0])
            self._write(made)
        self._source.xack(lane.source_stream, lane.group, *(number for number, _ in entries))
        self.counts.last = entries[-1][0].decode()

    def _check_turn(self, first: bytes) -> None:
        """Write nothing before what another bridge has read and not written: its entries would count as written.

        What is smaller was read before, so that none can become pending after this.
        """
        import redis

        waits: Any = self._source.xpending(self.lane.source_stream, self.lane.group)
        if waits["min"] is not None and _order(waits["min"]) < _order(first):
            raise redis.ResponseError(ANOTHER)

    def _is_wanted(self, number: bytes) -> bool:
        """Whether the reader has not had it: what came after its last, or what it did not acknowledge."""
        return _order(number) > _order(self._begin) or number in self._pending

    def _origin(self, number: bytes) -> bytes:
        return b"%s:%s:%s" % (self.lane.source.name.encode(), self.lane.source_stream.encode(), number)

    def _write(self, made: Sequence[tuple[bytes, dict[bytes, bytes]]]) -> None:
        import redis

        key, stream = self.lane.written_key, self.lane.target_stream
        with self._target.pipeline(transaction=True) as pipe:
            pipe.watch(key)  # type: ignore[no-untyped-call]
            last: Any = pipe.get(key) or b"0-0"
            new = [(number, fields) for number, fields in made if _order(number) > _order(last)]
            self.counts.written_before += len(made) - len(new)
            if not new:
                return
            pipe.multi()
            for _, fields in new:
                pipe.xadd(stream, fields)  # type: ignore[arg-type]
            pipe.set(key, new[-1][0])
            try:
                pipe.execute()
            except redis.WatchError:
                raise redis.ResponseError(ANOTHER) from None
        self.counts.carried += len(new)


def _client(url: str) -> redis.Redis:
    import redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    # Sent again behind our back, a read would skip what the first one took.
    return redis.Redis.from_url(
        url,
        single_connection_client=True,
        client_name="migrate-bridge",
        protocol=2,
        **anonymous(),
        socket_connect_timeout=5,
        socket_timeout=10,
        retry=Retry(NoBackoff(), 0),
    )


def _groups(client: redis.Redis, stream: str) -> dict[str, bytes]:
    """The groups of a stream with the last id that each was given; none where there is no stream."""
    import redis

    try:
        found: list[dict[str, Any]] = client.xinfo_groups(stream)
    except redis.ResponseError as error:
        if "no such key" in str(error):
            return {}
        raise
    return {each["name"].decode("utf-8", "surrogateescape"): each["last-delivered-id"] for each in found}


def _all_pending(client: redis.Redis, stream: str, group: str) -> list[bytes]:
    """The ids of what a group was given and did not acknowledge, in their order; asked for in parts."""
    found: list[bytes] = []
    start = b"-"
    while True:
        rows: list[dict[str, Any]] = client.xpending_range(stream, group, start, "+", BATCH)
        found += [row["message_id"] for row in rows]
        if len(rows) < BATCH:
            return found
        start = b"(" + found[-1]


def _resolved(client: redis.Redis, stream: str, start: str) -> bytes:
    """An id to begin behind; `$` is the last one that there is."""
    if start != "$":
        return start.encode()
    newest: Any = client.xrevrange(stream, count=1)
    return bytes(newest[0][0]) if newest else b"0-0"


def _entries(reply: Any) -> list[Entry]:
    """The entries of a read of one stream."""
    return list(reply[0][1]) if reply else []


def _order(number: bytes) -> tuple[int, int]:
    milliseconds, _, sequence = number.partition(b"-")
    return int(milliseconds or 0), int(sequence or 0)


def _before(number: bytes) -> bytes:
    """The id right before this one."""
    milliseconds, sequence = _order(number)
    if sequence:
        return b"%d-%d" % (milliseconds, sequence - 1)
    return b"%d-%d" % (milliseconds - 1, 2**64 - 1) if milliseconds else b"0-0"
