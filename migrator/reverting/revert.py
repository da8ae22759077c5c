"""The story of `migrate revert`: the commits that moved an engine, its texts without them, and a branch with those."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from migrator.branches import Move, move_branches, write_commit
from migrator.config import Campaign, EngineConfig
from migrator.config_rules import fault_of_branch
from migrator.errors import DONE, FAILED, MigrateError
from migrator.ground import Ground, is_below, open_campaign, read_ground, read_target
from migrator.history import takings
from migrator.ownership import BranchState, Kind, branch_state, content_id
from migrator.repo import Entry, Repository
from migrator.report.revert_commit import Origin, revert_message
from migrator.rest import read_rest
from migrator.results import Progress
from migrator.reverting.cut_off import Effect, effect_of
from migrator.reverting.merging import without_change
from migrator.signing import read_signing, signed
from migrator.survey import survey

COMMITTED, WOULD_COMMIT, UNCHANGED = "committed", "would-commit", "unchanged"


class Options(Struct, frozen=True):
    """One revert as it was asked for."""

    engine: str
    commits: tuple[str, ...] = ()  # those that moved it, where their messages do not say so
    repo: str = "."
    config: str | None = None
    base: str | None = None
    force: bool = False
    dry_run: bool = False


class Reverting(Struct, frozen=True):
    """What came of it."""

    engine: str
    branch: str
    status: str  # committed, would-commit or unchanged
    base: str
    commits: tuple[str, ...]  # those that are taken back, the newest first
    texts: Mapping[str, bytes]
    originals: Mapping[str, bytes]
    effect: Effect
    commit: str | None = None
    unsigned: str = ""  # why the commit has no signature, where git is set to sign
    forced: bool = False

    def exit_code(self) -> int:
        """0, but 1 for a dry run of what a run would refuse."""
        return FAILED if self.status == WOULD_COMMIT and self.refused else DONE

    @property
    def refused(self) -> bool:
        """Whether somebody would be cut off about whom engines.yaml says nothing."""
        return bool(self.effect.open_cuts) and not self.forced


def revert(options: Options, progress: Progress) -> Reverting:
    """The branch that takes the engine back, or in a dry run what would be on it.

    MigrateError where no commit of the base moved it, where something that came later stands in the way, and where it
    would cut somebody off, unless it is forced.
    """
    repository, campaign = open_campaign(options.repo, options.config)
    engine = campaign.engine(options.engine)
    if not options.dry_run:
        repository.author()  # asked before the work, not after it
    ground = read_ground(repository, campaign, options.base)
    commits = _commits(options, engine, ground)
    texts = _old_texts(engine, commits, ground)
    contract = read_target(ground)
    found = survey(ground, *read_rest(ground), contract, progress)
    effect = effect_of(engine, texts, found, ground, contract)
    result = Reverting(
        engine=engine.name,
        branch=branch_of(campaign, engine),
        status=WOULD_COMMIT,
        base=ground.base,
        commits=commits,
        texts=texts,
        originals={path: ground.texts[path] for path in texts},
        effect=effect,
        forced=options.force,
    )
    if options.dry_run:
        return result
    if result.refused:
        raise _refusal(result)
    return _published(result, ground)


def branch_of(campaign: Campaign, engine: EngineConfig) -> str:
    """The engine's branch for this, by the campaign's pattern: `dual-bus/revert/portfolio`."""
    if "{phase}" in campaign.branch:
        pattern = re.sub(r"[^/]*\{phase\}[^/]*", "revert", campaign.branch, count=1).replace("{phase}", "revert")
    else:
        pattern = campaign.branch.replace("{engine}", "revert-{engine}")
    branch = pattern if "{engine}" in pattern else f"{pattern}/{{engine}}"
    branch = branch.replace("{engine}", engine.name)
    taken = {campaign.branch_of(each): each.name for each in campaign.to_migrate()}
    why = f"is the branch of {taken[branch]}" if branch in taken else fault_of_branch(branch, campaign.base)
    if why:
        raise campaign.error(("branch",), f"the branch to take {engine.name} back is {branch}, which {why}")
    return branch


# which commits, which texts


def _commits(options: Options, engine: EngineConfig, ground: Ground) -> tuple[str, ...]:
    repository = ground.repository
    if options.commits:
        return tuple(repository.resolve(each) for each in options.commits)
    found = takings(repository, ground.base, engine.name)
    if not found:
        raise MigrateError(
            f"{engine.name}: no commit of the base says that it moved it, or it was taken back since; name those that "
            'did with "--commit REV", the newest first',
            FAILED,
        )
    return found


def _old_texts(engine: EngineConfig, commits: Sequence[str], ground: Ground) -> dict[str, bytes]:
    """The engine's files without what these commits did; those alone that would change."""
    texts: dict[str, bytes] = {}
    faults: list[str] = []
    for commit in commits:
        for path, before, after in _changes(engine, commit, ground, faults):
            now = texts.get(path, ground.texts.get(path))
            if now is None:
                faults.append(f"{path} is not in the base any more")
                continue
            made = without_change(ground.repository, now, after, before)
            faults += [f"{path}:{line} was changed after {commit[:12]}" for line in made.conflicts]
            texts[path] = made.text
    if faults:
        mend = "take those places back by hand, on a branch of your own"
        raise MigrateError("\n".join([*(f"{engine.name}: {fault}" for fault in faults), mend]), FAILED)
    changed = {path: text for path, text in texts.items() if text != ground.texts[path]}
    if not changed:
        raise MigrateError(f"{engine.name}: nothing of {commits[0][:12]} is left in the base to take back", FAILED)
    return changed


def _changes(
    engine: EngineConfig, commit: str, ground: Ground, faults: list[str]
) -> Iterator[tuple[str, bytes, bytes]]:
    """Path, text before and text after, of each file of the engine that a commit changed against its first parent."""
    repository, shared = ground.repository, ground.campaign.shared
    before, after = _entries(repository, f"{commit}^"), _entries(repository, commit)
    for path in sorted(before.keys() | after.keys()):
        old, new = before.get(path), after.get(path)
        if old == new or not (engine.owns(path) or is_below(path, shared)):
            continue
        if is_below(path, shared):
            faults.append(f"{path} is shared: {commit[:12]} changed it for other engines, too")
        elif old is None or new is None or not (old.is_file and new.is_file):
            faults.append(f"{path} was {'made' if old is None else 'taken away'} by {commit[:12]}")
        else:
            contents = repository.read([old.blob, new.blob])
            yield path, contents[old.blob], contents[new.blob]


def _entries(repository: Repository, revision: str) -> dict[str, Entry]:
    return {entry.path: entry for entry in repository.list_files(repository.resolve(revision))}


# the branch


def _refusal(result: Reverting) -> MigrateError:
    lines = [f"{result.engine}: to take it back would cut {cut.name}" for cut in result.effect.open_cuts]
    mend = 'take those engines back first, accept or bridge the edges in engines.yaml, or add "--force"'
    return MigrateError("\n".join([*lines, mend]), FAILED)


def _published(result: Reverting, ground: Ground) -> Reverting:
    repository = ground.repository
    state = branch_state(repository, result.branch, ground.base)
    if _is_there(state, result, repository):
        return replace(result, status=UNCHANGED, commit=state.tip)
    if state.kind is Kind.EDITED:
        raise MigrateError(
            f"{result.engine}: branch {result.branch} holds commits that are not ours. Merge or rename it, then run "
            f'"migrate revert --engine {result.engine}" again.',
            FAILED,
        )
    cuts = tuple(cut.name for cut in result.effect.open_cuts)
    origin = Origin(ground.campaign.hash, ground.base, content_id(result.texts), cuts)
    message = revert_message(result.engine, result.commits, origin)
    commit = write_commit(repository, ground.base, message, result.texts)
    commit, unsigned = signed(repository, commit, read_signing(repository))
    (moved,) = move_branches(repository, [Move(result.branch, commit, state.tip)])
    if not moved.moved:
        raise MigrateError(f"{result.engine}: {moved.sentence}", FAILED)
    return replace(result, status=COMMITTED, commit=commit, unsigned=unsigned)


def _is_there(state: BranchState, result: Reverting, repository: Repository) -> bool:
    """Whether the branch is one commit of ours on this base, with these texts."""
    if state.kind is not Kind.OURS or state.tip is None or state.parent != result.base:
        return False
    there = {path: each.blob for path, each in repository.look_up(state.tip, result.texts).items()}
    contents = repository.read(there.values())
    is_same = all(contents.get(there.get(path, "")) == text for path, text in result.texts.items())
    return is_same and set(repository.changed(result.base, state.tip)) == result.texts.keys()
