"""The story of `migrate bridge`: which edges a phase cuts that engines.yaml bridges, and the lane of each."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from migrator.bridging.forms import ENVELOPE, RAW, TOPIC, Form
from migrator.bridging.lanes import Lane
from migrator.config import Campaign
from migrator.errors import WRONG_USAGE, MigrateError
from migrator.graph import Edge
from migrator.ground import open_campaign, read_ground
from migrator.live.servers import MAIN
from migrator.live.urls import ServerUrl, chosen_urls, why
from migrator.means import ALONE, Means
from migrator.observing.finding import listed
from migrator.places import Point
from migrator.planning.cuts import fits
from migrator.results import Progress
from migrator.terms import shared_streams

if TYPE_CHECKING:
    import redis

    from migrator.schema import EdgeSection


class Options(Struct, frozen=True):
    """One bridge as it was asked for."""

    phase: int
    urls: tuple[str, ...] = ()
    repo: str = "."
    config: str | None = None
    base: str | None = None
    means: Means = ALONE


class Planned(Struct, frozen=True):
    """The lanes, and a sentence for each edge that engines.yaml bridges and this phase does not cut."""

    lanes: tuple[Lane, ...]
    needless: tuple[str, ...]


Servers = dict[str, ServerUrl]


def plan_lanes(options: Options, progress: Progress) -> Planned:
    """The lanes of every edge that this phase leaves cut, and that engines.yaml bridges; MigrateError for what a
    person has to say first. The servers are asked which groups and streams they have; nothing is written.
    """
    from migrator.scan import scan_ground

    repository, campaign = open_campaign(options.repo, options.config)
    campaign.phase(options.phase)
    ground = read_ground(repository, campaign, options.base, options.means)
    servers = {each.name: each for each in chosen_urls(options.urls, campaign.servers, os.environ, campaign.path.name)}
    graph = scan_ground(ground, None, (), progress).graph
    sections = [section for section in campaign.edges if section.bridge]
    if not sections:
        raise MigrateError(
            f"{campaign.path.name} bridges no edge; `migrate plan` says which edges phase {options.phase} cuts, and "
            "what to put there",
            WRONG_USAGE,
        )
    shared = sorted(shared_streams(ground))
    lanes: list[Lane] = []
    needless: list[str] = []
    for section in sections:
        edges = [edge for edge in graph.edges if edge.kind == "consume" and fits(section, edge)]
        cut = [edge for edge in edges if options.phase in edge.cut]
        lanes += [_lane(edge, section, options.phase, servers, shared, campaign) for edge in cut]
        if not cut:
            needless.append(_why_needless(section, edges, options.phase, campaign.path.name))
    return Planned(tuple(_joined(sorted(lanes, key=lambda lane: lane.edge))), tuple(sorted(needless)))


def _why_needless(section: EdgeSection, edges: Sequence[Edge], phase: int, config: str) -> str:
    """What to say of an edge that is whole. Once both ends have moved, a topic's edge has another name: its type."""
    named = f"{section.sender} -> {section.receiver} {section.stream}"
    later = min((stage for edge in edges for stage in edge.cut if stage > phase), default=None)
    if later is not None:
        return f"{named} needs no bridge yet: phase {later} is the first to cut it"
    where = listed(sorted({edge.bus for edge in edges}))
    why = f"both ends are on {where}" if where else "nothing goes that way by this name any more"
    return f"{named} needs no bridge after phase {phase}: {why}; take its `bridge` out of {config}"


def _called(edge: Edge) -> str:
    return f"{edge.publisher} -> {edge.consumer} {edge.name}"


def _lane(
    edge: Edge, section: EdgeSection, phase: int, servers: Servers, shared: Sequence[str], campaign: Campaign
) -> Lane:
    source, target = (_server(edge, points, phase, servers) for points in (edge.publishers, edge.consumers))
    ends = (_form(edge, edge.publishers, source), _form(edge, edge.consumers, target))
    _ask_for_mark(edge, section, ends[1])
    message_type = (edge.message_type or "").lower()
    form = Form(*ends, (edge.name,), message_type, campaign.engine(edge.publisher).engine_type.lower())
    streams = [
        _stream(edge, section, kind, server, shared, message_type)
        for kind, server in zip(ends, (source, target), strict=True)
    ]
    groups = _old_groups(edge, section, source, streams[0], shared)
    return Lane(_called(edge), source, streams[0], target, streams[1], form, groups, section.begin or "0")


def _server(edge: Edge, points: Iterable[Point], phase: int, servers: Servers) -> ServerUrl:
    names = {point.server(phase) for point in points}
    if len(names) > 1:
        raise MigrateError(
            f"{_called(edge)}: after phase {phase} one end is on {' and '.join(sorted(names))}, which no bridge joins; "
            "move all of the engine"
        )
    (name,) = names
    if name not in servers:
        raise MigrateError(
            f"{_called(edge)} needs the server {name}; add it to `servers` in engines.yaml, or give "
            f"--url {name}=redis://...",
            WRONG_USAGE,
        )
    return servers[name]


def _form(edge: Edge, points: Sequence[Point], server: ServerUrl) -> str:
    if server.name != MAIN:
        return ENVELOPE if edge.message_type else RAW
    return TOPIC if any(point.end.kind == "topic" for point in points) else RAW


def _ask_for_mark(edge: Edge, section: EdgeSection, writes: str) -> None:
    """A reader of raw entries may be given a field that it does not know; only a person can say that it may."""
    if writes != RAW or section.mark:
        return
    where = ", ".join(point.where for point in edge.consumers)
    raise MigrateError(
        f"{_called(edge)}: each entry would have a field more, migrate_origin, and nothing says that {where} takes it; "
        "look there, and add `mark: true` to this edge in engines.yaml, or accept the cut",
        WRONG_USAGE,
    )


# what the servers have


def _stream(
    edge: Edge, section: EdgeSection, kind: str, server: ServerUrl, shared: Sequence[str], message_type: str
) -> str:
    if kind == RAW:
        return edge.name
    if kind == TOPIC:
        if len(shared) != 1:
            raise MigrateError(f"{_called(edge)}: the wrappers use {len(shared)} streams on main; bridge it by hand")
        return shared[0]
    return section.bus_stream or _bus_stream(edge, server, message_type)


def _bus_stream(edge: Edge, server: ServerUrl, message_type: str) -> str:
    """The one stream of the bus that is called after the type."""
    names = _asked(server, lambda client: [_text(name) for name in client.scan_iter(count=1000, _type="STREAM")])
    found = [name for name in names if message_type in re.split(r"[:./|-]", name.lower())]
    if len(found) != 1:
        amount = "no stream" if not found else f"{len(found)} streams ({', '.join(sorted(found))})"
        raise MigrateError(
            f"{_called(edge)}: {server.name} ({server.shown}) has {amount} called after {message_type}; start the "
            "engine that has moved, or say `bus_stream: NAME` for this edge in engines.yaml"
        )
    return found[0]


def _old_groups(
    edge: Edge, section: EdgeSection, source: ServerUrl, stream: str, shared: Sequence[str]
) -> tuple[str, ...]:
    """The group that the consumer read the source by, before it moved; none where a person says where to begin."""
    if section.group:
        return (section.group,)
    if section.begin:
        return ()
    groups = _asked(source, lambda client: _group_names(client, stream))
    own = [name for name in groups if edge.consumer in re.split(r"[^a-z0-9]+", name.lower())]
    if source.name == MAIN and len(own) == 1:
        return (own[0],)
    there = f"its groups are {', '.join(groups)}" if groups else "it has no group"
    raise MigrateError(
        f"{_called(edge)}: nothing says where to begin on {stream} at {source.name}: {there}. Add `group: NAME`, by "
        f"which {edge.consumer} read it, or `begin: ID` (0 for all that is there, $ for what comes) to this edge in "
        "engines.yaml",
        WRONG_USAGE,
    )


def _group_names(client: redis.Redis, stream: str) -> list[str]:
    if not client.exists(stream):
        return []
    names = [_text(each["name"]) for each in client.xinfo_groups(stream)]
    return sorted(name for name in names if not name.startswith("migrate-bridge:"))


def _asked(server: ServerUrl, question: Callable[[redis.Redis], list[str]]) -> list[str]:
    import redis

    try:
        with server.client() as client:
            return question(client)
    except redis.RedisError as error:
        raise MigrateError(f"{server.name}: {server.shown}: {why(error)}") from None


def _text(name: object) -> str:
    return name.decode("utf-8", "surrogateescape") if isinstance(name, bytes) else str(name)


def _joined(lanes: Sequence[Lane]) -> Iterator[Lane]:
    """One lane where several edges share both streams: each entry is carried once, for all of their readers."""
    together: dict[tuple[str, str, str, str], list[Lane]] = defaultdict(list)
    for lane in lanes:
        together[lane.source.name, lane.source_stream, lane.target.name, lane.target_stream].append(lane)
    for group in together.values():
        first = group[0]
        topics = tuple(dict.fromkeys(topic for lane in group for topic in lane.form.topics))
        old = tuple(dict.fromkeys(name for lane in group for name in lane.old_groups))
        edge = ", ".join(dict.fromkeys(lane.edge for lane in group))
        yield replace(first, edge=edge, form=replace(first.form, topics=topics), old_groups=old)
