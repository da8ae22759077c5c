"""Text in Markdown: shown as it is, or as code."""

from __future__ import annotations

import re

from migrator.report.visible import visible

SPECIAL = re.compile(r"[\\`*\[<>|#~@&]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
"""What Markdown may take for its own; it leaves an underscore within a word alone."""


def plain(text: str) -> str:
    """The text as Markdown shows it unchanged, in a cell of a table too; a code host makes no link or mention of it."""
    return SPECIAL.sub(lambda found: f"&#{ord(found[0])};", visible(text))


def code(text: str) -> str:
    """The text as code, in a cell of a table too."""
    shown = visible(text).replace("|", "\\|")
    fence = "``" if "`" in shown else "`"
    return f"{fence}{shown}{fence}"
