"""The last step for one engine: its branch is looked at, and a commit goes there, or beside it where a person works."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from migrator.beside import advice, name_beside, why_not_beside
from migrator.branches import Move, move_branches, write_commit
from migrator.ground import Ground
from migrator.ownership import BranchState, Kind, branch_state, content_id
from migrator.report.commit import Origin, commit_message
from migrator.results import EngineResult, Status


def publish(wish: EngineResult, destinations: Sequence[str], ground: Ground, dry_run: bool) -> EngineResult:
    """The result with its final status. A dry run stops before it writes, and looks at the same facts."""
    state = branch_state(ground.repository, wish.branch, ground.base)
    if state.kind is not Kind.EDITED:
        return _publish(wish, destinations, state, ground, dry_run)
    if state.fork and state.fork.is_ours and _holds(state.fork.commit, state.fork.parent, wish, ground):
        return replace(wish, status=Status.UNCHANGED, commit=state.tip, on_top=len(state.foreign))
    return _publish_beside(wish, destinations, state, ground, dry_run)


def _publish_beside(
    wish: EngineResult, destinations: Sequence[str], edited: BranchState, ground: Ground, dry_run: bool
) -> EngineResult:
    """The new result on the branch beside a person's, under the same rules, with what brings the two together."""
    name = name_beside(wish.branch)
    state = branch_state(ground.repository, name, ground.base)
    blocked = why_not_beside(wish, edited, state, ground.campaign)
    if blocked:
        return replace(wish, status=Status.BLOCKED, commit=edited.tip, problems=(blocked,))
    made = _publish(replace(wish, branch=name), destinations, state, ground, dry_run)
    if made.status is Status.BLOCKED:
        return made
    return replace(made, beside=wish.branch, advice=advice(wish.branch, edited, ground.repository))


def _publish(
    wish: EngineResult, destinations: Sequence[str], state: BranchState, ground: Ground, dry_run: bool
) -> EngineResult:
    """A commit on a branch that is ours, or is not there; none where it holds the same already."""
    if state.kind is Kind.OURS and _holds(state.tip, state.parent, wish, ground):
        return replace(wish, status=Status.UNCHANGED, commit=state.tip)
    blocked = _checked_out(wish, state, ground)
    if blocked:
        return replace(wish, status=Status.BLOCKED, commit=state.tip, problems=(blocked,))
    if dry_run:
        return wish
    return _commit(wish, destinations, state, ground)


def _commit(wish: EngineResult, destinations: Sequence[str], state: BranchState, ground: Ground) -> EngineResult:
    change = wish.change
    origin = Origin(ground.campaign.hash, ground.base, content_id(change.texts))
    message = commit_message(change, wish.phase, destinations, origin)
    commit = write_commit(ground.repository, ground.base, message, change.texts)
    (moved,) = move_branches(ground.repository, [Move(wish.branch, commit, state.tip)])
    if moved.moved:
        return replace(wish, status=Status.COMMITTED, commit=commit)
    now = branch_state(ground.repository, wish.branch, ground.base)
    if now.kind is Kind.OURS and _holds(now.tip, now.parent, wish, ground):  # another run was faster
        return replace(wish, status=Status.UNCHANGED, commit=now.tip)
    return replace(wish, status=Status.BLOCKED, commit=now.tip, problems=(f"{wish.engine}: {moved.sentence}",))


def _checked_out(wish: EngineResult, state: BranchState, ground: Ground) -> str:
    place = ground.repository.checked_out().get(wish.branch)
    if state.tip is None or place is None:
        return ""
    return (
        f"{wish.engine}: branch {wish.branch} is checked out in {place}. Check out another branch there, "
        "or end the rebase or bisection, then run "
        f'"migrate --engine {wish.engine}" again.'
    )


def _holds(commit: str | None, parent: str | None, wish: EngineResult, ground: Ground) -> bool:
    """Whether this commit, which is ours, is on this base and has exactly these texts."""
    if commit is None or parent != ground.base:
        return False
    held = {entry.path: entry for entry in ground.repository.list_files(commit)}
    differing = {path: entry.blob for path, entry in held.items() if entry != ground.entries.get(path)}
    if differing.keys() != wish.change.texts.keys() or not ground.entries.keys() <= held.keys():
        return False
    contents = ground.repository.read(differing.values())
    return all(contents[blob] == wish.change.texts[path] for path, blob in differing.items())
