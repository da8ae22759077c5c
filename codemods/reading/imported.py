"""What files import, read roughly off their bytes: nothing is parsed, and what is odd counts as more, never as less."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Protocol

_KEYWORD = b"import"
_NAME = rb"[\w\x80-\xff]"
_IMPORT = re.compile(rb"(?<!%s)import(?=[\s\\(*])" % _NAME)
_TOKEN = rb"(?!(?:from|import)\b)%s+" % _NAME  # what is imported is never called like a keyword
_TAIL = re.compile(
    rb"[ \t\f\\\r\n]*\((?:(?:%s|[.,*\s\\])+|#[^\r\n]*)*" % _TOKEN  # in brackets, over lines and comments
    + rb"|(?:(?:%s|[.,* \t\f])+|\\(?:\r\n?|\n))*" % _TOKEN
)
_FROM = re.compile(rb".*(?<!%s)from(?=[\s.\\])(.*)" % _NAME, re.DOTALL)  # the last one
_PLAIN = re.compile(rb"[ \t]*from (\.*\w+(?:\.\w+)*) import (\w+)\r?")  # most lines: so it takes a third of the time
_RUN = re.compile(rb"(?:(?:from \.*\w[\w.]{0,200}+ )?+import \w[\w.]{0,200}+(?: as \w++|, \w++)*+\r?\n++)++")
"""Plain lines after each other, as most files have them: taken together, they take 40 % of the time.

No part of one can end earlier and let the rest match: so nothing is kept to go back to, which saves a quarter.
"""
_COMMENT = re.compile(rb"#[^\r\n]*")
_SPACED_DOT = re.compile(rb"[\s\\]*\.[\s\\]*")
_DOTTED = re.compile(rb"(?:%s|\.)+" % _NAME)
_WORD = re.compile(rb"%s+" % _NAME)
_JOINED = re.compile(rb"\\\r?\n\Z")  # a line that goes on in the next

_LONGEST = 1000  # bytes of a line that are looked at before the keyword: some files are one line of megabytes
_WAITING = 2048  # different lines that wait to be read: about half a megabyte
_FOREIGN = 4096  # lines that import nothing of ours, and are known to: about half a megabyte


class Importers(Protocol):
    """Who imports what, as far as it is asked for."""

    def of(self, name: str) -> Sequence[str]:
        """The files that import a module, or something from it; `name` is dotted, from the import root."""
        ...

    def with_part(self, part: str) -> set[str]:
        """The files with an import in whose name this is a part between dots."""
        ...


class Imports:
    """Who imports what, by dotted name. Lines wait until somebody asks, since where nobody borrows, nobody does."""

    def __init__(self, paths: Collection[str], source_root: str) -> None:
        self._parts = _parts(paths)
        self._source_root = source_root
        self._waiting: dict[bytes, list[str]] = defaultdict(list)  # lines with the keyword -> the files with them
        self._foreign = {b""}  # lines that import nothing of ours: most of all, and the same few in every file
        self._importers: dict[str, str | list[str]] = {}  # by dotted name

    def add(self, path: str, data: bytes) -> None:
        """Note what a file imports."""
        for lines in import_lines(data):
            self.add_lines(path, lines)

    def add_lines(self, path: str, found: Sequence[bytes]) -> None:
        """The same of lines of a file that `import_lines` found in it."""
        for line in [line for line in found if line not in self._foreign]:
            self._waiting[line].append(path)
        if len(self._waiting) > _WAITING:
            self._read()

    def of(self, name: str) -> Sequence[str]:
        """The files that import a module, or something from it; `name` is dotted, from the import root."""
        self._read()
        return self._known(name)

    def with_part(self, part: str) -> set[str]:
        """The files with an import in whose name this is a part between dots."""
        self._read()
        found = [name for name in self._importers if part in name]
        return {path for name in found if part in name.split(".") for path in self._known(name)}

    def _known(self, name: str) -> list[str]:
        found = self._importers.get(name, [])
        return [found] if isinstance(found, str) else found

    def _read(self) -> None:
        for lines, paths in self._waiting.items():
            plain = _PLAIN.fullmatch(lines)
            names = _plain(self._parts, *plain.groups()) if plain is not None else [*_names(self._parts, lines)]
            if not names and len(self._foreign) < _FOREIGN:
                self._foreign.add(lines)
            for written in names:
                if written.startswith("."):
                    for path in paths:
                        self._note(_absolute(written, path, self._source_root), [path])
                else:
                    self._note(written, paths)
        self._waiting.clear()

    def _note(self, name: str, paths: list[str]) -> None:
        known = self._importers.get(name)
        if known is None:  # most modules have one importer, or two: a list would be as large again
            self._importers[name] = paths[0] if len(paths) == 1 else paths.copy()
        elif isinstance(known, str):
            self._importers[name] = [known, *paths]
        else:
            known += paths


def dotted(path: str, source_root: str) -> str:
    """The dotted name of a file, from the import root where it is below that."""
    inside = path.removeprefix(f"{source_root}/") if source_root else path
    return inside.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _parts(paths: Iterable[str]) -> frozenset[str]:
    """The names of all folders and modules: an import without any of them is none of ours."""
    folders, parts = set(), set()
    for path in paths:
        folder, _, name = path.rpartition("/")
        folders.add(folder)
        parts.add(name.removesuffix(".py"))
    return frozenset(parts.union(*(folder.split("/") for folder in folders)) - {""})


def import_lines(data: bytes) -> Iterator[Sequence[bytes]]:
    """The lines with the keyword, those of one statement together. C looks for them: most lines are none.

    Plain lines that follow each other come at once, with empty ones among them.
    """
    last, at = 0, data.find(_KEYWORD)
    while at >= 0:
        if _IMPORT.match(data, at) is None:
            at = data.find(_KEYWORD, at + len(_KEYWORD))
            continue
        least = max(at - _LONGEST, last)
        start = data.rfind(b"\n", least, at) + 1 or least
        run = _RUN.match(data, start) if b"\\" not in data[max(start - 3, 0) : start] else None
        if run is not None:
            last = run.end()
            yield run[0].split(b"\n")
        else:
            start, last = _whole(data, least, start, at)
            yield (data[start:last],)
        at = data.find(_KEYWORD, last)


def _whole(data: bytes, least: int, start: int, at: int) -> tuple[int, int]:
    """Where a line with the keyword begins and ends, or a statement that brackets or backslashes spread over more."""
    end = data.find(b"\n", at)
    end = end if end >= 0 else len(data)
    lines = data[max(start - 3, 0) : end]
    if b"(" not in lines and b"\\" not in lines:
        return start, end
    while _JOINED.search(data, least, start):
        start = data.rfind(b"\n", least, start - 1) + 1 or least
    tail = _TAIL.match(data, at + len(_KEYWORD))
    return start, max(end, tail.end() if tail else end)


def _plain(parts: frozenset[str], base: bytes, word: bytes) -> tuple[str, ...]:
    """The names that a line imports which takes one name from a module: as `_names` would, in half the time."""
    stem, last = base.decode(), word.decode()
    if last in parts:
        return stem, f"{stem}{last}" if stem.endswith(".") else f"{stem}.{last}"
    return (stem,) if stem.startswith(".") or not parts.isdisjoint(stem.split(".")) else ()


def _names(parts: frozenset[str], lines: bytes) -> Iterator[str]:
    """The names that these lines import, of those that may be ours, as written: `.bus` and `.bus.get_bus`."""
    last = 0
    for found in _IMPORT.finditer(lines):
        tail = _TAIL.match(lines, found.end())
        yield from _imports(parts, lines[max(found.start() - _LONGEST, last) : found.start()], tail[0] if tail else b"")
        last = found.end()


def _imports(parts: frozenset[str], head: bytes, tail: bytes) -> Iterator[str]:
    """The names in one import; what is odd counts as a plain import of every name in it."""
    tail = _SPACED_DOT.sub(b".", _COMMENT.sub(b"", tail))
    base = _base(head)
    if base is None:
        yield from (name for name in map(_text, _DOTTED.findall(tail)) if not parts.isdisjoint(name.split(".")))
        return
    yield from _from(parts, base, map(_text, _WORD.findall(tail)))


def _from(parts: frozenset[str], base: str, words: Iterable[str]) -> Iterator[str]:
    """What is imported from a module or package, itself and what may be its submodules."""
    prefix = base if base.endswith(".") else f"{base}."
    inner = [f"{prefix}{word}" for word in words if word in parts]
    if inner or base.startswith(".") or not parts.isdisjoint(base.split(".")):
        yield from (base, *inner)


def _base(head: bytes) -> str | None:
    """What stands between `from` and `import`; None where that is no dotted name."""
    found = _FROM.match(head)
    stem = _SPACED_DOT.sub(b".", found[1]).strip(b" \t\f\\\r\n") if found else b""
    return _text(stem) if _DOTTED.fullmatch(stem) else None


def _text(name: bytes) -> str:
    return name.decode(errors="replace")


def _absolute(name: str, path: str, root: str) -> str:
    """The name from the import root of what a file at this path imports as `..name`."""
    package = dotted(path, root).split(".")
    inner = name.lstrip(".")
    level = len(name) - len(inner) - path.endswith("/__init__.py")
    above = package[: max(len(package) - level, 0)]
    return ".".join([*above, inner] if inner else above)
