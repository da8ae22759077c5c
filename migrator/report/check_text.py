"""What a check found, for people and for machines."""

from __future__ import annotations

import json
from collections.abc import Iterator

from msgspec.structs import asdict

from codemods.checking.rules import RULES, Finding
from migrator.check import Checked
from migrator.report.plain import Paint, wrapped


def check_text(result: Checked, paint: Paint) -> str:
    """Each finding with its place, what happens at run time, and the right form; then how many there are."""
    lines: list[str] = []
    for engine in result.engines:
        if engine.findings:
            lines += [paint(f"{engine.engine} in {engine.revision}", "bold"), *_lines(engine.findings, paint), ""]
    return "\n".join([*lines, _summary(result)]) + "\n"


def _lines(findings: tuple[Finding, ...], paint: Paint) -> Iterator[str]:
    told: set[str] = set()
    for found in findings:
        yield f"  {found.path}:{found.line}:{found.column + 1}: {paint(found.rule, 'red')}"
        yield from wrapped(found.message, 2)
        if found.rule not in told:  # once is enough
            told.add(found.rule)
            rule = RULES[found.rule]
            yield from wrapped(f"At run time: {rule.happens}", 3)
            yield from wrapped(f"Instead: {rule.instead}", 3)


def _summary(result: Checked) -> str:
    looked = len(result.engines)
    wrong = sum(bool(engine.findings) for engine in result.engines)
    count = len(result.findings)
    engines = f"{looked} engine{'' if looked == 1 else 's'}"
    if count:
        said = f"{count} finding{'' if count == 1 else 's'} in {wrong} of {engines}."
    elif looked:
        said = f"No findings in {engines}."
    elif result.unchanged:
        said = "No engine was checked. Name one with --engine."
    else:
        said = "No engine was checked: none is called migrated or uses the target. Name one with --engine, or a branch."
    idle = [f"  {each.engine} uses nothing of the target." for each in result.engines if not each.is_using]
    return "\n".join([said, *idle, *(f"  {name} changes no engine." for name in result.unchanged)])


def check_json(result: Checked) -> str:
    """The findings as one JSON object, each with its engine and revision."""
    findings = [
        {"engine": engine.engine, "revision": engine.revision, **asdict(found)}
        for engine in result.engines
        for found in engine.findings
    ]
    engines = [{"engine": each.engine, "revision": each.revision, "problems": each.problems} for each in result.engines]
    return json.dumps({"findings": findings, "engines": engines}, indent=2) + "\n"
