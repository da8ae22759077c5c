"""What a moved engine leaves behind outside of its own code: lines for a person, which no run changes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from msgspec import Struct

from codemods.model import Change, Verdict
from codemods.reading.contract import module_candidates
from codemods.reading.imported import dotted
from migrator.config import EngineConfig
from migrator.ground import Ground

FILES = re.compile(
    r"(^|/)(\.env[^/]*|[^/]+\.env|[^/]+\.ya?ml|Dockerfile[^/]*|[^/]+\.Dockerfile|Procfile[^/]*|[^/]+\.(sh|service|conf)"
    r"|requirements[^/]*\.txt|Pipfile|pyproject\.toml|setup\.cfg)$"
)
"""Files that may deploy an engine, set its environment, or say which packages it needs."""

LARGEST = 200_000  # bytes; what is larger is data
VARIABLE = re.compile(rb"""(?:getenv|environ(?:\.get)?)\s*[(\[]\s*["'](\w+)["']""")
PACKAGE = re.compile(r"^\s*[\"']?aioredis\b")
IMPORTS_AIOREDIS = re.compile(rb"^[ \t]*(?:import|from)[ \t]+aioredis\b", re.MULTILINE)


class Leftover(Struct, frozen=True):
    """One line, and why it may not be needed any more."""

    path: str
    line: int
    text: str
    reason: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.reason}" + (f": {self.text}" if self.text else "")


def read_deployment(ground: Ground) -> dict[str, str]:
    """The texts of all files of the base that may deploy something, by path."""
    entries = {e.path: e.blob for e in ground.entries.values() if e.is_file and FILES.search(e.path)}
    contents = {
        blob: text.decode(errors="replace")
        for blob, text in ground.repository.stream(entries.values())
        if len(text) <= LARGEST
    }
    return {path: contents[blob] for path, blob in entries.items() if blob in contents}


def leftovers(change: Change, engine: EngineConfig, ground: Ground, deployment: Mapping[str, str]) -> list[Leftover]:
    """What the change leaves behind, by path and line; empty where it changes nothing."""
    if not change.texts:
        return []
    found = [
        *_wrappers(change, ground),
        *_packages(change, ground, deployment),
        *_variables(change, engine, ground, deployment),
        *_servers(change, engine, ground, deployment),
    ]
    first = {(each.path, each.line): each for each in reversed(found)}  # one line is said once
    return [first[key] for key in sorted(first)]


def _wrappers(change: Change, ground: Ground) -> Iterator[Leftover]:
    """A wrapper's module that nothing imports once the change is merged."""
    for wrapper in ground.campaign.settings.wrappers:
        stem = wrapper.module.rpartition(".")[2].encode()
        for path in module_candidates(wrapper.module, ground.campaign.source_root):
            importers = set(ground.index.imports.of(dotted(path, ground.campaign.source_root)))
            still = {each for each in importers if stem in change.texts.get(each, ground.python.get(each, b""))}
            if path in ground.python and importers & change.texts.keys() and not still - {path}:
                yield Leftover(path, 1, "", "nothing imports this wrapper any more once this is merged")


def _packages(change: Change, ground: Ground, deployment: Mapping[str, str]) -> Iterator[Leftover]:
    """A requirement of aioredis that no file has an import for; redis itself is what the target needs."""
    named = (path for path in ground.index.named if path in ground.python)
    if any(IMPORTS_AIOREDIS.search(change.texts.get(path, ground.python[path])) for path in sorted(named)):
        return
    for path, number, line in _lines(deployment):
        if PACKAGE.search(line):
            yield Leftover(path, number, line.strip(), "nothing imports aioredis any more once this is merged")


def _variables(
    change: Change, engine: EngineConfig, ground: Ground, deployment: Mapping[str, str]
) -> Iterator[Leftover]:
    """Where a variable is set that only the removed code has read: for the engine, or for anybody."""
    gone: set[str] = set()
    for path, text in change.texts.items():
        gone |= {name.decode() for name in set(VARIABLE.findall(ground.texts.get(path, b""))) if name not in text}
    for name in sorted(gone):
        is_read = any(name.encode() in change.texts.get(path, ground.python[path]) for path in ground.python)
        pattern = re.compile(rf"(?<!\w){name}(?!\w)")
        for path, number, line in _lines(deployment):
            if pattern.search(line):
                lines = deployment[path].split("\n")
                if not is_read:
                    yield Leftover(path, number, line.strip(), f"nothing reads {name} any more once this is merged")
                elif number in _about(engine, path, lines):
                    yield Leftover(path, number, line.strip(), f"the engine does not read {name} any more")


def _servers(change: Change, engine: EngineConfig, ground: Ground, deployment: Mapping[str, str]) -> Iterator[Leftover]:
    """Lines about the engine that name a server being left."""
    servers = [(server.host, server.port) for server in ground.campaign.settings.servers]
    named = re.compile("|".join(_server(host, port) for host, port in servers) or r"(?!)")
    stays = sum(site.verdict is not Verdict.REWRITE for site in change.sites)
    reason = "names the server being left, which the engine's "
    reason += f"{stays} other uses of Redis may still need" if stays else "code does not use any more"
    for path, text in deployment.items():
        lines = text.split("\n")
        for number in sorted(_about(engine, path, lines)):
            line = lines[number - 1]
            if named.search(line.partition(" #")[0]) and not line.lstrip().startswith("#"):
                yield Leftover(path, number, line.strip(), reason)


def _server(host: str, port: int) -> str:
    """The server by its address; a host of its own also by its name alone."""
    address = rf"(?<![\w.-]){re.escape(host)}:{port}(?!\d)"
    return address if host in ("localhost", "127.0.0.1") else rf"{address}|(?<![\w.-]){re.escape(host)}(?![\w.:-])"


def _about(engine: EngineConfig, path: str, lines: list[str]) -> set[int]:
    """The numbers of the lines that are about an engine: its own files whole, else the blocks that name it."""
    name = path.rpartition("/")[2]
    if engine.owns(path) or (".env" in name and engine.name in name):
        return set(range(1, len(lines) + 1))
    spelled = {
        re.escape(own.rpartition("/")[0].rpartition("/")[2] + sign + own.rpartition("/")[2])
        for own in engine.paths
        for sign in "./"
    }
    mention = re.compile(rf"^\s*(?:- )?{re.escape(engine.name)}:\s*$|(?<!\w)(?:{'|'.join(sorted(spelled))})(?!\w)")
    found: set[int] = set()
    for number, line in enumerate(lines, 1):
        if mention.search(line):
            found |= _block(lines, number) if name.endswith((".yml", ".yaml")) else {number}
    return found


def _block(lines: list[str], number: int) -> set[int]:
    """The lines of a YAML mapping: that below a key, or for any other line the one that it is a part of."""
    start = number
    if not lines[number - 1].rstrip().endswith(":"):
        while start > 1 and (not lines[start - 1].strip() or _indent(lines[start - 1]) >= _indent(lines[number - 1])):
            start -= 1
    end = start
    while end < len(lines) and (not lines[end].strip() or _indent(lines[end]) > _indent(lines[start - 1])):
        end += 1
    return set(range(start, end + 1))


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _lines(deployment: Mapping[str, str]) -> Iterator[tuple[str, int, str]]:
    for path, text in deployment.items():
        for number, line in enumerate(text.split("\n"), 1):
            if line.strip() and not line.lstrip().startswith("#"):
                yield path, number, line
