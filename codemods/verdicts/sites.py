"""Cases into the words of the house: sites with their evidence, clients, questions, the ledger, notes for a person."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from codemods.model import Change, Client, FileOutcome, Ledger, Place, Question, Site, Verdict
from codemods.reading.scopes import Module
from codemods.verdicts.cases import Case, Court, place
from codemods.verdicts.engine import Unit

if TYPE_CHECKING:
    from codemods.work import Scan


def describe(
    scan: Scan, court: Court, units: list[Unit], texts: Mapping[str, bytes], faults: tuple[str, ...]
) -> Change:
    """The change of one engine, from its judged units and new texts."""
    pairs = [(unit, case) for unit in units for case in unit.cases]
    sites = tuple(sorted((_site(court, unit, case) for unit, case in pairs), key=_position))
    changed = [FileOutcome(path, "changed") for path in sorted(texts)]
    return Change(
        engine=scan.engine.name,
        sites=sites,
        clients=tuple(_client(unit) for unit in units if unit.id),
        questions=_questions(pairs),
        files=(*changed, *scan.failed),
        ends=tuple(end for _, case in pairs for end in case.ends),
        ledger=Ledger.of(sites, found=len(pairs)),
        texts=dict(sorted(texts.items())),
        notes=(*court.said, *_notes(pairs)),
        faults=faults,
    )


def _position(site: Site) -> tuple[str, int, int, str]:
    return (site.path, site.line, site.column, site.kind)


def _site(court: Court, unit: Unit, case: Case) -> Site:
    use = case.use
    held_by = case.held_by.use if case.held_by else None
    return Site(
        engine=court.engine.name,
        path=use.path,
        line=use.line,
        column=use.column,
        kind=_kind(case),
        client=unit.id,
        verdict=case.verdict,
        reason=case.reason,
        codemod=case.codemod,
        question=case.question.id if case.question else None,
        held_by=f"{held_by.path}:{held_by.line}" if held_by else None,
        warnings=case.warnings,
        evidence=tuple(dict.fromkeys(_evidence(court, unit, case))),
        lines=tuple(dict.fromkeys(_lines(case))),
    )


def _lines(case: Case) -> Iterator[str]:
    """The statements that a case's rewrite changes, its own first."""
    if case.moves:
        for module, node in [(case.use.module, case.use.node), *((o.module, o.node) for o in case.orders)]:
            statement = module.statement(node)
            yield f"{module.path}:{statement.lineno}-{statement.end_lineno or statement.lineno}"


def _kind(case: Case) -> str:
    """The kind for people: a wrapper's call by its meaning, a client's command by what it serves."""
    use = case.use
    if use.kind == "call" and use.wrapper is not None:
        return use.wrapper.methods.get(use.name, "call")
    if use.kind == "call":
        return "stream" if use.name.startswith("x") else "command"
    return use.kind


def _evidence(court: Court, unit: Unit, case: Case) -> Iterator[Place]:
    """The use itself, where its object was made, and the import that says what that is."""
    yield place(case.use.module, case.use.node)
    for holder in case.use.holders:
        module = court.program.modules.get(holder.path)
        if module is not None:
            yield Place(holder.path, holder.line, module.source.line_text(holder.line))
            yield from _imports(module, unit)
    yield from _imports(case.use.module, unit)


def _imports(module: Module, unit: Unit) -> Iterator[Place]:
    root = unit.kind.split(".")[0]
    for node in module.imports:
        if isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        else:
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if any(name.split(".")[0] == root for name in names):
            yield place(module, node)


def _client(unit: Unit) -> Client:
    made = next((case.use for case in unit.cases if case.use.kind == "construct"), unit.cases[0].use)
    verdicts = {case.verdict for case in unit.cases}
    order = (Verdict.REFUSE, Verdict.ASK, Verdict.REWRITE, Verdict.KEEP, Verdict.SUPPRESSED)
    return Client(unit.id, unit.kind, made.path, made.line, next(v for v in order if v in verdicts))


def _questions(pairs: list[tuple[Unit, Case]]) -> tuple[Question, ...]:
    """Each open question once, with all the sites that wait for it."""
    found: dict[str, Question] = {}
    for _, case in pairs:
        if case.question is not None:
            where = f"{case.use.path}:{case.use.line}"
            known = found.get(case.question.id, case.question)
            found[known.id] = Question(known.id, known.text, known.suggestion, (*known.sites, where))
    return tuple(found[identity] for identity in sorted(found))


def _notes(pairs: list[tuple[Unit, Case]]) -> Iterator[str]:
    """What went with a config, keyword by keyword."""
    for _, case in pairs:
        lost = case.facts.get("lost")
        if case.moves and isinstance(lost, list) and lost:
            yield f"{case.use.path}:{case.use.line}: gone with {case.use.name}: {', '.join(lost)}"
