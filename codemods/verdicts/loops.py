"""Canonical loops and publishers on a raw client, which become messages where every end of a stream can."""

from __future__ import annotations

from collections.abc import Mapping

from codemods.reading.uses import Use
from codemods.verdicts.cases import Case, Court


def judge_client(court: Court, uses: list[Use], cases: list[Case], modes: Mapping[str, str]) -> list[Case]:
    """The cases of one client, with the streams whose mode is `message` turned into messages."""
    return cases
