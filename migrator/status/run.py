"""The story of `migrate status`: the base is scanned, git is asked about each branch, and each engine has one state."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from migrator.attempt import attempt
from migrator.config import Campaign, EngineConfig
from migrator.errors import DONE, FAILED
from migrator.failures import failed_before
from migrator.ground import elsewhere, open_campaign
from migrator.history import Moved, moved_engines
from migrator.means import ALONE, Means
from migrator.merged import merged
from migrator.repo import Repository
from migrator.results import Progress
from migrator.scanned import EngineScan
from migrator.selection import Selection
from migrator.status.facts import Branch, Refs, read_branch, read_refs
from migrator.status.standing import read_standing
from migrator.status.states import HELD_BACK, EngineState, State, state_of
from migrator.status.steps import Place, next_of, there
from migrator.status.strays import Stray, read_strays


class Options(Struct, frozen=True):
    """What was asked for."""

    selection: Selection = Selection()  # an empty one is all engines
    repo: str = "."
    config: str | None = None
    base: str | None = None
    means: Means = ALONE


class CampaignStatus(Struct, frozen=True):
    """The state of each engine at one base."""

    base: str  # the full id of the commit
    base_name: str  # as it was asked for
    config: str  # sha256 of engines.yaml
    engines: tuple[EngineState, ...]  # by phase, those that engines.yaml calls migrated last
    strays: tuple[Stray, ...] = ()  # branches that no engine has any more; told where all engines were asked for

    def exit_code(self) -> int:
        """1 where an engine could not be judged; whatever else the states are, to tell them is all that was asked."""
        return FAILED if any(each.state is State.FAILED for each in self.engines) else DONE


def status(options: Options, progress: Progress) -> CampaignStatus:
    """The states of the engines that were asked for. Nothing is written."""
    repository, campaign = open_campaign(options.repo, options.config)
    wanted = _wanted(campaign, options.selection)
    base = repository.resolve(options.base or campaign.base)
    standing = read_standing(repository, campaign, base, options.base, options.means, progress)
    refs, failures = read_refs(repository), failed_before(repository)
    moved = moved_engines(repository, base)
    place = _place(options, repository, campaign, refs)
    chosen = [(campaign.engine(scan.engine), scan) for scan in standing.scans if scan.engine in wanted]
    read = partial(read_branch, repository, base=base, refs=refs)
    states = (_state(campaign, engine, scan, read, moved.get(engine.name)) for engine, scan in chosen)
    told = (replace(each, failure=failures.get(each.engine, "")) for each in states)
    waits = dict(standing.waits)
    gated = (replace(each, waits=waits.get(each.phase or 0, "") if each.state in HELD_BACK else "") for each in told)
    whole = tuple(replace(each, next=next_of(each, place)) for each in gated)
    is_whole = len(wanted) == len(campaign.engines)
    strays = read_strays(repository, campaign, base, refs) if is_whole else ()
    ready = tuple(replace(each, next=there(each.next, place)) for each in strays)
    return CampaignStatus(base, options.base or campaign.base, campaign.hash, whole, ready)


def _wanted(campaign: Campaign, selection: Selection) -> set[str]:
    if selection.phase is not None:
        return {engine.name for engine in campaign.phase(selection.phase)}
    named = {campaign.engine(name).name for name in selection.engines}
    return named or {engine.name for engine in campaign.engines}


def _place(options: Options, repository: Repository, campaign: Campaign, refs: Refs) -> Place:
    base = options.base or campaign.base
    base_in = repository.checked_out().get(base, "")
    repo = elsewhere(options.repo)
    return Place(
        base if repository.branch_tip(base) else None,
        refs.remotes[0] if len(refs.remotes) == 1 else None,
        base_in if base_in != str(repository.root) else "",
        repo,
        (*(("--repo", repo) if repo else ()), *(("--config", options.config) if options.config else ())),
        ("--base", options.base) if options.base else (),
    )


def _state(
    campaign: Campaign,
    engine: EngineConfig,
    scan: EngineScan,
    read: Callable[[str], Branch | None],
    moved: Moved | None,
) -> EngineState:
    """One engine's state; what git cannot say of its branch is its own failure."""
    made = attempt(engine.name, partial(read, campaign.branch_of(engine))) if engine.phase is not None else None
    if made is not None and made.problems:
        scan = replace(scan, problems=(*scan.problems, *made.problems), trace=scan.trace or made.trace)
    branch = made.value if made is not None else None
    judged = merged(engine, scan)
    state = state_of(engine, scan, judged, branch, moved)
    return EngineState(engine.name, engine.phase, state, scan, judged, branch, moved)
