"""The user's cache, where results of scans and probes are kept: never below the folder that a command is typed in."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from migrator.errors import FAILED, MigrateError


def user_cache(name: str) -> Path:
    """The folder of this name there, made or not; on Linux ~/.cache/migrate/NAME. MigrateError where none is known."""
    from platformdirs import user_cache_path

    with suppress(RuntimeError):  # what newer releases raise where there is no home
        path = user_cache_path("migrate", appauthor=False) / name
        if path.is_absolute():  # older ones take whatever HOME and XDG_CACHE_HOME say
            return path
    raise MigrateError("nobody knows where your cache is; set HOME to the full path of a folder of yours", FAILED)
