"""A marked message sent over the edges for which engines.yaml names a harmless one, and seen handled."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from codemods.settings import Route
from migrator.errors import MigrateError
from migrator.live.urls import ServerUrl, why
from migrator.observing.finding import listed, several
from migrator.observing.readers import has_reader
from migrator.observing.view import StreamView
from migrator.verifying.bridged import order
from migrator.verifying.evidence import End, Evidence
from migrator.verifying.outcome import Outcome, failed, not_told, passed

if TYPE_CHECKING:
    import redis

MARK = "migrate-probe-"
PATIENCE = 5.0  # seconds for a message to be handled
PAUSE = 0.05
MAY_SEND = "let the user of --probe write as well, on the bus: ACL SETUSER NAME +xadd"


class DeniedError(MigrateError):
    """The server's user may not send."""


class Sent(Struct, frozen=True):
    """One message that was sent: on which stream, under which id, and the groups that should handle it."""

    bus: str
    stream: str
    id: str
    groups: tuple[str, ...]


def probe(evidence: Evidence, routes: Sequence[Route], servers: Mapping[str, ServerUrl]) -> Outcome:
    """Whether a copy of the newest message of each harmless kind, marked, is handled by everyone who reads it."""
    ends = [end for end in dict.fromkeys(kinds(evidence)) if is_harmless(end, routes)]
    if not ends:
        return not_told(
            "engines.yaml calls no message harmless that it sends or reads", 'say "probe: true" on the route of one'
        )
    results = [result for end in ends for result in probe_end(evidence, end, servers)]
    wrong = [result for result in results if result.state == "failed"]
    if wrong:
        return failed(listed(result.figures for result in wrong), (cause for each in wrong for cause in each.causes))
    untold = [result for result in results if result.state == "not told"]
    if untold:
        return not_told(listed(each.figures for each in untold), *(cause for each in untold for cause in each.causes))
    return passed(listed(result.figures for result in results))


def kinds(evidence: Evidence) -> Iterator[End]:
    """The engine's ends in both roles, whatever line they stand on."""
    for role in ("publish", "consume"):
        for end in evidence.ends(role):
            yield End(end.name, end.is_type, end.bus, "")


def is_harmless(end: End, routes: Iterable[Route]) -> bool:
    """Whether a route that says `probe: true` leads to this message type, or to this raw stream."""
    return any(route.message_type == end.name if end.is_type else route.match == end.name for route in routes)


def probe_end(evidence: Evidence, end: End, servers: Mapping[str, ServerUrl]) -> Iterator[Outcome]:
    """What became of a marked message on each stream of one kind."""
    view = evidence.views.get(end.bus)
    streams = [stream for stream in evidence.streams(end) if stream.stream.length] if view else []
    if view is None or not streams:
        yield not_told(f"{end.name}: no message yet to make a copy of", "let an engine publish one, and verify again")
        return
    client = servers[end.bus].client()
    try:
        for stream in streams:
            groups = tuple(group.name for group in stream.groups if has_reader(group, view))
            if groups:
                yield followed(client, send(client, end, stream.name, groups), end.name)
            else:
                yield failed(f"{end.name}: nobody reads {stream.name}", [why_unread(stream)])
    except DeniedError as error:
        yield not_told(f"{end.name}: no marked message could be sent: {error}", MAY_SEND)
    except MigrateError as error:
        yield failed(f"{end.name}: no marked message could be sent", [str(error)])
    finally:
        client.close()


def why_unread(stream: StreamView) -> str:
    """Why nobody would handle what is added to a stream."""
    names = listed(group.name for group in stream.groups)
    if names:
        return f"{stream.name}: nobody reads by {names}; see whether the engines that should are up"
    return f"{stream.name} has no group: whoever should read it has not subscribed"


def send(client: redis.Redis, end: End, stream: str, groups: tuple[str, ...]) -> Sent:
    """Add a marked copy of a stream's newest message."""
    import redis

    mark = MARK + uuid.uuid4().hex
    try:
        newest: Any = client.xrevrange(stream, count=1)
        fields = dict(newest[0][1]) | {"correlation_id" if end.is_type else "migrate_probe": mark}
        identity: Any = client.xadd(stream, fields)
    except redis.exceptions.NoPermissionError as error:
        raise DeniedError(f"{end.bus}: {why(error)}") from None
    except redis.RedisError as error:
        raise MigrateError(f"{end.bus}: {why(error)}") from None
    return Sent(end.bus, stream, identity, groups)


def followed(client: redis.Redis, sent: Sent, name: str) -> Outcome:
    """Whether every group was given the message and acknowledged it in time."""
    until = time.monotonic() + PATIENCE
    while left := dict(unhandled(client, sent)):
        if time.monotonic() >= until:
            return failed(
                f"{name}: a marked message was not handled by {listed(left)} in {PATIENCE:g} s",
                (f"{sent.stream}: {group} {what} ({sent.id})" for group, what in left.items()),
            )
        time.sleep(PAUSE)
    return passed(f"{name}: a marked message was handled by {several(len(sent.groups), 'group')}")


def unhandled(client: redis.Redis, sent: Sent) -> Iterator[tuple[str, str]]:
    """The groups that have not handled the message, each with how far they are."""
    infos: Any = client.xinfo_groups(sent.stream)
    delivered = {info["name"]: info["last-delivered-id"] for info in infos}
    for group in sent.groups:
        if order(delivered.get(group, "0-0")) < order(sent.id):
            yield group, "was not given it"
        elif client.xpending_range(sent.stream, group, sent.id, sent.id, 1):
            yield group, "was given it and did not acknowledge it"
