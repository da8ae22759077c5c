"""A scan for people: a table of engines, the campaign at a glance, what is open; with a selection, every site."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from msgspec.structs import replace

from codemods.model import Change, Ledger, Site, Verdict
from codemods.verdicts.suppression import MARK
from migrator.report import findings
from migrator.report.plain import WIDTH, Paint, columns, wrapped
from migrator.report.visible import one_line
from migrator.rest import NO_ENGINE
from migrator.scanned import EngineScan, Scanned, site_order, total

VERDICTS = ("rewrite", "ask", "keep", "refuse", "suppressed")
NUMBERS = ("phase", "clients", *VERDICTS, "questions", "warnings")
STYLES = {Verdict.REWRITE: "green", Verdict.ASK: "yellow", Verdict.REFUSE: "red"}


def scan_text(result: Scanned, detailed: bool, paint: Paint) -> str:
    """The whole text. `detailed` shows every site with its evidence."""
    parts = [_table(result, paint), _state(result)]
    if detailed:
        parts += [[paint(title, "bold"), *lines] for title, lines in _details(result, paint)]
    parts += [[paint(title, "bold"), *lines] for title, lines in _sections(result, detailed) if lines]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


# the table


def _table(result: Scanned, paint: Paint) -> list[str]:
    names = [name for name in VERDICTS if name != "suppressed" or result.ledger.suppressed]
    heading = ["engine", "phase", "state", "clients", *names, "questions", "warnings"]
    lines = columns(heading, _rows(result, names), NUMBERS)
    if len(lines[0]) > WIDTH:
        short = [SHORT.get(name, name) for name in heading]
        lines = columns(short, _rows(result, names), {SHORT.get(name, name) for name in NUMBERS})
    first, *rows = lines
    return [paint(first, "bold"), *rows]


SHORT = {"suppressed": "suppr.", "questions": "quest.", "warnings": "warn."}
"""Headings for a table that would be wider than a terminal."""


def _rows(result: Scanned, names: Sequence[str]) -> Iterator[list[str]]:
    for phase, engines in _groups(result.engines):
        yield from (_row(each.engine, _phase(each.phase), each.state, [each], names) for each in engines)
        if phase is not None:
            yield _row(f"phase {phase}", "", "", engines, names)
    yield _row("all", "", "", result.engines, names)


def _groups(engines: Iterable[EngineScan]) -> list[tuple[int | None, list[EngineScan]]]:
    found: dict[int | None, list[EngineScan]] = {}
    for engine in engines:
        found.setdefault(engine.phase, []).append(engine)
    return list(found.items())


def _phase(phase: int | None) -> str:
    return "-" if phase is None else str(phase)


def _row(name: str, phase: str, state: str, engines: Sequence[EngineScan], names: Sequence[str]) -> list[str]:
    ledger: Ledger = total(engines)
    questions = {question.id for engine in engines for question in engine.change.questions}
    numbers = [
        sum(len(engine.change.clients) for engine in engines),
        *(getattr(ledger, verdict) for verdict in names),
        len(questions),
        sum(engine.warnings for engine in engines),
    ]
    return [name, phase, state, *map(str, numbers)]


def _state(result: Scanned) -> list[str]:
    """The campaign at a glance."""
    count = Counter(result.states.values())
    left = count["legacy"] + count["deferred"]
    sentence = f"{_engines(left)} legacy bus use left, {count['moved']} moved"
    more = [f"{count[state]} {words}" for state, words in OTHERS.items() if count[state]]
    phases = [line for phase in result.phases for line in wrapped(f"phase {phase}: {_progress(result, phase)}")]
    return [*wrapped(f"{', '.join([sentence, *more])}.", depth=0), *phases]


def _progress(result: Scanned, phase: int) -> str:
    return ", ".join(f"{number} {WORDS[word]}" for word, number in result.progress(phase).items())


WORDS = {
    "ready": "ready",
    "questions": "with questions",
    "held": "with refusals alone",
    "deferred": "deferred",
    "failed": "not judged",
    "done": "done",
}


OTHERS = {"none": "without any bus use", "deferred": "of those with legacy use deferred", "failed": "not judged"}


def _engines(number: int) -> str:
    return "1 engine has" if number == 1 else f"{number} engines have"


# every site


def _details(result: Scanned, paint: Paint) -> Iterator[tuple[str, list[str]]]:
    for engine in result.engines:
        sites = sorted(engine.change.sites, key=site_order)
        if sites:
            yield engine.engine, [line for site in sites for line in _site(site, paint)]


def _site(site: Site, paint: Paint) -> Iterator[str]:
    verdict = paint(site.verdict.value, STYLES.get(site.verdict, ""))
    yield f"{site.path}:{site.line}:{site.column} {site.kind} {verdict} {one_line(site.reason)}"
    if site.held_by:
        yield f"    held by {site.held_by}"
    yield from (f"    {paint('warning', 'yellow')} {one_line(text)}" for text in site.warnings)
    yield from (f"    {place}: {place.text}" for place in site.evidence)


# what is open


def _sections(result: Scanned, detailed: bool) -> Iterator[tuple[str, list[str]]]:
    yield "Failed", [line for engine in result.engines for problem in engine.problems for line in wrapped(problem)]
    yield "Files that could not be read", _once(result, findings.unread)
    yield "Open questions, each with what to put into engines.yaml", _questions(result)
    yield "Answers that nobody asks for", [line for item in result.idle for line in wrapped(item)]
    if detailed:  # refusals and warnings stand at their sites
        yield "Notes", _once(result, lambda change: change.notes)
        return
    engines = replace(result, engines=tuple(each for each in result.engines if each.engine != NO_ENGINE))
    yield "Refused", _once(engines, findings.refusals)
    yield "Suppressed", _once(engines, findings.suppressions)
    yield f"Comments `{MARK}` that say too little or too much", _once(engines, _comments)
    yield "Warnings", _once(engines, findings.warnings)
    yield "In files of no engine; to move one, add it to the `paths` of an engine", _of_no_engine(result)


def _comments(change: Change) -> list[str]:
    return [note for note in change.notes if f"`{MARK}`" in note]


def _once(result: Scanned, find: Callable[[Change], Sequence[str]]) -> list[str]:
    """What `find` says of each engine, once: engines that share a file say the same of it."""
    items = dict.fromkeys(item for engine in result.engines for item in find(engine.change))
    return [line for item in items for line in wrapped(item)]


def _of_no_engine(result: Scanned) -> list[str]:
    rest = [engine for engine in result.engines if engine.engine == NO_ENGINE]
    sites = sorted((site for engine in rest for site in engine.change.sites), key=site_order)
    said = [f"{site.where} {site.kind}: {site.verdict.value}, {one_line(site.reason)}" for site in sites]
    return [line for item in said for line in wrapped(item)]


def _questions(result: Scanned) -> list[str]:
    lines = []
    for question in result.questions:
        lines += wrapped(f"{question.id}: {question.text}")
        lines += [f"    {site}" for site in question.sites]
        lines += textwrap.indent(question.suggestion.strip("\n"), "      ").split("\n")
    return lines
