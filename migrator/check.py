"""The story of `migrate check`: engines that use the target are read, and each mistake in them is a finding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct

from codemods.checking.rules import Finding
from codemods.model import Change, Verdict
from migrator.attempt import attempt
from migrator.config import Campaign, EngineConfig
from migrator.errors import DONE, FAILED, WRONG_USAGE, MigrateError
from migrator.ground import Ground, ground_of, is_below, open_campaign, read_target
from migrator.located import nearest
from migrator.means import ALONE, Means
from migrator.remembered.memory import memory_of
from migrator.remembered.traces import Code, Traces
from migrator.repo import HEADS, Entry, Repository
from migrator.results import Progress
from migrator.status.facts import read_refs

if TYPE_CHECKING:
    from codemods.reading.contract import Contract
    from codemods.settings import Settings
    from codemods.work import Scan

STAGED = "the index"
LEFT = {Verdict.REWRITE, Verdict.ASK, Verdict.REFUSE}
"""The verdicts on what is bus traffic, and stands in nobody's comment as a thing that stays."""


class Options(Struct, frozen=True):
    """One check as it was asked for."""

    engines: tuple[str, ...] = ()
    revisions: tuple[str, ...] = ()  # branches or commits; none: the base
    staged: bool = False  # what the next commit would have
    repo: str = "."
    config: str | None = None
    means: Means = ALONE


class EngineCheck(Struct, frozen=True):
    """What is wrong in one engine at one revision."""

    engine: str
    revision: str
    findings: tuple[Finding, ...] = ()
    is_using: bool = True  # whether anything of the target is used at all
    problems: tuple[str, ...] = ()
    trace: str = ""

    @property
    def has_moved(self) -> bool:
        """Whether its code says that it has moved, at least in part, whatever engines.yaml calls it."""
        return self.is_using and not self.problems


class Found(Struct, frozen=True):
    """What one engine's code says."""

    findings: tuple[Finding, ...] = ()
    is_using: bool = True


class Checked(Struct, frozen=True):
    """The whole result, in the order of the revisions and of engines.yaml."""

    engines: tuple[EngineCheck, ...]
    unchanged: tuple[str, ...] = ()  # the branches that change no engine

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings in all engines, in their order."""
        return tuple(found for engine in self.engines for found in engine.findings)

    @property
    def problems(self) -> tuple[str, ...]:
        """What failed, in all engines, in their order."""
        return tuple(problem for engine in self.engines for problem in engine.problems)

    def exit_code(self) -> int:
        """1 for a finding or a failure."""
        return FAILED if self.findings or self.problems else DONE


def check(options: Options, progress: Progress) -> Checked:
    """Every mistake in the engines that were asked for; without any, in those that have moved."""
    repository, campaign = open_campaign(options.repo, options.config)
    if options.staged and options.revisions:
        raise MigrateError("--staged reads the index; leave it out to check a branch", WRONG_USAGE)
    found: list[EngineCheck] = []
    unchanged: list[str] = []
    for revision, commit, files in _revisions(repository, campaign, options):
        ground = ground_of(repository, campaign, commit, files, options.means, revision)
        contract, traces = read_target(ground), Traces(memory_of(ground.means), ground.python)
        is_branch = not options.engines and revision != STAGED and commit != repository.resolve(campaign.base)
        engines = _changed(ground) if is_branch else _chosen(campaign, options)
        if is_branch and not engines:
            unchanged.append(revision)
        for number, engine in enumerate(engines):
            progress(f"check {engine.name}", number, len(engines))
            checked = _check(ground, traces, contract, engine, revision)
            if is_branch or options.engines or engine.migrated or checked.has_moved:
                found.append(checked)
    return Checked(tuple(found), tuple(unchanged))


def _revisions(
    repository: Repository, campaign: Campaign, options: Options
) -> Iterator[tuple[str, str, Sequence[Entry]]]:
    """Each revision as it was named, its commit, and its files."""
    if options.staged:
        yield STAGED, repository.resolve("HEAD"), repository.list_staged()
    for revision in () if options.staged else options.revisions or (campaign.base,):
        commit = _resolved(repository, campaign, revision)
        yield revision, commit, repository.list_files(commit)


def _resolved(repository: Repository, campaign: Campaign, revision: str) -> str:
    """The commit of a revision; a word that is none may be an engine, a path, or a branch that is spelt otherwise."""
    try:
        return repository.resolve(revision)
    except MigrateError as error:
        if revision in (engine.name for engine in campaign.engines):
            mend = f'it is an engine: type "migrate check --engine {revision}"'
        elif holder := next((e.name for e in campaign.engines if is_below(revision.rstrip("/"), e.paths)), None):
            mend = f'it is a path of {holder}: type "migrate check --engine {holder}"'
        else:
            branches = [name.removeprefix(HEADS) for name in read_refs(repository).tips if name.startswith(HEADS)]
            near = nearest(revision, [*branches, *(engine.name for engine in campaign.engines)])
            mend = f'did you mean "{near}"?' if near else "name a branch, tag or commit, or an engine with --engine"
        raise MigrateError(
            f'"{revision}" is no branch, tag or commit in {repository.root}; {mend}', WRONG_USAGE
        ) from error


def _changed(ground: Ground) -> list[EngineConfig]:
    """The engines that a branch changes."""
    campaign, repository = ground.campaign, ground.repository
    changed = repository.changed(repository.resolve(campaign.base), ground.base)
    return [engine for engine in campaign.engines if any(is_below(path, engine.paths) for path in changed)]


def _chosen(campaign: Campaign, options: Options) -> list[EngineConfig]:
    """The engines that are named; without any, all: what uses nothing of the target is left out once it is read."""
    if options.engines:
        return [campaign.engine(name) for name in dict.fromkeys(options.engines)]
    return list(campaign.engines)


def _check(ground: Ground, traces: Traces, contract: Contract, engine: EngineConfig, revision: str) -> EngineCheck:
    made = attempt(engine.name, partial(_findings, ground, traces, contract, engine))
    found = made.value or Found()
    return EngineCheck(engine.name, revision, found.findings, found.is_using, made.problems, made.trace)


def _findings(ground: Ground, traces: Traces, contract: Contract, engine: EngineConfig) -> Found:
    """What the engine's code says, remembered or read now."""
    settings = ground.campaign.settings
    given = ((engine.name, engine.engine_type, engine.paths, engine.migrated), settings, contract)
    read = partial(_read, engine, settings, contract)
    return traces.recall("check", given, Found, Code(ground.texts, ground.index), read)


def _read(engine: EngineConfig, settings: Settings, contract: Contract, code: Code) -> Found:
    from codemods.checking.check import check_engine
    from codemods.work import scan_engine

    scan = scan_engine(engine, code.texts, settings, contract, code.index)
    found = check_engine(scan.court) if scan.court is not None else []
    found += _unreadable(scan)
    if engine.migrated:
        found += _legacy(scan)
    is_using = scan.court is not None and any(use.kind.startswith("dual") for use in scan.court.uses)
    return Found(tuple(sorted(found)), is_using)


def _unreadable(scan: Scan) -> Iterator[Finding]:
    for file in scan.failed:
        _, line, cause = file.reason.removeprefix(file.path).split(":", 2)
        yield Finding(file.path, int(line), 0, "unreadable", cause.strip())


def _legacy(scan: Scan) -> Iterator[Finding]:
    """What an engine that has moved still does with the Redis being left; a cache is none of it."""
    from codemods.work import judge_scan

    change: Change = judge_scan(scan, {})
    for site in change.sites:
        if site.verdict in LEFT:
            yield Finding(site.path, site.line, site.column, "legacy-use", f"{site.kind}: {site.reason}")
