"""Which groups are whose, and whether somebody reads by them."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from codemods.settings import BUSES
from migrator.config import EngineConfig
from migrator.observing.readers import counts_waiting, has_reader, is_recent
from migrator.observing.sources import words_of
from migrator.observing.view import READ, GroupView, ServerView, StreamView
from migrator.verifying.evidence import End, Evidence


def bears_name(name: str, engine: EngineConfig) -> bool:
    """Whether a group, or the source of a message, bears an engine's name or its type."""
    words = words_of(name)
    wanted = (words_of(engine.name), words_of(engine.engine_type))
    return any(words[at : at + len(own)] == own for own in wanted for at in range(len(words) - len(own) + 1))


def groups_of(evidence: Evidence, end: End, engine: EngineConfig) -> list[tuple[StreamView, GroupView]]:
    """The groups by which an engine reads what an end carries: those that its code names, or that bear its name."""
    sites = [site for site in evidence.known.reads if engine.owns(site.path)]
    wanted = {group for site in sites for name, _ in site.streams if name == end.name for group in site.groups}
    return [
        (stream, group)
        for stream in evidence.streams(end)
        for group in stream.groups
        if any(fnmatchcase(group.name, each) for each in wanted) or (not wanted and bears_name(group.name, engine))
    ]


def own_groups(evidence: Evidence) -> Iterator[tuple[ServerView, StreamView, GroupView]]:
    """Every group of the engine on the buses: those of its subscriptions, and those that bear its name."""
    engine = evidence.engine
    ends = list(evidence.ends("consume"))
    read = {(end.bus, stream.name, group.name) for end in ends for stream, group in groups_of(evidence, end, engine)}
    for view in [evidence.views[bus] for bus in BUSES if bus in evidence.views]:
        for stream, group in view.groups():
            if (view.name, stream.name, group.name) in read or bears_name(group.name, engine):
                yield view, stream, group


def is_read(evidence: Evidence, view: ServerView, group: GroupView, engine: EngineConfig) -> bool | None:
    """Whether an engine reads by its group; None where nothing here tells.

    A consumer that was not heard of late may be one that waits in a blocked read: only a connection of the engine
    itself can be that one.
    """
    if any(is_recent(consumer, view) for consumer in group.group.consumers):
        return True
    if not evidence.is_local or evidence.nobodys(view, engine):
        return has_reader(group, view) if counts_waiting(view) else None
    readers = [held for held in view.held_by(engine.name) if READ in held.commands]
    if counts_waiting(view):
        silent = min((consumer.idle for consumer in group.group.consumers), default=None)
        longest = max((held.quiet for held in readers if held.blocked), default=-1)
        return silent is not None and longest >= silent // 1000 - 1
    return sum(held.connections for held in readers) > len(heard(view, engine))


def heard(view: ServerView, engine: EngineConfig) -> list[GroupView]:
    """The groups that bear an engine's name, and have a consumer that was heard of late."""
    return [
        group
        for _, group in view.groups()
        if bears_name(group.name, engine) and any(is_recent(consumer, view) for consumer in group.group.consumers)
    ]


def reads_by_group(evidence: Evidence, end: End, engine: EngineConfig) -> bool:
    """Whether an engine reads an end by a group: a raw stream that no XREADGROUP of its code names is read by XREAD."""
    if end.is_type:
        return True
    sites = [site for site in evidence.known.reads if engine.owns(site.path)]
    return any(fnmatchcase(end.name, name) for site in sites for name, _ in site.streams)


def is_reached(evidence: Evidence, end: End, engine: EngineConfig) -> bool | None:
    """Whether an engine reads an end on its bus, by a group or by XREAD; None where nothing here tells."""
    view = evidence.views[end.bus]
    if reads_by_group(evidence, end, engine):
        answers = [is_read(evidence, view, group, engine) for _, group in groups_of(evidence, end, engine)]
        return True if True in answers else None if None in answers else False
    if any("xread" in held.commands for held in view.held_by(engine.name)):
        return True
    return False if evidence.is_local and not evidence.nobodys(view, engine) else None
