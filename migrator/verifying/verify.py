"""The story of `migrate verify`: the code is read, the servers are watched, and each engine is judged."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from codemods.checking.rules import Finding as Mistake
from codemods.reading.contract import Contract
from migrator.config import Campaign, EngineConfig
from migrator.errors import DONE, FAILED, LEFT_TO_A_PERSON, WRONG_USAGE, MigrateError
from migrator.ground import Ground, open_campaign, read_ground, read_target
from migrator.live.holders import Here
from migrator.live.servers import MAIN
from migrator.live.urls import ServerUrl, chosen_urls
from migrator.means import ALONE, Means
from migrator.observing import saved
from migrator.observing.health import ask_engine
from migrator.observing.known import Known, known_of, with_code
from migrator.observing.observe import LONGEST, SHORTEST, Observed
from migrator.observing.sources import names_type
from migrator.observing.view import ServerView
from migrator.observing.watch import Watch
from migrator.results import Progress
from migrator.verifying import outcome
from migrator.verifying.bridged import lanes_of
from migrator.verifying.checks import CHECKS, HEALTH, judge
from migrator.verifying.evidence import EARLIEST, Entry, Evidence
from migrator.verifying.old_groups import old_groups
from migrator.verifying.outcome import Outcome
from migrator.verifying.probe import probe

NEWEST = 200  # messages of a stream that are looked at
PROBE = "probe", "a marked message is handled on each edge that may be probed"


class Options(Struct, frozen=True):
    """One verification as it was asked for."""

    engines: tuple[str, ...] = ()
    phase: int | None = None
    before: str | None = None
    urls: tuple[str, ...] = ()
    seconds: float = 5.0
    health: bool = False
    probe: bool = False
    repo: str = "."
    config: str | None = None
    base: str | None = None
    ports: Mapping[int, str] | None = None  # the engine that listens on each port, where engines.yaml has others
    means: Means = ALONE


class EngineVerdict(Struct, frozen=True):
    """The checks of one engine."""

    engine: str
    outcomes: tuple[Outcome, ...]


class Verified(Struct, frozen=True):
    """The whole result."""

    engines: tuple[EngineVerdict, ...]
    problems: tuple[str, ...] = ()
    unusable: bool = False  # a server is of a kind that is not supported

    def exit_code(self) -> int:
        """2 for a server that is not supported, 1 for a failed check, 4 for one that nothing here could tell."""
        states = {each.state for engine in self.engines for each in engine.outcomes}
        if self.unusable:
            return WRONG_USAGE
        if self.problems or outcome.FAILED in states:
            return FAILED
        return LEFT_TO_A_PERSON if outcome.NOT_TOLD in states else DONE


class Code(Struct, frozen=True):
    """What the repository says, read once for all engines."""

    campaign: Campaign
    ground: Ground
    contract: Contract
    known: Known


def verify(options: Options, progress: Progress) -> Verified:
    """The checks of each engine that was asked for; MigrateError where nothing can be judged."""
    if not SHORTEST <= options.seconds <= LONGEST:
        raise MigrateError(f"--seconds takes {SHORTEST:g} to {LONGEST:g}", WRONG_USAGE)
    before = saved.load(Path(options.before)) if options.before else None
    repository, campaign = open_campaign(options.repo, options.config)
    engines = chosen(campaign, options)
    servers = chosen_urls(options.urls, campaign.servers, os.environ, campaign.path.name)
    ground = read_ground(repository, campaign, options.base, options.means)
    code = Code(campaign, ground, read_target(ground), with_code(known_of(campaign), ground, progress))
    progress(f"look at the servers for {options.seconds:g} s", 0, 1)
    with Watch(servers, code.known.stream_names) as watch:
        ports = code.known.ports if options.ports is None else options.ports
        views = {view.name: view for view in watch.window(options.seconds, lambda: Here.of(ports))}
        if not views:
            worst = max((error.exit_code for error in watch.problems), default=FAILED)
            raise MigrateError("\n".join(map(str, watch.problems)), worst)
        evidence = [gathered(engine, code, views, before, watch, options) for engine in engines]
        problems = watch.problems
    named = {server.name: server for server in servers}
    verdicts = tuple(EngineVerdict(each.engine.name, tuple(outcomes(each, code, named, options))) for each in evidence)
    told = (*map(str, problems), *code.known.problems)
    return Verified(verdicts, told, any(error.exit_code == WRONG_USAGE for error in problems))


def chosen(campaign: Campaign, options: Options) -> tuple[EngineConfig, ...]:
    """The engines to judge: those named, or those of a phase without the deferred ones."""
    if bool(options.engines) == (options.phase is not None):
        raise MigrateError("say what to verify: --engine NAME or --phase N, one of them", WRONG_USAGE)
    if options.phase is not None:
        moving = tuple(engine for engine in campaign.phase(options.phase) if engine.deferred is None)
        if not moving:
            why = f"every engine of phase {options.phase} is deferred; name one with --engine"
            raise MigrateError(why, WRONG_USAGE)
        return moving
    return tuple(campaign.engine(name) for name in dict.fromkeys(options.engines))


def outcomes(evidence: Evidence, code: Code, servers: Mapping[str, ServerUrl], options: Options) -> Iterator[Outcome]:
    """Each check that was asked for."""
    yield from judge(evidence, (*CHECKS, HEALTH) if options.health else CHECKS)
    if options.probe:
        yield replace(probe(evidence, code.campaign.probes, servers), check=PROBE[0], asks=PROBE[1])


def gathered(
    engine: EngineConfig,
    code: Code,
    views: Mapping[str, ServerView],
    before: Observed | None,
    watch: Watch,
    options: Options,
) -> Evidence:
    """All that is known of one engine; the messages of its streams are asked for here."""
    lanes = (lane for name, view in views.items() for lane in lanes_of(view, watch.askers[name]))
    evidence = Evidence(
        engine=engine,
        known=code.known,
        bus_of=code.contract.bus_of,
        views=views,
        before=before,
        mistakes=tuple(mistakes_of(engine, code)),
        accepted=tuple((edge.sender, edge.receiver, edge.stream) for edge in code.campaign.edges if edge.accept),
        bridged=tuple((edge.sender, edge.receiver, edge.stream) for edge in code.campaign.edges if edge.bridge),
        lanes=dict(lanes),
        texts=code.contract.texts,
        health=health_of(engine, before) if options.health else {},
    )
    old = old_groups(evidence, code.campaign.settings, watch.askers[MAIN]) if MAIN in views else ()
    whole = replace(evidence, old=tuple(old), newest=newest_of(evidence, watch))
    return replace(whole, denied={name: denied for name in views if (denied := watch.askers[name].denied)})


def mistakes_of(engine: EngineConfig, code: Code) -> list[Mistake]:
    """What cannot work in the engine's use of the target."""
    from codemods.checking.check import check_engine
    from codemods.work import scan_engine

    ground = code.ground
    scan = scan_engine(engine, ground.texts, code.campaign.settings, code.contract, ground.index)
    return check_engine(scan.court) if scan.court is not None else []


def health_of(engine: EngineConfig, before: Observed | None) -> dict[str, int]:
    """The statuses now of the routes that were recorded."""
    then = before.health.get(engine.name, {}) if before else {}
    return ask_engine(engine.port, tuple(route.partition(" ")[2] for route in then)) if then else {}


def newest_of(evidence: Evidence, watch: Watch) -> dict[tuple[str, str], tuple[Entry, ...]]:
    """The newest messages of each stream, on any server, that is named after what the engine publishes."""
    ends = list(evidence.ends("publish"))
    return {
        (view.name, stream.name): tuple(
            since(watch.askers[view.name].newest(stream.name, NEWEST), evidence.since(view.name))
        )
        for view in evidence.views.values()
        for stream in view.streams
        if any(names_type(stream.name, end.name) if end.is_type else stream.name == end.name for end in ends)
    }


def since(entries: Iterable[Entry], milliseconds: int) -> Iterator[Entry]:
    """The messages that came since then; those whose ids are no times come all."""
    for entry in entries:
        came = int(entry[0].partition("-")[0])
        if came >= milliseconds or came < EARLIEST:
            yield entry
