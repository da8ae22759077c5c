"""The story of `migrate status`: the base is scanned, git is asked about each branch, and each engine has one state."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from codemods.reading.contract import Contract
from migrator.answers import check_answers
from migrator.attempt import attempt
from migrator.config import Campaign, EngineConfig
from migrator.errors import DONE, FAILED
from migrator.failures import failed_before
from migrator.ground import Ground, open_campaign, read_ground, read_target
from migrator.history import Moved, moved_engines
from migrator.means import ALONE, Means
from migrator.merged import check_accepted, merged
from migrator.planning.gatekeeper import closed_gates
from migrator.repo import Repository
from migrator.rest import read_rest
from migrator.results import Progress
from migrator.scan import judge
from migrator.scanned import EngineScan
from migrator.selection import Selection
from migrator.status.facts import Refs, read_branch, read_refs
from migrator.status.states import HELD_BACK, EngineState, State, state_of
from migrator.status.steps import Place, next_of
from migrator.survey import Survey, survey


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

    def exit_code(self) -> int:
        """1 where an engine could not be judged; whatever else the states are, to tell them is all that was asked."""
        return FAILED if any(each.state is State.FAILED for each in self.engines) else DONE


def status(options: Options, progress: Progress) -> CampaignStatus:
    """The states of the engines that were asked for. Nothing is written."""
    repository, campaign = open_campaign(options.repo, options.config)
    wanted = _wanted(campaign, options.selection)
    ground = read_ground(repository, campaign, options.base, options.means)
    contract = read_target(ground)
    found = survey(ground, *read_rest(ground), contract, progress)
    check_answers(campaign, found.asked(campaign))
    scans = [judge(engine, ground, found) for engine in _in_order(campaign)]
    check_accepted(campaign, scans)
    refs, failures = read_refs(repository), failed_before(repository)
    moved = moved_engines(repository, ground.base)
    place = _place(options, repository, campaign, refs)
    chosen = [(campaign.engine(scan.engine), scan) for scan in scans if scan.engine in wanted]
    states = (_state(engine, scan, ground, refs, moved) for engine, scan in chosen)
    told = (replace(each, failure=failures.get(each.engine, "")) for each in states)
    phases = {engine.phase for engine, _ in chosen}
    waits = {phase: _gate(phase, found, ground, contract) if phase else "" for phase in phases}
    gated = (replace(each, waits=waits.get(each.phase, "") if each.state in HELD_BACK else "") for each in told)
    whole = tuple(replace(each, next=next_of(each, place)) for each in gated)
    return CampaignStatus(ground.base, options.base or campaign.base, campaign.hash, whole)


def _in_order(campaign: Campaign) -> list[EngineConfig]:
    """By phase and name; those that are said to be migrated come last."""
    return sorted(campaign.engines, key=lambda each: (each.phase is None, each.phase or 0, each.name))


def _gate(phase: int, found: Survey, ground: Ground, contract: Contract) -> str:
    """What the phase must wait for; empty where its gate is open."""
    gates = closed_gates(ground.campaign.phase(phase), (), found, ground, contract)
    return "; ".join(gate.summary for gate in gates)


def _wanted(campaign: Campaign, selection: Selection) -> set[str]:
    if selection.phase is not None:
        return {engine.name for engine in campaign.phase(selection.phase)}
    named = {campaign.engine(name).name for name in selection.engines}
    return named or {engine.name for engine in campaign.engines}


def _place(options: Options, repository: Repository, campaign: Campaign, refs: Refs) -> Place:
    base = options.base or campaign.base
    base_in = repository.checked_out().get(base, "")
    elsewhere = "" if Path(options.repo).resolve() == Path.cwd() else options.repo
    return Place(
        base if repository.branch_tip(base) else None,
        refs.remotes[0] if len(refs.remotes) == 1 else None,
        base_in if base_in != str(repository.root) else "",
        elsewhere,
        (*(("--repo", elsewhere) if elsewhere else ()), *(("--config", options.config) if options.config else ())),
        ("--base", options.base) if options.base else (),
    )


def _state(
    engine: EngineConfig, scan: EngineScan, ground: Ground, refs: Refs, moved: Mapping[str, Moved]
) -> EngineState:
    """One engine's state; what git cannot say of its branch is its own failure."""
    name = None if engine.phase is None else ground.campaign.branch_of(engine)
    read = attempt(engine.name, partial(read_branch, ground.repository, name, ground.base, refs)) if name else None
    if read is not None and read.problems:
        scan = replace(scan, problems=(*scan.problems, *read.problems), trace=scan.trace or read.trace)
    branch = read.value if read is not None else None
    judged = merged(engine, scan)
    state = state_of(engine, scan, judged, branch, moved.get(engine.name))
    return EngineState(engine.name, engine.phase, state, scan, judged, branch, moved.get(engine.name))
