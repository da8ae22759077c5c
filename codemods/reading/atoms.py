"""What an expression may hold, as far as it matters here: symbols, clients, configs, classes, texts.

The value of an expression is a set of atoms. `UNKNOWN` in it means that it may hold something else as well.
"""

from __future__ import annotations

import ast
from typing import NamedTuple


class Atom(NamedTuple):
    """One thing that an expression may hold."""

    kind: str
    name: str = ""  # a dotted name, a text, a class's or function's qualified name
    path: str = ""
    line: int = 0  # with `column`: where a client or config was made
    column: int = 0
    given: str = ""  # of a pipeline: where its client gave it


UNKNOWN = Atom("unknown")
NOTHING = Atom("none")
Value = frozenset[Atom]
EMPTY: Value = frozenset()
ANYTHING: Value = frozenset({UNKNOWN})

SYMBOL = "symbol"  # a name of a module that is not read here: `redis.asyncio.Redis`
MODULE = "module"  # a module that is read; path
CLASS = "class"  # path, name (qualified)
INSTANCE = "instance"
FUNCTION = "function"
CLIENT = "client"  # name: the wrapper's module, or redis, redis.asyncio, aioredis
CONFIG = "config"  # name: the wrapper's module
PIPELINE = "pipeline"  # path, line, column of its client
PUBSUB = "pubsub"
DUAL = "dual"  # a client of the target
DUAL_RAW = "dual-raw"  # name: the bus
DUAL_PIPELINE = "dual-pipeline"  # name: the bus
LINK = "link"  # a name of another module of the program; path, name
TEXT = "text"  # a literal, or a glob where parts are decided at run time
SETTING = "setting"  # a text that the environment may give
MAPPING = "mapping"  # a dict display; path, line, column
CONTAINER = "container"  # any other display or comprehension, or a generator function; the same
MOCK = "mock"  # what unittest.mock makes, and whatever comes of that
GIVEN = "given"  # a mock that a test gives to a parameter; path, line, column of the argument
SUPER = "super"  # what `super()` gives in a method of this class; path, name

A_MOCK: Value = frozenset({UNKNOWN, Atom(MOCK)})
CARRIED = {CLIENT, CONFIG, DUAL, DUAL_RAW, DUAL_PIPELINE, PIPELINE, PUBSUB}
"""What is followed from where it is made to wherever it may be."""


def inside(box: Atom, index: int | None = None) -> tuple[str, ...]:
    """The cell of what a mapping or container holds, or of what a tuple holds at one position."""
    cell = ("inside", box.path, f"{box.name}@{box.line}:{box.column}")
    return cell if index is None else (*cell, str(index))


def given_at(path: str, node: ast.Call) -> str:
    """How a pipeline that this call gives is told apart from the others of its client."""
    return f"{path}:{node.lineno}:{node.col_offset}:{node.end_lineno}:{node.end_col_offset}"


def of(value: Value, kind: str) -> list[Atom]:
    """The atoms of one kind, in a fixed order."""
    found = [atom for atom in value if atom.kind == kind]
    return sorted(found) if len(found) > 1 else found


def only(value: Value, kind: str) -> Atom | None:
    """The one atom of this kind, if the value is that or None and nothing else."""
    rest = value - {NOTHING}
    if len(rest) == 1:
        (atom,) = rest
        return atom if atom.kind == kind else None
    return None


def texts(value: Value) -> tuple[str, ...] | None:
    """Every text that an expression may hold; None where that is not known."""
    if not value or any(atom.kind != TEXT for atom in value):
        return None
    return tuple(sorted(atom.name for atom in value))
