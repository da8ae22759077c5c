"""Wrappers and the target, recognised in their source by what they hold and offer, not by what they are called."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from codemods.reading import dispatch, legacy
from codemods.reading.contract import CLIENT, FACTORY
from codemods.reading.dispatch import HANDLER, TOPIC, last_name
from codemods.reading.scopes import Function
from codemods.reading.source import Source
from codemods.reading.walking import walk
from codemods.settings import BUSES, DEFAULT_METHODS, MARKETDATA

SENDERS = {"xadd", "publish"}
FEEDERS = {"xread", "xreadgroup", "psubscribe", "subscribe", "pubsub"}
CLOSERS = legacy.CLOSERS | {"disconnect"}
CONFIG_ENDS = ("Config", "Settings", "Options")
CONFIG_FIELDS = {*legacy.CONFIG_HOSTS, *legacy.CONFIG_PORTS, *legacy.CONFIG_URLS}
TARGET_METHODS = ("publish_message", "subscribe_to_")


class WrapperShape(Struct, frozen=True):
    """A module with classes that hold a redis client and publish or subscribe through it."""

    path: str
    line: int
    client: tuple[str, ...]
    config: tuple[str, ...] = ()
    message: tuple[str, ...] = ()
    priority: tuple[str, ...] = ()
    methods: tuple[tuple[str, str], ...] = ()  # what methods mean that do not have one of the usual names
    matching: str | None = None  # None: the source does not say plainly
    handler_errors: str | None = None
    subscribes: bool = False
    unclear: tuple[str, ...] = ()  # methods that reach Redis, and whose meaning is not plain


class TargetShape(Struct, frozen=True):
    """A module that offers what engines move to."""

    path: str
    line: int
    lacks: tuple[str, ...]  # of the names that rewritten code uses
    ports: Mapping[str, int]  # by bus, where its source has a number


def find_wrapper(source: Source) -> WrapperShape | None:
    """The wrapper that a file is; None where no class of it is one."""
    reader = _Reader(source.tree)
    classes = [node for node in reader.classes.values() if reader.is_wrapper(node)]
    if not classes or find_target(source) is not None:
        return None
    parts = [_shape(source.path, reader, node) for node in classes]
    whole = parts[0]
    for part in parts[1:]:
        whole = _together(whole, part)
    return whole


def find_target(source: Source) -> TargetShape | None:
    """The dual client that a file is; None where it offers no factory and no client of that shape."""
    classes = [node for node in source.tree.body if isinstance(node, ast.ClassDef) and _is_target(node)]
    named = {node.name: node for node in source.tree.body if isinstance(node, ast.ClassDef | Function)}
    factory = isinstance(named.get(FACTORY), ast.AsyncFunctionDef)
    if not classes:
        return None
    lacks = [CLIENT] if CLIENT not in {node.name for node in classes} else []
    lacks += [] if factory else [FACTORY]
    return TargetShape(source.path, classes[0].lineno, tuple(lacks), dict(_ports(source.tree)))


def _is_target(node: ast.ClassDef) -> bool:
    names = [item.name for item in node.body if isinstance(item, ast.AsyncFunctionDef)]
    return all(any(name.startswith(wanted) for name in names) for wanted in TARGET_METHODS)


def _ports(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """The ports of the buses: constants whose name ends with `port` and says which bus."""
    for node in walk(tree):
        if isinstance(node, ast.AnnAssign | ast.Assign) and isinstance(node.value, ast.Constant):
            name = last_name(node.target if isinstance(node, ast.AnnAssign) else node.targets[0]).lower()
            bus = next((bus for bus in BUSES if bus in name), MARKETDATA if "market" in name else "")
            if bus and name.endswith("port") and type(node.value.value) is int:
                yield bus, node.value.value


def _shape(path: str, reader: _Reader, node: ast.ClassDef) -> WrapperShape:
    methods = reader.methods(node)
    meanings = {name: reader.meaning(name, methods) for name in methods}
    subscribing = frozenset(name for name, meaning in meanings.items() if meaning == "subscribe")
    return WrapperShape(
        path=path,
        line=node.lineno,
        client=(node.name,),
        config=reader.config_of(methods),
        message=reader.message_of(methods, subscribing),
        priority=reader.priority_of([methods[name] for name, meaning in meanings.items() if meaning == "publish"]),
        methods=tuple((name, meaning) for name, meaning in meanings.items() if meaning and name not in DEFAULT_METHODS),
        matching=dispatch.matching(methods, subscribing),
        handler_errors=dispatch.handler_errors(methods),
        subscribes=bool(subscribing),
        unclear=tuple(name for name in methods if reader.is_unclear(name, methods)),
    )


def _together(one: WrapperShape, other: WrapperShape) -> WrapperShape:
    """Two client classes of one module as one table; where they differ, nothing is plain."""
    return replace(
        one,
        client=one.client + other.client,
        config=_union(one.config, other.config),
        message=_union(one.message, other.message),
        priority=_union(one.priority, other.priority),
        methods=tuple(dict([*one.methods, *other.methods]).items()),
        matching=_agreed(one, other, "matching"),
        handler_errors=_agreed(one, other, "handler_errors"),
        subscribes=one.subscribes or other.subscribes,
        unclear=_union(one.unclear, other.unclear),
    )


def _agreed(one: WrapperShape, other: WrapperShape, field: str) -> str | None:
    """What those say that have subscriptions at all."""
    said = {getattr(shape, field) for shape in (one, other) if shape.subscribes}
    return said.pop() if len(said) == 1 else None


def _union(one: Iterable[str], other: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*one, *other]))


class _Reader:
    """Answers about the classes of one module; names are followed within it, never out of it."""

    def __init__(self, tree: ast.Module) -> None:
        self.tree = tree
        self.classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
        self.imported = dict(_imported(tree))
        self.redis_names = {name for name, dotted in self.imported.items() if legacy.flavour(dotted)}
        self.aliases = {
            last_name(node.targets[0]): node.value
            for node in tree.body
            if isinstance(node, ast.Assign) and node.targets
        }

    def is_wrapper(self, node: ast.ClassDef) -> bool:
        """Whether it holds a redis client, and has a method to publish or to subscribe."""
        methods = self.methods(node)
        if not self.redis_names:
            return False
        holds = any(self._is_redis(inner) for each in self._with_bases(node) for inner in walk(each))
        return holds and any(self.meaning(name, methods) in ("publish", "subscribe") for name in methods)

    def methods(self, node: ast.ClassDef) -> dict[str, Function]:
        """The methods of a class, those of its bases in the module included."""
        return {item.name: item for each in self._with_bases(node) for item in each.body if isinstance(item, Function)}

    def meaning(self, name: str, methods: Mapping[str, Function]) -> str | None:
        """What a method means, by its name or by what it takes and calls; None where that is not plain."""
        taken, usual = _parameters(methods[name]), DEFAULT_METHODS.get(name)
        if usual in ("publish", "subscribe"):
            return usual if len(taken) >= 2 or (usual == "subscribe" and taken) else None
        if usual is not None or name.startswith("_"):
            return usual
        calls = _calls(methods[name], methods)
        if len(taken) >= 2 and TOPIC.search(taken[0]):
            if any(HANDLER.search(each) for each in taken[1:]):
                return "subscribe"
            return "publish" if calls & SENDERS else None
        if _is_property(methods[name]):
            return "connected" if name.endswith("connected") else None
        if not taken and (calls & CLOSERS):
            return "stop"
        return "start" if not taken and any(self._is_redis(each) for each in walk(methods[name])) else None

    def is_unclear(self, name: str, methods: Mapping[str, Function]) -> bool:
        """Whether a public method sends or reads messages, and its meaning is not known."""
        reaches = _calls(methods[name], methods) & (SENDERS | FEEDERS)
        return bool(reaches) and not name.startswith("_") and self.meaning(name, methods) is None

    def config_of(self, methods: Mapping[str, Function]) -> tuple[str, ...]:
        """The classes that the constructor takes, with those of the module that derive from them."""
        init = methods.get("__init__")
        arguments = init.args.posonlyargs + init.args.args + init.args.kwonlyargs if init else []
        direct = {name for each in arguments for name in self._named(each.annotation) if not self._is_enum(name)}
        if not direct:
            direct = {name for name, node in self.classes.items() if _is_config(node)}
        return tuple(
            name for name, node in self.classes.items() if direct & {each.name for each in self._with_bases(node)}
        )

    def message_of(self, methods: Mapping[str, Function], subscribing: Iterable[str]) -> tuple[str, ...]:
        """The class that handlers are annotated with, or else called with."""
        for name in subscribing:
            for argument in methods[name].args.args:
                for node in self._expanded(argument.annotation):
                    if isinstance(node, ast.Subscript) and last_name(node.value) == "Callable":
                        taken = node.slice.elts[0] if isinstance(node.slice, ast.Tuple) and node.slice.elts else None
                        if found := self._named(taken):
                            return found
        return self._given(methods)

    def priority_of(self, publishers: Iterable[Function]) -> tuple[str, ...]:
        """The enum that a publish takes its priority from."""
        for method in publishers:
            for argument in (*method.args.args, *method.args.kwonlyargs):
                if "priority" in argument.arg:
                    found = {last_name(node) for node in self._expanded(argument.annotation)}
                    enums = [
                        name for name in (*self.classes, *self.imported) if name in found and self._may_be_enum(name)
                    ]
                    return tuple(enums)
        return ()

    def _given(self, methods: Mapping[str, Function]) -> tuple[str, ...]:
        made = {
            last_name(node.targets[0]): last_name(node.value.func)
            for method in methods.values()
            for node in walk(method)
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)
        }
        given = [each.func if isinstance(each, ast.Call) else each for each in dispatch.handed_over(methods)]
        names = [made.get(last_name(each), last_name(each)) for each in given]
        return tuple(dict.fromkeys(name for name in names if name in self.classes))

    def _with_bases(self, node: ast.ClassDef, seen: frozenset[str] = frozenset()) -> Iterator[ast.ClassDef]:
        """The class after its bases of the module."""
        for base in node.bases:
            name = last_name(base)
            if name in self.classes and name not in {node.name, *seen}:
                yield from self._with_bases(self.classes[name], seen | {node.name})
        yield node

    def _is_redis(self, node: ast.AST) -> bool:
        """Whether an expression names a client's class or factory."""
        if not isinstance(node, ast.Name | ast.Attribute) or _first_name(node) not in self.redis_names:
            return False
        first, _, rest = ast.unparse(node).partition(".")
        dotted = f"{self.imported[first]}.{rest}".rstrip(".")
        return legacy.is_client_class(dotted) or legacy.is_factory(dotted)

    def _expanded(self, annotation: ast.expr | None) -> Iterator[ast.AST]:
        """The nodes of an annotation, its module-level aliases and quotes opened once."""
        for node in walk(annotation) if annotation is not None else ():
            yield node
            if isinstance(node, ast.Name) and node.id in self.aliases:
                yield from walk(self.aliases[node.id])
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isidentifier():
                yield from self._expanded(ast.Name(node.value))

    def _named(self, annotation: ast.expr | None) -> tuple[str, ...]:
        """The classes of the module that an annotation names."""
        found = {last_name(node) for node in self._expanded(annotation)}
        return tuple(name for name in self.classes if name in found)

    def _is_enum(self, name: str) -> bool:
        return any(last_name(base).endswith("Enum") for base in self.classes[name].bases)

    def _may_be_enum(self, name: str) -> bool:
        return name in self.imported or self._is_enum(name)


def _imported(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Each name that an import binds, with the dotted name that it stands for."""
    for node in walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.partition(".")[0]
                yield (alias.asname, alias.name) if alias.asname else (top, top)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield from ((alias.asname or alias.name, f"{node.module}.{alias.name}") for alias in node.names)


def _first_name(node: ast.AST) -> str:
    """The name that a chain of attributes begins with; "" where it begins with something else."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _parameters(method: Function) -> list[str]:
    """What a caller fills: without self, and without what has to be named."""
    return [argument.arg for argument in (*method.args.posonlyargs, *method.args.args)][1:]


def _calls(method: Function, methods: Mapping[str, Function]) -> set[str]:
    """The names of the methods that it calls, on other objects or, one step further, on its own."""
    direct = _called(method)
    return direct.union(*(_called(methods[name]) for name in direct & methods.keys() if name.startswith("_")))


def _called(method: Function) -> set[str]:
    return {
        node.func.attr for node in walk(method) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }


def _is_property(method: Function) -> bool:
    return any(last_name(each) in ("property", "cached_property") for each in method.decorator_list)


def _is_config(node: ast.ClassDef) -> bool:
    fields = {last_name(item.target) for item in node.body if isinstance(item, ast.AnnAssign)}
    return node.name.endswith(CONFIG_ENDS) and bool(fields & CONFIG_FIELDS)
