"""Where the two ends of an edge are while it is cut: their servers, streams and forms, and the groups of its reader."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from fnmatch import fnmatchcase, translate
from typing import TYPE_CHECKING, NamedTuple

from codemods.reading.globs import is_literal
from migrator.bridging.forms import CONVERSIONS, ENVELOPE, RAW, TOPIC, Form
from migrator.bridging.joining import groups_of, text
from migrator.bridging.lanes import ANY_GROUP, GROUP, Reader
from migrator.config import Campaign, EngineConfig
from migrator.errors import WRONG_USAGE, MigrateError
from migrator.graph import Edge
from migrator.live.servers import MAIN
from migrator.live.urls import ServerUrl, why
from migrator.observing.known import Known
from migrator.observing.sources import words_of
from migrator.places import Point
from migrator.planning.cuts import fits

if TYPE_CHECKING:
    import redis

    from migrator.schema import EdgeSection


class Place(NamedTuple):
    """The two streams of a lane."""

    source: ServerUrl
    source_stream: str
    target: ServerUrl
    target_stream: str


class Ends:
    """Tells where the edges of one campaign have their ends once the phases up to one are merged."""

    def __init__(
        self, campaign: Campaign, known: Known, servers: dict[str, ServerUrl], shared: Sequence[str], phase: int
    ) -> None:
        self._campaign, self._known, self._servers = campaign, known, servers
        self._shared = shared  # the streams on which the wrappers put their topics
        self._phase = phase

    def of(self, edge: Edge, section: EdgeSection) -> tuple[Place, Reader]:
        """The lane of an edge, and its reader there; MigrateError where a person has to say something first."""
        source, target = self._server(edge, edge.publishers), self._server(edge, edge.consumers)
        reads, writes = form_of(edge, source), form_of(edge, target)
        if (reads, writes) not in CONVERSIONS:
            raise MigrateError(
                f"{called(edge)}: no route gives it one message type; bridge it by hand, or accept the cut"
            )
        self._ask_for_marks(edge, section, writes, target)
        message_type = (edge.message_type or "").lower()
        sender = self._campaign.engine(edge.publisher).engine_type.lower()
        place = Place(
            source,
            self._stream(edge, section, reads, source, message_type),
            target,
            self._stream(edge, section, writes, target, message_type),
        )
        reader = Reader(
            called(edge),
            edge.consumer,
            Form(reads, writes, (edge.name,), message_type, sender),
            self._old_group(edge, section, source, place.source_stream),
            section.begin or "0",
            self._new_groups(edge, section, writes),
        )
        return place, reader

    def _server(self, edge: Edge, points: Iterable[Point]) -> ServerUrl:
        names = {point.server(self._phase) for point in points}
        if len(names) > 1:
            raise MigrateError(
                f"{called(edge)}: after phase {self._phase} one end is on {' and '.join(sorted(names))}, which no "
                "bridge joins; move all of the engine"
            )
        (name,) = names
        if name not in self._servers:
            raise MigrateError(
                f"{called(edge)} needs the server {name}; add it to `servers` in engines.yaml, or give "
                f"--url {name}=redis://...",
                WRONG_USAGE,
            )
        return self._servers[name]

    def _ask_for_marks(self, edge: Edge, section: EdgeSection, writes: str, target: ServerUrl) -> None:
        """A reader of raw entries may be given a field that it does not know; only a person can say that it may.

        Who reads the same stream there is given them as well, whatever is done about its own edge.
        """
        if writes != RAW:
            return
        for other in (edge, *self._beside(edge, target)):
            named = [each for each in self._campaign.edges if fits(each, other)]
            if not all(each.mark for each in named or ([section] if other is edge else [])):
                where = ", ".join(point.where for point in other.consumers)
                raise MigrateError(
                    f"{called(edge)}: each entry would have a field more, migrate_origin, and nothing says that "
                    f"{where} takes it; look there, and add `mark: true` to the edge {called(other)} in engines.yaml, "
                    "or accept the cut",
                    WRONG_USAGE,
                )

    def _beside(self, edge: Edge, target: ServerUrl) -> list[Edge]:
        """Other cut edges of the same raw stream whose readers are on the same server."""
        return [
            each
            for each in self._known.graph.edges
            if each.kind == "consume" and each.name == edge.name and each != edge and self._phase in each.cut
            if {point.server(self._phase) for point in each.consumers} == {target.name}
        ]

    # what the servers have

    def _stream(self, edge: Edge, section: EdgeSection, kind: str, server: ServerUrl, message_type: str) -> str:
        if kind == ENVELOPE:
            return section.bus_stream or bus_stream(edge, server, message_type)
        if kind == TOPIC and len(self._shared) != 1:
            count = len(self._shared)
            raise MigrateError(f"{called(edge)}: the wrappers use {count} streams on main; bridge it by hand")
        if kind == RAW and not is_literal(edge.name):
            raise MigrateError(f"{called(edge)}: which streams these are is known at run time alone; bridge it by hand")
        return self._shared[0] if kind == TOPIC else edge.name

    def _old_group(self, edge: Edge, section: EdgeSection, source: ServerUrl, stream: str) -> str:
        """The group that the consumer read the source by, before it moved; none where a person says where to begin."""
        if section.group or section.begin:
            return section.group or ""
        groups = asked(source, lambda client: group_names(client, stream))
        expression = bearing(self._known.engines.get(edge.consumer), edge.consumer)
        own = [name for name in groups if re.search(expression, name)]
        if source.name == MAIN and len(own) == 1:
            return own[0]
        there = f"its groups are {', '.join(groups)}" if groups else "it has no group"
        raise MigrateError(
            f"{called(edge)}: nothing says where to begin on {stream} at {source.name}: {there}. Add `group: NAME`, by "
            f"which {edge.consumer} read it, or `begin: ID` (0 for all that is there, $ for what comes) to this edge "
            "in engines.yaml",
            WRONG_USAGE,
        )

    def _new_groups(self, edge: Edge, section: EdgeSection, writes: str) -> str:
        """An expression for the groups by which the consumer reads the target: those of its code, or by its name."""
        if section.new_group:
            return f"^{re.escape(section.new_group)}$"
        engine = self._known.engines.get(edge.consumer)
        if engine is None:
            return ANY_GROUP
        if writes != RAW:
            return bearing(engine, edge.consumer)
        # A raw stream that no XREADGROUP of its code names is read by XREAD, and leaves no trace there.
        return "|".join(f"^{translate(name)}" for name in sorted(set(self._groups_in_code(edge, engine)))) or ANY_GROUP

    def _groups_in_code(self, edge: Edge, engine: EngineConfig) -> Iterator[str]:
        for site in self._known.reads:
            if engine.owns(site.path) and any(fnmatchcase(edge.name, name) for name, _ in site.streams):
                yield from site.groups


def called(edge: Edge) -> str:
    """An edge in words."""
    return f"{edge.publisher} -> {edge.consumer} {edge.name}"


def form_of(edge: Edge, server: ServerUrl) -> str:
    """The form of an edge's entries on a server. Who reads or writes the wrappers' own stream has them as they are."""
    if server.name != MAIN:
        return ENVELOPE if edge.message_type else RAW
    kinds = {point.end.kind for point in (*edge.publishers, *edge.consumers)}
    return TOPIC if "topic" in kinds and "stream" not in kinds else RAW


def bearing(engine: EngineConfig | None, name: str) -> str:
    """An expression for the groups that bear an engine's name, or its type."""
    names = (name, engine.engine_type) if engine else (name,)
    words = "|".join(dict.fromkeys("[^a-z0-9]+".join(words_of(each)) for each in names))
    return f"(?i:(?:^|[^a-z0-9])(?:{words})(?:[^a-z0-9]|$))"


def bus_stream(edge: Edge, server: ServerUrl, message_type: str) -> str:
    """The one stream of the bus that is called after the type."""
    names = asked(server, lambda client: [text(name) for name in client.scan_iter(count=1000, _type="STREAM")])
    found = [name for name in names if message_type in re.split(r"[:./|-]", name.lower())]
    if len(found) != 1:
        amount = "no stream" if not found else f"{len(found)} streams ({', '.join(sorted(found))})"
        raise MigrateError(
            f"{called(edge)}: {server.name} ({server.shown}) has {amount} called after {message_type}; start the "
            "engine that has moved, or say `bus_stream: NAME` for this edge in engines.yaml"
        )
    return found[0]


def group_names(client: redis.Redis, stream: str) -> list[str]:
    """The groups of a stream that are no bridge's, sorted."""
    return sorted(name for name in groups_of(client, stream) if not name.startswith(GROUP))


def asked(server: ServerUrl, question: Callable[[redis.Redis], list[str]]) -> list[str]:
    """What a server answers; MigrateError where it does not."""
    import redis

    try:
        with server.client() as client:
            return question(client)
    except redis.RedisError as error:
        raise MigrateError(f"{server.name}: {server.shown}: {why(error)}") from None
