"""What a change leaves to a person, gathered once for the terminal and for the commit message."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from msgspec.structs import replace

from codemods.model import Change, Question, Site, Verdict
from migrator.report.visible import one_line


def refusals(change: Change) -> list[str]:
    """`path:line reason` for each refused site that nothing else holds back, with the number it holds."""
    return _lines(change, Verdict.REFUSE)


def suppressions(change: Change) -> list[str]:
    """`path:line reason` for each site that a comment suppresses."""
    return _lines(change, Verdict.SUPPRESSED)


def _lines(change: Change, verdict: Verdict) -> list[str]:
    sites = sorted((site for site in change.sites if site.verdict is verdict), key=_order)
    places = {site.where for site in sites}
    held = Counter(site.held_by for site in sites if site.held_by)
    own = [site for site in sites if site.held_by is None or site.held_by not in places]
    lines = (f"{site.where} {one_line(site.reason)}{_holds(held[site.where])}" for site in own)
    return list(dict.fromkeys(lines))  # one line of code may hold several sites with one reason


def _holds(count: int) -> str:
    return f" ({count} more {'site waits' if count == 1 else 'sites wait'} for it)" if count else ""


def warnings(change: Change) -> list[str]:
    """`path:line warning` for each warning, in the order of the files."""
    sites = sorted(change.sites, key=_order)
    return list(dict.fromkeys(f"{site.where} {one_line(text)}" for site in sites for text in site.warnings))


def unread(change: Change) -> list[str]:
    """`path: cause` for each file that could not be read."""
    return [f"{_place(file.path, file.reason)}" for file in change.files if file.status == "failed"]


def _place(path: str, reason: str) -> str:
    return reason if reason.startswith(path) else f"{path}: {one_line(reason)}"


def merged_questions(changes: Iterable[Change]) -> list[Question]:
    """Each question once, with the sites of all engines that ask it."""
    merged: dict[str, Question] = {}
    for question in (question for change in changes for question in change.questions):
        known = merged.get(question.id)
        sites = dict.fromkeys((*(known.sites if known else ()), *question.sites))
        merged[question.id] = replace(question, sites=tuple(sites))
    return list(merged.values())


def _order(site: Site) -> tuple[str, int, int]:
    return site.path, site.line, site.column
