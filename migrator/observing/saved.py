"""An observation as JSON: what `--json` prints, `--save` writes, and `migrate verify --before` reads again."""

from __future__ import annotations

import json
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from migrator import __version__
from migrator.errors import WRONG_USAGE, MigrateError
from migrator.observing.observe import Observed

FORMAT = 1
LARGEST = 200_000_000  # bytes


def as_json(observed: Observed) -> str:
    """The observation as one JSON object."""
    import msgspec

    facts: dict[str, Any] = msgspec.to_builtins(observed)
    return json.dumps({"format": FORMAT, "version": __version__, **facts}, indent=1) + "\n"


def save(observed: Observed, path: Path) -> None:
    """Write the observation to a file, whole or not at all."""
    text = as_json(observed)
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise MigrateError(f"{path}: {error.strerror}; name a file that can be written", WRONG_USAGE) from None
    try:
        with os.fdopen(handle, "w") as file:
            file.write(text)
        Path(name).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise


def load(path: Path) -> Observed:
    """What was saved; MigrateError where the file is none, or of another version of its format."""
    import msgspec

    mend = f"type: migrate observe --save {path}"
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST)
        facts = json.loads(raw)
        if facts.pop("format") != FORMAT:
            raise MigrateError(f"{path} is of another format than this migrate reads; {mend}", WRONG_USAGE)
        facts.pop("version", None)
        return msgspec.convert(facts, Observed)
    except OSError as error:
        raise MigrateError(f"{path}: {error.strerror}; {mend}", WRONG_USAGE) from None
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError, msgspec.ValidationError):
        raise MigrateError(f"{path} is no observation; {mend}", WRONG_USAGE) from None
