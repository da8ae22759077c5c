"""What a bridge carries between two phases, as engines.yaml has it, and whether one is there to carry it."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

from migrator.observing.readers import has_reader
from migrator.observing.view import GroupView, ServerView, StreamView
from migrator.verifying.evidence import Evidence

GROUP = "migrate-bridge:"
"""How the name of a bridge's own group begins."""


def is_bridged(evidence: Evidence, publisher: str, consumer: str, names: Iterable[str]) -> bool:
    """Whether engines.yaml has a bridge carry one of these names between two engines; "" stands for any engine."""
    return any(
        publisher in ("", sender)
        and consumer == receiver
        and any(fnmatchcase(name, stream) or fnmatchcase(stream, name) for name in names)
        for sender, receiver, stream in evidence.bridged
    )


def bridges_of(stream: StreamView) -> list[GroupView]:
    """The groups by which bridges read a stream."""
    return [group for group in stream.groups if group.group.name.startswith(GROUP)]


def is_at_work(view: ServerView, streams: Iterable[StreamView]) -> bool:
    """Whether a bridge reads one of these streams now."""
    return any(has_reader(group, view) for stream in streams for group in bridges_of(stream))


def is_carried(view: ServerView, stream: StreamView, number: str) -> bool:
    """Whether a bridge has written the entry of this id on the other side, or is at work and will."""
    return any(has_reader(group, view) or _is_written(group, number) for group in bridges_of(stream))


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
