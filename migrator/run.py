"""The story of one run: from the base commit to one branch for each engine, or to a diff."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, partial
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from codemods.model import Change
from codemods.reading.contract import Contract
from migrator.answers import check_answers, wrong_values
from migrator.attempt import Attempt, attempt, disagreements, failed_proofs, faults_of, with_links
from migrator.changing import changes_of
from migrator.config import Campaign, EngineConfig
from migrator.failures import failed_before, noted
from migrator.fixed import check_streams
from migrator.ground import Ground, open_campaign, read_ground, read_target
from migrator.leftovers import leftovers, read_deployment
from migrator.means import ALONE, Means
from migrator.neighbours import with_known_buses
from migrator.one_group import shared_groups
from migrator.own_tests import LIMIT, command_of, judged
from migrator.planning.gate import Gate
from migrator.planning.gatekeeper import closed_gates
from migrator.probing.warning import warning_of
from migrator.publish import Finish, publish
from migrator.repo import Repository
from migrator.rest import read_rest
from migrator.results import EngineResult, Progress, Run, Status
from migrator.selection import Selection, choose, moving
from migrator.signing import read_signing, sign_off
from migrator.streams import Mode, destinations
from migrator.survey import Survey, survey


class Options(Struct, frozen=True):
    """One run as it was asked for."""

    selection: Selection
    repo: str = "."
    config: str | None = None  # None: engines.yaml at the top of the repository
    base: str | None = None  # None: the base that engines.yaml names
    dry_run: bool = False
    force: bool = False  # go on although the order of phases says no
    run_checks: bool = False  # each engine's own tests have to pass: code of the repository is executed
    time_limit: int = LIMIT  # seconds for the tests of one engine
    signoff: bool = False  # a line in each message says who stands for it
    push: str | None = None  # the remote to which the branches are pushed
    means: Means = ALONE

    @property
    def goes_on(self) -> str:
        """The option by which closed gates hold nothing back; with --all, every phase is there to be looked at."""
        return "--force" if self.force else "--all" if self.selection.everything else ""


def run(options: Options, progress: Progress) -> Run:
    """The result of the run. Unless it is a dry run, branches are made one by one when all engines were scanned."""
    repository, campaign = open_campaign(options.repo, options.config)
    wanted = choose(campaign, options.selection, failed_before(repository))
    finish = _finish(repository, options)
    if options.push is not None:
        from migrator.pushing import check_remote

        check_remote(repository, options.push)
    ground = read_ground(repository, campaign, options.base, options.means)
    contract = read_target(ground)
    found = survey(ground, *read_rest(ground), contract, progress, moving(wanted, options.selection.engines))
    check_answers(campaign, found.asked(campaign))
    check_streams(campaign, found, contract)
    gates = closed_gates(wanted, options.selection.engines, found, ground, contract)
    if gates and not options.goes_on and not options.dry_run:
        return replace(_whole(ground, False, [], found.modes), base_name=options.base or campaign.base, gates=gates)
    results = migrate_each(wanted, found, ground, contract, options, finish, progress, gates if options.force else ())
    if options.push is not None:
        from migrator.pushing import push_branches

        progress(f"push to {options.push}", len(wanted), len(wanted))
        pushed = push_branches(results, repository, ground.base, options.push)
        results = [noted(each, repository) if each.unpushed else each for each in pushed]
    whole = _whole(ground, options.dry_run, results, found.modes)
    name = options.base or campaign.base
    return replace(whole, base_name=name, gates=gates, goes_on=options.goes_on, probe=warning_of(ground, options.repo))


def migrate_each(
    wanted: Sequence[EngineConfig],
    found: Survey,
    ground: Ground,
    contract: Contract,
    options: Options,
    finish: Finish,
    progress: Progress,
    forced: Sequence[Gate] = (),
) -> list[EngineResult]:
    """What becomes of each of these engines, one after the other; branches are made unless it is a dry run.

    The commits keep what the gates of `forced` said.
    """
    campaign = ground.campaign
    deployment = read_deployment(ground)
    results: list[EngineResult] = []
    goes = moving(wanted, options.selection.engines)
    scans = [found.scans[engine.name] for engine in wanted if engine.name in goes]
    modes = {name: mode.mode for name, mode in found.modes.items()}
    changes = changes_of(scans, found.changes, modes, ground.means.workers)
    for engine in wanted:
        progress(f"migrate {engine.name}", len(results), len(wanted))
        if engine.name not in goes:
            results.append(_deferred(engine, campaign))
            continue
        made = _with_leftovers(_checked(next(changes), engine, found, ground, results), engine, ground, deployment)
        buses = destinations(made.value, found.modes, campaign.settings, contract.bus_of) if made.value else []
        told = tuple(reason for gate in forced if gate.phase == engine.phase for reason in gate.reasons(engine.name))
        result = _result(engine, made, buses, ground, options, replace(finish, forced=told))
        results.append(result if options.dry_run else noted(result, ground.repository))
    return results


def _finish(repository: Repository, options: Options) -> Finish:
    """What each commit gets besides its content; who commits is asked before the work, not after it."""
    ident = "" if options.dry_run and not options.signoff else repository.author()
    return Finish(sign_off(ident) if options.signoff else "", cache(partial(read_signing, repository)))


def _checked(
    made: Attempt[Change], engine: EngineConfig, found: Survey, ground: Ground, earlier: Sequence[EngineResult]
) -> Attempt[Change]:
    """The engine's change among those of the others, and whatever keeps it from becoming a branch."""
    if made.value is None:
        return made
    change = with_known_buses(with_links(made.value, engine, ground), found.ends)
    done = {path: (other.engine, text) for other in earlier for path, text in other.change.texts.items()}
    wrong = wrong_values(ground.campaign, change.questions)
    shared = shared_groups(engine, found, ground.campaign)
    return Attempt(change, faults_of(change, engine, ground) + disagreements(change, done) + wrong + shared)


def _with_leftovers(
    made: Attempt[Change], engine: EngineConfig, ground: Ground, deployment: Mapping[str, str]
) -> Attempt[Change]:
    if made.value is None:
        return made
    found = leftovers(made.value, engine, ground, deployment)
    return replace(made, value=replace(made.value, leftovers=tuple(map(str, found))))


def _deferred(engine: EngineConfig, campaign: Campaign) -> EngineResult:
    why = f"{engine.name}: deferred, {campaign.path.name}:{engine.line} says why: {engine.deferred}"
    return _of(engine, campaign, Status.DEFERRED, Change(engine.name), problems=(why,))


def _result(
    engine: EngineConfig,
    made: Attempt[Change],
    destinations: Sequence[str],
    ground: Ground,
    options: Options,
    finish: Finish,
) -> EngineResult:
    campaign, change = ground.campaign, made.value or Change(engine.name)
    proofs = failed_proofs(change)
    if made.problems:
        problems = (*made.problems, *proofs)
        return _of(engine, campaign, Status.FAILED, change, problems=problems, trace=made.trace)
    if not change.texts:
        return _without_texts(engine, campaign, change)
    wish = _of(engine, campaign, Status.WOULD_COMMIT, change, destinations=tuple(destinations))
    wish = replace(wish, test_command=command_of(engine, campaign))
    done = attempt(engine.name, partial(_published, wish, engine, ground, options, finish))
    result = done.value or replace(wish, status=Status.FAILED, problems=done.problems, trace=done.trace)
    return replace(result, problems=(*result.problems, *proofs))


def _published(
    wish: EngineResult, engine: EngineConfig, ground: Ground, options: Options, finish: Finish
) -> EngineResult:
    """The engine's final result; its own tests come before its branch, where the run was asked for them."""
    if options.run_checks:
        tested = judged(publish(wish, ground, True, finish), engine, ground, options.time_limit)
        if tested.status is not Status.WOULD_COMMIT:
            return tested
        wish = replace(wish, tests=tested.tests)
    return publish(wish, ground, options.dry_run, finish)


def _of(engine: EngineConfig, campaign: Campaign, status: Status, change: Change, **more: Any) -> EngineResult:
    return EngineResult(engine.name, engine.phase or 0, status, campaign.branch_of(engine), change, **more)


def _without_texts(engine: EngineConfig, campaign: Campaign, change: Change) -> EngineResult:
    if any(file.status == "failed" for file in change.files):
        why = f"{engine.name}: nothing could be rewritten, because a file of it cannot be read"
        return _of(engine, campaign, Status.FAILED, change, problems=(why, *failed_proofs(change)))
    if change.faults:
        return _of(engine, campaign, Status.FAILED, change, problems=failed_proofs(change))
    left = change.questions or change.ledger.ask or change.ledger.refuse
    return _of(engine, campaign, Status.LEFT if left else Status.NOTHING, change)


def _whole(ground: Ground, dry_run: bool, results: Sequence[EngineResult], modes: Mapping[str, Mode]) -> Run:
    changed = {path for result in results for path in result.change.texts}
    originals = {path: ground.texts[path] for path in sorted(changed & ground.texts.keys())}
    return Run(ground.base, ground.campaign.hash, dry_run, tuple(results), originals, modes)
