"""The one exception that carries a sentence for people and an exit code."""

from __future__ import annotations

DONE = 0
FAILED = 1
WRONG_USAGE = 2
WOULD_CHANGE = 3
LEFT_TO_A_PERSON = 4
INTERRUPTED = 130


class MigrateError(Exception):
    """Says what happened, where, and what to type next; `cli.py` prints it and nothing else does."""

    def __init__(self, sentence: str, exit_code: int = FAILED) -> None:
        super().__init__(sentence)
        self.exit_code = exit_code


def of_system(error: OSError) -> str:
    """What the machine would not do, as a sentence: the file, where one is known, why, and what to do."""
    what = f"{error.filename}:" if error.filename else "a file or a stream failed:"
    return f"{what} {error.strerror or error}; see to that, then run migrate again"
