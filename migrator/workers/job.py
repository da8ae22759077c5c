"""One piece of work that can be done anywhere: an engine looked at, or changed."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from migrator.attempt import Attempt, attempt
from migrator.looking import Look, change_of, scan_of

if TYPE_CHECKING:
    from codemods.model import Change
    from codemods.work import Judged
    from migrator.remembered.noted import Questions

Modes = Mapping[str, str]
"""How each raw stream moves, by its name."""


class Found(Struct, frozen=True):
    """What a look found, and what that follows from."""

    judged: Judged
    questions: Questions | None = None  # of a look at an engine that is not to be changed: it may be remembered
    change: Attempt[Change] | None = None  # of one that is, for the case that every stream is routed


class Job(Struct, frozen=True):
    """An engine to be looked at, or to be changed where it is said how its streams move.

    A look at an engine that is to be changed changes it at once, while its trees are there: mostly, no stream becomes
    messages, and the change is final.
    """

    look: Look
    modes: Modes | None = None
    is_to_change: bool = False

    def outcome(self) -> Attempt[Any]:
        """What comes of it, done in this process: a `Found`, or a `Change`. A failure is the engine's own."""
        if self.modes is not None:
            return attempt(self.look.engine.name, partial(_changed, self.look, self.modes))
        return attempt(self.look.engine.name, partial(_found_and_changed if self.is_to_change else _found, self.look))


def _found(look: Look) -> Found:
    from migrator.remembered.scans import noted_scan

    _, judged, questions = noted_scan(look)
    return Found(judged, questions)


def _found_and_changed(look: Look) -> Found:
    change, judged = change_of(scan_of(look, True))
    return Found(judged, change=change)


def _changed(look: Look, modes: Modes) -> Change:
    from codemods.changing import change_engine

    return change_engine(scan_of(look, True), modes)
