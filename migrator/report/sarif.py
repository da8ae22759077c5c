"""Findings in SARIF 2.1.0, the form that code hosts show beside the lines of a change."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from codemods.checking.rules import RULES, Finding, Rule
from migrator import __version__

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def sarif(findings: Iterable[Finding]) -> str:
    """One run with every rule that the tool knows, and a result for each finding."""
    numbers = {name: number for number, name in enumerate(RULES)}
    driver = {
        "name": "migrate",
        "version": __version__,
        "semanticVersion": __version__,
        "rules": [_rule(rule) for rule in RULES.values()],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"SRCROOT": {"description": {"text": "the top of the repository"}}},
        "results": [_result(found, numbers[found.rule]) for found in findings],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.happens},
        "help": {"text": rule.instead},
        "defaultConfiguration": {"level": "error"},
    }


def _result(found: Finding, number: int) -> dict[str, Any]:
    place = {
        "artifactLocation": {"uri": quote(found.path, errors="surrogateescape"), "uriBaseId": "SRCROOT"},
        "region": {"startLine": found.line, "startColumn": found.column + 1},
    }
    return {
        "ruleId": found.rule,
        "ruleIndex": number,
        "level": "error",
        "message": {"text": found.message},
        "locations": [{"physicalLocation": place}],
    }
