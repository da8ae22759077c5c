"""Lua scripts that a client runs: one that names a stream's command is no key command, and nothing routes it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from codemods.reading import atoms, legacy

if TYPE_CHECKING:
    from codemods.reading.use import Use
    from codemods.verdicts.cases import Court

CALLED = re.compile(rf"""(['"])({"|".join(sorted(legacy.SENT_WORDS))})\1""", re.IGNORECASE)
"""A command as a script names it: `redis.call('XADD', KEYS[1], '*', 'a', 1)`."""


def scripted(court: Court, use: Use) -> list[str]:
    """The commands of streams that a use has a script run, as `xadd`; none where the script's text is not known."""
    if use.kind not in ("call", "pipeline call") or use.name not in legacy.SCRIPTING or not use.call.args:
        return []
    texts = atoms.texts(court.program.value(use.module, use.call.args[0])) or ()
    return sorted({found[2].lower() for text in texts for found in CALLED.finditer(text)})


def against_lua(court: Court, use: Use) -> str | None:
    """Why a script cannot go to the bus of its streams; None where it runs no stream's command."""
    commands = scripted(court, use)
    return f"the script runs {', '.join(commands).upper()}, and a script is not routed" if commands else None
