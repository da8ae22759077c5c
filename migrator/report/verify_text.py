"""A verification for people: each check of each engine with its figures, and the causes of what fails."""

from __future__ import annotations

import json
import textwrap
from collections import Counter
from collections.abc import Iterator

from migrator.observing.finding import several
from migrator.report.plain import WIDTH, Paint
from migrator.report.visible import one_line
from migrator.verifying.outcome import FAILED, NOT_TOLD, PASSED
from migrator.verifying.verify import EngineVerdict, Verified

WORDS = {PASSED: ("PASS", "green"), FAILED: ("FAIL", "red"), NOT_TOLD: ("?", "yellow")}
FOLLOWS = {FAILED: "cause", NOT_TOLD: "next"}
"""What the lines below an outcome begin with."""


def verified_text(verified: Verified, paint: Paint) -> str:
    """The whole report, and in its last line how it ended."""
    parts = [[paint(each.engine, "bold"), *engine_lines(each, paint)] for each in verified.engines]
    count = Counter(outcome.state for each in verified.engines for outcome in each.outcomes)
    summary = ", ".join(f"{count[state]} {state}" for state in WORDS if count[state])
    parts.append([f"{several(len(verified.engines), 'engine')}: {summary}."])
    return "\n".join("".join(f"{line}\n" for line in part) for part in parts)


def verified_json(verified: Verified) -> str:
    """The same facts for machines."""
    from msgspec import to_builtins

    return json.dumps(to_builtins(verified) | {"exit_code": verified.exit_code()}, indent=2) + "\n"


def engine_lines(verdict: EngineVerdict, paint: Paint) -> Iterator[str]:
    """A line for each check: how it ended, its id, and what was seen; causes below."""
    width = max(len(outcome.check) for outcome in verdict.outcomes)
    for outcome in verdict.outcomes:
        word, style = WORDS[outcome.state]
        first, *rest = filled(outcome.figures, width + 8)
        yield f"  {paint(word, style)}{' ' * (4 - len(word))}  {outcome.check.ljust(width)}  {first}".rstrip()
        yield from (" " * (width + 10) + line for line in rest)
        for cause in outcome.causes:
            first, *rest = filled(f"{FOLLOWS[outcome.state]}: {cause}", width + 10)
            yield " " * (width + 10) + first
            yield from (" " * (width + 12) + line for line in rest)


def filled(text: str, indent: int) -> list[str]:
    """The text in lines that fit beside the ids; one at least."""
    lines = textwrap.wrap(one_line(text), WIDTH - indent - 2, break_long_words=False, break_on_hyphens=False)
    return lines or [""]
