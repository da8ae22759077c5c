"""Imports that a change leaves without a use in their file, and that stay: each is told to a person."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from codemods.reading.source import Source
from codemods.reading.walking import walk

STAYS = "{path}:{line}: `{name}` is imported here, and nothing in this file uses it any more"


def left_idle(old: Source, new: Source) -> Iterator[str]:
    """A note for each import at the top of a file whose name the old text used, and the new one does not."""
    imported = {_bound(alias): node for node, alias in _imports(old)}
    staying = imported.keys() & {_bound(alias) for _, alias in _imports(new)}
    if not staying:
        return
    used, left = _named(old) & staying, _named(new) | _written(new)
    for name in sorted(used - left, key=lambda name: (imported[name].lineno, name)):
        yield STAYS.format(path=old.path, line=imported[name].lineno, name=name)


def _imports(source: Source) -> Iterator[tuple[ast.Import | ast.ImportFrom, ast.alias]]:
    for node in source.tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from ((node, alias) for alias in node.names)


def _bound(alias: ast.alias) -> str:
    return alias.asname or alias.name.split(".")[0]


def _named(source: Source) -> set[str]:
    return {node.id for node in walk(source.tree) if isinstance(node, ast.Name)}


def _written(source: Source) -> set[str]:
    """The words of its texts: an annotation, `__all__`."""
    texts = (node.value for node in walk(source.tree) if isinstance(node, ast.Constant))
    return {word for text in texts if isinstance(text, str) for word in re.findall(r"\w+", text)}
