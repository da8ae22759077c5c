"""What a run stands on: the repository, the campaign, the base commit and its Python sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from codemods.reading.contract import Contract, read_contract
from migrator.config import Campaign, EngineConfig, check_paths, load
from migrator.errors import FAILED, WRONG_USAGE, MigrateError
from migrator.repo import SUBMODULE_MODE, SYMLINK_MODE, Entry, Repository

CONFIG = "engines.yaml"


@dataclass(frozen=True, slots=True)
class Ground:
    """Everything that is the same for all engines of a run; read once, never written."""

    repository: Repository
    campaign: Campaign
    base: str  # the full id of the commit that every branch starts from
    entries: Mapping[str, Entry]  # every file of the base, by path
    texts: Mapping[str, bytes]  # the Python files below the source root, by path

    def links_of(self, engine: EngineConfig) -> tuple[str, ...]:
        """A note for each symbolic link and submodule where a Python file or a folder of the engine is looked for."""
        return tuple(
            f"{path} is a {KINDS.get(entry.mode, 'link')}; it was not read and stays as it is"
            for path, entry in self.entries.items()
            if not entry.is_file and (_is_python(path) or path in engine.paths) and is_below(path, engine.paths)
        )


KINDS = {SYMLINK_MODE: "symbolic link", SUBMODULE_MODE: "submodule"}


def open_campaign(repo: str, config: str | None) -> tuple[Repository, Campaign]:
    """The repository around `repo`, and the campaign in its engines.yaml or in the file that `config` names."""
    repository = Repository.open(Path(repo))
    return repository, load(repository.root / CONFIG if config is None else Path(config))


def read_ground(repository: Repository, campaign: Campaign, base: str | None) -> Ground:
    """The sources at the base; MigrateError where the base, or a path of the campaign in it, is not there."""
    commit = repository.resolve(base or campaign.base)
    entries = {entry.path: entry for entry in repository.list_files(commit)}
    check_paths(campaign, entries.keys())
    sources = {
        path: entry.blob
        for path, entry in entries.items()
        if entry.is_file and _is_python(path) and is_below(path, (campaign.source_root,))
    }
    contents = repository.read(sources.values())
    return Ground(repository, campaign, commit, entries, {path: contents[blob] for path, blob in sources.items()})


def read_target(ground: Ground) -> Contract:
    """The target client's contract; MigrateError where it cannot be relied on, or a route names no type of it."""
    settings = ground.campaign.settings
    contract = read_contract(ground.texts, settings)
    if contract.faults:
        raise MigrateError("\n".join(contract.faults), FAILED)
    faults = [
        f"{ground.campaign.path.name}:{route.line}: the target has no message type {route.message_type}"
        + _perhaps(route.message_type, contract.bus_of)
        for route in settings.routes
        if route.message_type is not None and route.message_type not in contract.bus_of
    ]
    if faults:
        raise MigrateError("\n".join(faults), WRONG_USAGE)
    return contract


def is_below(path: str, folders: Sequence[str]) -> bool:
    """Whether the path is one of the folders, or in one of them; "" and "." are the whole repository."""
    return any(folder in ("", ".") or path == folder or path.startswith(f"{folder}/") for folder in folders)


def _is_python(path: str) -> bool:
    return path.endswith(".py")


def _perhaps(name: str, known: Mapping[str, str]) -> str:
    near = get_close_matches(name, known, n=1)
    return f"; did you mean {near[0]}?" if near else f"; it has {', '.join(sorted(known))}"
