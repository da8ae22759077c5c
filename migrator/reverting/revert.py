"""The story of `migrate revert`: the commits that moved an engine, its texts without them, and a branch with those."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from migrator.branches import Move, move_branches, write_commit
from migrator.errors import DONE, FAILED, MigrateError
from migrator.ground import Ground, open_campaign, read_ground, read_target
from migrator.means import ALONE, Means
from migrator.ownership import BranchState, Kind, branch_state, content_id
from migrator.repo import Repository
from migrator.report.revert_commit import Origin, revert_message
from migrator.rest import read_rest
from migrator.results import Progress
from migrator.reverting.cut_off import Effect, effect_of
from migrator.reverting.naming import branch_of
from migrator.reverting.old_texts import commits_of, old_texts
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
    means: Means = ALONE


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
    ground = read_ground(repository, campaign, options.base, options.means)
    commits = commits_of(engine, options.commits, ground)
    texts = old_texts(engine, commits, ground)
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
