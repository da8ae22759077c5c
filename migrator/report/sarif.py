"""Findings in SARIF 2.1.0, the form that code hosts show beside the lines of a change."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from codemods.checking.rules import RULES, Finding, Rule
from migrator import __version__

NO_LEVELS: Mapping[str, str] = {}

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def sarif(findings: Iterable[Finding], rules: Mapping[str, Rule] = RULES, levels: Mapping[str, str] = NO_LEVELS) -> str:
    """One run with every rule there is, and a result for each finding; a rule without a level is an error."""
    numbers = {name: number for number, name in enumerate(rules)}
    driver = {
        "name": "migrate",
        "version": __version__,
        "semanticVersion": __version__,
        "rules": [_rule(rule, levels) for rule in rules.values()],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"SRCROOT": {"description": {"text": "the top of the repository"}}},
        "results": [_result(found, numbers[found.rule], levels) for found in findings],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(rule: Rule, levels: Mapping[str, str]) -> dict[str, Any]:
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.happens},
        "help": {"text": rule.instead},
        "defaultConfiguration": {"level": levels.get(rule.id, "error")},
    }


def _result(found: Finding, number: int, levels: Mapping[str, str]) -> dict[str, Any]:
    place = {
        "artifactLocation": {"uri": quote(found.path, errors="surrogateescape"), "uriBaseId": "SRCROOT"},
        "region": {"startLine": found.line, "startColumn": found.column + 1},
    }
    return {
        "ruleId": found.rule,
        "ruleIndex": number,
        "level": levels.get(found.rule, "error"),
        "message": {"text": found.message},
        "locations": [{"physicalLocation": place}],
    }
