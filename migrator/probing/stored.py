"""Results of probes, kept in the user's cache by the hash of the client's source and the tool's version."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import to_builtins

from migrator import __version__
from migrator.errors import MigrateError
from migrator.user_cache import user_cache

if TYPE_CHECKING:
    from migrator.probing.values import Probed


def folder() -> Path:
    """Where results and logs are; on Linux ~/.cache/migrate/probe. MigrateError where nobody knows where a cache is."""
    return user_cache("probe")


def opened() -> Path:
    """The same, made if need be; MigrateError where nothing can be written there."""
    path = folder()
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            return path
    except OSError as error:
        mend = "put another cache into the environment variable XDG_CACHE_HOME"
        raise MigrateError(f"{path} cannot be written to ({error.strerror}); {mend}") from error


def save(result: Probed) -> None:
    """Keep a result, whole or not at all."""
    path = _path(result.client)
    handle, name = tempfile.mkstemp(dir=opened(), prefix=f"{path.name}.")
    try:
        with os.fdopen(handle, "w") as file:
            json.dump(to_builtins(result), file)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def has_any() -> bool:
    """Whether this version of the tool has stored a result for any client."""
    try:
        return any(folder().glob(f"{__version__}-*.json"))
    except (MigrateError, OSError):  # no such place, or a name that no file system takes
        return False


def load(client: str) -> Probed | None:
    """The stored result for a client of this hash; None where there is none, or it cannot be read."""
    from migrator.probing.values import Probed, Verdict

    try:
        data = json.loads(_path(client).read_text())
        verdicts = tuple(Verdict.of(each["id"], each) for each in data["verdicts"])
        result = Probed(**data | {"verdicts": verdicts, "left": tuple(data["left"])})
        is_known = all(each.probe for each in verdicts)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None
    return result if is_known and result.client == client and result.is_whole else None


def _path(client: str) -> Path:
    return folder() / f"{__version__}-{client[:32]}.json"
