"""What a wrapper's own source says: its signatures, its config's defaults, how it encodes a payload."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from codemods.reading.contract import Signature, module_path
from codemods.reading.source import UnreadableError, read_source
from codemods.settings import Settings, Wrapper

PUBLISH = Signature(True, ("topic", "payload", "priority"))
SUBSCRIBE = Signature(True, ("topic", "handler"))


@dataclass(frozen=True)
class WrapperFacts:
    """A wrapper as its source declares it; the usual shape where there is no source to read."""

    wrapper: Wrapper
    is_read: bool = False
    methods: Mapping[str, Signature] = field(default_factory=dict)
    properties: frozenset[str] = frozenset()
    returns: Mapping[str, str] = field(default_factory=dict)  # method -> its return annotation
    defaults: Mapping[str, object] = field(default_factory=dict)  # config field -> constant
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
    stated = bool(wrapper.plain_json)
    if path is None:
        return WrapperFacts(wrapper, plain_json=stated)
    try:
        tree = read_source(path, texts[path]).tree
    except UnreadableError:
        return WrapperFacts(wrapper, plain_json=stated)
    methods = list(_methods(tree, wrapper.client))
    return WrapperFacts(
        wrapper,
        is_read=bool(methods),
        methods={node.name: _signature(node) for node in methods},
        properties=frozenset(node.name for node in methods if _is_property(node)),
        returns={node.name: ast.unparse(node.returns) for node in methods if node.returns is not None},
        defaults=dict(_defaults(tree, wrapper.config)),
        plain_json=_encodes_plainly(tree) if wrapper.plain_json is None else stated,
    )


def _classes(tree: ast.Module, names: tuple[str, ...]) -> Iterator[ast.ClassDef]:
    """The named classes, each after its bases of the same module."""
    return _named({node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}, names)


def _named(by_name: dict[str, ast.ClassDef], names: Iterable[str]) -> Iterator[ast.ClassDef]:
    for name in names:
        if name in by_name:
            node = by_name.pop(name)  # classes may name each other in a circle
            bases = [base.id for base in node.bases if isinstance(base, ast.Name)]
            yield from _named(by_name, bases)
            yield node


def _methods(tree: ast.Module, names: tuple[str, ...]) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in _classes(tree, names):
        yield from (item for item in node.body if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef))


def _signature(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Signature:
    names = [a.arg for a in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
    return Signature(isinstance(node, ast.AsyncFunctionDef), tuple(names[1:]))


def _is_property(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(isinstance(d, ast.Name) and d.id in ("property", "cached_property") for d in node.decorator_list)


def _defaults(tree: ast.Module, names: tuple[str, ...]) -> Iterator[tuple[str, object]]:
    """Constant defaults of a config: of its fields, and of its constructor's parameters."""
    for node in _classes(tree, names):
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
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "dumps"
    ]
    named_json = all(isinstance(c.func, ast.Attribute) and ast.unparse(c.func.value) == "json" for c in calls)
    return bool(calls) and named_json and not any(k.arg in ("default", "cls", None) for c in calls for k in c.keywords)
