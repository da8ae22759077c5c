"""Which engines' changes the base has taken in, from the trailers in its history, however they came there."""

from __future__ import annotations

import re

from msgspec import Struct

from migrator.repo import Repository

ENGINE_TRAILER = "Migrate-Engine"
LEFT_TRAILER = "Migrate-Left"
FORCED_TRAILER = "Migrate-Forced"
REVERT_TRAILER = "Migrate-Reverts"

# A merge that squashes puts whole messages into its own, indented perhaps, where git sees no trailers any more.
LINE = re.compile(rf"^\s*(?:{ENGINE_TRAILER}: (?P<engine>\S+)|{LEFT_TRAILER}: (?P<left>\d+))\s*$", re.MULTILINE)
REVERT = re.compile(rf"^\s*{REVERT_TRAILER}: (\S+)\s*$", re.MULTILINE)


class Moved(Struct, frozen=True):
    """A commit of the base that brought an engine's change, and how many legacy bus sites that change left."""

    commit: str
    left: int = 0
    is_back: bool = False  # the commit took the engine back instead, as `migrate revert` does


def moved_engines(repository: Repository, base: str) -> dict[str, Moved]:
    """The newest such commit for each engine that has one, or the one that took it back since."""
    found: dict[str, Moved] = {}
    for commit, message in _messages(repository, base, ENGINE_TRAILER, REVERT_TRAILER):
        for engine in REVERT.findall(message):
            found.setdefault(engine, Moved(commit, is_back=True))
        for engine, left in _told(message).items():
            found.setdefault(engine, Moved(commit, left))
    return found


def takings(repository: Repository, base: str, engine: str) -> tuple[str, ...]:
    """The commits of the base that moved an engine, the newest first, since it was last taken back."""
    found = []
    for commit, message in _messages(repository, base, ENGINE_TRAILER, REVERT_TRAILER):
        if engine in REVERT.findall(message):
            break
        if engine in _told(message):
            found.append(commit)
    return tuple(found)


def _messages(repository: Repository, base: str, *trailers: str) -> list[tuple[str, str]]:
    """Each commit of the base whose message may have such a trailer, with its message, the newest first."""
    greps = [f"--grep={trailer}: " for trailer in trailers]
    options = ("--fixed-strings", *greps, "--encoding=UTF-8", "--format=%x00%H%x00%B%x00")
    fields = repository.git.run("rev-list", *options, base, "--").decode(errors="replace").split("\0")
    return list(zip(fields[1::3], fields[2::3], strict=True))


def _told(message: str) -> dict[str, int]:
    """The engines that a message names; a number belongs to the engine above it."""
    told: dict[str, int] = {}
    engine = ""
    for line in LINE.finditer(message):
        if line["engine"]:
            engine = line["engine"]
            told[engine] = 0
        elif engine:
            told[engine] = int(line["left"])
    return told
