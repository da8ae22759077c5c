"""What waits for an engine on the main server, in the groups by which it read there before it moved."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from codemods.settings import Settings
from migrator.live.reading import Asker
from migrator.live.servers import MAIN
from migrator.observing.view import ServerView, StreamView
from migrator.verifying.bridged import bridges_of, is_bridged, is_carried
from migrator.verifying.evidence import Entry, Evidence, Old
from migrator.verifying.groups import bears_name

WAITING = 1_000  # messages of an old group that are counted


def old_groups(evidence: Evidence, settings: Settings, main: Asker) -> Iterator[Old]:
    """The engine's groups on main, by its name or its code, with the messages for it that neither they nor a bridge
    were given.
    """
    view = evidence.views[MAIN]
    for stream, group in view.groups():
        if bears_name(group.name, evidence.engine) or is_in_code(evidence, stream.name, group.name):
            found = main.after(stream.name, group.group.last_delivered, WAITING)
            left = [entry for entry in found if is_for(evidence, settings, stream.name, entry)]
            mine = tuple(entry for entry in left if not has_bridge(evidence, view, stream, entry))
            pending = group.group.pending
            if pending:
                held = main.pending(stream.name, group.name, WAITING)
                pending -= sum(has_bridge(evidence, view, stream, entry) for entry in held)
            yield Old(stream.name, group, mine, len(found) == WAITING, pending)


def is_in_code(evidence: Evidence, stream: str, group: str) -> bool:
    """Whether the engine's code reads a stream by a group of this name, and nobody else's does."""
    sites = [site for site in evidence.known.reads if group in site.groups and stream in dict(site.streams)]
    return bool(sites) and all(evidence.engine.owns(site.path) for site in sites)


def is_for(evidence: Evidence, settings: Settings, stream: str, entry: Entry) -> bool:
    """Whether a message on main is for the engine, and no loss that is accepted: a topic's route says who reads it."""
    topic = entry[1].get("topic")
    lost = (accepted for _, consumer, accepted in evidence.accepted if consumer == evidence.engine.name)
    if any(fnmatchcase(stream if topic is None else topic, each) for each in lost):
        return False
    route = None if topic is None else settings.route(topic)
    return route is None or route.message_type in {end.name for end in evidence.ends("consume")}


def has_bridge(evidence: Evidence, view: ServerView, stream: StreamView, entry: Entry) -> bool:
    """Whether a message on main is for the engine by a bridge, which carries it."""
    name, consumer = entry[1].get("topic", stream.name), evidence.engine.name
    groups = bridges_of(evidence, stream, "", consumer, name)
    return is_bridged(evidence, "", consumer, [name]) and is_carried(view, groups, entry[0])
