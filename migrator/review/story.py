"""The story of `migrate review`: a dry run, or what a branch holds, read as hunks and put beside the campaign."""

from __future__ import annotations

import json
import tokenize
from collections.abc import Iterable, Iterator, Set
from io import BytesIO
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from codemods.model import Verdict
from migrator import run as runs
from migrator import scan as scans
from migrator.config import Campaign
from migrator.errors import WRONG_USAGE, MigrateError
from migrator.graph import Graph
from migrator.ground import open_campaign
from migrator.means import ALONE, Means
from migrator.places import NOT_ROUTED, Point
from migrator.repo import Repository
from migrator.results import EngineResult, Progress, Status
from migrator.review.facts import Review, ReviewedEngine, ReviewedFile
from migrator.review.hunks import hunks_of
from migrator.review.picture import pictures_of
from migrator.selection import Selection

SHOWN = {Verdict.REWRITE, Verdict.ASK, Verdict.REFUSE, Verdict.SUPPRESSED}
"""The verdicts whose sites are shown in place; a kept one is shown where it stands in a hunk, and counted."""


class Options(Struct, frozen=True):
    """One review as it was asked for."""

    selection: Selection
    branch: str | None = None  # what a branch holds, instead of what a run would make
    live: tuple[str, ...] = ()  # files that `observe` or `verify` wrote
    repo: str = "."
    config: str | None = None
    base: str | None = None
    means: Means = ALONE


class Branch(Struct, frozen=True):
    """What a branch changes since it left the base, and whom that concerns."""

    name: str
    fork: str  # the commit where it left the base
    tip: str
    paths: frozenset[str]  # the Python files that it changes
    beside: tuple[str, ...]  # the other files that it changes
    engines: tuple[str, ...]


def review(options: Options, progress: Progress) -> Review:
    """Everything that is known of a change, and of the campaign around it; nothing is written."""
    live = {name: _live(name) for name in options.live}
    repository, campaign = open_campaign(options.repo, options.config)
    branch = _branch(options, repository, campaign) if options.branch is not None else None
    selection = Selection(None, branch.engines) if branch else options.selection or Selection(everything=True)
    base, means = branch.fork if branch else options.base, options.means
    made = runs.run(runs.Options(selection, options.repo, options.config, base, dry_run=True, means=means), progress)
    known = scans.scan(scans.Options(Selection(), (), options.repo, options.config, base, means), progress)
    owned = _owned(made.engines, campaign, branch)
    files = {result.engine: _files(result, owned[result.engine], repository, made.base, branch)
             for result in made.engines}  # fmt: skip
    engines = tuple(
        ReviewedEngine(result, tuple(files[result.engine]), tuple(_ways(result.engine, known.graph)))
        for result in made.engines
    )
    ledgers = {result.engine: result.change.ledger for result in made.engines}
    campaign_now = tuple(
        replace(each, change=replace(each.change, ledger=ledgers.get(each.engine, each.change.ledger)))
        for each in known.campaign
    )
    pictures = pictures_of(known.graph, known.phases, files)
    title = branch.name if branch else _title(selection)
    return Review(
        made.base,
        made.config,
        title,
        engines,
        campaign_now,
        pictures,
        known.phases,
        live,
        branch.beside if branch else (),
    )


def _title(selection: Selection) -> str:
    if selection.phase is not None:
        return f"phase {selection.phase}"
    return ", ".join(selection.engines) or "all engines"


def _live(name: str) -> list[tuple[str, str]]:
    """The figures of a file, each with where it stands in it."""
    try:
        return list(_figures("", json.loads(Path(name).read_text(encoding="utf-8"))))
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no JSON"
        sentence = f"{name} cannot be read ({why}); give a file that observe or verify wrote with --json"
        raise MigrateError(sentence, WRONG_USAGE) from error


def _figures(where: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _figures(f"{where}.{key}" if where else str(key), each)
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from _figures(f"{where}[{number}]", each)
    else:
        yield where, value if isinstance(value, str) else json.dumps(value)


def _branch(options: Options, repository: Repository, campaign: Campaign) -> Branch:
    """The branch; MigrateError where it changes nothing of an engine that is to be migrated."""
    name = options.branch or ""
    base = repository.resolve(options.base or campaign.base)
    try:
        tip = repository.resolve(name)
    except MigrateError as error:
        sentence = f'"{name}" is no branch of {repository.root}; "git branch --all" lists what there is'
        raise MigrateError(sentence, WRONG_USAGE) from error
    fork = repository.fork(base, tip)
    if fork == tip != base:
        into = options.base or campaign.base
        sentence = f"{name} is merged, and {into} has all of it; name a commit from before with --base to see it"
        raise MigrateError(sentence, WRONG_USAGE)
    changed = repository.changed(base, tip)
    paths = frozenset(path for path in changed if path.endswith(".py"))
    beside = tuple(path for path in changed if path not in paths)
    engines = tuple(each.name for each in campaign.to_migrate() if any(map(each.owns, paths)))
    if not engines:
        sentence = f"{name} changes no engine that is to be migrated; name a branch that migrate or a person made"
        raise MigrateError(sentence, WRONG_USAGE)
    return Branch(name, fork, tip, paths, beside, engines)


def _owned(results: Iterable[EngineResult], campaign: Campaign, branch: Branch | None) -> dict[str, set[str]]:
    """The files to show with each engine: what it changes, where its sites are, what a branch changes."""
    owned = {result.engine: _concerned(result) for result in results}
    first = next(iter(owned))
    for path in branch.paths if branch else ():
        owner = next((name for name in owned if campaign.engine(name).owns(path)), first)
        owned[owner].add(path)
    return owned


def _concerned(result: EngineResult) -> set[str]:
    fresh = result.change.texts if result.status is not Status.FAILED else {}
    return {site.path for site in result.change.sites if site.verdict in SHOWN} | fresh.keys()


def _files(
    result: EngineResult, paths: Set[str], repository: Repository, base: str, branch: Branch | None
) -> Iterator[ReviewedFile]:
    old = _texts(repository, base, paths)
    made = result.change.texts if result.status is not Status.FAILED else {}
    fresh = {**old, **{path: decoded(text) for path, text in made.items()}}
    new = _texts(repository, branch.tip, paths) if branch else fresh
    sites = result.change.sites
    for path in sorted(paths):
        before, after = old.get(path, ""), new.get(path, "")
        hunks = hunks_of(path, before, after, sites)
        made_here = hunks_of(path, before, fresh.get(path, ""), sites) if branch else hunks
        there, own = ({hunk.id for hunk in each if hunk.changes} for each in (hunks, made_here))
        by_hand = frozenset(there - own)
        file = ReviewedFile(path, before, after, hunks, path not in old, by_hand, len(own - there))
        if hunks or file.ends:
            yield file


def _texts(repository: Repository, commit: str, paths: Iterable[str]) -> dict[str, str]:
    found = {path: entry.blob for path, entry in repository.look_up(commit, paths).items() if entry.is_file}
    contents = repository.read(found.values())
    return {path: decoded(contents[blob]) for path, blob in found.items()}


def decoded(text: bytes) -> str:
    """The text in the encoding that the file declares; a byte that fits none is shown as what it is."""
    try:
        encoding, _ = tokenize.detect_encoding(BytesIO(text).readline)
        return text.decode(encoding)
    except (SyntaxError, UnicodeDecodeError, LookupError):
        return text.decode("utf-8", "surrogateescape")


def _ways(engine: str, graph: Graph) -> Iterator[str]:
    """What the engine publishes and consumes, and where each goes: one sentence for each name."""
    for channel in graph.channels:
        for verb, points in (("publishes", channel.publishers), ("consumes", channel.consumers)):
            mine = [point for point in points if point.end.engine == engine]
            if mine:
                types = f" as {', '.join(channel.message_types)}" if channel.message_types else ""
                yield f"{verb} {channel.name}{types}: {_servers(mine)}"


def _servers(points: Iterable[Point]) -> str:
    return ", ".join(dict.fromkeys(map(_way, points)))


def _way(point: Point) -> str:
    after = "a bus that no route names yet" if point.after == NOT_ROUTED else point.after
    return f"stays on {after}" if point.before == point.after else f"{point.before} to {after}"
