"""What a target lacks that rewritten code relies on: each piece in a sentence, with its place and what to do."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeGuard

from codemods.reading.binding import misfit
from codemods.reading.definitions import classes_of
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
    family = family_of(parts, name)
    if not family:
        yield f"{parts[0][0]}:1: the target has no class {name}; define it there, or import it from a module beside it"
        return
    path_of = {node: path for path, tree in parts for node in tree.body}
    client = f"{path_of[family[-1]]}:{family[-1].lineno}"
    offered = {node.name: (path_of[owner], node) for owner in family for node in owner.body if _is_function(node)}
    for method, takes in methods.items():
        if method in offered:
            yield from _unfit(name, takes, *offered[method])
        else:
            signature = ", ".join(["self", *takes])
            yield f"{client}: {name} has no {method}; define `async def {method}({signature})` in it"
    for attribute in attributes:
        if attribute not in set(known):
            yield (
                f"{client}: {name} has no attribute {attribute}; set self.{attribute} to the "
                "redis.asyncio client of that bus"
            )


def family_of(parts: Parts, name: str) -> list[ast.ClassDef]:
    """A class of the target after its bases, wherever in these modules they are; none where there is no such class."""
    nearest_last = ast.Module([node for _, tree in reversed(parts) for node in tree.body], [])
    return list(classes_of(nearest_last, (name,)))


def _unfit(name: str, takes: tuple[str, ...], path: str, node: Function) -> Iterator[str]:
    """What keeps a method of the client from being awaited with these parameters."""
    method = f"{path}:{node.lineno}: {name}.{node.name}"
    given = {each.arg for each in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)}
    missing = ", ".join(each for each in takes if each not in given)
    if not isinstance(node, ast.AsyncFunctionDef):
        yield f"{method} is a plain function, and will be awaited; make it `async def`"
    elif missing:
        yield f"{method} takes no {missing}; give it parameters of these names"


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
