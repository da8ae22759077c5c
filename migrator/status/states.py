"""The state of one engine, from a scan of the base, its branch and the base's history. Pure."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from migrator.config import EngineConfig
from migrator.history import Moved
from migrator.merged import Merged
from migrator.scanned import EngineScan
from migrator.status.facts import Branch


class State(StrEnum):
    """How far an engine is."""

    NOT_STARTED = "not started"
    QUESTIONS = "questions open"
    HELD = "refusals only"  # no question would let anything of it move
    READY = "branch ready"
    EDITED = "edited by hand"
    BEHIND = "behind its base"
    CONFLICTS = "conflicts with base"
    PARTLY = "partly merged"  # what its change left to a person is still legacy
    MERGED = "merged"
    CAME_BACK = "legacy use came back"
    NOTHING = "nothing to move"
    DEFERRED = "deferred"
    FAILED = "not judged"


HELD_BACK = frozenset(
    {State.NOT_STARTED, State.READY, State.EDITED, State.BEHIND, State.CONFLICTS, State.PARTLY, State.CAME_BACK}
)
"""What cannot go on while the phase must wait."""


class EngineState(Struct, frozen=True):
    """One engine's state, with all that it follows from."""

    engine: str
    phase: int | None
    state: State
    scan: EngineScan
    merged: Merged
    branch: Branch | None = None
    moved: Moved | None = None  # by the newest commit of the base that brought its change, or took it back
    waits: str = ""  # what its phase must wait for, where the order of phases says so
    failure: str = ""  # what its last run said, where that failed
    next: tuple[str, ...] = ()  # what to type


def state_of(
    engine: EngineConfig, scan: EngineScan, merged: Merged, branch: Branch | None, moved: Moved | None
) -> State:
    """The first that holds: what the base holds goes before what a branch does, but where the branch mends the base."""
    if scan.problems or scan.failed_files:
        return State.FAILED
    if merged.merged or (engine.migrated and not merged.open):
        return State.MERGED
    is_back = _came_back(engine, scan, merged, moved)
    pending = branch if branch is not None and branch.is_pending else None
    if is_back and not (pending and pending.behind == 0):
        return State.CAME_BACK
    if pending:
        return _of_branch(pending)
    if engine.deferred is not None:
        return State.DEFERRED
    if not merged.left:
        return State.NOTHING
    return State.PARTLY if moved and not moved.is_back else _not_started(scan)


def _came_back(engine: EngineConfig, scan: EngineScan, merged: Merged, moved: Moved | None) -> bool:
    """Whether the engine has moved, and uses more of what is legacy than its change left."""
    if not merged.open:
        return False
    if engine.migrated or moved is None or moved.is_back:  # what was taken back on purpose did not come back by itself
        return engine.migrated
    return sum(site.is_bus_use for site in scan.change.sites) > moved.left


def _of_branch(branch: Branch) -> State:
    if branch.conflicts:
        return State.CONFLICTS
    if branch.foreign:
        return State.EDITED
    return State.BEHIND if branch.behind else State.READY


def _not_started(scan: EngineScan) -> State:
    if scan.change.questions or scan.change.ledger.ask:
        return State.QUESTIONS
    return State.NOT_STARTED if scan.change.ledger.rewrite else State.HELD
