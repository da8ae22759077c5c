"""Who imports which file, under which name, and so from which folder imports are resolved."""

from __future__ import annotations

import ast
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import takewhile
from posixpath import dirname

from msgspec import Struct, field

from codemods.reading.source import Source
from codemods.reading.walking import walk

NOT_OURS = frozenset({*sys.stdlib_module_names, "redis", "aioredis"})
"""Top-level names that never show an import root, whatever a file of the repository is called."""

SURE, LIKELY = 1000, 500  # votes of one import of a wrapper or the target, and of the place of one that nobody imports


class Import(Struct, frozen=True):
    """One import of a file of the repository."""

    importer: str
    path: str  # what is imported
    written: str  # the module's name as it stands there; "" where the import is relative
    names: frozenset[str]  # what is taken from the module; "*" for all, nothing for the module itself

    @property
    def root(self) -> str | None:
        """The folder that the written name starts from; None where the import does not say."""
        parts = module_parts(self.path)
        return "/".join(parts[: len(parts) - self.written.count(".") - 1]) if self.written else None


class Files(Struct, frozen=True):
    """The Python files of a repository, found by the end of their dotted name."""

    paths: frozenset[str]
    by_last: Mapping[str, list[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, paths: Iterable[str]) -> Files:
        """The files at these paths."""
        known = frozenset(paths)
        by_last: dict[str, list[str]] = defaultdict(list)
        for path in sorted(known):
            by_last[(module_parts(path) or ("",))[-1]].append(path)
        return cls(known, by_last)

    def find(self, dotted: str, importer: str) -> str | None:
        """The file that a dotted name means: of several, the one that has most of its folders with the importer."""
        parts = tuple(dotted.split("."))
        found = [path for path in self.by_last.get(parts[-1], ()) if module_parts(path)[-len(parts) :] == parts]
        return max(found, key=lambda path: _together(path, importer), default=None)


def _together(path: str, other: str) -> int:
    """How many leading folders two paths share."""
    pairs = zip(path.split("/"), other.split("/"), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def module_parts(path: str) -> tuple[str, ...]:
    """The parts of a file's dotted name, from the top of the repository."""
    return tuple(path.removesuffix(".py").removesuffix("/__init__").split("/"))


def imports_of(source: Source, files: Files) -> Iterator[Import]:
    """Every import in a source that means a file of the repository."""
    for node in walk(source.tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _absolute(source.path, alias.name, frozenset(), files)
        elif isinstance(node, ast.ImportFrom):
            names = frozenset(alias.name for alias in node.names)
            if node.level:
                yield from _relative(source.path, node, names, files)
            else:
                yield from _absolute(source.path, node.module or "", names, files)


def import_root(imports: Iterable[Import], certain: Iterable[str], files: Files) -> str:
    """The folder from which most imports are resolved; those of the `certain` files outweigh all others."""
    votes: Counter[str] = Counter()
    weighty, seen = set(certain), set()
    for each in imports:
        if each.root is not None:
            seen.add(each.path)
            is_plain = each.path in weighty and each.root != dirname(
                each.importer
            )  # a neighbour is found from anywhere
            votes[each.root] += SURE if is_plain else 1
    for path in weighty - seen:
        votes[_above_packages(path, files)] += LIKELY
    return min(votes, key=lambda root: (-votes[root], len(root), root), default="")


def module_name(path: str, root: str, imports: Iterable[Import]) -> str:
    """The dotted name of a file below the import root, or the one that others write where they write another."""
    written = Counter(each.written for each in imports if each.path == path and each.written)
    inside = path.removeprefix(f"{root}/") if root else path
    name = ".".join(module_parts(inside))
    return name if not written or name in written else min(written, key=lambda each: (-written[each], each))


def _above_packages(path: str, files: Files) -> str:
    """The first folder above a file that is no package."""
    folder = dirname(path)
    while folder and f"{folder}/__init__.py" in files.paths:
        folder = dirname(folder)
    return folder


def _absolute(importer: str, dotted: str, names: frozenset[str], files: Files) -> Iterator[Import]:
    if dotted.partition(".")[0] in NOT_OURS:
        return
    path = files.find(dotted, importer)
    if path is not None:
        yield Import(importer, path, dotted, names)
    for name in sorted(names):
        inner = files.find(f"{dotted}.{name}", importer)
        if inner is not None:
            yield Import(importer, inner, f"{dotted}.{name}", frozenset())


def _relative(importer: str, node: ast.ImportFrom, names: frozenset[str], files: Files) -> Iterator[Import]:
    package = importer.split("/")[: -node.level]
    base = "/".join([*package, *(node.module.split(".") if node.module else [])])
    whole = [(base, names), *((f"{base}/{name}", frozenset[str]()) for name in sorted(names))]
    for stem, taken in whole:
        path = next((path for path in (f"{stem}.py", f"{stem}/__init__.py") if path in files.paths), None)
        if path is not None:
            yield Import(importer, path, "", taken)
