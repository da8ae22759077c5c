"""Functions that a file which is no Python starts by their names: scripts of a package, factories of a server."""

from __future__ import annotations

import re
from collections.abc import Iterable

from codemods.settings import Started
from migrator.repo import Entry, Repository

FILES = re.compile(
    r"(^|/)(pyproject\.toml|setup\.cfg|Procfile[^/]*|Dockerfile[^/]*|[^/]+\.Dockerfile|[^/]*compose[^/]*\.ya?ml"
    r"|[^/]+\.(sh|service))$"
)
NAMED = re.compile(r"(?<![\w.:/-])([A-Za-z_][\w.]*):([A-Za-z_][\w.]*)(?![\w.:/-])")
"""`engines.portfolio.service:main`, as setuptools, poetry, uvicorn and gunicorn have it; a host has a port there."""
LARGEST = 200_000  # bytes; what is larger is data


def read_started(repository: Repository, entries: Iterable[Entry]) -> tuple[Started, ...]:
    """Every function that such a file may name, with its place. What only looks like one names none of the code."""
    files = [entry for entry in entries if entry.is_file and FILES.search(entry.path)]
    texts = repository.read(entry.blob for entry in files) if files else {}
    return tuple(
        Started(module, name.rpartition(".")[2], entry.path, number)
        for entry in files
        if len(texts[entry.blob]) <= LARGEST
        for number, line in enumerate(texts[entry.blob].decode(errors="replace").splitlines(), 1)
        for module, name in NAMED.findall(line)
    )
