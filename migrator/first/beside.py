"""Programs that name neither Redis nor the bus, and have it from the files beside them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from posixpath import dirname

from codemods.reading.entries import find_entry
from codemods.reading.importers import imports_of
from codemods.reading.source import Source, UnreadableError, read_source
from migrator.first.code import Code
from migrator.first.places import is_in

RUN = re.compile(rb"__main__|\brun\b|\brun_until_complete\b|\brun_forever\b")
"""The bytes of a file that may be run as a program."""


def programs_beside(code: Code) -> dict[str, Source]:
    """The programs that import what carries a client from their own folder, or below it, however far."""
    folders = {folder for path in code.carriers for folder in _above(path)}
    near = [path for path, data in code.texts.items() if dirname(path) in folders and RUN.search(data)]
    read: dict[str, Source | None] = dict(code.sources)
    found = {path: source for path in sorted(near) if (source := _source(path, code.texts, read)) is not None}
    return {path: source for path, source in found.items() if find_entry(source) and _reaches(path, code, read)}


def _reaches(program: str, code: Code, read: dict[str, Source | None]) -> bool:
    """Whether one of the files that a program imports from its folder carries a client."""
    folder, seen, rest = dirname(program), {program}, [program]
    while rest:
        source = _source(rest.pop(), code.texts, read)
        for each in imports_of(source, code.files) if source is not None else ():
            if each.path in seen or not is_in(each.path, folder):
                continue
            if each.path in code.carriers:
                return True
            seen.add(each.path)
            rest.append(each.path)
    return False


def _source(path: str, texts: Mapping[str, bytes], read: dict[str, Source | None]) -> Source | None:
    if path not in read:
        try:
            read[path] = read_source(path, texts[path])
        except UnreadableError:
            read[path] = None
    return read[path]


def _above(path: str) -> Iterator[str]:
    """The folder of a file, and each above it; not the top of the repository, in which everything is."""
    while path := dirname(path):
        yield path
