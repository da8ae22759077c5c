"""What engines.yaml may say, as types with words for people; the JSON Schema comes from them.

`config.py` imports this module only when it loads a file. Its annotations are types and no texts, of which msgspec
would have to evaluate each.
"""

import json
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from migrator.located import Located

# `$` alone also matches before a last newline.
END = r"$(?!\n)"
NOT_ABOVE = r"^(?![-/:]|[A-Za-z]:)(?!(.*/)?(\.\.|\.git)(/|$))"
IDENTIFIER = r"[A-Za-z_][A-Za-z0-9_]*"
BELOW_65536 = r"([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])"

PATH_RULES = 'with "/" between its parts, without ".." and without "-" or "/" in front'

# Each kind of value, with the words for what it must be; `wants` is what a fault says.
Text = Annotated[str, Meta(min_length=1, extra={"wants": "text that is not empty"})]
Port = Annotated[int, Meta(ge=1, le=65535, extra={"wants": "a port number, 1 to 65535"})]
Phase = Annotated[int, Meta(ge=1, le=1000, extra={"wants": "a phase number, 1 or more"})]
Version = Annotated[Literal[1], Meta(extra={"wants": "1, the only version there is"})]
Revision = Annotated[
    str,
    Meta(pattern=rf"^(?!-)(?!.*\.\.)\S+{END}", extra={"wants": "a branch, tag or commit of the repository"}),
]
Root = Annotated[
    str,
    Meta(
        pattern=rf"{NOT_ABOVE}[^\\\x00-\x1f\x7f]+{END}",
        extra={"wants": f'"." or a folder of the repository, {PATH_RULES}'},
    ),
]
Below = Annotated[
    str,
    Meta(
        pattern=rf"{NOT_ABOVE}(?!\.(/+\.?)*$)[^\\\x00-\x1f\x7f]+{END}",
        extra={"wants": f"a path below source_root, {PATH_RULES}"},
    ),
]
Word = Annotated[
    str,
    Meta(
        pattern=rf"^[A-Za-z][A-Za-z0-9_-]*{END}",
        extra={"wants": 'a plain word: letters, digits, "_" and "-", a letter first'},
    ),
]
Module = Annotated[
    str,
    Meta(
        pattern=rf"^{IDENTIFIER}(\.{IDENTIFIER})*{END}",
        extra={"wants": 'a module as in an import, such as "package.module"'},
    ),
]
Name = Annotated[str, Meta(pattern=rf"^{IDENTIFIER}{END}", extra={"wants": "a name as Python writes it"})]
# Not `Name | tuple[Name, ...]`: msgspec 0.22 frees the pattern of such a union twice, and crashes later.
Names = Annotated[
    tuple[Name, ...],
    Meta(
        extra={"wants": "a class name or a list of class names", "one": True},
        extra_json_schema={"pattern": rf"^{IDENTIFIER}{END}"},  # of a name that stands alone
    ),
]
Member = Annotated[
    str,
    Meta(pattern=rf"^[A-Z][A-Z0-9_]*{END}", extra={"wants": "an enum member in capitals, such as MARKET_DATA"}),
]
Address = Annotated[
    str,
    Meta(
        pattern=rf"^(\[[0-9A-Fa-f:.]+\]|[^\s:/@\[\]]+):{BELOW_65536}{END}",
        extra={"wants": 'a server as "host:port", without a scheme, user or password'},
    ),
]
EngineOrNone = Annotated[
    str,
    Meta(
        pattern=rf"^([A-Za-z][A-Za-z0-9_-]*|\(no engine\)){END}",
        extra={"wants": 'the name of an engine, or "(no engine)"'},
    ),
]
Bus = Literal["marketdata", "engine_logic"]
Meaning = Literal["start", "stop", "publish", "subscribe", "connected"]


class Section(Struct, frozen=True, forbid_unknown_fields=True):
    """A mapping with known keys."""


class Buses(Section, frozen=True, kw_only=True):
    """The port of each bus."""

    marketdata: Annotated[Port, Meta(description="the port of the market data bus")] = 6380
    engine_logic: Annotated[Port, Meta(description="the port of the engine logic bus")] = 6381


class TargetSection(Section, frozen=True, kw_only=True):
    """The dual client that engines move to."""

    module: Annotated[Module, Meta(description="its module, as an engine imports it; read, never imported")] = (
        "dual_messagebus_client"
    )
    buses: Annotated[Buses, Meta(description="the port that each bus listens on")] = Buses()


class WrapperSection(Section, frozen=True, kw_only=True):
    """One in-house legacy client, as a table."""

    module: Annotated[Module, Meta(description="its module, as an engine imports it")]
    client: Annotated[Names, Meta(min_length=1, description="its client class or classes")]
    config: Annotated[Names, Meta(description="the class or classes that configure it")] = ()
    message: Annotated[Names, Meta(description="the class of what a handler is given")] = ()
    priority: Annotated[Names, Meta(description="its priority enum")] = ("MessagePriority",)
    methods: Annotated[
        dict[Name, Meaning],
        Meta(description="what a method or attribute means; added to start, stop, publish and so on"),
    ] = {}
    matching: Annotated[
        Literal["glob", "prefix", "exact"], Meta(description="how the topic of a subscription is compared")
    ] = "glob"
    handler_errors: Annotated[
        Literal["swallow", "raise"], Meta(description="what becomes of what a handler raises: logged, or raised")
    ] = "swallow"
    plain_json: Annotated[
        bool | None,
        Meta(description="whether payloads are encoded by a bare json.dumps; read from its source unless given"),
    ] = None


class LegacySection(Section, frozen=True, kw_only=True):
    """The side that engines leave."""

    redis: Annotated[tuple[Address, ...], Meta(description="the servers that are left, each as host:port")] = (
        "localhost:6379",
        "redis:6379",
    )
    wrappers: Annotated[tuple[WrapperSection, ...], Meta(description="the in-house clients around them")] = ()


class RouteSection(Section, frozen=True, kw_only=True):
    """Where topics and streams go: a message_type, or the bus of a raw stream."""

    match: Annotated[Text, Meta(description="a glob on the topic or stream; the first route that matches wins")]
    message_type: Annotated[Member | None, Meta(description="the message type that takes its messages")] = None
    bus: Annotated[Bus | None, Meta(description="the bus of a raw stream that stays a raw stream")] = None
    probe: Annotated[
        bool, Meta(description="a message of it may come twice: `migrate verify --probe` may send one")
    ] = False


class EngineSection(Section, frozen=True, kw_only=True):
    """One engine: where it lives, and when it moves."""

    port: Annotated[Port, Meta(description="the port that the engine serves on")]
    paths: Annotated[
        tuple[Below, ...], Meta(min_length=1, description="its folders and files, below source_root; no one else's")
    ]
    engine_type: Annotated[Member, Meta(description="its member of the target's EngineType")]
    phase: Annotated[Phase | None, Meta(description="when it moves; phases count from 1 without a gap")] = None
    migrated: Annotated[bool, Meta(description="true: on the dual bus already; checked, never changed")] = False
    test_command: Annotated[
        Text | None, Meta(description="the command that runs its tests in source_root, without a shell")
    ] = None
    deferred: Annotated[Text | None, Meta(description="why the next phase need not wait for it")] = None
    accepted: Annotated[
        dict[Text, Text],
        Meta(description="what stays asked or refused in it, by the name that migrate plan gives, and why it may"),
    ] = {}


class StreamSection(Section, frozen=True, kw_only=True):
    """How one stream moves; fixed here, so that a later run cannot choose otherwise."""

    mode: Annotated[Literal["message", "routed"], Meta(description="as typed messages, or as the same raw commands")]
    bus: Annotated[Bus | None, Meta(description="the bus that it moves to; that of its route")] = None
    reason: Annotated[Text | None, Meta(description="why it moves so, where the code alone says otherwise")] = None


class EdgeSection(Section, frozen=True, kw_only=True):
    """One stream between two engines that a phase cuts, and what is done about it: accept or bridge."""

    sender: Annotated[EngineOrNone, Meta(description="the engine that publishes")] = msgspec.field(name="from")
    receiver: Annotated[EngineOrNone, Meta(description="the engine that consumes")] = msgspec.field(name="to")
    stream: Annotated[Text, Meta(description="the stream or topic")]
    accept: Annotated[Text | None, Meta(description="the reason why the cut does no harm")] = None
    bridge: Annotated[bool, Meta(description="true: a bridge carries its messages between the servers")] = False
    group: Annotated[Text | None, Meta(description="the receiver's group on the server that it left")] = None
    new_group: Annotated[Text | None, Meta(description="the receiver's group where it reads now")] = None
    begin: Annotated[Text | None, Meta(description="the id behind which a bridge begins, without a group")] = None
    bus_stream: Annotated[Text | None, Meta(description="the stream of the bus that carries its message type")] = None
    mark: Annotated[bool | None, Meta(description="whether the receiver takes a field more, with the origin")] = None


class KeepSection(Section, frozen=True, kw_only=True):
    """A line of code that stays as it is, with the whole client that it belongs to."""

    path: Annotated[Text, Meta(description="its file, from the top of the repository")]
    code: Annotated[Text, Meta(description="the line as it stands there, without the spaces around it")]
    reason: Annotated[Text, Meta(description="why it stays")]


class ServerSection(Section, frozen=True, kw_only=True):
    """How a live server is reached; the URL itself, which may hold a password, stays out of the file."""

    url_env: Annotated[Name, Meta(description="the environment variable that holds its URL")]


class ServersSection(Section, frozen=True, kw_only=True):
    """The live servers that `observe`, `verify` and `bridge` talk to."""

    main: Annotated[ServerSection | None, Meta(description="the server that is left")] = None
    marketdata: Annotated[ServerSection | None, Meta(description="the market data bus")] = None
    engine_logic: Annotated[ServerSection | None, Meta(description="the engine logic bus")] = None


class Document(Section, frozen=True, kw_only=True):
    """The configuration of one migration campaign."""

    version: Annotated[Version, Meta(description="the version of this file's format")]
    base: Annotated[Revision, Meta(description="what every branch starts from")] = "main"
    source_root: Annotated[Root, Meta(description="the import root; engine and shared paths are below it")] = "."
    branch: Annotated[
        Text, Meta(description="the branch of an engine; {phase} and {engine} are filled in, {engine} is needed")
    ] = "dual-bus/phase-{phase}/{engine}"
    target: Annotated[TargetSection, Meta(description="the dual client that engines move to")] = TargetSection()
    legacy: Annotated[LegacySection, Meta(description="the side that engines leave")] = LegacySection()
    routes: Annotated[
        tuple[RouteSection, ...], Meta(description="topic or stream -> message type or bus; first match wins")
    ] = ()
    engines: Annotated[dict[Word, EngineSection], Meta(description="the engines, by name", min_length=1)]
    shared: Annotated[tuple[Below, ...], Meta(description="code and tests of several engines, below source_root")] = ()
    streams: Annotated[dict[Text, StreamSection], Meta(description="how each stream moves, once decided")] = {}
    edges: Annotated[tuple[EdgeSection, ...], Meta(description="what is done about streams that a phase cuts")] = ()
    servers: Annotated[ServersSection, Meta(description="the live servers, by name")] = ServersSection()
    keep: Annotated[
        tuple[KeepSection, ...], Meta(description="lines that stay, as `# migrate: keep` says it in code")
    ] = ()
    answers: Annotated[dict[Text, Any], Meta(description="question id -> answer, as a run prints them")] = {}


def finished(located: Located) -> Document:
    """The values of a text without faults."""
    return msgspec.convert(located.data, Document)


def json_schema() -> str:
    """The JSON Schema (draft 2020-12) of engines.yaml, as it ships in `engines.schema.json`."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "engines.yaml",
        **msgspec.json.schema(Document),
    }
    for part in schema["$defs"].values():
        for key in part["properties"].values():
            if key.get("type") == "array" and "pattern" in key:  # Names; msgspec does not let a type widen itself
                key["type"] = ["string", "array"]
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
