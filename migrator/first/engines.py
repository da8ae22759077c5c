"""An engine's name, port and type, from the evidence for each; what the evidence does not settle is a question."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from posixpath import basename, dirname

from msgspec import Struct

from migrator.first.deployment import Command
from migrator.first.places import is_in
from migrator.first.survey import NATIVE, Surveyed
from migrator.located import nearest

PLAIN_NAMES = {"main", "service", "app", "server", "engine", "run", "__main__", "__init__", "src"}
"""File and folder names that say nothing of an engine; the folder around says it."""
ENDINGS = re.compile(r"[_-](engine|service|server|app|worker)$", re.IGNORECASE)
USED_TYPE = re.compile(rb"\bEngineType\.([A-Z][A-Z0-9_]*)\b")
UNSAID = "the code does not say; it may stay where the engine serves on none"


class FoundEngine(Struct, frozen=True):
    """One engine as it will stand in engines.yaml."""

    name: str
    path: str  # from the top of the repository
    port: int
    engine_type: str
    migrated: bool
    has_tests: bool = False
    questions: tuple[str, ...] = ()


def found_engines(
    surveyed: Sequence[Surveyed], texts: Mapping[str, bytes], commands: Sequence[Command], members: Sequence[str]
) -> list[FoundEngine]:
    """The engines: names and ports each once, in the order of their paths."""
    names = names_of([each.place.path for each in surveyed])
    taken: set[int] = set()
    return [_engine(each, names[each.place.path], texts, commands, members, taken) for each in surveyed]


def _engine(
    each: Surveyed,
    name: str,
    texts: Mapping[str, bytes],
    commands: Sequence[Command],
    members: Sequence[str],
    taken: set[int],
) -> FoundEngine:
    own = [path for path in texts if is_in(path, each.place.path)]
    port, port_question = _port(name, each, commands, taken)
    taken.add(port)
    used = {found.decode() for path in own for found in USED_TYPE.findall(texts[path])}
    member, type_question = _type(name, used, members)
    return FoundEngine(
        name=name,
        path=each.place.path,
        port=port,
        engine_type=member,
        migrated=each.side == NATIVE,
        has_tests=any(basename(path).startswith("test_") for path in own),
        questions=tuple(filter(None, [port_question, type_question, *map(_asked, each.problems)])),
    )


def _asked(problem: str) -> str:
    return f"what is to become of this? {problem}"


def _port(name: str, each: Surveyed, commands: Sequence[Command], taken: set[int]) -> tuple[int, str]:
    """The port, and what must be asked of it; a number below 100 stands for one that nobody has said."""
    said = list(dict.fromkeys(_said(each, commands)))
    free = [(port, where) for port, where in said if port not in taken]
    others = sorted({port for port, _ in said} - {free[0][0]}) if free else []
    if free and not others:
        return free[0][0], ""
    if free:
        listed = ", ".join(f"{port} ({where})" for port, where in said)
        return free[0][0], f"which port does {name} serve on? The code says {listed}"
    unused = next(number for number in range(1, 65536) if number not in taken)
    why = f"{said[0][1]} says {said[0][0]}, which is another engine's" if said else UNSAID
    return unused, f"which port does {name} serve on? {unused} only holds the place: {why}"


def _said(each: Surveyed, commands: Sequence[Command]) -> Iterator[tuple[int, str]]:
    """Ports with the first place that says each: the deployment before the code."""
    ports: dict[int, str] = {}
    for command in commands:
        if command.port is not None and is_in(command.program, each.place.path):
            ports.setdefault(command.port, command.where)
    serving = [entry for entry in each.place.entries if entry.serves] or each.place.entries
    for entry in serving:
        if entry.port is not None:
            ports.setdefault(entry.port, f"{entry.path}:{entry.port_line}")
    yield from ports.items()


def _type(name: str, used: Iterable[str], members: Sequence[str]) -> tuple[str, str]:
    """The member of EngineType: the one that the code uses, or that the name is; else the nearest, and a question."""
    known = [member for member in used if member in members]
    if len(known) == 1:
        return known[0], ""
    plain = re.sub(r"[^A-Z0-9]+", "_", name.upper()).strip("_")
    squeezed = {member.replace("_", ""): member for member in members}
    if plain.replace("_", "") in squeezed:
        return squeezed[plain.replace("_", "")], ""
    words = set(plain.split("_"))
    near = next((member for member in members if member in words), None) or nearest(plain, members)
    if near is None:
        lacks = "the target has no member of that name" if members else "the target's EngineType was not found"
        return plain, f"which EngineType is {name}? {lacks}"
    return near, f"which EngineType is {name}? {near} is only the nearest name"


def names_of(paths: Sequence[str]) -> dict[str, str]:
    """A name for each path: its last part that says something, with the part before it where two are alike."""
    short = {path: _plain(_parts(path)[-1:]) for path in paths}
    alike = Counter(short.values())
    names = {path: name if alike[name] == 1 else _plain(_parts(path)[-2:]) for path, name in short.items()}
    again, seen = Counter(names.values()), Counter[str]()
    for path, name in names.items():
        if again[name] > 1:
            seen[name] += 1
            names[path] = f"{name}-{seen[name]}"
    return names


def _parts(path: str) -> list[str]:
    stem = path.removesuffix(".py")
    while basename(stem).lower() in PLAIN_NAMES and dirname(stem):
        stem = dirname(stem)
    return stem.split("/")


def _plain(parts: Iterable[str]) -> str:
    words = [re.sub(r"[^A-Za-z0-9_-]+", "-", ENDINGS.sub("", part)).strip("-_") for part in parts]
    name = "-".join(filter(None, words)) or "engine"
    return name if name[0].isalpha() else f"engine-{name}"
