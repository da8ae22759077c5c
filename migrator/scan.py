"""The story of `migrate scan`: every engine read and judged at the base commit; nothing is rewritten or written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from difflib import get_close_matches
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from codemods.model import Change, Ledger
from codemods.verdicts.suppression import idle_comments, idle_entry
from migrator.answers import check_answers, wrong_values
from migrator.attempt import Attempt, attempt, with_links
from migrator.config import Campaign, EngineConfig
from migrator.errors import WRONG_USAGE, MigrateError
from migrator.graph import graph_of
from migrator.ground import Ground, is_below, open_campaign, read_ground, read_target
from migrator.means import ALONE, Means
from migrator.merged import check_accepted
from migrator.neighbours import with_known_buses
from migrator.probing.warning import warning_of
from migrator.rest import NO_ENGINE, Rest, change_of_rest, read_rest
from migrator.results import Progress
from migrator.scanned import EngineScan, Scanned
from migrator.selection import Selection
from migrator.survey import Survey, survey
from migrator.terms import terms_of

LAST = 1 << 30  # sorts what no phase moves after what one does


class Options(Struct, frozen=True):
    """One scan as it was asked for."""

    selection: Selection
    files: tuple[str, ...] = ()  # only what stands in these, or below them
    repo: str = "."
    config: str | None = None
    base: str | None = None
    means: Means = ALONE


def scan(options: Options, progress: Progress) -> Scanned:
    """What the base holds. The whole repository is read whatever was asked for: a stream has ends everywhere."""
    repository, campaign = open_campaign(options.repo, options.config)
    wanted = _wanted(campaign, options.selection)
    ground = read_ground(repository, campaign, options.base, options.means)
    return replace(scan_ground(ground, wanted, options.files, progress), probe=warning_of(ground, options.repo))


def scan_ground(ground: Ground, wanted: frozenset[str] | None, files: Sequence[str], progress: Progress) -> Scanned:
    """The scan of sources that are read already: of the wanted engines, or of all; of these files, or of all."""
    contract = read_target(ground)
    rest, texts = read_rest(ground)
    files = _known_files(files, ground.texts.keys() | texts.keys()) if files else ()
    found = survey(ground, rest, texts, contract, progress)
    idle = check_answers(ground.campaign, found.asked(ground.campaign))
    engines = _judge(ground, found, rest)
    check_accepted(ground.campaign, engines)
    wrong = wrong_values(ground.campaign, (each for engine in engines for each in engine.change.questions))
    if wrong:
        raise MigrateError("\n".join(wrong), WRONG_USAGE)
    return Scanned(
        engines=tuple(_shown(engines, wanted, files)),
        campaign=tuple(each for each in engines if each.engine != NO_ENGINE),
        graph=graph_of(found.ends, terms_of(ground, found, contract)),
        phases=tuple(sorted({each.phase for each in ground.campaign.to_migrate() if each.phase})),
        base=ground.base,
        idle=idle,
        chosen=wanted,
    )


def _wanted(campaign: Campaign, selection: Selection) -> frozenset[str] | None:
    if selection.phase is not None:
        return frozenset(engine.name for engine in campaign.phase(selection.phase))
    names = frozenset(name if name == NO_ENGINE else campaign.engine(name).name for name in selection.engines)
    return names or None


def _known_files(files: Sequence[str], paths: Set[str]) -> tuple[str, ...]:
    """The files as the repository names them; MigrateError where the base has no such Python file."""
    found = tuple(file.removeprefix("./").rstrip("/") for file in files)
    for file in found:
        if not any(is_below(path, (file,)) for path in paths):
            near = get_close_matches(file, sorted(paths), n=1)
            mend = f"did you mean {near[0]}?" if near else "paths are relative to the top of the repository"
            raise MigrateError(f"the base has no Python file {file}; {mend}", WRONG_USAGE)
    return found


def _judge(ground: Ground, found: Survey, rest: Rest) -> list[EngineScan]:
    """Every engine's verdicts, by phase and name, and after them those on the files of no engine."""
    campaign = ground.campaign
    engines = sorted(campaign.engines, key=lambda each: (each.phase or LAST, each.name))
    judged = [judge(each, ground, found) for each in engines]
    made = _change(NO_ENGINE, ground, found)
    claimed = [site for each in judged for site in each.change.sites]
    before = made.value or Change(NO_ENGINE)
    change = change_of_rest(before, claimed, rest.implementations, campaign.settings)
    change = replace(change, found=_found_in_rest(before, change))
    problems = made.problems + ledger_faults(change)
    state = "failed" if problems else "legacy" if has_bus_use(change) else "none"
    return [*judged, EngineScan(NO_ENGINE, None, state, change, problems, made.trace)]


def _found_in_rest(before: Change, after: Change) -> Mapping[str, int]:
    """How many uses each file of no engine has, without those that an engine's scan reached."""
    count = Counter(before.found)
    count.subtract(site.path for site in before.sites)
    count.update(site.path for site in after.sites)
    return {path: number for path, number in sorted(count.items()) if number}


def _change(engine: str, ground: Ground, found: Survey) -> Attempt[Change]:
    from migrator.remembered.memory import memory_of
    from migrator.remembered.verdicts import remembered_verdicts

    scanned = found.scans[engine]
    if scanned.value is None:
        return Attempt(problems=scanned.problems, trace=scanned.trace)
    modes = {name: mode.mode for name, mode in found.modes.items()}
    memory = memory_of(ground.means)
    made = attempt(engine, partial(remembered_verdicts, memory, ground.python, scanned.value, modes))
    return made if made.value is None else replace(made, value=with_known_buses(made.value, found.ends))


def judge(engine: EngineConfig, ground: Ground, found: Survey) -> EngineScan:
    """The verdicts on one engine, and how far it is."""
    made = _change(engine.name, ground, found)
    change = with_links(made.value or Change(engine.name), engine, ground)
    change = replace(change, notes=(*change.notes, *_idle_comments(engine, ground, found)))
    problems = made.problems + ledger_faults(change)
    scanned = found.scans[engine.name].value
    uses_target = engine.migrated or (scanned is not None and scanned.uses_target)
    state = "failed" if problems else _state(engine, change, uses_target)
    return EngineScan(engine.name, engine.phase, state, change, problems, made.trace, uses_target)


def _idle_comments(engine: EngineConfig, ground: Ground, found: Survey) -> Iterator[str]:
    """Comments that suppress nothing, in the files of an engine that no verdict looked at."""
    scanned = found.scans[engine.name].value
    read = scanned.read if scanned is not None else frozenset()
    yield from (
        idle_entry(kept) for kept in ground.campaign.settings.keep if engine.owns(kept.path) and kept.path not in read
    )
    for path in sorted(ground.index.named & ground.texts.keys()):  # the comment is one of the first words
        if engine.owns(path) and path not in read:
            yield from idle_comments(path, ground.texts[path])


def _state(engine: EngineConfig, change: Change, uses_target: bool) -> str:
    if has_bus_use(change):
        return "deferred" if engine.deferred is not None else "legacy"
    if any(file.status == "failed" for file in change.files):
        return "failed"  # what it uses is not known
    return "moved" if uses_target else "none"


def has_bus_use(change: Change) -> bool:
    """Whether a legacy use that is bus traffic is left; a cache is none."""
    return any(site.is_bus_use for site in change.sites)


def ledger_faults(change: Change) -> tuple[str, ...]:
    """A sentence for the engine, and for each file, whose sites do not add up to what was found there."""
    return tuple(
        f"{name}: internal error: the ledger does not add up ({ledger}). Please report this."
        for name, ledger in change.unbalanced.items()
    )


def _shown(engines: Iterable[EngineScan], wanted: frozenset[str] | None, files: Sequence[str]) -> Iterator[EngineScan]:
    """The engines that were asked for; where files were, what is in them."""
    for scanned in engines:
        if wanted is not None and scanned.engine not in wanted:
            continue
        narrowed = _narrowed(scanned, files) if files else scanned
        change = narrowed.change
        if not files or change.sites or change.files or change.notes or narrowed.problems:
            yield narrowed


def _narrowed(scanned: EngineScan, files: Sequence[str]) -> EngineScan:
    change = scanned.change
    sites = tuple(site for site in change.sites if is_below(site.path, files))
    clients = {site.client for site in sites}
    asked = {site.question for site in sites}
    found = {path: number for path, number in change.found.items() if is_below(path, files)}
    narrowed = replace(
        change,
        sites=sites,
        clients=tuple(client for client in change.clients if client.id in clients),
        questions=tuple(question for question in change.questions if question.id in asked),
        files=tuple(file for file in change.files if is_below(file.path, files)),
        ledger=Ledger.of(sites, sum(found.values())),
        notes=tuple(note for note in change.notes if is_below(note.split(":")[0], files)),
        found=found,
    )
    return replace(scanned, change=narrowed)
