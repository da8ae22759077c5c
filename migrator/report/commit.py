"""The message of a commit that the tool writes: what a reviewer needs, and trailers to make it again."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from msgspec import Struct

from codemods.model import Change
from migrator import __version__
from migrator.history import ENGINE_TRAILER, FORCED_TRAILER, LEFT_TRAILER
from migrator.report import findings
from migrator.report.visible import one_line

WIDTH = 72


class Origin(Struct, frozen=True):
    """What a commit was made from; it becomes the trailers."""

    config: str  # sha256 of engines.yaml
    base: str  # the full id of the base commit
    content: str  # `content_id` of the new texts
    sign_off: str = ""  # the line that says so, where it was asked for
    forced: tuple[str, ...] = ()  # what the gate of its phase said, where `--force` went on


def commit_message(change: Change, phase: int, destinations: Sequence[str], origin: Origin) -> str:
    """The whole message: subject, body wrapped at 72, trailers."""
    ledger = change.ledger
    paragraphs = [
        f"Move {change.engine} to the dual message bus",
        _wrapped(
            f"Phase {phase}. Sites found: {ledger.found}. Rewritten: {ledger.rewrite}, asked: {ledger.ask}, "
            f"kept: {ledger.keep}, refused: {ledger.refuse}, suppressed: {ledger.suppressed}."
        ),
        _listed("What goes where:", destinations),
        _listed("Left to a person:", [*_asked(change), *findings.refusals(change)]),
        _listed("Suppressed by a comment, or by engines.yaml:", findings.suppressions(change)),
        _listed("Look closely at:", findings.warnings(change)),
        _listed("Not read:", findings.unread(change)),
        _listed("Notes:", change.notes),
        _listed("Left over, and not changed:", change.leftovers),
        _trailers(change, origin),
    ]
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph) + "\n"


def _asked(change: Change) -> list[str]:
    return [f"{', '.join(question.sites)} {one_line(question.text)}" for question in change.questions]


def _listed(title: str, lines: Sequence[str]) -> str:
    items = [_wrapped(one_line(line), first="- ", rest="  ") for line in lines]
    return "\n".join([title, *items]) if items else ""


def _wrapped(text: str, first: str = "", rest: str = "") -> str:
    # A path or a name longer than a line stays whole: it is there to be copied.
    return textwrap.fill(
        text, WIDTH, initial_indent=first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False
    )


def _trailers(change: Change, origin: Origin) -> str:
    ledger = change.ledger
    return "\n".join(
        (
            f"{ENGINE_TRAILER}: {change.engine}",
            f"{LEFT_TRAILER}: {ledger.ask + ledger.refuse + ledger.suppressed}",
            f"Migrate-Version: {__version__}",
            f"Migrate-Config: {origin.config}",
            f"Migrate-Base: {origin.base}",
            f"Migrate-Content: {origin.content}",
            *(f"{FORCED_TRAILER}: {one_line(each)}" for each in origin.forced),
            *filter(None, [origin.sign_off]),
        )
    )
