"""One pass over one server: everything that is asked of it, and what its user may not ask."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from msgspec import Struct, field

from migrator.errors import WRONG_USAGE, MigrateError
from migrator.live.commands import ACL
from migrator.live.measure import Connection, Snapshot, read_connection, read_snapshot
from migrator.live.monitor import Read, monitored
from migrator.live.streams import Streams, read_streams
from migrator.live.urls import NOT_REDIS, ServerUrl

if TYPE_CHECKING:
    import redis

Value = TypeVar("Value")

REPLICA = "is a replica, which counts its own commands and connections and not those of its master"
NO_STREAMS = Streams()
NOT_SUPPORTED = {
    "cluster": "is part of a cluster, whose other nodes would not be seen",
    "sentinel": "is a Sentinel, not a server with streams",
    "replica": REPLICA,
    "slave": REPLICA,
}


class Reading(Struct, frozen=True):
    """What one server said in one pass."""

    snapshot: Snapshot
    streams: Streams = NO_STREAMS
    types: Mapping[str, str] = field(default_factory=dict)  # of the names that were asked for: stream, string, none
    gaps: tuple[str, ...] = ()  # what its user may not ask, a sentence each


class Asker:
    """Asks one server, over one connection, as often as it is wanted."""

    def __init__(self, server: ServerUrl) -> None:
        self.server = server
        self._client: redis.Redis = server.client()
        self._gaps: dict[str, str] = {}

    def close(self) -> None:
        """End the connection."""
        self._client.close()

    @property
    def denied(self) -> tuple[str, ...]:
        """What its user was not allowed to ask until now, command by command."""
        return tuple(self._gaps)

    def read(self, names: Iterable[str] = ()) -> Reading:
        """A whole pass; `names` are keys whose type is asked for. MigrateError where the server gives no answer."""
        client = self._client
        info = self._info()
        if info is None:
            raise MigrateError(f"{self._named}: its user may not run INFO; type: ACL SETUSER NAME {ACL}")
        asker = self._ask("CLIENT ID", client.client_id, 0)
        listed: Any = self._ask("CLIENT LIST", client.client_list, [])
        snapshot = read_snapshot(info, listed, asker)
        refuse_unsupported(self._named, snapshot)
        streams = self._ask("SCAN and XINFO", lambda: read_streams(client), NO_STREAMS)
        types: dict[str, str] = self._ask("TYPE", lambda: types_of(client, names), {})
        return Reading(snapshot, streams, types, tuple(self._gaps.values()))

    def look(self) -> tuple[Connection, ...]:
        """Who is connected now, and with which last command; nothing where the user may not ask."""
        listed: Any = self._ask("CLIENT LIST", self._client.client_list, [])
        return tuple(map(read_connection, listed))

    def newest(self, stream: str, count: int) -> list[tuple[str, Mapping[str, str]]]:
        """The newest entries of a stream, each with its id, the newest first; nothing where the user may not ask."""
        entries: Any = self._ask("XREVRANGE", lambda: self._client.xrevrange(stream, count=count), [])
        return list(entries)

    def after(self, stream: str, identity: str, count: int) -> list[tuple[str, Mapping[str, str]]]:
        """The first entries of a stream that come after this id; nothing where the user may not ask."""
        entries: Any = self._ask("XRANGE", lambda: self._client.xrange(stream, f"({identity}", count=count), [])
        return list(entries)

    def pending(self, stream: str, group: str, count: int) -> list[tuple[str, Mapping[str, str]]]:
        """The oldest entries that a group was given and did not acknowledge; nothing where the user may not ask."""
        return self._ask("XPENDING and XRANGE", lambda: pending_of(self._client, stream, group, count), [])

    def fields(self, key: str) -> dict[bytes, bytes]:
        """The fields of a hash; none where it is not there, or the user may not ask."""
        found: dict[str, str] = self._ask("HGETALL", lambda: self._client.hgetall(key), {})
        return {_bytes(name): _bytes(value) for name, value in found.items()}

    def monitored(self) -> list[Read]:
        """The reads that MONITOR repeats in a moment, over a connection of its own."""
        return self._ask("MONITOR", lambda: monitored(self.server), [])

    def _info(self) -> dict[str, Any] | None:
        """What INFO says; None where the user may not ask."""
        try:
            info: Any = self._ask("INFO", lambda: self._client.info("everything"), None)
        except (AttributeError, TypeError, ValueError):  # whose answer redis-py could not even read
            info = {}
        if info is not None and "run_id" not in info:
            raise MigrateError(f"{self._named}: {NOT_REDIS}")
        return info

    @property
    def _named(self) -> str:
        return f"{self.server.name}: {self.server.shown}"

    def _ask(self, what: str, ask: Callable[[], Any], otherwise: Value) -> Value:
        import redis

        try:
            answered: Value = ask()
        except redis.exceptions.NoPermissionError:
            self._gaps[what] = f"its user may not run {what}; type: ACL SETUSER NAME {ACL}"
            return otherwise
        except redis.RedisError as error:
            raise MigrateError(f"{self._named}: {self.server.why(error)}") from None
        return answered


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def refuse_unsupported(named: str, snapshot: Snapshot) -> None:
    """MigrateError for a kind of server whose figures would mislead."""
    for kind in (snapshot.mode, snapshot.role):
        if kind in NOT_SUPPORTED:
            raise MigrateError(f"{named} {NOT_SUPPORTED[kind]}; name a server that stands alone", WRONG_USAGE)


def types_of(client: redis.Redis, names: Iterable[str]) -> dict[str, str]:
    """The type of each key; `none` where it is not there."""
    wanted = sorted(set(names))
    pipeline = client.pipeline(transaction=False)
    for name in wanted:
        pipeline.type(name)
    return dict(zip(wanted, pipeline.execute(), strict=True)) if wanted else {}


def pending_of(client: redis.Redis, stream: str, group: str, count: int) -> list[tuple[str, Mapping[str, str]]]:
    """The oldest entries of a group's pending list, without those that were trimmed."""
    rows: Any = client.xpending_range(stream, group, "-", "+", count)
    pipeline = client.pipeline(transaction=False)
    for row in rows:
        pipeline.xrange(stream, row["message_id"], row["message_id"])
    return [entry for found in pipeline.execute() for entry in found] if rows else []
