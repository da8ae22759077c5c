"""A first engines.yaml for a repository that has none: what the code says, and a question for what it does not."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

from msgspec.structs import replace

from codemods.model import Question
from codemods.reading.contract import Contract, read_contract
from codemods.reading.entries import Entry, find_entry
from codemods.reading.importers import Import, import_root, imports_of, module_name
from codemods.reading.shapes import TargetShape, WrapperShape, find_target, find_wrapper
from codemods.settings import BUSES, Settings, Target, Wrapper
from migrator.errors import WRONG_USAGE, MigrateError
from migrator.first import deployment
from migrator.first.beside import programs_beside
from migrator.first.code import BUS_WORDS, Code, read_code, stem, with_importers
from migrator.first.engines import found_engines
from migrator.first.places import Place, is_in, places_of
from migrator.first.routes import suggest
from migrator.first.survey import NEITHER, Surveyed, native_streams, survey
from migrator.first.text import FirstConfig, text_of
from migrator.ground import CONFIG, own_config
from migrator.repo import Repository

BASES = ("main", "master", "HEAD")
TESTS = re.compile(r"(^|/)(tests?|testing)/|(^|/)(test_[^/]*|[^/]*_test|conftest)\.py$")
HELPERS = re.compile(r"(^|/)(scripts?|tools?|examples?|docs|benchmarks?)/")
SERVED = re.compile(rb"FastAPI\(|uvicorn\.run\(")  # in a file that does not parse

Shape = WrapperShape | TargetShape


def first_config(repo: str, base: str | None) -> FirstConfig:
    """What the code at the base says of the campaign; MigrateError where there is no engine in it."""
    repository = Repository.open(Path(repo))
    name, commit = _base(repository, base)
    code = read_code(repository, commit)
    targets, clients = _shapes(code)
    code = with_importers(code, {each.path for each in targets} | {each.path for each in clients})
    imports = [each for source in code.sources.values() for each in imports_of(source, code.files)]
    target = _most_used(targets, imports)
    wrappers = [shape for shape in clients if _users(shape.path, imports)]
    found: list[Shape] = [*wrappers, *([target] if target else [])]
    commands = list(deployment.commands(code.deployment, code.files))
    root = import_root(imports, [shape.path for shape in found], code.files)
    wrappers = _without_copies(wrappers, root, imports)
    places = places_of(_entries(code, commands, found), partial(_is_shared, imports=imports, found=found, root=root))
    settings = _settings(root, target, wrappers, imports)
    contract = read_contract(code.texts, settings)
    surveyed = [
        survey(place, _helpers(place, places, code, imports, found), code.texts, settings, contract) for place in places
    ]
    on_bus = [each for each in surveyed if each.side != NEITHER and is_in(each.place.path, root)]
    if not on_bus:
        raise _no_engine(name, surveyed)
    return FirstConfig(
        base=name,
        commit=commit,
        source_root=root,
        target=settings.target.module,
        target_path=f"{target.path}:{target.line}" if target else "",
        ports=_ports(target),
        target_questions=tuple(_target_questions(target, contract)),
        wrappers=tuple((wrapper.module, shape) for wrapper, shape in zip(settings.wrappers, wrappers, strict=True)),
        servers=_questions_about("server:", on_bus),
        names=_questions_about("topic:", on_bus) + _questions_about("stream:", on_bus),
        routes=tuple(suggest([end for each in on_bus for end in each.ends], native_streams(on_bus), contract)),
        engines=tuple(found_engines(on_bus, code.texts, commands, contract.enums.get("EngineType", ()))),
        helpers=_used_helpers(on_bus),
        silent=tuple(each.place.path for each in surveyed if each.side == NEITHER),
        outside=tuple(each.place.path for each in surveyed if each.side != NEITHER and each not in on_bus),
    )


def write_first(repo: str, base: str | None, output: str | None, force: bool) -> tuple[Path, FirstConfig]:
    """The file that was written, and what is in it; an existing one is only replaced by `force`."""
    path = Path(output) if output else own_config(Repository.open(Path(repo)))
    if path.exists() and not force:
        raise MigrateError(f'{path} is there already; name another with "--output", or add "--force"', WRONG_USAGE)
    if not path.parent.is_dir():
        raise MigrateError(f"there is no folder {path.parent}; make it, or name another file", WRONG_USAGE)
    first = first_config(repo, base)
    _replace(path.resolve(), text_of(first))
    return path, first


def _replace(path: Path, text: str) -> None:
    """Write the whole file or nothing."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        fresh.write_text(text, encoding="utf-8", errors="backslashreplace")
        fresh.replace(path)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise MigrateError(f'{path} cannot be written ({error.strerror}); name another with "--output"') from error


def _base(repository: Repository, base: str | None) -> tuple[str, str]:
    """The base's name and its commit: what was asked for, or the first of the usual ones that is there."""
    if base is not None:
        return base, repository.resolve(base)
    for name in BASES[:-1]:
        if (commit := repository.branch_tip(name)) is not None:
            return name, commit
    return BASES[-1], repository.resolve(BASES[-1])


def _shapes(code: Code) -> tuple[list[TargetShape], list[WrapperShape]]:
    """Everything that has the shape of a target, or of a wrapper, outside of tests."""
    sources = [code.sources[path] for path in sorted(code.carriers & code.sources.keys()) if not TESTS.search(path)]
    return list(filter(None, map(find_target, sources))), list(filter(None, map(find_wrapper, sources)))


def _most_used(shapes: Iterable[TargetShape], imports: Sequence[Import]) -> TargetShape | None:
    """The target that most files import; whole ones before those that lack something."""
    return min(
        shapes, key=lambda shape: (len(shape.lacks), -len(_users(shape.path, imports)), shape.path), default=None
    )


def _without_copies(shapes: Sequence[WrapperShape], root: str, imports: Sequence[Import]) -> list[WrapperShape]:
    """One wrapper for each name by which it is imported: each engine may have a copy of its own."""
    return list({module_name(shape.path, root, imports): shape for shape in reversed(shapes)}.values())[::-1]


def _users(path: str, imports: Iterable[Import]) -> set[str]:
    return {each.importer for each in imports if each.path == path and each.importer != path}


def _settings(
    root: str, target: TargetShape | None, shapes: Sequence[WrapperShape], imports: Sequence[Import]
) -> Settings:
    module = module_name(target.path, root, imports) if target else Target().module
    wrappers = (
        Wrapper(
            module=module_name(shape.path, root, imports),
            client=shape.client,
            config=shape.config,
            message=shape.message,
            priority=shape.priority or ("MessagePriority",),
            methods={**Wrapper("", ()).methods, **dict(shape.methods)},
            matching=shape.matching or "glob",
            handler_errors=shape.handler_errors or "swallow",
        )
        for shape in shapes
    )
    return Settings(root, Target(module), wrappers=tuple(wrappers))


def _entries(code: Code, commands: Iterable[deployment.Command], found: Sequence[Shape]) -> list[Entry]:
    """Where programs begin. One that only can be run counts where Redis or the bus is named in it, or beside it."""
    started = {command.program for command in commands}
    left_out = {shape.path for shape in found}
    words = re.compile(b"|".join([BUS_WORDS.pattern, *(re.escape(stem(path)) for path in sorted(left_out))]))
    beside = programs_beside(code)
    sources = {**code.sources, **beside}
    entries = []
    for path in sorted({*sources, *code.unread, *started}):
        entry = find_entry(sources[path]) if path in sources else None
        if path in started or (path in code.unread and SERVED.search(code.texts[path])):
            entry = replace(entry or Entry(path, 1, True), serves=True)
        if entry is None or path in left_out or TESTS.search(path):
            continue
        is_ours = path in beside or words.search(code.texts[path])
        if entry.serves or (is_ours and not HELPERS.search(path)):
            entries.append(entry)
    return entries


def _is_shared(folder: str, imports: Iterable[Import], found: Iterable[Shape], root: str) -> bool:
    """Whether a folder is the import root, or others import the target or a wrapper from it."""
    if is_in(root, folder):
        return True
    inside = {shape.path for shape in found if is_in(shape.path, folder)}
    return any(each.path in inside and not is_in(each.importer, folder) for each in imports)


def _ports(target: TargetShape | None) -> tuple[int, int]:
    ports = {**Target().buses, **(target.ports if target else {})}
    if len(set(ports.values())) < len(BUSES):  # one server for both would not be two buses
        ports = dict(Target().buses)
    return ports[BUSES[0]], ports[BUSES[1]]


def _target_questions(target: TargetShape | None, contract: Contract) -> Iterator[str]:
    if target is None:
        yield "which module is the dual client? None offers publish_message and subscribe_to_... methods"
    else:
        yield from (f"can the target be mended? Nothing is rewritten before: {fault}" for fault in contract.faults)


def _helpers(
    place: Place, places: Iterable[Place], code: Code, imports: Sequence[Import], found: Iterable[Shape]
) -> tuple[str, ...]:
    """Files of no place that this one imports, directly or through each other, and that may hold a client."""
    owned = {path for path in code.carriers for each in places if is_in(path, each.path)}
    free = code.carriers - owned - {shape.path for shape in found}
    reached = {each.path for each in imports if is_in(each.importer, place.path)} & free
    while more := {each.path for each in imports if each.importer in reached} & free - reached:
        reached |= more
    return tuple(sorted(reached))


def _questions_about(what: str, surveyed: Sequence[Surveyed]) -> tuple[Question, ...]:
    """The questions of one kind, each once, with its places in all engines."""
    every: dict[str, Question] = {}
    for question in (question for each in surveyed for question in each.questions if question.id.startswith(what)):
        sites = every[question.id].sites if question.id in every else ()
        every[question.id] = replace(question, sites=tuple(dict.fromkeys((*sites, *question.sites))))
    return tuple(every.values())


def _used_helpers(surveyed: Sequence[Surveyed]) -> tuple[str, ...]:
    """Files of no engine in which clients of engines are used."""
    used = {path for each in surveyed for path in each.helpers if not TESTS.search(path)}
    return tuple(sorted(path for path in used if not any(is_in(path, each.place.path) for each in surveyed)))


def _no_engine(base: str, surveyed: Sequence[Surveyed]) -> MigrateError:
    others = ", ".join(each.place.path for each in surveyed[:5])
    but = f"; programs that use neither: {others}" if others else ""
    return MigrateError(
        f"no engine was found in {base}: no program in it uses a legacy client or the dual bus{but}. Name another "
        f'commit with "--base", or write {CONFIG} by hand',
        WRONG_USAGE,
    )
