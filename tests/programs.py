"""Tiny programs for tests of the reading side: texts in, a program and readable values out."""

from __future__ import annotations

import ast

from codemods.reading.atoms import Atom
from codemods.reading.flow import Program
from codemods.reading.index import build_index
from codemods.reading.scopes import Module
from codemods.reading.selection import Selection
from codemods.reading.use import Use
from codemods.reading.uses import find_uses
from codemods.settings import Engine, Settings, Wrapper

ENGINE = Engine("portfolio", "PORTFOLIO", ("app",))
WRAPPER = Wrapper("legacy_bus", ("BusClient",), ("BusConfig",), ("Message",))
SETTINGS = Settings(wrappers=(WRAPPER,))

HEAD = "import redis.asyncio as redis\nfrom redis.asyncio import Redis\n"
CLIENT = "client redis.asyncio"
"""What `values` says of a client of redis-py that HEAD's names made."""


def program(texts: dict[str, str] | str, settings: Settings = SETTINGS) -> Program:
    """The program of an engine whose folder is `app`; a single text is `app/main.py`."""
    files = {"app/main.py": texts} if isinstance(texts, str) else texts
    data = {path: text.encode() for path, text in files.items()}
    selection = Selection(ENGINE, data, settings, build_index(data, settings))
    found = selection.program()
    assert found is not None
    assert selection.faults == []
    return found


def shown(program: Program) -> list[tuple[Module, ast.expr]]:
    """What stands between the brackets of each `SHOW(...)`."""
    return [
        (module, node.args[0])
        for module in program.modules.values()
        for node in ast.walk(module.source.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "SHOW"
    ]


def values(texts: dict[str, str] | str) -> list[str]:
    """What the one shown expression may hold, in words."""
    whole = program(texts)
    ((module, node),) = shown(whole)
    return sorted(words(atom) for atom in whole.value(module, node))


def words(atom: Atom) -> str:
    """An atom for people: `client redis.asyncio`, `text a.*`, `instance Engine`, `unknown`."""
    name = atom.name.rsplit("/", 1)[-1].split("@")[0]
    return f"{atom.kind} {name}".strip()


def uses(texts: dict[str, str] | str, settings: Settings = SETTINGS) -> list[str]:
    """Each use as `line kind name`, in the order of the text."""
    return [
        described(use) for use in sorted(find_uses(program(texts, settings)), key=lambda u: (u.path, u.line, u.column))
    ]


def described(use: Use) -> str:
    """A use for people."""
    return f"{use.line} {use.kind} {use.name}".strip()
