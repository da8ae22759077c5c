"""A review as Markdown, for the description of a pull request: the facts without the code."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from migrator.review.code import said
from migrator.review.facts import Review, ReviewedEngine

MARKUP = re.compile(r"[\\`*\[\]<>|#~&]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
"""What would be markup; an underscore is only at the end of a word."""

VERDICTS = ("rewrite", "ask", "keep", "refuse", "suppressed")


def markdown_of(review: Review) -> str:
    """The whole text."""
    return "\n".join(_lines(review)) + "\n"


def _lines(review: Review) -> Iterator[str]:
    yield f"# Review of {plain(review.title)}"
    yield ""
    yield f"Base `{review.base[:12]}`, engines.yaml `{review.config[:12]}`."
    yield ""
    heading = ["engine", "phase", "status", *VERDICTS, "questions", "files", "look"]
    yield _row(heading)
    yield _row(["---"] * len(heading))
    for engine in review.engines:
        ledger, result = engine.result.change.ledger, engine.result
        counts = [str(getattr(ledger, name)) for name in VERDICTS]
        numbers = [*counts, str(len(engine.questions)), str(len(result.change.texts))]
        yield _row([engine.name, str(result.phase), result.status.value, *numbers, engine.closest])
    yield from _listed("The branch changes other files too, which are not shown here", review.beside)
    for engine in review.engines:
        yield from _engine(engine)
    for name, figures in review.live.items():
        yield from ("", f"## Live figures of {plain(name)}", "", _row(["figure", "value"]), _row(["---", "---"]))
        yield from (_row([where, value]) for where, value in figures)


def _engine(engine: ReviewedEngine) -> Iterator[str]:
    yield ""
    yield f"## {plain(engine.name)}"
    yield from _listed("", engine.result.problems)
    yield from _listed("Where the branch is not what a run makes", engine.apart)
    yield from _listed("What goes where", engine.ways)
    yield from _listed("What is left, and why", engine.left)
    yield from _listed("Warnings", engine.warnings)
    for question in engine.questions:
        yield from ("", f"**Question** `{said(question.id)}`: {plain(question.text)}", "", "```yaml")
        yield from (said(line) for line in question.suggestion.strip("\n").split("\n"))
        yield "```"
    yield from _listed("Notes", engine.result.change.notes)
    yield from _listed("Left over, and not changed", engine.result.change.leftovers)


def _listed(title: str, lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield from ("", *([f"### {title}", ""] if title else []), *(f"- {plain(line)}" for line in lines))


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(plain(cell) for cell in cells)} |"


def plain(text: str) -> str:
    """A text that Markdown shows as it is: no markup, no HTML, no mention of a person, no line end."""
    one_line = " ".join(said(text.replace("\n", " ")).split())
    return MARKUP.sub(r"\\\g<0>", one_line).replace("@", "@\u200b")
