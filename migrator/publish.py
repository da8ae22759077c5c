"""The last step for one engine: its branch is looked at, and a commit goes there unless a person stands in the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from migrator.branches import Move, move_branches, write_commit
from migrator.ground import Ground
from migrator.ownership import BranchState, Kind, branch_state, content_id
from migrator.report.commit import Origin, commit_message
from migrator.results import EngineResult, Status


def publish(wish: EngineResult, destinations: Sequence[str], ground: Ground, dry_run: bool) -> EngineResult:
    """The result with its final status. A dry run stops before it writes, and looks at the same facts."""
    state = branch_state(ground.repository, wish.branch, ground.base)
    blocked = _edited(wish, state) or _checked_out(wish, state, ground)
    if _holds_already(wish, state, ground):
        return replace(wish, status=Status.UNCHANGED, commit=state.tip)
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
    if not moved.moved and _holds_already(wish, branch_state(ground.repository, wish.branch, ground.base), ground):
        return replace(wish, status=Status.UNCHANGED, commit=ground.repository.branch_tip(wish.branch))
    if not moved.moved:
        return replace(wish, status=Status.BLOCKED, commit=state.tip, problems=(f"{wish.engine}: {moved.sentence}",))
    return replace(wish, status=Status.COMMITTED, commit=commit)


def _edited(wish: EngineResult, state: BranchState) -> str:
    if state.kind is not Kind.EDITED:
        return ""
    if state.tip_is_ours:
        return (
            f"{wish.engine}: branch {wish.branch} sits on commits that the base no longer has. Look at them, delete "
            f'the branch with "git branch -D {wish.branch}", then run "migrate --engine {wish.engine}" again.'
        )
    commits = "1 commit that is" if state.foreign == 1 else f"{state.foreign} commits that are"
    return (
        f"{wish.engine}: branch {wish.branch} has {commits} not ours. Merge or rename it, then run "
        f'"migrate --engine {wish.engine}" again.'
    )


def _checked_out(wish: EngineResult, state: BranchState, ground: Ground) -> str:
    place = ground.repository.checked_out().get(wish.branch)
    if state.tip is None or place is None:
        return ""
    return (
        f"{wish.engine}: branch {wish.branch} is checked out in {place}. Check out another branch there, "
        "or end the rebase or bisection, then run "
        f'"migrate --engine {wish.engine}" again.'
    )


def _holds_already(wish: EngineResult, state: BranchState, ground: Ground) -> bool:
    """Whether the branch is one commit of ours on this base, with exactly these texts."""
    if state.kind is not Kind.OURS or state.tip is None or state.parent != ground.base:
        return False
    at_tip = {entry.path: entry for entry in ground.repository.list_files(state.tip)}
    differing = {path: entry.blob for path, entry in at_tip.items() if entry != ground.entries.get(path)}
    if differing.keys() != wish.change.texts.keys() or not ground.entries.keys() <= at_tip.keys():
        return False
    contents = ground.repository.read(differing.values())
    return all(contents[blob] == wish.change.texts[path] for path, blob in differing.items())
