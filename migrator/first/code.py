"""The repository's code at the base, as far as a first look needs it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from posixpath import basename

from msgspec import Struct
from msgspec.structs import replace

from codemods.reading.entries import FIRST_LOOK
from codemods.reading.importers import Files
from codemods.reading.source import Source, UnreadableError, read_source
from migrator.first import deployment
from migrator.repo import Entry, Repository

NOT_OURS = {"node_modules", "venv", ".venv", "site-packages", ".tox", "vendor", "build", "dist"}
BUS_WORDS = re.compile(rb"redis|publish_message|subscribe_to_")


class Code(Struct, frozen=True):
    """The repository's code at the base, as far as it is looked at."""

    texts: Mapping[str, bytes]  # Python files, tests included
    files: Files
    sources: Mapping[str, Source]  # those that may be a wrapper, the target or an entry, or import one of these
    deployment: Mapping[str, bytes]
    unread: frozenset[str]  # of those that should have been parsed: what does not parse
    carriers: frozenset[str]  # Python files that name Redis, the bus, or a module that wraps them


def read_code(repository: Repository, commit: str) -> Code:
    """The Python and deployment files of a commit, with those parsed that matter."""
    entries = [entry for entry in repository.list_files(commit) if entry.is_file and not _is_foreign(entry.path)]
    texts = _contents(repository, [entry for entry in entries if entry.path.endswith(".py")])
    deployed = _contents(repository, [entry for entry in entries if deployment.FILES.search(entry.path)])
    carriers = frozenset(path for path, data in texts.items() if BUS_WORDS.search(data))
    wanted = carriers | {path for path, data in texts.items() if FIRST_LOOK.search(data)}
    sources = dict(_sources(wanted, texts))
    return Code(texts, Files.of(texts), sources, deployed, wanted - sources.keys(), carriers)


def with_importers(code: Code, modules: Iterable[str]) -> Code:
    """The same, with the files parsed that may import these modules: one that makes clients need not name Redis."""
    fresh = _importers(modules, code.texts) - code.unread
    sources = {**code.sources, **dict(_sources(fresh - code.sources.keys(), code.texts))}
    unread = code.unread | (fresh - sources.keys())
    return replace(code, sources=sources, unread=unread, carriers=code.carriers | fresh)


def _contents(repository: Repository, entries: Sequence[Entry]) -> dict[str, bytes]:
    contents = repository.read(entry.blob for entry in entries)
    return {entry.path: contents[entry.blob] for entry in entries}


def _importers(modules: Iterable[str], texts: Mapping[str, bytes]) -> set[str]:
    """The files with an import that names one of these modules."""
    stems = sorted({stem(path) for path in modules})
    if not stems:
        return set()
    words = b"|".join(map(re.escape, stems))
    named = re.compile(rb"import\b[^\n]*\b(?:%s)\b|\b(?:%s)\b[^\n]*\bimport\b" % (words, words))
    return {path for path, data in texts.items() if named.search(data)}


def _sources(paths: Iterable[str], texts: Mapping[str, bytes]) -> Iterator[tuple[str, Source]]:
    for path in sorted(paths):
        try:
            yield path, read_source(path, texts[path])
        except UnreadableError:
            continue  # the survey of its engine says it


def stem(path: str) -> bytes:
    """The last part of a module's name, as it stands in an import."""
    return basename(path.removesuffix(".py").removesuffix("/__init__")).encode()


def _is_foreign(path: str) -> bool:
    return not NOT_OURS.isdisjoint(path.split("/"))
