"""A review in the form that was asked for, and its file."""

from __future__ import annotations

import tempfile
from pathlib import Path

from migrator.errors import WRONG_USAGE, MigrateError
from migrator.review.facts import Review

MARK = '<meta name="generator" content="migrate review">'
"""By this a file is known as a review, which the next one may take the place of."""


def rendered(review: Review, form: str) -> str:
    """The whole text: html, markdown, sarif or github."""
    if form == "html":
        from migrator.review.page import page_of

        return page_of(review)
    if form == "markdown":
        from migrator.review.markdown import markdown_of

        return markdown_of(review)
    from migrator.report.sarif import sarif
    from migrator.review.left import LEVELS, RULES, findings_of, github

    findings = findings_of(review)
    return github(findings) if form == "github" else sarif(findings, RULES, LEVELS)


def write(text: str, name: str, force: bool) -> Path:
    """The file, whole or not at all; MigrateError where something else is there, or it cannot be written."""
    path = Path(name).absolute()
    try:
        if path.exists() and not force and not _is_review(path):
            raise MigrateError(
                f"{name} is there and is no page of a review; name another with --output, or --force", WRONG_USAGE
            )
        with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=f".{path.name}.", encoding="utf-8",
                                         errors="replace", delete=False) as file:  # fmt: skip
            file.write(text)
        Path(file.name).chmod(0o644)
        Path(file.name).replace(path)
    except OSError as error:
        raise MigrateError(
            f"{name} cannot be written ({error.strerror}); name another with --output", WRONG_USAGE
        ) from error
    return path


def _is_review(path: Path) -> bool:
    with path.open("rb") as file:
        return MARK.encode() in file.read(2_000)
