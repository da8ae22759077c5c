"""What a bridge carries between two phases, as engines.yaml has it, and whether one is there to carry it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

from migrator.bridging.lanes import joined_key, lane_of
from migrator.bridging.parties import parties_of
from migrator.live.reading import Asker
from migrator.observing.readers import has_reader
from migrator.observing.view import GroupView, ServerView, StreamView
from migrator.verifying.evidence import Evidence


def is_bridged(evidence: Evidence, publisher: str, consumer: str, names: Iterable[str]) -> bool:
    """Whether engines.yaml has a bridge carry one of these names between two engines; "" stands for any engine."""
    return any(
        publisher in ("", sender)
        and consumer == receiver
        and any(fnmatchcase(name, stream) or fnmatchcase(stream, name) for name in names)
        for sender, receiver, stream in evidence.bridged
    )


def lanes_of(view: ServerView, asker: Asker) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each group by which a bridge reads on a server, with the edges, in words, that it carries."""
    for _, group in view.groups():
        lane = lane_of(group.name)
        if lane is not None:
            kept = asker.fields(joined_key(lane[0]))
            yield group.name, tuple(edge for party in parties_of(kept) if party.rank == lane[1] for edge in party.edges)


def bridges_of(evidence: Evidence, stream: StreamView, publisher: str, consumer: str, name: str) -> list[GroupView]:
    """The groups by which bridges carry this name from a stream between two engines; "" stands for any publisher."""
    return [
        group
        for group in stream.groups
        if any(is_about(edge, publisher, consumer, name) for edge in evidence.lanes.get(group.name, ()))
    ]


def is_about(edge: str, publisher: str, consumer: str, name: str) -> bool:
    """Whether an edge in words leads from one engine to another by this name."""
    sender, _, rest = edge.partition(" -> ")
    stream = rest.removeprefix(f"{consumer} ")
    return publisher in ("", sender) and stream != rest and (fnmatchcase(name, stream) or fnmatchcase(stream, name))


def is_at_work(view: ServerView, groups: Iterable[GroupView]) -> bool:
    """Whether a bridge reads by one of these groups now."""
    return any(has_reader(group, view) for group in groups)


def is_carried(view: ServerView, groups: Iterable[GroupView], number: str) -> bool:
    """Whether a bridge has written the entry of this id on the other side, or is at work and will."""
    return any(has_reader(group, view) or _is_written(group, number) for group in groups)


def _is_written(group: GroupView, number: str) -> bool:
    oldest = group.group.oldest
    behind = oldest is not None and order(oldest.id) <= order(number)
    return not behind and order(number) <= order(group.group.last_delivered)


def order(number: str) -> tuple[int, int]:
    """What ids are compared by."""
    milliseconds, _, sequence = number.partition("-")
    return int(milliseconds), int(sequence or 0)


def how_to_bridge(evidence: Evidence) -> str:
    """What to type where no bridge is at work."""
    known = evidence.known
    phases = [engine.phase for name, engine in known.engines.items() if name in known.moved and engine.phase]
    phase = max(phases, default=evidence.engine.phase or 1)
    return f"{known.config} bridges it, and no bridge is at work; type: migrate bridge --phase {phase}"
