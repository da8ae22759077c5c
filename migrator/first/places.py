"""Which folder, or which single file, is an engine: from where programs begin."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from posixpath import dirname

from msgspec import Struct

from codemods.reading.entries import Entry

FEWEST = 3  # programs in one folder, none of them a server: fewer may be the helpers of one engine


class Place(Struct, frozen=True):
    """A folder or a file of its own, with the entries in it."""

    path: str  # from the top of the repository
    entries: tuple[Entry, ...]


def places_of(entries: Sequence[Entry], is_shared: Callable[[str], bool]) -> list[Place]:
    """The places of the engines, in the order of their paths; none lies in another.

    `is_shared` says of a folder whether others use something in it, so that it cannot be one engine's.
    """
    found: list[str] = []
    rest = sorted(entries, key=lambda entry: (-entry.path.count("/"), entry.path))
    while rest:
        fresh = [path for path in _children(rest) if not _holds_any(path, found) and not is_shared(path)]
        found += fresh or [_alone(rest[0], found, is_shared)]
        rest = [entry for entry in rest if not any(is_in(entry.path, path) for path in found)]
    return [Place(path, tuple(entry for entry in entries if is_in(entry.path, path))) for path in sorted(found)]


def is_in(path: str, place: str) -> bool:
    """Whether a file is the place, or lies in it."""
    return not place or path == place or path.startswith(f"{place}/")


def _children(entries: Iterable[Entry]) -> list[str]:
    """The folders and files below the folder that most programs have in common; nothing where there is none."""
    folders: dict[str, set[str]] = defaultdict(set)
    servers: dict[str, set[str]] = defaultdict(set)
    programs: dict[str, set[str]] = defaultdict(set)
    for entry in entries:
        programs[dirname(entry.path)].add(entry.path)
        if entry.serves:
            servers[dirname(entry.path)].add(entry.path)
        folder = dirname(entry.path)
        while folder:
            folders[dirname(folder)].add(folder)
            folder = dirname(folder)

    def several(files: set[str]) -> set[str]:
        return files if len(files) > 1 else set()

    for fewest, files in ((2, servers), (FEWEST, programs)):
        count = {root: len(folders[root]) + len(several(files[root])) for root in {*folders, *programs}}
        best = max(count, key=lambda root: (count[root], root.count("/"), root), default="")
        if count.get(best, 0) >= fewest:
            return sorted(folders[best] | (programs[best] if several(files[best]) else set()))
    return []


def _alone(entry: Entry, found: Iterable[str], is_shared: Callable[[str], bool]) -> str:
    """The folder of an entry, or the file itself where the folder is more than this engine."""
    folder = dirname(entry.path)
    return entry.path if not folder or is_shared(folder) or _holds_any(folder, found) else folder


def _holds_any(path: str, others: Iterable[str]) -> bool:
    return any(is_in(other, path) for other in others)
