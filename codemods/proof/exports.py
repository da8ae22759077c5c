"""One more check of the proof, over files: what others take from a file that changes is still there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

from codemods.model import Fault
from codemods.reading.flow import absolute_module
from codemods.reading.imported import dotted
from codemods.reading.index import Index
from codemods.reading.outline import reading
from codemods.reading.patched import PATCHING
from codemods.reading.scopes import Module, dotted_name, last_name
from codemods.reading.source import Source, UnreadableError, read_source
from codemods.settings import Engine

PATCHES = re.compile(rf"\b(?:{'|'.join(sorted(PATCHING))})\b(?:[\s\\)]|#[^\n]*\n)*\(".encode())


def prove_exports(
    before: Module, after: Module, texts: Mapping[str, bytes], known: Mapping[str, Source], index: Index, engine: Engine
) -> Fault | None:
    """The first place that takes a name from this file which it no longer binds; None where none does.

    `after` is the file with the change, `texts` are all texts with all changes, and `known` those of them that were
    parsed; the index may be that of before. What is taken is imported, or named in a text by which a test patches it.
    """
    path = before.path
    lost = set(before.root.names) - set(after.root.names)
    for other, names in _others(path, index, engine) if lost else ():
        data = texts.get(other, b"")
        if any(name.encode() in data for name in lost) and _may_reach(data, path):
            source = known.get(other) or _parsed(other, data)
            for line, name in _takes(source, index.source_root, names, lost) if source is not None else ():
                return Fault("exports", other, line, f"`{name}` is taken from {path}, where it is gone")
    return None


def _others(path: str, index: Index, engine: Engine) -> Iterator[tuple[str, set[str]]]:
    """The files that may take from this one, with its dotted names there: an engine may be started in its own folder.

    Those that import it, and those that name what is legacy, and so may patch it.
    """
    everywhere = {dotted(path, index.source_root)}
    inside = everywhere | {dotted(path, own) for own in engine.paths}
    for other in sorted({each for name in inside for each in index.imports.of(name)} | index.named - {path}):
        if other != path:
            yield other, inside if engine.owns(other) else everywhere


def _may_reach(data: bytes, path: str) -> bool:
    """Whether a file may import this module, or patch it: what does either without the module's name counts as both.

    A package is imported by `from . import x`, a patch may put its text together, and Python takes some characters
    outside of ASCII for letters.
    """
    stem = path.rpartition("/")[2].removesuffix(".py")
    is_named = stem == "__init__" or stem.encode(errors="surrogateescape") in data or not data.isascii()
    return is_named or PATCHES.search(data) is not None


def _parsed(path: str, data: bytes) -> Source | None:
    """The file as a source; None where it cannot be read: it took nothing before either."""
    try:
        return read_source(path, data)
    except UnreadableError:
        return None


def _takes(source: Source, source_root: str, names: set[str], lost: set[str]) -> Iterator[tuple[int, str]]:
    """The lines of a file that take a lost name from the module that has these names."""
    with reading(source, dotted(source.path, source_root)) as module:
        yield from _taken(module, names, lost)


def _taken(module: Module, names: set[str], lost: set[str]) -> Iterator[tuple[int, str]]:
    for word in ("import", *sorted(lost | PATCHING)):
        module.read_word(word)
    held: set[str] = set()  # how the file calls the module
    starred = False
    for statement in module.imports:
        base = absolute_module(module, statement) if isinstance(statement, ast.ImportFrom) else ""
        for alias in statement.names:
            if (f"{base}.{alias.name}" if base else alias.name) in names:
                held.add(alias.asname or alias.name)
            elif base in names and alias.name in lost:
                yield statement.lineno, alias.name
            starred = starred or (base in names and alias.name == "*")
    for node, scope in list(module.scope_of.items()):  # of what was read
        if isinstance(node, ast.Attribute) and node.attr in lost and dotted_name(node.value) in held:
            yield node.lineno, node.attr
        elif isinstance(node, ast.Constant) and (name := _patched(module, node, names, held)) in lost:
            yield node.lineno, name
        elif starred and isinstance(node, ast.Name) and node.id in lost and scope.find(node.id) is None:
            yield node.lineno, node.id


def _patched(module: Module, node: ast.Constant, names: set[str], held: set[str]) -> str:
    """The name in the module by which a test patches something there; empty for any other text."""
    call = module.parent.get(node)
    if not isinstance(node.value, str) or not isinstance(call, ast.Call) or last_name(call.func) not in PATCHING:
        return ""
    if any(dotted_name(other) in held for other in call.args):
        return node.value.split(".")[0]
    return next((node.value[len(name) + 1 :].split(".")[0] for name in names if node.value.startswith(f"{name}.")), "")
