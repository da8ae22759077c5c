"""The target client's interface, read from its own source without importing it.

Everything that a rewrite relies on is here or is a fault: names, signatures, enum members, which message type
goes to which bus, how an envelope names its type, and how long a socket may wait.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import TypeGuard

from msgspec import Struct, field
from msgspec.structs import replace

from codemods.reading.interface import Interface, read_interface
from codemods.reading.missing import Parts, absent, family_of, lacks_buses, lacks_client, lacks_enums, lacks_factory
from codemods.reading.sharing import shared_by
from codemods.reading.source import UnreadableError, read_source
from codemods.reading.walking import walk
from codemods.settings import ENGINE_LOGIC, MARKETDATA, Settings

FACTORY = "get_dual_bus_client"
UNCONNECTED = "create_dual_bus_client"
CLIENT = "DualMessageBusClient"
ENUMS = ("EngineType", "MessageType", "MessagePriority")
BUS_MEMBERS = {"MARKETDATA_BUS": MARKETDATA, "ENGINE_LOGIC_BUS": ENGINE_LOGIC}
METHODS = {
    "publish_message": ("message_type", "payload", "priority"),
    "subscribe_to_marketdata": ("message_types", "handler"),
    "subscribe_to_engine_logic": ("message_types", "handler"),
    "close": (),
}
"""What rewritten code calls, with the parameters it names."""
ATTRIBUTES = ("marketdata_client", "engine_logic_client")
TOPIC_KEY = "topic"
"""The key of a payload under which a wrapper's topic travels."""


class Signature(Struct, frozen=True):
    """A function as its source declares it, without `self`."""

    is_async: bool
    parameters: tuple[str, ...]


class Contract(Struct, frozen=True):
    """What the target offers. `faults` names what is missing; with any, nothing may be rewritten."""

    module: str
    functions: Mapping[str, Signature] = field(default_factory=dict)
    methods: Mapping[str, Signature] = field(default_factory=dict)
    attributes: frozenset[str] = frozenset()
    enums: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: dict.fromkeys(ENUMS, ()))
    bus_of: Mapping[str, str] = field(default_factory=dict)  # message type -> bus
    type_text: str = "value"  # the enum attribute that an envelope's message_type holds: value or name
    texts: Mapping[str, str] = field(default_factory=dict)  # message type -> that text, where the source has it
    types_are_texts: bool = True  # whether a member of MessageType may equal its text: not where it is a plain Enum
    socket_timeout: float | None = None  # seconds, the shortest; None: none is set
    decodes: bool = False
    sharing: str = ""  # which subscriptions of a client split their messages, see `sharing.py`; none that is seen
    interface: Interface = field(default_factory=Interface)
    faults: tuple[str, ...] = ()

    def types_of(self, bus: str) -> tuple[str, ...]:
        """The message types of one bus, in the enum's order."""
        return tuple(name for name in self.enums.get("MessageType", ()) if self.bus_of.get(name) == bus)


def read_contract(texts: Mapping[str, bytes], settings: Settings) -> Contract:
    """The contract of the settings' target module; its faults each begin with a path and a line where one is known."""
    path = module_path(settings.target.module, texts, settings.source_root)
    if path is None:
        wanted = module_candidates(settings.target.module, settings.source_root)[0]
        return Contract(settings.target.module, faults=(absent(wanted),))
    try:
        tree = read_source(path, texts[path]).tree
    except UnreadableError as error:
        return Contract(settings.target.module, faults=(str(error),))
    placed = [(path, tree), *_parts(tree, path, texts, settings)]
    parts = [part for _, part in placed]
    defined = {name: _enum(name, tree, path, texts, settings, depth=4) for name in ENUMS}
    enums = {name: tuple(target.id for target, _ in _assigned(node)) for name, node in defined.items()}
    functions = [node for part in reversed(parts) for node in part.body if _is_function(node)]
    whole = ast.Module([node for part in parts for node in part.body], [])
    client = [node for owner in family_of(placed, CLIENT) for node in owner.body]
    nodes = walk(whole)
    given = list(_settings_of(nodes))
    contract = Contract(
        module=settings.target.module,
        functions={node.name: _signature(node, method=False) for node in functions},
        methods={node.name: _signature(node) for node in client if _is_function(node)},
        attributes=frozenset(name for statement in client for name in _attributes(statement)),
        enums=enums,
        bus_of=_bus_of(nodes, enums["MessageType"]),
        type_text=_type_text(nodes) or "value",
        texts=_texts(defined["MessageType"], _type_text(nodes)),
        types_are_texts=not _is_plain(defined["MessageType"]),
        socket_timeout=_socket_timeout(given),
        decodes=_decodes(given),
        sharing=shared_by(whole),
        interface=read_interface(tree, parts[1:], CLIENT, ENUMS),
    )
    return replace(contract, faults=tuple(_faults(placed, contract)))


def _parts(tree: ast.Module, path: str, texts: Mapping[str, bytes], settings: Settings) -> Parts:
    """The modules of the repository that the target takes names from, the nearest first, each after its path."""
    parts: Parts = []
    seen, pending = {path}, [(tree, path)]
    while pending:
        current, here = pending.pop(0)
        for node in current.body:
            source = _imported_from(node, here, texts, settings) if isinstance(node, ast.ImportFrom) else None
            if source is not None and source not in seen:
                seen.add(source)
                try:
                    part = read_source(source, texts[source]).tree
                except UnreadableError:
                    continue
                parts.append((source, part))
                pending.append((part, source))
    return parts


def module_candidates(module: str, source_root: str) -> tuple[str, str]:
    """The two files that a module's name may stand for."""
    base = "/".join(part for part in (source_root, *module.split(".")) if part)
    return f"{base}.py", f"{base}/__init__.py"


def module_path(module: str, texts: Mapping[str, bytes], source_root: str) -> str | None:
    """The file of a module below the import root, None where there is none."""
    return next((path for path in module_candidates(module, source_root) if path in texts), None)


def _is_function(node: ast.AST) -> TypeGuard[ast.FunctionDef | ast.AsyncFunctionDef]:
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)


def _signature(node: ast.FunctionDef | ast.AsyncFunctionDef, method: bool = True) -> Signature:
    names = [a.arg for a in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
    return Signature(isinstance(node, ast.AsyncFunctionDef), tuple(names[1:] if method else names))


def _class(tree: ast.Module, name: str) -> ast.ClassDef | None:
    return next((node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == name), None)


def _attributes(statement: ast.stmt) -> Iterator[str]:
    """Everything that a statement of the class stores on `self`, declares, or gives as a property."""
    for node in walk(statement):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr
        elif isinstance(node, ast.FunctionDef) and any(
            isinstance(d, ast.Name) and d.id == "property" for d in node.decorator_list
        ):
            yield node.name
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id


def _enum(
    name: str, tree: ast.Module, here: str, texts: Mapping[str, bytes], settings: Settings, depth: int
) -> ast.ClassDef | None:
    """The class of an enum, followed through imports to the module that defines it."""
    found = _class(tree, name)
    if found is not None:
        return found
    for node in tree.body if depth else ():
        if isinstance(node, ast.ImportFrom) and node.module:
            original = next((alias.name for alias in node.names if (alias.asname or alias.name) == name), None)
            path = _imported_from(node, here, texts, settings) if original else None
            if original and path:
                try:
                    inner = read_source(path, texts[path]).tree
                except UnreadableError:
                    continue
                return _enum(original, inner, path, texts, settings, depth - 1)
    return None


def _assigned(node: ast.ClassDef | None) -> Iterator[tuple[ast.Name, ast.expr]]:
    """The members of an enum, each with its value."""
    for statement in node.body if node else ():
        if isinstance(statement, ast.Assign):
            for target in statement.targets:
                if isinstance(target, ast.Name) and not target.id.startswith("_"):
                    yield target, statement.value


def _is_plain(node: ast.ClassDef | None) -> bool:
    """Whether the class is an Enum and nothing else, and defines no equality of its own."""
    if node is None or [ast.unparse(base).rpartition(".")[2] for base in node.bases] != ["Enum"]:
        return False
    return "__eq__" not in {each.name for each in node.body if _is_function(each)}


def _texts(node: ast.ClassDef | None, type_text: str | None) -> dict[str, str]:
    """How an envelope has each message type; nothing of those whose value is no plain text."""
    if type_text is None:
        return {}
    if type_text == "name":
        return {target.id: target.id for target, _ in _assigned(node)}
    values = ((target.id, value) for target, value in _assigned(node) if isinstance(value, ast.Constant))
    return {name: value.value for name, value in values if isinstance(value.value, str)}


def _imported_from(node: ast.ImportFrom, here: str, texts: Mapping[str, bytes], settings: Settings) -> str | None:
    """The file that a `from` import takes names from, where it is one of the repository's."""
    root = "/".join(here.split("/")[: -node.level]) if node.level else settings.source_root
    return module_path(node.module, texts, root) if node.module else None


def _bus_of(nodes: list[ast.AST], types: tuple[str, ...]) -> dict[str, str]:
    """Message type -> bus: from a mapping to MessageBusType, or from a collection of the market data types."""
    for node in nodes:
        if isinstance(node, ast.Dict) and node.keys:
            pairs = [(_member(k, "MessageType"), _member(v, "MessageBusType")) for k, v in _items(node)]
            if len(pairs) > 1 and all(key and value in BUS_MEMBERS for key, value in pairs):
                return {key: BUS_MEMBERS[value] for key, value in pairs if key and value}
    marketdata = _marketdata_types(nodes)
    return {name: MARKETDATA if name in marketdata else ENGINE_LOGIC for name in types} if marketdata else {}


def _marketdata_types(nodes: list[ast.AST]) -> set[str]:
    for node in nodes:
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Set | ast.List | ast.Tuple):
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            members = {_member(element, "MessageType") for element in node.value.elts}
            name = getattr(target, "id", getattr(target, "attr", "")).lower()
            if "market" in name and members and None not in members:
                return {member for member in members if member}
    return set()


def _items(node: ast.Dict) -> Iterator[tuple[ast.expr, ast.expr]]:
    for key, value in zip(node.keys, node.values, strict=True):
        if key is not None:
            yield key, value


def _member(node: ast.expr, enum: str) -> str | None:
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == enum:
        return node.attr
    return None


def _type_text(nodes: list[ast.AST]) -> str | None:
    """Whether the envelope that `publish_message` writes holds the type's value or name; None where nothing says."""
    for node in nodes:
        if isinstance(node, ast.Dict):
            for key, value in _items(node):
                if isinstance(key, ast.Constant) and key.value == "message_type" and isinstance(value, ast.Attribute):
                    return value.attr if value.attr in ("value", "name") else None
    return None


def _settings_of(nodes: list[ast.AST]) -> Iterator[tuple[str, ast.expr]]:
    """What is given to keywords, fields, variables and mapping keys, each value after its name."""
    for node in nodes:
        if isinstance(node, ast.keyword) and node.arg:
            yield node.arg, node.value
        elif isinstance(node, ast.AnnAssign | ast.Assign) and node.value is not None:
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            yield getattr(target, "id", getattr(target, "attr", "")).lower(), node.value
        elif isinstance(node, ast.Dict):
            yield from ((str(k.value), v) for k, v in _items(node) if isinstance(k, ast.Constant))


def _socket_timeout(given: list[tuple[str, ast.expr]]) -> float | None:
    values = [
        float(value.value)
        for name, value in given
        if name.endswith("socket_timeout")
        and isinstance(value, ast.Constant)
        and isinstance(value.value, int | float)
        and not isinstance(value.value, bool)
    ]
    return min(values, default=None)


def _decodes(given: list[tuple[str, ast.expr]]) -> bool:
    values = [value for name, value in given if name.endswith("decode_responses")]
    return bool(values) and all(isinstance(value, ast.Constant) and value.value is True for value in values)


def _faults(parts: Parts, contract: Contract) -> Iterator[str]:
    yield from lacks_factory(parts, FACTORY)
    yield from lacks_client(parts, CLIENT, METHODS, ATTRIBUTES, contract.attributes)
    yield from lacks_enums(parts, contract.enums)
    if not contract.bus_of:
        yield lacks_buses(parts)
