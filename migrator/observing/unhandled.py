"""Messages that nobody handles: of consumers that are gone, that nobody acknowledges, or that nobody reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from migrator.observing.finding import Finding, listed, several, span
from migrator.observing.known import Known
from migrator.observing.readers import dead, has_reader, is_stuck, undelivered
from migrator.observing.sources import is_told, sources_of, tell
from migrator.observing.view import GroupView, ServerView, StreamView

AUTOCLAIM = "restart it under the same consumer name, or let another one take them over: XAUTOCLAIM"
HANDLER = "see the log of the reader: its handler raises, hangs, or never acknowledges"
NO_GROUP = "subscribe to it, or stop publishing; a reader by XREAD would not show here"


def dead_consumers(view: ServerView, views: Sequence[ServerView], known: Known) -> Iterator[Finding]:
    """Consumers that are gone and hold messages that nobody else is given."""
    for stream, group in view.groups():
        for consumer in dead(group, view):
            if consumer.pending:
                held = several(consumer.pending, "message")
                sentence = (
                    f"{stream.name}: the consumer {consumer.name} of the group {group.name} died, or hangs, "
                    f"with {held} pending: it has not asked for {span(consumer.idle / 1000)}"
                )
                yield Finding("dead-consumer", view.name, sentence, tuple(oldest(group)), AUTOCLAIM)


def oldest(group: GroupView) -> Iterator[str]:
    """The oldest message of a group that is pending, as evidence."""
    pending = group.group.oldest
    if pending is not None:
        ago, often = span(pending.idle / 1000), several(pending.deliveries, "time")
        yield f"the oldest is {pending.id}, delivered to {pending.consumer} {ago} ago, {often} in all"


def growing_pending(view: ServerView, views: Sequence[ServerView], known: Known) -> Iterator[Finding]:
    """Groups whose live consumers do not acknowledge, or not all."""
    for stream, group in view.groups():
        if not has_reader(group, view):
            continue
        stuck, finished = is_stuck(group, view), group.acknowledged
        name = f"{stream.name}: the group {group.name} has {several(group.group.pending, 'message')} pending"
        if group.grew > 0 and (finished == 0 or stuck):
            how = f"{finished:,} acknowledged" if finished else "none was acknowledged"
            sentence = f"{name}, {group.grew:,} more than {span(view.delta.seconds)} ago; {how}"
            yield Finding("growing-pending", view.name, sentence, tuple(oldest(group)), HANDLER)
        elif stuck:
            sentence = f"{name} from before the window, with a live consumer"
            yield Finding("stuck-pending", view.name, sentence, tuple(oldest(group)), HANDLER)


def unread_streams(view: ServerView, views: Sequence[ServerView], known: Known) -> Iterator[Finding]:
    """Streams that are written and that nobody alive reads, and those that are read and were never written."""
    for stream in view.streams:
        alive = [group.name for group in stream.groups if has_reader(group, view)]
        if stream.added and not alive:
            groups = listed(group.name for group in stream.groups)
            have = f"its groups have no live consumer: {groups}" if groups else "it has no group"
            sentence = f"{stream.name}: {several(stream.added, 'message')} published, and nobody reads; {have}"
            yield Finding("unread", view.name, sentence, tuple(waiting(stream)), NO_GROUP)
        elif alive and was_never_written(stream):
            sources = sources_of(stream.name, known)
            if view.name not in {source.server for source in sources}:  # else it may come at any moment
                sentence = f"{stream.name}: a subscription to nothing: {listed(alive)} waits, and nothing ever came"
                evidence = (*elsewhere(stream.name, view, views), *tell(sources), *nobody(stream.name, known))
                yield Finding("reads-nothing", view.name, sentence, evidence)


def was_never_written(stream: StreamView) -> bool:
    """Whether nothing was ever added to a stream, not even something that is gone by now."""
    return stream.stream.last_id == "0-0"


def waiting(stream: StreamView) -> Iterator[str]:
    """How many entries each group of a stream was not given."""
    for group in stream.groups:
        if count := undelivered(stream, group):
            yield f"the group {group.name} was not given {several(count, 'message')}"


def elsewhere(name: str, view: ServerView, views: Sequence[ServerView]) -> Iterator[str]:
    """The servers on which a stream of this name is written."""
    for other in views:
        if other is not view and any(each.name == name and not was_never_written(each) for each in other.streams):
            yield f"{other.name} has a stream of this name, with messages"


def nobody(name: str, known: Known) -> Iterator[str]:
    """That the code, which knows the stream, publishes nothing to it."""
    if is_told(name, known) and not sources_of(name, known):
        yield "nothing in the code publishes to it"
