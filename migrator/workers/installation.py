"""What decides, besides the code, what is found in it: this Python, this tool, and the libraries that it reads with."""

from __future__ import annotations

import sys
from functools import cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from msgspec import Struct

from migrator import __version__

LIBRARIES = ("libcst", "redis")
"""One prints what is rewritten; of the other, the commands that it takes are read."""

PACKAGES = ("codemods", "migrator")


class Installation(Struct, frozen=True):
    """One installation. Two that are equal find the same in the same texts."""

    python: str
    tool: str
    libraries: tuple[str, ...]
    sources: str  # a digest of the tool's own modules: a checkout changes, and its version does not

    def __str__(self) -> str:
        return f"migrate {self.tool} ({self.sources[:8]}) on Python {self.python} with {' and '.join(self.libraries)}"


@cache
def installation() -> Installation:
    """That of this process."""
    python = ".".join(map(str, sys.version_info[:3]))
    return Installation(python, __version__, tuple(map(_library, LIBRARIES)), _digest())


def _library(name: str) -> str:
    try:
        return f"{name} {version(name)}"
    except PackageNotFoundError:
        return f"no {name}"


def _digest() -> str:
    root, found = Path(__file__).parents[2], sha256()
    for path in sorted(path for package in PACKAGES for path in (root / package).rglob("*.py")):
        found.update(f"{path.relative_to(root)}\0".encode() + path.read_bytes() + b"\0")
    return found.hexdigest()
