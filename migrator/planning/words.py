"""Names as YAML to paste: plain where YAML takes them for text, else in quotes."""

from __future__ import annotations

import json
import re

PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
NO_TEXT = frozenset(("true", "false", "yes", "no", "on", "off", "null", "y", "n"))
"""What YAML takes for something else than text."""


def yaml_word(text: str) -> str:
    """The text as a YAML scalar that means this text; JSON's strings are YAML's, whatever they hold."""
    is_plain = PLAIN.fullmatch(text) and text.lower() not in NO_TEXT
    return text if is_plain else json.dumps(text, ensure_ascii=False)
