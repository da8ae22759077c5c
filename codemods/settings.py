"""What a campaign tells the codemods: the target, the legacy side, the routes. Frozen values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from types import MappingProxyType

from msgspec import Struct, field

MARKETDATA = "marketdata"
ENGINE_LOGIC = "engine_logic"
BUSES = (MARKETDATA, ENGINE_LOGIC)

DEFAULT_METHODS: Mapping[str, str] = MappingProxyType(
    {
        "start": "start",
        "connect": "start",
        "initialize": "start",
        "stop": "stop",
        "disconnect": "stop",
        "close": "stop",
        "aclose": "stop",
        "publish": "publish",
        "publish_message": "publish",
        "subscribe": "subscribe",
        "is_connected": "connected",
    }
)
"""What each method or attribute of a wrapper's client means, where engines.yaml says nothing."""


class Server(Struct, frozen=True):
    """One Redis server being left, as `host:port`."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


class Wrapper(Struct, frozen=True):
    """One in-house client as a table: its module, its classes, and what each method means."""

    module: str
    client: tuple[str, ...]
    config: tuple[str, ...] = ()
    message: tuple[str, ...] = ()  # the class of what a handler is given
    priority: tuple[str, ...] = ("MessagePriority",)  # its priority enum, where it has one
    methods: Mapping[str, str] = field(default_factory=lambda: DEFAULT_METHODS)
    matching: str = "glob"  # how a subscription's topic is compared: glob, prefix or exact
    handler_errors: str = "swallow"  # what becomes of what a handler raises: swallow (logged) or raise
    plain_json: bool | None = None  # payloads are encoded with a bare json.dumps; None: read from its source


class Route(Struct, frozen=True):
    """Which message type, or which bus, takes the topics and streams that `match` names."""

    match: str
    message_type: str | None = None
    bus: str | None = None
    line: int = 0  # in engines.yaml


class Kept(Struct, frozen=True):
    """A line of code that a person keeps as it is, told outside of the code."""

    path: str  # from the top of the repository
    code: str  # the whole line, without the spaces around it
    reason: str
    line: int = 0  # in engines.yaml


class Started(Struct, frozen=True):
    """A function that something outside of the code calls by its name, and where that is said."""

    module: str  # dotted, from whatever folder it is imported
    function: str
    path: str
    line: int
    is_script: bool = False  # whether it is called without arguments, as a program of its own


class Target(Struct, frozen=True):
    """The dual client: its module, and the two buses with the ports they listen on."""

    module: str = "dual_messagebus_client"
    buses: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({MARKETDATA: 6380, ENGINE_LOGIC: 6381}))


class Settings(Struct, frozen=True):
    """Everything that the codemods are told; the same for all engines of a run."""

    source_root: str = ""  # the import root, relative to the repository; "" is the repository itself
    target: Target = Target()
    servers: tuple[Server, ...] = (Server("localhost", 6379), Server("redis", 6379))
    wrappers: tuple[Wrapper, ...] = ()
    routes: tuple[Route, ...] = ()
    answers: Mapping[str, object] = field(default_factory=dict)
    keep: tuple[Kept, ...] = ()
    started: tuple[Started, ...] = ()  # by files that are no Python

    def route(self, name: str) -> Route | None:
        """The first route whose glob matches this topic or stream."""
        return next((route for route in self.routes if fnmatchcase(name, route.match)), None)


class Engine(Struct, frozen=True):
    """One engine as the codemods see it."""

    name: str
    engine_type: str  # the member of EngineType, in capitals
    paths: tuple[str, ...]  # relative to the repository, with the source root

    def owns(self, path: str) -> bool:
        """Whether a file is the engine's own."""
        return path.startswith(self.paths) and any(path == own or path.startswith(f"{own}/") for own in self.paths)

    def owned(self, paths: Iterable[str]) -> set[str]:
        """Those of the paths that are the engine's own."""
        below = tuple(f"{own}/" for own in self.paths)
        # Most paths are none of these: one question is enough for them.
        return {p for p in paths if p.startswith(self.paths) and (p.startswith(below) or p in self.paths)}
