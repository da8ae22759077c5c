"""One more check of the proof: what a change says to the target is what the target's own source takes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection

from codemods.checking.check import check_engine
from codemods.checking.rules import Finding
from codemods.model import Fault
from codemods.verdicts.cases import Court

LINE = re.compile(r":\d+")


def prove_promises(before: Court, after: Court, paths: Collection[str]) -> Fault | None:
    """The first mistake in these files that the change brought; None where it brought none."""
    found = check_engine(after, paths)
    known = Counter(map(_print, check_engine(before, paths))) if found else Counter()
    for each in found:
        known[_print(each)] -= 1
        if known[_print(each)] < 0:
            return Fault("promises", each.path, each.line, f"{each.message} ({each.rule})")
    return None


def _print(found: Finding) -> tuple[str, str, str]:
    """A finding without its lines, which a change moves."""
    return found.path, found.rule, LINE.sub("", found.message)
