"""The story of `migrate bridge`: which edges a phase cuts that engines.yaml bridges, and the lane of each."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from codemods.reading.globs import overlap
from migrator.bridging.ends import Ends, Place
from migrator.bridging.forms import RAW, Form
from migrator.bridging.lanes import Lane, Reader
from migrator.errors import WRONG_USAGE, MigrateError
from migrator.graph import Edge
from migrator.ground import open_campaign, read_ground
from migrator.live.urls import chosen_urls
from migrator.means import ALONE, Means
from migrator.observing.finding import listed
from migrator.observing.known import known_of, with_code
from migrator.planning.cuts import fits
from migrator.results import Progress
from migrator.schema import EdgeSection
from migrator.terms import shared_streams


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


def plan_lanes(options: Options, progress: Progress) -> Planned:
    """The lanes of every edge that this phase leaves cut, and that engines.yaml bridges; MigrateError for what a
    person has to say first. The servers are asked which groups and streams they have; nothing is written.
    """
    repository, campaign = open_campaign(options.repo, options.config)
    campaign.phase(options.phase)
    ground = read_ground(repository, campaign, options.base, options.means)
    servers = {each.name: each for each in chosen_urls(options.urls, campaign.servers, os.environ, campaign.path.name)}
    known = with_code(known_of(campaign), ground, progress)
    sections = [section for section in campaign.edges if section.bridge]
    if not sections:
        raise MigrateError(
            f"{campaign.path.name} bridges no edge; `migrate plan` says which edges phase {options.phase} cuts, and "
            "what to put there",
            WRONG_USAGE,
        )
    ends = Ends(campaign, known, servers, sorted(shared_streams(ground)), options.phase)
    found: list[tuple[Place, Reader]] = []
    needless: list[str] = []
    for section in sections:
        edges = [edge for edge in known.graph.edges if edge.kind == "consume" and fits(section, edge)]
        cut = [edge for edge in edges if options.phase in edge.cut]
        found += [ends.of(edge, section) for edge in cut]
        if not cut:
            needless.append(_why_needless(section, edges, options.phase, campaign.path.name))
    return Planned(tuple(lanes_of(found)), tuple(sorted(needless)))


def _why_needless(section: EdgeSection, edges: Sequence[Edge], phase: int, config: str) -> str:
    """What to say of an edge that is whole. Once both ends have moved, a topic's edge has another name: its type."""
    named = f"{section.sender} -> {section.receiver} {section.stream}"
    later = min((stage for edge in edges for stage in edge.cut if stage > phase), default=None)
    if later is not None:
        return f"{named} needs no bridge yet: phase {later} is the first to cut it"
    where = listed(sorted({edge.bus for edge in edges}))
    why = f"both ends are on {where}" if where else "nothing goes that way by this name any more"
    return f"{named} needs no bridge after phase {phase}: {why}; take its `bridge` out of {config}"


def lanes_of(found: Iterable[tuple[Place, Reader]]) -> Iterator[Lane]:
    """One lane for all edges between the same two streams: each entry is carried once, for all of their readers.
    MigrateError where they want it in different forms.
    """
    together: dict[Place, dict[str, Reader]] = defaultdict(dict)
    for place, reader in sorted(found, key=lambda each: each[1].edge):
        together[place].setdefault(reader.edge, reader)
    for place, readers in sorted(together.items(), key=lambda each: min(each[1])):
        lane = Lane(*place, tuple(readers.values()))
        _refuse_two_forms(lane)
        yield lane


def _refuse_two_forms(lane: Lane) -> None:
    """An entry is written once: no two readers of one stream may want it in different forms."""
    for at, one in enumerate(lane.readers):
        for other in lane.readers[at + 1 :]:
            if _differ(one.form, other.form):
                raise MigrateError(
                    f"{one.edge} and {other.edge} go from {lane.source_stream} on {lane.source.name} to one stream, "
                    f"{lane.target_stream} on {lane.target.name}, in different forms; name another stream for one of "
                    "them as `bus_stream` in engines.yaml, or accept its cut",
                    WRONG_USAGE,
                )


def _differ(one: Form, other: Form) -> bool:
    """Whether the same entry could become something else for each."""
    if (one.reads, one.writes) != (other.reads, other.writes):
        return True
    if one.message_type == other.message_type:
        return False
    return one.reads == RAW or any(overlap(mine, its) for mine in one.topics for its in other.topics)
