"""Cases into the words of the house: sites with their evidence, clients, questions, the ledger, notes for a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from codemods.model import Change, Client, Fault, FileOutcome, Ledger, Question, Site, Verdict
from codemods.reading import atoms
from codemods.reading.use import Use
from codemods.secrets import without_secrets
from codemods.verdicts.cases import Case, Court, function_of
from codemods.verdicts.engine import Unit
from codemods.verdicts.evidence import Trail

if TYPE_CHECKING:
    from codemods.work import Scan


NATIVE_KINDS = (atoms.DUAL, atoms.DUAL_RAW, atoms.DUAL_PIPELINE)
"""Uses of the target itself, which get no verdict."""


def is_native(use: Use) -> bool:
    """Whether a use is one of the target itself."""
    return use.kind.split()[0] in NATIVE_KINDS


def describe(
    scan: Scan, court: Court, units: list[Unit], texts: Mapping[str, bytes], faults: tuple[Fault, ...]
) -> Change:
    """The change of one engine, from its judged units and new texts."""
    pairs = [(unit, case) for unit in units for case in unit.cases]
    trail = Trail(court.program)
    sites = tuple(sorted((_site(court, trail, unit, case) for unit, case in pairs), key=_position))
    found = _found(court)
    changed = [FileOutcome(path, "changed") for path in sorted(texts)]
    return Change(
        engine=scan.engine.name,
        sites=sites,
        clients=tuple(_client(unit) for unit in units if unit.id),
        questions=_questions(pairs),
        files=(*changed, *scan.failed),
        ends=tuple(end for _, case in pairs for end in case.ends),
        ledger=Ledger.of(sites, found=sum(found.values())),
        texts=dict(sorted(texts.items())),
        notes=(*court.said, *_notes(pairs)),
        faults=faults,
        found=found,
    )


def _found(court: Court) -> Mapping[str, int]:
    """How many uses each file has, counted where they are found, so that a verdict lost or given twice shows."""
    return dict(Counter(use.path for use in court.uses if not is_native(use)))


def _position(site: Site) -> tuple[str, int, int, str]:
    return (site.path, site.line, site.column, site.kind)


def _site(court: Court, trail: Trail, unit: Unit, case: Case) -> Site:
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
        reason=without_secrets(case.reason),
        codemod=case.codemod,
        question=case.question.id if case.question else None,
        held_by=f"{held_by.path}:{held_by.line}" if held_by else None,
        warnings=case.warnings,
        evidence=trail.evidence(use),
        lines=tuple(dict.fromkeys(_lines(case))),
        function=function_of(use),
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
            found[known.id] = Question(known.id, without_secrets(known.text), known.suggestion, (*known.sites, where))
    return tuple(found[identity] for identity in sorted(found))


def _notes(pairs: list[tuple[Unit, Case]]) -> Iterator[str]:
    """What went with a config, keyword by keyword, and what an order has to tell."""
    for _, case in pairs:
        lost = case.facts.get("lost")
        if case.moves and isinstance(lost, list) and lost:
            listed = without_secrets(", ".join(lost))
            yield f"{case.use.path}:{case.use.line}: gone with {case.use.name or 'its config'}: {listed}"
    told = [order for _, case in pairs for order in case.orders if "told" in order.data]
    said = [without_secrets(str(order.data["told"])) for order in told]
    yield from dict.fromkeys(f"{o.path}:{o.node.lineno}: {text}" for o, text in zip(told, said, strict=True))
