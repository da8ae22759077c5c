"""The last step for one engine: its branch is looked at, and a commit goes there, or beside it where a person works."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct
from msgspec.structs import replace

from migrator.ground import Ground
from migrator.ownership import BranchState, Kind, branch_state, content_id
from migrator.repo import Repository
from migrator.results import EngineResult, Status
from migrator.signing import Signing, is_signed, signed


class Finish(Struct, frozen=True):
    """What a commit gets besides its content, where it is asked for."""

    sign_off: str = ""  # the last line of its message
    signing: Callable[[], Signing] = Signing  # asked where there is a commit: a dry run seldom looks at one
    forced: tuple[str, ...] = ()  # what the gate of the engine's phase said, where `--force` went on


def publish(wish: EngineResult, ground: Ground, dry_run: bool, finish: Finish) -> EngineResult:
    """The result with its final status. A dry run stops before it writes, and looks at the same facts."""
    state = branch_state(ground.repository, wish.branch, ground.base)
    if state.kind is not Kind.EDITED:
        return _publish(wish, state, ground, dry_run, finish)
    if state.fork and state.fork.is_ours and _holds(state.fork.commit, state.fork.parent, wish, ground):
        return replace(wish, status=Status.UNCHANGED, commit=state.tip, on_top=len(state.foreign))
    return _publish_beside(wish, state, ground, dry_run, finish)


def _publish_beside(
    wish: EngineResult, edited: BranchState, ground: Ground, dry_run: bool, finish: Finish
) -> EngineResult:
    """The new result on the branch beside a person's, under the same rules, with what brings the two together."""
    from migrator.beside import advice, name_beside, why_not_beside

    name = name_beside(wish.branch)
    state = branch_state(ground.repository, name, ground.base)
    blocked = why_not_beside(wish, edited, state, ground.campaign)
    if blocked:
        return replace(wish, status=Status.BLOCKED, commit=edited.tip, problems=(blocked,))
    made = _publish(replace(wish, branch=name), state, ground, dry_run, finish)
    if made.status is Status.BLOCKED:
        return made
    return replace(made, beside=wish.branch, advice=advice(wish.branch, edited, ground.repository))


def _publish(wish: EngineResult, state: BranchState, ground: Ground, dry_run: bool, finish: Finish) -> EngineResult:
    """A commit on a branch that is ours, or is not there; none where it holds the same already."""
    if _is_there(state, wish, ground, finish):
        return replace(wish, status=Status.UNCHANGED, commit=state.tip)
    blocked = _checked_out(wish, state, ground)
    if blocked:
        return replace(wish, status=Status.BLOCKED, commit=state.tip, problems=(blocked,))
    return wish if dry_run else _commit(wish, state, ground, finish)


def _commit(wish: EngineResult, state: BranchState, ground: Ground, finish: Finish) -> EngineResult:
    from migrator.branches import Move, move_branches, write_commit  # a dry run needs none of these
    from migrator.report.commit import Origin, commit_message

    change, repository = wish.change, ground.repository
    origin = Origin(ground.campaign.hash, ground.base, content_id(change.texts), finish.sign_off, finish.forced)
    message = commit_message(change, wish.phase, wish.destinations, origin)
    commit = write_commit(repository, ground.base, message, change.texts, ground.entries)
    commit, unsigned = signed(repository, commit, finish.signing())
    wish = replace(wish, unsigned=unsigned)
    if unsigned and _is_there(state, wish, ground, replace(finish, signing=Signing)):
        return replace(wish, status=Status.UNCHANGED, commit=state.tip)  # one more without a signature is no better
    (moved,) = move_branches(repository, [Move(wish.branch, commit, state.tip)])
    if moved.moved:
        return replace(wish, status=Status.COMMITTED, commit=commit)
    now = branch_state(repository, wish.branch, ground.base)
    if _is_there(now, wish, ground, finish):  # another run was faster
        return replace(wish, status=Status.UNCHANGED, commit=now.tip)
    return replace(wish, status=Status.BLOCKED, commit=now.tip, problems=(f"{wish.engine}: {moved.sentence}",))


def _is_there(state: BranchState, wish: EngineResult, ground: Ground, finish: Finish) -> bool:
    """Whether the branch is one commit of ours on this base, with all that this run would give it."""
    is_held = state.kind is Kind.OURS and _holds(state.tip, state.parent, wish, ground)
    return is_held and not _lacks(state.tip, ground.repository, finish)


def _lacks(commit: str | None, repository: Repository, finish: Finish) -> bool:
    """Whether our commit is without what this run is to give it, and can."""
    signing = finish.signing()
    may_sign = signing.is_wanted and not signing.obstacle
    if commit is None or not (finish.sign_off or finish.forced or may_sign):
        return False
    from migrator.history import FORCED_TRAILER

    raw = repository.git.run("cat-file", "commit", commit)
    lines = raw.decode(errors="replace").splitlines()
    unsaid = bool(finish.forced) and not any(line.startswith(f"{FORCED_TRAILER}: ") for line in lines)
    return unsaid or bool(finish.sign_off and finish.sign_off not in lines) or (may_sign and not is_signed(raw))


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
