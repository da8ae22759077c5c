"""What made a record: this tool as it stands, Python, and the library that commands are read from."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

from migrator import __version__

HOUSE = Path(__file__).parent.parent.parent
ROOMS = ("codemods", "migrator")
LIBRARY = "redis"  # a scan reads the commands of a client from its source


@cache
def maker() -> str:
    """A digest of all that decides what comes of the same code, apart from what it is asked.

    Sources count by size and time: whoever changes one has nothing of what it made before.
    """
    about = [__version__, sys.version, sys.implementation.name]
    folders = [*(HOUSE / room for room in ROOMS), *_library()]
    about += sorted(line for folder in folders for line in _sources(str(folder)))
    return sha256("\n".join(about).encode(errors="surrogateescape")).hexdigest()


def _library() -> list[Path]:
    try:
        spec = find_spec(LIBRARY)
    except ValueError:  # something else goes by that name in this process
        return []
    return [Path(folder) for folder in (spec.submodule_search_locations or ())] if spec is not None else []


def _sources(folder: str) -> Iterator[str]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                yield from _sources(entry.path)
            elif entry.name.endswith(".py"):
                about = entry.stat()
                yield f"{entry.path} {about.st_size} {about.st_mtime_ns}"
