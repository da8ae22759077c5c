"""What a run stands on: the repository, the campaign, the base commit and its Python sources."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from codemods.reading.contract import Contract, module_candidates, read_contract
from codemods.reading.index import Index
from migrator.collector import without_collector
from migrator.config import Campaign, EngineConfig, check_paths, load
from migrator.errors import FAILED, WRONG_USAGE, MigrateError
from migrator.means import ALONE, Means
from migrator.remembered.indexing import remembered_index
from migrator.remembered.memory import memory_of
from migrator.repo import SUBMODULE_MODE, SYMLINK_MODE, Entry, Repository
from migrator.started import read_started
from migrator.texts import Texts

CONFIG = "engines.yaml"


class Ground(Struct, frozen=True):
    """Everything that is the same for all engines of a run; read once, never written."""

    repository: Repository
    campaign: Campaign
    base: str  # the full id of the commit that every branch starts from
    entries: Mapping[str, Entry]  # every file of the base, by path
    links: Mapping[str, Entry]  # those of them that are symbolic links and submodules
    python: Texts  # every Python file of the base, by path; each is read when it is looked at
    texts: Mapping[str, bytes]  # those of them below the source root
    index: Index  # of all Python files
    means: Means = ALONE

    def links_of(self, engine: EngineConfig) -> tuple[str, ...]:
        """A note for each symbolic link and submodule where a Python file or a folder of the engine is looked for."""
        return tuple(
            f"{path} is a {KINDS.get(entry.mode, 'link')}; it was not read and stays as it is"
            for path, entry in self.links.items()
            if (_is_python(path) or path in engine.paths) and is_below(path, engine.paths)
        )


KINDS = {SYMLINK_MODE: "symbolic link", SUBMODULE_MODE: "submodule"}


def elsewhere(repo: str) -> str:
    """The repository as it was asked for, for a command to type; "" where that is the present folder."""
    return "" if Path(repo).resolve() == Path.cwd() else repo


def open_campaign(repo: str, config: str | None) -> tuple[Repository, Campaign]:
    """The repository around `repo`, and the campaign in its engines.yaml or in the file that `config` names."""
    repository = Repository.open(Path(repo))
    return repository, load(own_config(repository) if config is None else Path(config))


def own_config(repository: Repository) -> Path:
    """The repository's own engines.yaml, there or not; MigrateError where it is a link that leads out.

    Whoever can commit such a link would otherwise have a file of the user's quoted, or written over.
    """
    path = repository.root / CONFIG
    if path.is_symlink() and not path.resolve().is_relative_to(repository.root.resolve()):
        sentence = f"{path} is a link that leads out of the repository; put a file there, or name it yourself with"
        raise MigrateError(f'{sentence} "--config" or "--output"', WRONG_USAGE)
    return path


def read_ground(repository: Repository, campaign: Campaign, base: str | None, means: Means = ALONE) -> Ground:
    """The sources at the base; MigrateError where the base, or a path of the campaign in it, is not there."""
    commit = repository.resolve(base or campaign.base)
    with without_collector():  # of all that is kept of many files, nothing is in a circle
        return ground_of(repository, campaign, commit, repository.list_files(commit), means, base)


def ground_of(
    repository: Repository,
    campaign: Campaign,
    commit: str,
    files: Iterable[Entry],
    means: Means = ALONE,
    named: str | None = None,
) -> Ground:
    """The sources that these files are, whatever commit or index has them.

    A path that is missing is said to be so in `named`, which is what the user called the commit; else in the base.
    """
    entries = {entry.path: entry for entry in files}
    check_paths(replace(campaign, base=named or campaign.base), entries.keys())
    campaign = replace(
        campaign, settings=replace(campaign.settings, started=read_started(repository, entries.values()))
    )
    links = {path: entry for path, entry in entries.items() if not entry.is_file}
    python = Texts.of(repository, (entry for path, entry in entries.items() if _is_python(path) and path not in links))
    index, python = remembered_index(memory_of(means), repository, python, campaign.settings)
    texts = python.only(inside((campaign.source_root,)))
    return Ground(repository, campaign, commit, entries, links, python, texts, index, means)


def read_target(ground: Ground) -> Contract:
    """The target client's contract; MigrateError where it cannot be relied on, or a route names no type of it."""
    settings = ground.campaign.settings
    contract = read_contract(ground.texts, settings)
    if contract.faults:
        raise MigrateError("\n".join(contract.faults), FAILED)
    faults = [*_unknown_types(ground, contract), *_unknown_engines(ground, contract), *_unused_wrappers(ground)]
    if faults:
        raise MigrateError("\n".join(faults), WRONG_USAGE)
    return contract


def _unknown_types(ground: Ground, contract: Contract) -> Iterator[str]:
    name = ground.campaign.path.name
    for route in ground.campaign.settings.routes:
        if route.message_type is not None and route.message_type not in contract.bus_of:
            near = _perhaps(route.message_type, contract.bus_of)
            yield f"{name}:{route.line}: the target has no message type {route.message_type}{near}"


def _unknown_engines(ground: Ground, contract: Contract) -> Iterator[str]:
    name, known = ground.campaign.path.name, contract.enums["EngineType"]
    for engine in ground.campaign.engines:
        if engine.engine_type not in known:
            near = _perhaps(engine.engine_type, known)
            yield f"{name}:{engine.line}: the target has no engine type {engine.engine_type}{near}"


def _unused_wrappers(ground: Ground) -> Iterator[str]:
    """A wrapper that no file of the base names is a slip of the pen, and every engine would have nothing to do."""
    for index, wrapper in enumerate(ground.campaign.settings.wrappers):
        last = wrapper.module.rsplit(".", 1)[-1].encode()
        own = set(module_candidates(wrapper.module, ground.campaign.source_root))
        hits = ground.index.named & ground.texts.keys()  # whoever names it has one of the first words
        if not own & ground.texts.keys() and not any(last in ground.texts[path] for path in sorted(hits)):
            keys = ("legacy", "wrappers", index, "module")
            yield str(ground.campaign.error(keys, f"no Python file of the base names the wrapper {wrapper.module}"))


def is_below(path: str, folders: Sequence[str]) -> bool:
    """Whether the path is one of the folders, or in one of them; "" and "." are the whole repository."""
    return inside(folders)(path)


def inside(folders: Sequence[str]) -> Callable[[str], bool]:
    """The same, to be asked of many paths."""
    if any(folder in ("", ".") for folder in folders):
        return lambda path: True
    within = tuple(f"{folder}/" for folder in folders)
    return lambda path: path.startswith(within) or path in folders


def _is_python(path: str) -> bool:
    return path.endswith(".py")


def _perhaps(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, list(known), n=1)
    return f"; did you mean {near[0]}?" if near else f"; it has {', '.join(sorted(known))}"
