"""What a wrapper's own source says: its signatures, its config's defaults, how it encodes a payload."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from msgspec import Struct, field

from codemods.reading.contract import Signature, module_path
from codemods.reading.definitions import (
    attributes_of,
    classes_of,
    constructors_of,
    gives_up,
    lets_through,
    members_of,
    returns_nothing,
    swallows,
)
from codemods.reading.source import UnreadableError, read_source
from codemods.reading.walking import walk
from codemods.settings import Settings, Wrapper

PUBLISH = Signature(True, ("topic", "payload", "priority"))
SUBSCRIBE = Signature(True, ("topic", "handler"))


class WrapperFacts(Struct, frozen=True):
    """A wrapper as its source declares it; the usual shape where there is no source to read."""

    wrapper: Wrapper
    is_read: bool = False
    methods: Mapping[str, Signature] = field(default_factory=dict)
    properties: frozenset[str] = frozenset()
    returns: Mapping[str, str] = field(default_factory=dict)  # method -> its return annotation
    defaults: Mapping[str, object] = field(default_factory=dict)  # config field -> constant
    forms: Mapping[str, ast.arguments] = field(default_factory=dict)  # of undecorated methods
    made_with: Mapping[str, ast.arguments] = field(default_factory=dict)  # of classes
    attributes: frozenset[str] | None = None  # all that an object has, methods too; None where not all is to be seen
    members: Mapping[str, frozenset[str]] = field(default_factory=dict)  # enum -> its members
    silent: frozenset[str] = frozenset()  # methods that return nothing
    guarded: frozenset[str] = frozenset()  # methods that give up at once where nothing was started
    survives: frozenset[str] = frozenset()  # starts that catch what the server raises, and raise nothing themselves
    raising: frozenset[str] = frozenset()  # methods that send, and let through what the server raises
    plain_json: bool = False  # payloads go through a bare json.dumps: what it raises on, the target raises on

    def signature(self, method: str) -> Signature:
        """A method's signature, or the usual one for what the method means."""
        if method in self.methods:
            return self.methods[method]
        meaning = self.wrapper.methods.get(method)
        return {"publish": PUBLISH, "subscribe": SUBSCRIBE}.get(meaning or "", Signature(True, ()))


def read_wrapper(wrapper: Wrapper, texts: Mapping[str, bytes], settings: Settings) -> WrapperFacts:
    """The facts of one wrapper."""
    path = module_path(wrapper.module, texts, settings.source_root)
    starts = tuple(sorted(name for name, meaning in wrapper.methods.items() if meaning == "start"))
    names = (wrapper.client, wrapper.config, wrapper.priority, wrapper.message, starts)
    found = dict(_read(path, texts[path], *names)) if path is not None else {}
    if wrapper.plain_json is not None:
        found["plain_json"] = wrapper.plain_json
    return WrapperFacts(wrapper, **found)


@lru_cache(maxsize=16)  # every engine asks for the same few
def _read(
    path: str, text: bytes, client: _Names, config: _Names, priority: _Names, message: _Names, starting: _Names
) -> dict[str, Any]:
    """What the source says, by the names of `WrapperFacts`; nothing where it cannot be read."""
    try:
        tree = read_source(path, text).tree
    except UnreadableError:
        return {}
    methods = list(_methods(tree, client))
    starts = [node for node in methods if node.name in starting]
    return {
        "is_read": bool(methods),
        "methods": {node.name: _signature(node) for node in methods},
        "properties": frozenset(node.name for node in methods if _is_property(node)),
        "returns": {node.name: ast.unparse(node.returns) for node in methods if node.returns is not None},
        "defaults": dict(_defaults(tree, config)),
        "forms": {node.name: node.args for node in methods if not node.decorator_list},
        "made_with": constructors_of(tree, (*client, *config, *message)),
        "attributes": attributes_of(tree, client),
        "members": members_of(tree, priority),
        "silent": frozenset(node.name for node in methods if returns_nothing(node)),
        "guarded": frozenset(node.name for node in methods if gives_up(node, starts)),
        "survives": frozenset(node.name for node in starts if swallows(node)),
        "raising": frozenset(node.name for node in methods if not node.decorator_list and lets_through(node)),
        "plain_json": _encodes_plainly(tree),
    }


_Names = tuple[str, ...]


def _methods(tree: ast.Module, names: tuple[str, ...]) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in classes_of(tree, names):
        yield from (item for item in node.body if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef))


def _signature(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Signature:
    names = [a.arg for a in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
    return Signature(isinstance(node, ast.AsyncFunctionDef), tuple(names[1:]))


def _is_property(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(isinstance(d, ast.Name) and d.id in ("property", "cached_property") for d in node.decorator_list)


def _defaults(tree: ast.Module, names: tuple[str, ...]) -> Iterator[tuple[str, object]]:
    """Constant defaults of a config: of its fields, and of its constructor's parameters."""
    for node in classes_of(tree, names):
        for item in node.body:
            if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name):
                if isinstance(item.value, ast.Constant):
                    yield item.target.id, item.value.value
            elif isinstance(item, ast.FunctionDef) and item.name == "__init__":
                arguments = [*item.args.posonlyargs, *item.args.args]
                given = item.args.defaults
                for argument, default in zip(arguments[len(arguments) - len(given) :], given, strict=True):
                    if isinstance(default, ast.Constant):
                        yield argument.arg, default.value


def _encodes_plainly(tree: ast.Module) -> bool:
    calls = [
        node
        for node in walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "dumps"
    ]
    named_json = all(isinstance(c.func, ast.Attribute) and ast.unparse(c.func.value) == "json" for c in calls)
    return bool(calls) and named_json and not any(k.arg in ("default", "cls", None) for c in calls for k in c.keywords)
