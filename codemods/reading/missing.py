"""What a target lacks that rewritten code relies on: each piece in a sentence, with its place and what to do."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeGuard

from codemods.reading.binding import misfit
from codemods.reading.interface import with_self

Function = ast.FunctionDef | ast.AsyncFunctionDef
Parts = list[tuple[str, ast.Module]]
"""The target's module and those of the repository that it takes names from, each after its path."""
ONE = ast.Call(ast.Name("f", ast.Load()), [ast.Name("engine_type", ast.Load())], [])


def absent(wanted: str) -> str:
    """The fault of a target of which there is no file."""
    return f"{wanted}:1: the target module is not there; name the client's module as target.module in engines.yaml"


def lacks_factory(parts: Parts, name: str) -> Iterator[str]:
    """What keeps `await name(engine_type)` from giving a client."""
    found = [(path, node) for path, tree in parts for node in tree.body if _is_function(node) and node.name == name]
    if not found:
        yield (
            f"{parts[0][0]}:1: the target offers no {name}; define `async def {name}(engine_type)` in it, or name "
            "the client's module as target.module in engines.yaml"
        )
        return
    path, node = found[0]
    wrong = misfit(ONE, with_self(node.args))
    if not isinstance(node, ast.AsyncFunctionDef):
        yield f"{path}:{node.lineno}: {name} is a plain function, and will be awaited; make it `async def`"
    elif wrong is not None:
        yield f"{path}:{node.lineno}: {name} {wrong}; let it take one argument, the engine's type"


def lacks_client(
    parts: Parts, name: str, methods: Mapping[str, tuple[str, ...]], attributes: Iterable[str], known: Iterable[str]
) -> Iterator[str]:
    """What the client's class has not of the coroutines with these parameters, and of these attributes.

    `known` are the attributes that its source sets or declares.
    """
    found = [(path, node) for path, tree in parts for node in tree.body if _is_class(node) and node.name == name]
    if not found:
        yield f"{parts[0][0]}:1: the target has no class {name}; define it there, or import it from a module beside it"
        return
    path, client = found[0]
    own = {node.name: node for node in client.body if _is_function(node)}
    for method, takes in methods.items():
        yield from _lacks_method(f"{path}:", name, client, method, takes, own.get(method))
    for attribute in attributes:
        if attribute not in set(known):
            yield (
                f"{path}:{client.lineno}: {name} has no attribute {attribute}; set self.{attribute} to the "
                "redis.asyncio client of that bus"
            )


def _lacks_method(
    path: str, name: str, client: ast.ClassDef, method: str, takes: tuple[str, ...], node: Function | None
) -> Iterator[str]:
    if node is None:
        signature = ", ".join(["self", *takes])
        yield f"{path}{client.lineno}: {name} has no {method}; define `async def {method}({signature})` in it"
    elif not isinstance(node, ast.AsyncFunctionDef):
        yield f"{path}{node.lineno}: {name}.{method} is a plain function, and will be awaited; make it `async def`"
    else:
        given = {each.arg for each in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)}
        missing = ", ".join(each for each in takes if each not in given)
        if missing:
            yield f"{path}{node.lineno}: {name}.{method} takes no {missing}; give it parameters of these names"


def lacks_enums(parts: Parts, members: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """Which enums have no members that can be read."""
    for name, found in members.items():
        if not found:
            yield (
                f"{parts[0][0]}:1: the target offers no enum {name}; define it there, or import it from a module of "
                "the repository"
            )


def lacks_buses(parts: Parts) -> str:
    """The fault of a target of which nothing says on which bus a message type is."""
    return (
        f"{parts[0][0]}:1: the target does not say which message type goes to which bus; give it a dict from each "
        "MessageType to MessageBusType.MARKETDATA_BUS or ENGINE_LOGIC_BUS"
    )


def _is_function(node: ast.AST) -> TypeGuard[Function]:
    return isinstance(node, Function)


def _is_class(node: ast.AST) -> TypeGuard[ast.ClassDef]:
    return isinstance(node, ast.ClassDef)
