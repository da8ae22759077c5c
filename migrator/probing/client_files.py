"""The client's file and the modules of the project that it imports, as they are in the base commit."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from codemods.reading.contract import module_path
from codemods.reading.source import UnreadableError, read_source

if TYPE_CHECKING:
    from migrator.ground import Ground


class ClientFiles(Struct, frozen=True):
    """The files that the client needs, by their path below the import root."""

    module: str
    texts: Mapping[str, bytes]

    @property
    def hash(self) -> str:
        """The sha256 of names and bytes: another client has another one."""
        found = hashlib.sha256(self.module.encode())
        for path, text in sorted(self.texts.items()):
            found.update(b"\0%b\0%d\0" % (path.encode("utf-8", "surrogateescape"), len(text)))
            found.update(text)
        return found.hexdigest()

    def write(self, folder: Path) -> None:
        """Put them into a folder, which then is an import root."""
        for path, text in self.texts.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(text)


def client_of(ground: Ground) -> ClientFiles:
    """The target client's files at the base."""
    settings = ground.campaign.settings
    return client_files(settings.target.module, ground.texts, settings.source_root)


def client_files(module: str, texts: Mapping[str, bytes], source_root: str) -> ClientFiles:
    """The files of a module; what they import from elsewhere must be installed."""
    found: dict[str, bytes] = {}
    pending = [module]
    seen: set[str] = set()
    while pending:
        name = pending.pop()
        if name in seen:
            continue
        seen.add(name)
        for path in _paths_of(name, texts, source_root):
            if path not in found:
                found[path] = texts[path]
                pending.extend(_imported(path, texts[path], _package_of(path, source_root)))
    prefix = f"{source_root}/" if source_root else ""
    return ClientFiles(module, {path.removeprefix(prefix): text for path, text in sorted(found.items())})


def _paths_of(name: str, texts: Mapping[str, bytes], source_root: str) -> Iterator[str]:
    """The files of a module and of the packages around it, as far as the project has them."""
    parts = name.split(".")
    for depth in range(1, len(parts) + 1):
        path = module_path(".".join(parts[:depth]), texts, source_root)
        if path is not None:
            yield path


def _package_of(path: str, source_root: str) -> list[str]:
    below = path.removeprefix(f"{source_root}/") if source_root else path
    return below.split("/")[:-1]


def _imported(path: str, text: bytes, package: list[str]) -> Iterable[str]:
    """The dotted names that a file imports; a name that is taken from a package may be a module of it."""
    try:
        tree = read_source(path, text).tree
    except UnreadableError:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield base
            yield from (f"{base}.{alias.name}" if base else alias.name for alias in node.names)
