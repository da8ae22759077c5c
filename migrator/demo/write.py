"""The sample platform as a git repository with a history: what `migrate demo --write` leaves."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from msgspec import Struct

from migrator.demo.git import git
from migrator.errors import WRONG_USAGE, MigrateError

CONFIGURATION = "engines.yaml"
IGNORED = ("__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache")


class Step(Struct, frozen=True):
    """One commit of the history, and the files that came with it."""

    subject: str
    date: str
    patterns: tuple[str, ...]


HISTORY = (
    Step("Add the engines and their message bus client", "2024-03-04T09:00:00+00:00", ("*",)),
    Step("Add the dual message bus client", "2025-01-13T10:30:00+00:00", ("backend/dual_messagebus_client.py",)),
    Step(
        "Run six engines on the dual message bus",
        "2025-02-03T16:45:00+00:00",
        tuple(
            f"backend/engines/{name}/*"
            for name in ("analytics", "backtesting", "marketdata", "risk", "toraniko", "vpin")
        ),
    ),
    Step("Plan the migration of the other seven", "2025-02-10T11:15:00+00:00", (CONFIGURATION,)),
)
"""Oldest first. A file comes with the last step that names it."""


def write_platform(folder: Path) -> None:
    """Write the sample platform there, as a repository on branch main with a clean working tree.

    Two repositories written by the same version of the tool have the same commits.
    """
    refuse_used_folder(folder)
    folder.mkdir(parents=True, exist_ok=True)
    git(folder, "init", "--quiet", "--initial-branch=main", "--template=", "--object-format=sha1")
    contents = read_platform()
    for step in HISTORY:
        for path in sorted(path for path in contents if step_of(path) is step):
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(contents[path])
            target.chmod(0o644)
        git(folder, "add", "--all")
        git(folder, "commit", "--quiet", "--allow-empty", f"--message={step.subject}", date=step.date)


def refuse_used_folder(folder: Path) -> None:
    """Raise where the folder is a file, or holds anything: nothing of anyone's is overwritten."""
    if folder.exists() and not folder.is_dir():
        raise MigrateError(f"{folder} is a file; name a folder that is empty or not there yet", WRONG_USAGE)
    if folder.is_dir() and any(folder.iterdir()):
        raise MigrateError(f"{folder} is not empty; name a folder that is empty or not there yet", WRONG_USAGE)


def step_of(path: str) -> Step:
    """The step of the history with which this file came."""
    return next(step for step in reversed(HISTORY) if any(fnmatchcase(path, pattern) for pattern in step.patterns))


def read_platform(root: Traversable | None = None) -> dict[str, bytes]:
    """Each file of the sample platform, by its path in the repository."""
    found = dict(walk(root or files("migrator.demo") / "platform", ""))
    if CONFIGURATION not in found:
        # In a checkout of the project the file stands at its root, for everyone to start from; a wheel carries a copy.
        found[CONFIGURATION] = (Path(__file__).parents[2] / CONFIGURATION).read_bytes()
    return dict(sorted(found.items()))


def walk(folder: Traversable, prefix: str) -> Iterator[tuple[str, bytes]]:
    """The files below a folder of the package, without what Python and the linters leave there."""
    for entry in folder.iterdir():
        if entry.name in IGNORED:
            continue
        if entry.is_dir():
            yield from walk(entry, f"{prefix}{entry.name}/")
        elif not entry.name.endswith(".pyc"):
            yield prefix + entry.name, entry.read_bytes()
