"""Which commits moved an engine, and what its files are without what those did."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from migrator.config import EngineConfig
from migrator.errors import FAILED, MigrateError
from migrator.ground import Ground, is_below
from migrator.history import takings
from migrator.repo import Entry, Repository
from migrator.reverting.merging import without_change


def commits_of(engine: EngineConfig, named: Sequence[str], ground: Ground) -> tuple[str, ...]:
    """The ids of the commits that moved an engine: those that were named, or that say so since it was last taken back.

    MigrateError where there are none.
    """
    repository = ground.repository
    if named:
        return tuple(repository.resolve(each, "--commit") for each in named)
    found = takings(repository, ground.base, engine.name)
    if not found:
        raise MigrateError(
            f"{engine.name}: no commit of the base says that it moved it, or it was taken back since; name those that "
            'did with "--commit REV", the newest first',
            FAILED,
        )
    return found


def old_texts(engine: EngineConfig, commits: Sequence[str], ground: Ground) -> dict[str, bytes]:
    """The engine's files without what these commits did, the newest first; those alone that would change.

    MigrateError with each place where something that came later stands in the way.
    """
    texts: dict[str, bytes] = {}
    faults: list[str] = []
    for commit in commits:
        for path, before, after in _changes(engine, commit, ground, faults):
            now = texts.get(path, ground.texts.get(path))
            if now is None:
                faults.append(f"{path} is not in the base any more")
                continue
            made = without_change(ground.repository, now, after, before)
            faults += [f"{path}:{line} was changed after {commit[:12]}" for line in made.conflicts]
            texts[path] = made.text
    if faults:
        mend = "take those places back by hand, on a branch of your own"
        raise MigrateError("\n".join([*(f"{engine.name}: {fault}" for fault in faults), mend]), FAILED)
    changed = {path: text for path, text in texts.items() if text != ground.texts[path]}
    if not changed:
        raise MigrateError(f"{engine.name}: nothing of {commits[0][:12]} is left in the base to take back", FAILED)
    return changed


def _changes(
    engine: EngineConfig, commit: str, ground: Ground, faults: list[str]
) -> Iterator[tuple[str, bytes, bytes]]:
    """Path, text before and text after, of each file of the engine that a commit changed against its first parent."""
    repository, shared = ground.repository, ground.campaign.shared
    before, after = _entries(repository, f"{commit}^"), _entries(repository, commit)
    for path in sorted(before.keys() | after.keys()):
        old, new = before.get(path), after.get(path)
        if old == new or not (engine.owns(path) or is_below(path, shared)):
            continue
        if is_below(path, shared):
            faults.append(f"{path} is shared: {commit[:12]} changed it for other engines, too")
        elif old is None or new is None or not (old.is_file and new.is_file):
            faults.append(f"{path} was {'made' if old is None else 'taken away'} by {commit[:12]}")
        else:
            contents = repository.read([old.blob, new.blob])
            yield path, contents[old.blob], contents[new.blob]


def _entries(repository: Repository, revision: str) -> dict[str, Entry]:
    return {entry.path: entry for entry in repository.list_files(repository.resolve(revision))}
