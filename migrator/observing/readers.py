"""Who of a group is alive, and what its groups wait for."""

from __future__ import annotations

import re

from migrator.live.streams import Consumer
from migrator.observing.view import READ, GroupView, ServerView, StreamView

LEAST_PATIENCE = 3.0  # seconds
COUNTS_WAITING = (7, 2)
"""The first version on which a read that waits counts as a word of its consumer, and makes one."""


def patience(view: ServerView) -> float:
    """Seconds without a word after which a consumer counts as gone: twice the window, and no less than a few."""
    return max(2 * view.delta.seconds, LEAST_PATIENCE)


def is_recent(consumer: Consumer, view: ServerView) -> bool:
    """Whether a consumer was heard of late."""
    return consumer.idle / 1000 < patience(view)


def is_alive(consumer: Consumer, view: ServerView) -> bool:
    """Whether a consumer was heard of late, or may be one of those that wait in a blocked read."""
    if is_recent(consumer, view):
        return True
    if not counts_waiting(view):
        return spare_readers(view) > 0
    waiting = max((held.quiet for held in view.holders if READ in held.commands and held.blocked), default=-1)
    return waiting >= consumer.idle // 1000 - 1


def counts_waiting(view: ServerView) -> bool:
    """Whether the server hears a consumer that waits: before Redis 7.2 only one that is given something is heard."""
    return tuple(int(part) for part in re.findall(r"\d+", view.snapshot.version)[:2]) >= COUNTS_WAITING


def spare_readers(view: ServerView) -> int:
    """How many connections read by a group beside the consumers that were heard of late."""
    readers = sum(held.connections for held in view.holders if READ in held.commands)
    recent = sum(is_recent(consumer, view) for _, group in view.groups() for consumer in group.group.consumers)
    return readers - recent


def has_reader(group: GroupView, view: ServerView) -> bool:
    """Whether anybody reads by this group, or, where the server cannot tell, may do so."""
    if not group.group.consumers:
        return not counts_waiting(view) and spare_readers(view) > 0
    return bool(living(group, view))


def living(group: GroupView, view: ServerView) -> tuple[Consumer, ...]:
    """The consumers of a group that are alive."""
    return tuple(consumer for consumer in group.group.consumers if is_alive(consumer, view))


def dead(group: GroupView, view: ServerView) -> tuple[Consumer, ...]:
    """The consumers of a group that are gone."""
    return tuple(consumer for consumer in group.group.consumers if not is_alive(consumer, view))


def undelivered(stream: StreamView, group: GroupView) -> int | None:
    """How many entries of the stream the group was not given yet; None where that cannot be told."""
    if group.group.undelivered is not None:
        return group.group.undelivered
    return 0 if stream.stream.length == 0 or group.group.last_delivered == stream.stream.last_id else None


def is_stuck(group: GroupView, view: ServerView) -> bool:
    """Whether a message was delivered before the window began, and is still not acknowledged."""
    oldest = group.group.oldest
    return oldest is not None and oldest.idle / 1000 > max(view.delta.seconds, 1.0)
