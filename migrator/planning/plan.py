"""The story of `migrate plan`: everything done but the last step, for all phases, and what they cut and leave open."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from hashlib import sha256

from msgspec import Struct

from codemods.reading.contract import Contract
from migrator.answers import check_answers
from migrator.config import Campaign
from migrator.errors import FAILED, MigrateError
from migrator.fixed import check_streams
from migrator.graph import Graph, graph_of
from migrator.ground import Ground, open_campaign, read_ground, read_target
from migrator.means import ALONE, Means
from migrator.merged import Merged, check_accepted, merged
from migrator.places import NOW
from migrator.planning.cuts import Cut, cuts_of, idle_entries
from migrator.planning.fixing import fix_streams
from migrator.planning.moves import moves_of
from migrator.planning.values import (
    DEFERRED,
    FAILING,
    MERGED,
    TO_DO,
    Plan,
    PlannedEngine,
    PlannedPhase,
    PlannedStream,
)
from migrator.publish import Finish
from migrator.repo import Repository
from migrator.report.diff import changed_lines
from migrator.report.findings import merged_questions
from migrator.rest import read_rest
from migrator.results import EngineResult, Progress
from migrator.run import Options as RunOptions
from migrator.run import migrate_each
from migrator.scan import judge
from migrator.selection import Selection, moving
from migrator.streams import routes_of
from migrator.survey import Survey, survey
from migrator.terms import phases_of, terms_of


class Options(Struct, frozen=True):
    """One plan as it was asked for."""

    repo: str = "."
    config: str | None = None  # None: engines.yaml at the top of the repository
    base: str | None = None  # None: the base that engines.yaml names
    means: Means = ALONE


class Written(Struct, frozen=True):
    """What `--write` did."""

    path: str
    added: str  # the YAML that was put in; "" where there was nothing to fix
    dirty: bool  # whether the file had changes that HEAD has not, before that


def plan(options: Options, progress: Progress) -> Plan:
    """The plan of the whole campaign, from the base as it stands. Nothing is written."""
    repository, campaign = open_campaign(options.repo, options.config)
    return plan_ground(read_ground(repository, campaign, options.base, options.means), progress)


def plan_and_fix(options: Options, progress: Progress) -> tuple[Plan, Written]:
    """The plan, once the raw streams in it are fixed in engines.yaml; nothing is written where an engine failed."""
    repository, campaign = open_campaign(options.repo, options.config)
    found = plan_ground(read_ground(repository, campaign, options.base, options.means), progress)
    if found.problems:
        raise MigrateError("\n".join([*found.problems, "the streams are not fixed, because of this"]), FAILED)
    dirty = _is_dirty(repository, campaign)
    added = fix_streams(campaign.path, campaign.hash, found.to_fix) if found.to_fix else ""
    return found, Written(str(campaign.path), added, dirty)


def _is_dirty(repository: Repository, campaign: Campaign) -> bool:
    """Whether the file is in the repository and not as HEAD has it."""
    path, root = campaign.path.resolve(), repository.root.resolve()
    if not path.is_relative_to(root):
        return False
    name = path.relative_to(root).as_posix()
    entry = repository.look_up(repository.resolve("HEAD"), [name]).get(name)
    return entry is None or sha256(repository.read([entry.blob])[entry.blob]).hexdigest() != campaign.hash


def plan_ground(ground: Ground, progress: Progress) -> Plan:
    """The plan from sources that are read already."""
    campaign, contract = ground.campaign, read_target(ground)
    wanted = campaign.to_migrate()
    found = survey(ground, *read_rest(ground), contract, progress, moving(wanted, ()))
    idle = [*check_answers(campaign, found.asked(campaign)), *check_streams(campaign, found, contract)]
    scans = {engine.name: judge(engine, ground, found) for engine in wanted}
    check_accepted(campaign, scans.values())
    states = {engine.name: merged(engine, scans[engine.name]) for engine in wanted}
    dry = RunOptions(Selection(everything=True), dry_run=True)
    results = migrate_each(wanted, found, ground, contract, dry, Finish(), progress)
    graph = graph_of(found.ends, terms_of(ground, found, contract, held_stay=True))
    cuts = cuts_of(graph.edges, campaign.edges)
    engines = [_engine(result, states[result.engine], ground) for result in results]
    return Plan(
        base=ground.base,
        config=campaign.path.name,
        phases=tuple(_phases(engines, cuts, graph)),
        edges=graph.edges,
        cut_now=tuple(cut for cut in cuts if cut.phase == NOW),
        moves=moves_of(graph.edges, (cut for cut in cuts if cut.is_open), phases_of(campaign)),
        streams=tuple(_streams(found, campaign, contract, {each.engine for each in engines if each.questions})),
        questions=tuple(merged_questions(result.change for result in results)),
        migrated=tuple(engine.name for engine in campaign.engines if engine.migrated),
        idle=(*idle, *_idle_edges(graph, campaign)),
        problems=tuple(sentence for result in results if _failed(result) for sentence in _problems(result)),
        traces=tuple(result.trace for result in results if result.trace),
    )


def _phases(engines: Sequence[PlannedEngine], cuts: Sequence[Cut], graph: Graph) -> Iterator[PlannedPhase]:
    for number in sorted({engine.phase for engine in engines}):
        yield PlannedPhase(
            number,
            tuple(engine for engine in engines if engine.phase == number),
            tuple(cut for cut in cuts if cut.phase == number),
            graph.joined_at(number),
        )


def _engine(result: EngineResult, state: Merged, ground: Ground) -> PlannedEngine:
    change, config = result.change, ground.campaign.engine(result.engine)
    added, removed = changed_lines(ground.texts, change.texts)
    word, why = (DEFERRED, config.deferred) if config.deferred is not None else (TO_DO, state.reason)
    if state.merged:
        word, why = MERGED, state.reason
    elif _failed(result):
        word, why = FAILING, next(iter(_problems(result)), state.reason)
    return PlannedEngine(
        engine=result.engine,
        phase=result.phase,
        branch=ground.campaign.branch_of(config),
        state=word,
        reason=why,
        merged=state,
        files=len(change.texts),
        added=added,
        removed=removed,
        ledger=change.ledger,
        questions=tuple(question.id for question in change.questions),
    )


def _failed(result: EngineResult) -> bool:
    """Whether the engine could not be changed; that its branch is a person's is no matter of the plan."""
    return result.status == "failed" or bool(result.failed_files)


def _problems(result: EngineResult) -> list[str]:
    return [*result.problems, *(f"{result.engine}: {file.reason}" for file in result.failed_files)]


def _streams(found: Survey, campaign: Campaign, contract: Contract, asking: Collection[str]) -> Iterator[PlannedStream]:
    """The raw streams that an engine of a phase has an end of."""
    moving = {engine.name for engine in campaign.to_migrate()}
    names = {end.name for end in found.ends if end.kind == "stream" and end.engine in moving}
    for name in sorted(names & found.modes.keys()):
        routes = routes_of(name, campaign.settings)
        buses = {route.bus or contract.bus_of.get(route.message_type or "") for route in routes}
        bus = buses.pop() if len(buses) == 1 else None
        held = (end for end in found.ends if end.name == name and end.held and end.engine in asking)
        waits = next((f"{end.path}:{end.line}" for end in held), "")
        mode, reason = found.modes[name].mode, found.free[name].reason
        yield PlannedStream(name, mode, bus, reason, name in campaign.streams, waits)


def _idle_edges(graph: Graph, campaign: Campaign) -> Iterator[str]:
    for index in idle_entries(graph, campaign.edges):
        each, line = campaign.edges[index], campaign.lines.get(("edges", index), 1)
        edge = f"{each.sender} -> {each.receiver} {each.stream}"
        yield f"{campaign.path.name}:{line}: nothing goes from {edge} any more; take it out"
