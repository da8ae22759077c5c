"""One engine's work: scanned, changed and checked, with its failures kept to itself."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Generic, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from codemods.model import Change
from migrator.config import EngineConfig
from migrator.errors import MigrateError
from migrator.ground import Ground, is_below

HOUSE = Path(__file__).parent.parent

T = TypeVar("T")


class Attempt(Struct, Generic[T], frozen=True):
    """What came of a piece of work: its value, or the sentences that say why there is none."""

    value: T | None = None
    problems: tuple[str, ...] = ()
    trace: str = ""  # of the unexpected, whole


def attempt(engine: str, work: Callable[[], T]) -> Attempt[T]:
    """Do the work; an exception in it is this engine's failure, not the run's."""
    try:
        return Attempt(work())
    except MigrateError as error:
        return Attempt(problems=(f"{engine}: {error}",))
    except Exception as error:
        sentence = (
            f"{engine}: internal error at {_place(error)} ({type(error).__name__}: {error}); nothing was written for "
            "it. Please report this with the traceback."
        )
        return Attempt(problems=(sentence,), trace=traceback.format_exc())


def faults_of(change: Change, engine: EngineConfig, ground: Ground) -> tuple[str, ...]:
    """Why this change must not become a branch; empty where it may."""
    return tuple(f"{engine.name}: {fault}" for fault in _faults(change, engine, ground))


def failed_proofs(change: Change) -> tuple[str, ...]:
    """A sentence for each check of the proof that failed, with the clients that stay as they are for it."""
    return tuple(
        f"{change.engine}: the proof failed: {fault}. So {' and '.join(fault.clients)} "
        f"{'stays' if len(fault.clients) == 1 else 'stay'} whole as before. This is a fault of migrate, not of the "
        "code: please report it with the lines below"
        for fault in change.faults
    )


def with_links(change: Change, engine: EngineConfig, ground: Ground) -> Change:
    """The change, with a note for each symbolic link that was not followed."""
    return replace(change, notes=change.notes + ground.links_of(engine))


def _faults(change: Change, engine: EngineConfig, ground: Ground) -> Iterator[str]:
    for name, ledger in change.unbalanced.items():
        of_file = "" if name == change.engine else f" of {name}"
        yield f"internal error: the ledger{of_file} does not add up ({ledger}); nothing was written for it"
    folders = (*engine.paths, *ground.campaign.shared)
    for path, text in change.texts.items():
        if not is_below(path, folders):
            yield f"internal error: {path} would change, and belongs neither to it nor to `shared`"
        elif text == ground.texts.get(path):
            yield f"internal error: {path} is said to change, and does not"


def disagreements(change: Change, done: Mapping[str, tuple[str, bytes]]) -> tuple[str, ...]:
    """A sentence for each shared file that another engine of this run changes otherwise."""
    return tuple(
        f"{change.engine}: {path} would change otherwise than on the branch of {done[path][0]}; migrate both engines "
        "by hand there, or take the file out of `shared`"
        for path, text in change.texts.items()
        if path in done and done[path][1] != text
    )


def _place(error: Exception) -> str:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    file = Path(frame.filename)
    shown = file.relative_to(HOUSE) if file.is_relative_to(HOUSE) else file
    return f"{shown}:{frame.lineno}"
