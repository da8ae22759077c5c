"""Verdicts on an engine whose streams become messages, remembered by all files and the modes of streams."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from codemods.model import Change
from migrator.remembered.memory import Memory
from migrator.remembered.scans import form_of

if TYPE_CHECKING:
    from codemods.work import Scan
    from migrator.texts import Texts


def remembered_verdicts(memory: Memory, texts: Texts, scan: Scan, modes: Mapping[str, str]) -> Change:
    """The verdicts of a scan of these texts, as an earlier run found them with the same modes, or found now.

    Those of an engine no stream of which becomes messages came with its scan. Those of another need its trees, which a
    remembered scan has not.
    """
    from codemods.work import judge_scan

    verdicts = partial(judge_scan, scan, modes)
    if not memory or not any(modes.get(end.name) == "message" for end in scan.ends):
        return verdicts()
    given = (texts.listing, form_of(scan.engine), scan.settings, scan.contract, modes)
    return memory.recall("verdicts", given, Change, verdicts, lambda change: True)
