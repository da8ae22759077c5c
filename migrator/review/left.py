"""What is left to a person, one finding for each place, in the forms that a code host shows beside a change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from codemods.checking.rules import Finding, Rule
from codemods.model import Site, Verdict
from migrator.review.facts import Review

RULES = {
    rule.id: rule
    for rule in (
        Rule(
            "asked",
            "a legacy use that waits for an answer",
            "It stays on the legacy server, with its whole client.",
            "Answer the question in engines.yaml, and run migrate again.",
        ),
        Rule(
            "refused",
            "a legacy use whose rewrite could not be proved right",
            "It stays on the legacy server, with its whole client.",
            "Move it by hand, or say in engines.yaml that it stays.",
        ),
        Rule(
            "broken",
            "code that could never have worked",
            "It raises when it runs, or it never ran.",
            "Mend it, or remove it.",
        ),
        Rule(
            "activates",
            "code that runs for the first time once this is merged",
            "What was swallowed or never reached before happens now.",
            "Read it as new code.",
        ),
    )
}
"""What can be left, as the table that SARIF wants."""

LEVELS = {"asked": "warning", "refused": "note", "broken": "error", "activates": "warning"}
"""How loudly each is told."""

BY_VERDICT = {Verdict.ASK: "asked", Verdict.REFUSE: "refused"}


def findings_of(review: Review) -> list[Finding]:
    """Each place once, sorted; a site that another holds back is told with that one."""
    return sorted({found for engine in review.engines for found in _of(engine.result.change.sites)})


def _of(sites: Iterable[Site]) -> Iterator[Finding]:
    for site in sites:
        if site.verdict in BY_VERDICT and site.held_by is None:
            yield Finding(site.path, site.line, site.column, BY_VERDICT[site.verdict], site.reason)
        for warning in site.warnings:
            rule, _, message = warning.partition(": ")
            if rule in RULES:
                yield Finding(site.path, site.line, site.column, rule, message)


def github(findings: Iterable[Finding]) -> str:
    """One workflow command for each finding, which GitHub shows beside its line.

    https://docs.github.com/actions/reference/workflow-commands-for-github-actions
    """
    return "".join(
        f"::{LEVELS[found.rule].replace('note', 'notice')} file={_property(found.path)},line={found.line},"
        f"col={found.column + 1},title={_property(RULES[found.rule].title)}::{_data(found.message)}\n"
        for found in findings
    )


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
