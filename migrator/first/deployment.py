"""What deployment files say: which program a line starts, and on which port."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from msgspec import Struct

from codemods.reading.importers import Files

FILES = re.compile(
    r"(^|/)((docker-)?compose[^/]*\.ya?ml|Dockerfile[^/]*|[^/]+\.Dockerfile|Procfile[^/]*|[^/]+\.(sh|service))$"
)
PROGRAM = re.compile(r"(?<![\w./-])(?:([A-Za-z_][\w.]*):[a-z_]\w*(?![\w./:-])|-m ([A-Za-z_][\w.]*)|([\w./-]+\.py))")
PORT = re.compile(r"--port[ =](?:\$\{\w+:-)?(\d{1,5})|(?:--bind|-b)[ =][^ ]*?:(\d{1,5})")
RUNNERS = {"uvicorn", "gunicorn", "hypercorn", "pytest", "pip", "venv", "http.server"}


class Command(Struct, frozen=True):
    """One line of a deployment file that starts a program of the repository."""

    where: str  # path:line
    program: str  # the file that it starts
    port: int | None


def commands(texts: Mapping[str, bytes], files: Files) -> Iterator[Command]:
    """Every command in these deployment files that starts a Python file of the repository."""
    for path, data in sorted(texts.items()):
        for number, line in enumerate(data.decode(errors="replace").split("\n"), 1):
            plain = re.sub(r"[\"',\[\]\s]+", " ", line.partition(" #")[0])
            program = next(_programs(plain, path, files), None)
            if program is not None:
                yield Command(f"{path}:{number}", program, _port(plain))


def _programs(line: str, path: str, files: Files) -> Iterator[str]:
    for module, run, script in PROGRAM.findall(line):
        dotted = module or run or script.removesuffix(".py").strip("./").replace("/", ".")
        found = files.find(dotted, path) if dotted and dotted not in RUNNERS else None
        for candidate in (found, files.find(f"{dotted}.__main__", path) if run and dotted not in RUNNERS else None):
            if candidate is not None:
                yield candidate


def _port(line: str) -> int | None:
    found = PORT.search(line)
    number = int(found[1] or found[2]) if found else 0
    return number if 0 < number < 65536 else None
