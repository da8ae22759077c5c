"""What an engine heard and sent before it moved, and no longer does by its code."""

from __future__ import annotations

from fnmatch import fnmatchcase

from codemods.reading.globs import overlap
from migrator.observing.said import Said, said_by
from migrator.observing.sources import names_type
from migrator.verifying.evidence import Evidence


def lost(evidence: Evidence, role: str) -> list[Said]:
    """The ends of a role that the code had when `--before` was saved, and has under no name now.

    One that goes under several names is kept by any of them, and one whose loss engines.yaml accepts is none.
    """
    name = evidence.engine.name
    before = evidence.before.code.get(name, ()) if evidence.before else ()
    now = [each for each in said_by(evidence.known).get(name, ()) if each.role == role]
    there = {one for each in now for one in (each.name, *each.names)}
    return [
        each
        for each in before
        if each.role == role
        and not any(is_the_same(one, other) for one in (each.name, *each.names) for other in there)
        and not is_accepted(evidence, each)
    ]


def is_the_same(before: str, now: str) -> bool:
    """Whether an end goes on under a name: the same one, or a stream that is called after a message type."""
    return overlap(before, now) or names_type(now, before)


def is_accepted(evidence: Evidence, said: Said) -> bool:
    """Whether engines.yaml accepts that messages of an end are lost."""
    at = 0 if said.role == "publish" else 1
    return any(
        edge[at] == evidence.engine.name and any(fnmatchcase(one, edge[2]) for one in (said.name, *said.names))
        for edge in evidence.accepted
    )


def why_lost(said: Said, verb: str) -> str:
    """What to do about an end that is lost."""
    now = " or ".join(said.names)
    return (
        f"before it moved it {verb} {said.name} ({said.where}), and nothing in its code does so under {now} now; "
        "put it back, or accept the loss in `edges` of engines.yaml"
    )
