"""Which engines failed when they were last run, for `--retry`: one file for each, in the git directory.

A file for each engine, rather than one for all, so that two runs at the same time do not undo each other's notes.
Git alone could tell which branches are missing, and not why: an engine without any bus use has none either.
"""

from __future__ import annotations

import os
from pathlib import Path

from msgspec.structs import replace

from migrator.repo import Repository
from migrator.results import EngineResult

FOLDER = Path("migrate", "failed")
"""Below the git directory that all worktrees share."""


def failed_before(repository: Repository) -> dict[str, str]:
    """Each engine whose last run failed, by name, with the sentences that said why."""
    notes = sorted(note for note in (repository.common_dir / FOLDER).glob("*") if note.suffix == "")
    return {note.name: note.read_text(errors="replace").strip() for note in notes}


def noted(result: EngineResult, repository: Repository) -> EngineResult:
    """The result, once it is noted whether the engine failed; with one more problem where that cannot be noted."""
    note = repository.common_dir / FOLDER / result.engine
    try:
        if result.failed:
            _write(note, "".join(f"{line}\n" for line in _why(result)))
        else:
            note.unlink(missing_ok=True)
    except OSError as error:
        sentence = f"{result.engine}: what became of it cannot be noted in {note} ({error.strerror})"
        mend = 'see to that, and name the engine yourself instead of "--retry"'
        return replace(result, problems=(*result.problems, f"{sentence}; {mend}"))
    return result


def _why(result: EngineResult) -> list[str]:
    return [
        *result.problems,
        *filter(None, [result.unpushed]),
        *(f"{result.engine}: {file.reason}" for file in result.failed_files),
    ]


def _write(note: Path, text: str) -> None:
    """In one step: a run that is killed leaves the old note or the new one."""
    note.parent.mkdir(parents=True, exist_ok=True)
    beside = note.with_name(f"{note.name}.{os.getpid()}")
    beside.write_text(text, errors="backslashreplace")
    beside.replace(note)
