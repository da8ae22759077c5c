"""Which files of an engine are read at all: bytes first, then round by round what is found to carry a client."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping

from codemods.reading.callers import class_mentions
from codemods.reading.contract import module_candidates
from codemods.reading.flow import Program, follow
from codemods.reading.outline import read_module
from codemods.reading.scopes import Module, stored
from codemods.reading.source import Source, UnreadableError, read_source
from codemods.settings import Engine, Settings

_IMPORT = re.compile(
    rb"^[ \t]*(?:from[ \t]+(?P<stem>[\w.]+)[ \t]+import\b(?P<names>[^\n#]*)|import[ \t]+(?P<plain>[\w.]+))",
    re.MULTILINE,
)


def first_bytes(settings: Settings) -> re.Pattern[bytes]:
    """What a file must contain to be worth a first look."""
    words = {"redis", "migrate: keep", settings.target.module.rsplit(".", 1)[-1]}
    for wrapper in settings.wrappers:
        words |= {wrapper.module.rsplit(".", 1)[-1], *wrapper.client, *wrapper.config}
    return re.compile(b"|".join(re.escape(word.encode()) for word in sorted(words)))


def read_program(
    engine: Engine, texts: Mapping[str, bytes], settings: Settings
) -> tuple[Program | None, list[UnreadableError]]:
    """The engine's program, of the files that matter, and the files that cannot be read. None where none matters."""
    own = sorted(path for path in texts if engine.owns(path))
    wanted = first_bytes(settings)
    left_out = _implementations(settings) | _copies(engine, settings)
    hits = {path for path in own if wanted.search(texts[path]) or _borrows(path, texts, settings, wanted)} - left_out
    sources: dict[str, Source] = {}
    unreadable: dict[str, UnreadableError] = {}
    modules: dict[str, Module] = {}
    imports: dict[str, set[str]] = {}
    outside = _importers(engine, texts)
    while True:
        _read(hits, texts, sources, unreadable)
        for path in hits & sources.keys() - imports.keys():
            imports[path] = _imported(sources[path], texts, settings)
        near = {file for path in hits & imports.keys() for file in imports[path]} - left_out
        _read(near, texts, sources, unreadable)
        if not sources:
            return None, sorted(unreadable.values(), key=lambda fault: fault.path)
        program = follow(_program(engine, sources, modules, texts, settings))
        names = _carriers(program)
        found = {path for path in {*own, *near, *outside} - left_out if names.search(texts[path])}
        if found <= hits:
            return program, sorted(unreadable.values(), key=lambda fault: fault.path)
        hits |= found


def _borrows(path: str, texts: Mapping[str, bytes], settings: Settings, wanted: re.Pattern[bytes]) -> bool:
    """Whether a file imports a module that may give it a client: `from bus_factory import get_bus`."""
    for found in _IMPORT.finditer(texts[path]):
        stem = (found["stem"] or found["plain"]).decode()
        names = [
            stem,
            *(f"{stem}.{name}" for name in re.findall(r"\w+", (found["names"] or b"").decode(errors="replace"))),
        ]
        files = {p for name in names for p in module_candidates(name, settings.source_root) if p in texts}
        if any(wanted.search(texts[file]) for file in files):
            return True
    return False


def _importers(engine: Engine, texts: Mapping[str, bytes]) -> set[str]:
    """Files outside the engine that may import one of its modules: they name its folder, and import something."""
    names = {path.rsplit("/", 1)[-1].removesuffix(".py") for path in engine.paths}
    words = [name.encode() for name in names]  # a plain search is many times as fast as the pattern
    mention = re.compile(rb"import\b[^\n]*\b(%s)\b|\b(%s)\b[^\n]*\bimport\b" % (_either(names), _either(names)))
    return {
        path
        for path, data in texts.items()
        if any(word in data for word in words) and not engine.owns(path) and mention.search(data)
    }


def _either(names: Iterable[str]) -> bytes:
    return b"|".join(re.escape(name.encode()) for name in sorted(names))


def _implementations(settings: Settings) -> set[str]:
    """The files of the wrappers and of the target themselves."""
    modules = [settings.target.module, *(wrapper.module for wrapper in settings.wrappers)]
    return {path for module in modules for path in module_candidates(module, settings.source_root)}


def _copies(engine: Engine, settings: Settings) -> set[str]:
    """Where an engine that is started in its own folder may keep a copy of a wrapper."""
    return {path for own in engine.paths for w in settings.wrappers for path in module_candidates(w.module, own)}


def _read(
    selected: Iterable[str],
    texts: Mapping[str, bytes],
    sources: dict[str, Source],
    unreadable: dict[str, UnreadableError],
) -> None:
    for path in sorted(selected):
        if path not in sources and path not in unreadable:
            try:
                sources[path] = read_source(path, texts[path])
            except UnreadableError as error:
                unreadable[path] = error


def _imported(source: Source, texts: Mapping[str, bytes], settings: Settings) -> set[str]:
    """The files below the import root that a source imports."""
    found: set[str] = set()
    package = _dotted(source.path, settings.source_root).split(".")
    package = package if source.path.endswith("/__init__.py") else package[:-1]
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            stem = ".".join([*base, *([node.module] if node.module else [])])
            names = [stem, *(f"{stem}.{alias.name}" for alias in node.names)]
        else:
            continue
        found |= {p for name in names if name for p in module_candidates(name, settings.source_root) if p in texts}
    return found


def _dotted(path: str, source_root: str) -> str:
    inside = path.removeprefix(f"{source_root}/") if source_root else path
    return inside.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _program(
    engine: Engine,
    sources: Mapping[str, Source],
    modules: dict[str, Module],
    texts: Mapping[str, bytes],
    settings: Settings,
) -> Program:
    """A program of these sources; `modules` keeps their scopes from round to round."""
    by_name: dict[str, str] = {}
    for path in sorted(sources):
        name = _dotted(path, settings.source_root)
        if path not in modules:
            modules[path] = read_module(sources[path], name)
        by_name[name] = path
        for own in engine.paths:  # an engine may be started in its own folder
            if path.startswith(f"{own}/"):
                by_name.setdefault(_dotted(path, own), path)
    tops = {_dotted(path, settings.source_root).split(".")[0] for path in texts}
    return Program(settings, {path: modules[path] for path in sorted(modules)}, by_name, first_party=frozenset(tops))


def _carriers(program: Program) -> re.Pattern[bytes]:
    """The names of what holds a client, and of what may decide its streams, wherever they are named."""
    demand = program.demand
    names = {"redis", *demand.words}
    for cell in demand.warm:
        if cell[0] == "result":
            names.add(program.functions[cell[1], cell[2]].node.name)
        elif cell[0] != "name" or not cell[2]:  # a local name is not seen from other files
            names.add(cell[-1])
        if cell[0] == "attribute" and (cell[1], cell[2]) in program.classes:
            names.add(program.classes[cell[1], cell[2]][1].name)
            names |= set(_instances(program, (cell[1], cell[2])))
    names.discard("__init__")
    return re.compile(rb"\b(?:%s)\b" % _either(names))


def _instances(program: Program, family: tuple[str, str]) -> Iterator[str]:
    """The names of a module's own instances of a class that keeps a client."""
    for module, node in list(class_mentions(program, family)):
        statement = module.statement(node)
        if isinstance(statement, ast.Assign | ast.AnnAssign) and module.scope_of[statement] is module.root:
            yield from stored(statement)
