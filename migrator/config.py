"""engines.yaml as frozen objects; every fault of it in one go, each with its line and the mend."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from posixpath import basename, dirname, normpath
from typing import TYPE_CHECKING

from msgspec import Struct, field

from codemods.settings import DEFAULT_METHODS, Engine, Kept, Route, Server, Settings, Target, Wrapper
from migrator.config_rules import fill, note_faults
from migrator.errors import WRONG_USAGE, MigrateError
from migrator.located import Fault, Keys, Located, did_you_mean, line_of, nearest, read_yaml, shown, spoken

if TYPE_CHECKING:
    from migrator.schema import Document, EdgeSection, EngineSection, RouteSection, StreamSection, WrapperSection


BOM = b"\xef\xbb\xbf"
LARGEST = 1_000_000  # bytes of an engines.yaml; a device or a mistaken path would never end


class EngineConfig(Engine, frozen=True, kw_only=True):
    """One engine as the campaign sees it: what the codemods know of it, and when it moves."""

    port: int
    phase: int | None = None  # None: migrated already
    migrated: bool = False
    test_command: str | None = None
    deferred: str | None = None  # why the next phase need not wait for it
    accepted: Mapping[str, str] = field(default_factory=dict)  # what may stay legacy in it, and why
    line: int = 0


class Campaign(Struct, frozen=True, kw_only=True):
    """All that engines.yaml says. Its mappings are plain dicts, because worker processes must be given it."""

    path: Path
    hash: str  # sha256 of the file's bytes
    base: str
    source_root: str
    branch: str  # with {phase} and {engine}
    settings: Settings
    engines: tuple[EngineConfig, ...]  # as in the file
    shared: tuple[str, ...] = ()  # relative to the repository, like the paths of engines
    probes: tuple[Route, ...] = ()  # the routes that say `probe: true`
    streams: Mapping[str, StreamSection] = field(default_factory=dict)
    edges: tuple[EdgeSection, ...] = ()
    servers: Mapping[str, str] = field(default_factory=dict)  # name -> environment variable that holds the URL
    lines: Mapping[Keys, int] = field(default_factory=dict)

    def engine(self, name: str) -> EngineConfig:
        """The engine of that name; an unknown one is an error that offers the nearest."""
        engines = {engine.name: engine for engine in self.engines}
        if name not in engines:
            near = did_you_mean(name, engines) or f"; there are: {', '.join(engines)}"
            raise self.error(("engines",), f"no engine is called {shown(name)}{near}")
        return engines[name]

    def phase(self, number: int) -> tuple[EngineConfig, ...]:
        """The engines of a phase, those deferred included; an unknown phase is an error that lists the phases."""
        engines = tuple(engine for engine in self.engines if engine.phase == number)
        if not engines:
            phases = ", ".join(str(phase) for phase in sorted({each.phase for each in self.engines if each.phase}))
            raise self.error(("engines",), f"no engine is in phase {number}; the phases are: {phases or 'none'}")
        return engines

    def to_migrate(self) -> tuple[EngineConfig, ...]:
        """Every engine that has a phase, those deferred included, by phase and then as in the file."""
        return tuple(sorted((each for each in self.engines if each.phase), key=lambda each: each.phase or 0))

    def branch_of(self, engine: EngineConfig) -> str:
        """The branch that this engine's migration goes to; a migrated engine has none, and that is an error."""
        if engine.phase is None:
            raise self.error(("engines", engine.name), f"{engine.name} is migrated already and has no branch")
        return fill(self.branch, engine.phase, engine.name)

    def error(self, keys: Keys, sentence: str) -> MigrateError:
        """The error that says this, with the line of what stands at these keys."""
        return error_of(self.path, [Fault(line_of(self.lines, keys), sentence)])


def load(path: Path) -> Campaign:
    """The campaign that this file describes, or one MigrateError with all its faults, one a line."""
    from hashlib import sha256

    from migrator.schema import finished
    from migrator.sieve import sift

    raw = read_bytes(path)
    located = read_yaml(decode(path, raw))
    sift(located)
    note_faults(located)
    raise_all(path, located.faults)
    return build(path, sha256(raw).hexdigest(), finished(located), located.lines)


def raise_all(path: Path, faults: Collection[Fault]) -> None:
    """Raise the faults as one error; without any, do nothing."""
    if faults:
        raise error_of(path, faults)


def error_of(path: Path, faults: Iterable[Fault]) -> MigrateError:
    """One line for each fault, in the order of the file."""
    sentences = (f"{path.name}:{fault.line}: {fault.sentence}" for fault in sorted(set(faults)))
    return MigrateError("\n".join(sentences), WRONG_USAGE)


def read_bytes(path: Path) -> bytes:
    """The bytes of engines.yaml; raises MigrateError where it is not there, cannot be read, or is too large."""
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except FileNotFoundError as error:
        mend = 'name another with "--config PATH", or write a first one with "migrate init"'
        raise MigrateError(f"there is no {path}; {mend}", WRONG_USAGE) from error
    except OSError as error:
        mend = 'name another with "--config PATH"'
        raise MigrateError(f"{path} cannot be read ({error.strerror}); {mend}", WRONG_USAGE) from error
    if len(raw) > LARGEST:
        mend = 'name another with "--config PATH"'
        raise MigrateError(f"{path} is larger than {LARGEST // 1000} kB, which no engines.yaml is; {mend}", WRONG_USAGE)
    return raw


def decode(path: Path, raw: bytes) -> str:
    """Its text; raises MigrateError with the line of the first byte that is not UTF-8."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        sentence = f"the byte {raw[error.start]:#04x} is not UTF-8; save the file as UTF-8"
        raise error_of(path, [Fault(line, sentence)]) from error


def build(path: Path, digest: str, document: Document, lines: Mapping[Keys, int]) -> Campaign:
    """The campaign of a document without faults; `lines` has the line of each key."""
    root = normal(document.source_root)
    routes = tuple(route_of(each, lines["routes", index]) for index, each in enumerate(document.routes))
    servers = {name: getattr(document.servers, name) for name in ("main", *document.target.buses.__struct_fields__)}
    return Campaign(
        path=path,
        hash=digest,
        base=document.base,
        source_root=root,
        branch=document.branch,
        settings=settings_of(document, root, routes, lines),
        engines=tuple(engine_of(name, each, root, lines["engines", name]) for name, each in document.engines.items()),
        shared=tuple(normal(root, each) for each in document.shared),
        probes=tuple(route for route, each in zip(routes, document.routes, strict=True) if each.probe),
        streams=document.streams,
        edges=document.edges,
        servers={name: server.url_env for name, server in servers.items() if server},
        lines=lines,
    )


def settings_of(document: Document, root: str, routes: tuple[Route, ...], lines: Mapping[Keys, int]) -> Settings:
    """What the codemods are told of it."""
    buses = {name: getattr(document.target.buses, name) for name in document.target.buses.__struct_fields__}
    return Settings(
        source_root=root,
        target=Target(document.target.module, buses),
        servers=tuple(server_of(each) for each in document.legacy.redis),
        wrappers=tuple(wrapper_of(each) for each in document.legacy.wrappers),
        routes=routes,
        answers=document.answers,
        keep=tuple(
            Kept(each.path, each.code.strip(), each.reason, lines["keep", index])
            for index, each in enumerate(document.keep)
        ),
    )


def engine_of(name: str, section: EngineSection, root: str, line: int) -> EngineConfig:
    """One engine, its paths from the top of the repository."""
    return EngineConfig(
        name=name,
        engine_type=section.engine_type,
        paths=tuple(normal(root, each) for each in section.paths),
        port=section.port,
        phase=section.phase,
        migrated=section.migrated,
        test_command=section.test_command,
        deferred=section.deferred,
        accepted=section.accepted,
        line=line,
    )


def route_of(section: RouteSection, line: int) -> Route:
    """One route, with its line."""
    return Route(section.match, section.message_type, section.bus, line)


def server_of(address: str) -> Server:
    """The host and port of `host:port`; an IPv6 address stands in brackets."""
    host, _, port = address.rpartition(":")
    return Server(host.strip("[]"), int(port))


def wrapper_of(section: WrapperSection) -> Wrapper:
    """One wrapper, with the usual meaning of each method that it does not name."""
    return Wrapper(
        module=section.module,
        client=section.client,
        config=section.config,
        message=section.message,
        priority=section.priority,
        methods={**DEFAULT_METHODS, **section.methods},
        matching=section.matching,
        handler_errors=section.handler_errors,
        plain_json=section.plain_json,
    )


def normal(*parts: str) -> str:
    """The path below the repository, without `.` and doubled slashes; the repository itself is ""."""
    path = normpath("/".join(part for part in parts if part) or ".")
    return "" if path == "." else path


def check_paths(campaign: Campaign, files: Collection[str]) -> None:
    """Raise what engines.yaml names and the base does not have; `files` are all files of the base commit."""
    found, tree, root = Located(lines=campaign.lines), sorted(files), campaign.source_root
    if root and not holds(tree, root):
        found.fault(("source_root",), f"source_root is {shown(root)}, {absent(campaign, tree, root, '')}")
        raise_all(campaign.path, found.faults)
    for keys, path in named_paths(campaign):
        if not holds(tree, path):
            found.fault(keys, f"{spoken(keys)} is {shown(below(root, path))}, {absent(campaign, tree, path, root)}")
    for index, kept in enumerate(campaign.settings.keep):
        if not any(engine.owns(kept.path) for engine in campaign.engines) or kept.path not in files:
            near = did_you_mean(kept.path, tree) or "; paths are from the top of the repository"
            found.fault(
                ("keep", index), f"keep: no engine has a file {shown(kept.path)} in {shown(campaign.base)}{near}"
            )
    module = normal(root, campaign.settings.target.module.replace(".", "/"))
    if not {f"{module}.py", f"{module}/__init__.py"} & set(files):
        here = [path for path in children(tree, dirname(module)) if path.endswith(".py")]
        near = did_you_mean(f"{basename(module)}.py", here) or "; name the module of the dual client"
        lacks = f"{shown(campaign.base)} has neither {module}.py nor {module}/__init__.py"
        found.fault(("target", "module"), f"target.module: {lacks}{near}")
    raise_all(campaign.path, found.faults)


def named_paths(campaign: Campaign) -> Iterator[tuple[Keys, str]]:
    """Each path that an engine or `shared` names, with its key."""
    for engine in campaign.engines:
        for index, path in enumerate(engine.paths):
            yield ("engines", engine.name, "paths", index), path
    for index, path in enumerate(campaign.shared):
        yield ("shared", index), path


def absent(campaign: Campaign, tree: Sequence[str], path: str, root: str) -> str:
    """The rest of a sentence about a path that is not there, with the nearest one that is."""
    folder, missing = dirname(path), path
    while folder and not holds(tree, folder):
        folder, missing = dirname(folder), folder
    near = nearest(basename(missing), children(tree, folder))
    if near is None:
        offer = f"the nearest folder there is {shown(folder or '.')}"
    else:
        candidate = normal(folder, near)
        whole = candidate + path.removeprefix(missing)
        offer = f"did you mean {shown(below(root, whole if holds(tree, whole) else candidate))}?"
    return f"which is not in {shown(campaign.base)}; {offer}"


def holds(tree: Sequence[str], path: str) -> bool:
    """Whether the sorted files hold this file, or something below this folder."""
    return path in tree[(at := bisect_left(tree, path)) : at + 1] or bool(range_below(tree, path))


def children(tree: Sequence[str], folder: str) -> set[str]:
    """The names of the files and folders in a folder."""
    found = range_below(tree, folder) if folder else range(len(tree))
    return {below(folder, tree[index]).partition("/")[0] for index in found}


def range_below(tree: Sequence[str], folder: str) -> range:
    """Where the paths below a folder stand in a sorted list of paths."""
    return range(bisect_left(tree, f"{folder}/"), bisect_left(tree, f"{folder}0"))  # "0" comes right after "/"


def below(folder: str, path: str) -> str:
    """A path as it reads from inside a folder above it."""
    return path.removeprefix(f"{folder}/") if folder else path
