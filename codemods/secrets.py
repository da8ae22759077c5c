"""Passwords that are written out in code do not leave it: whatever is quoted for a person has `***` for them."""

from __future__ import annotations

import re

_NAMED = r"\w*(?:password|passwd|secret|token)\w*"
_BEFORE_A_TEXT = (
    rf"{_NAMED}[\"']?\s*(?::\s*[\w.\[\] |]+?\s*=|=|:)\s*",  # a keyword, a field, a key of a dict
    rf"get(?:env)?\(\s*[\"']{_NAMED}[\"']\s*,\s*",  # what an environment variable is taken for where it is not set
)
_TEXT = r"[rbuf]?([\"'])(?:\\.|(?!\2)[^\\])*\2"
_SECRETS = re.compile(rf"(?<=://)[^\s\"'/@]*(?=@)|({'|'.join(_BEFORE_A_TEXT)}){_TEXT}", re.IGNORECASE)


_SIGNS = ("@", "passw", "secret", "token")
"""What no line is without that holds a password, in lower case: most lines have none of them."""


def without_secrets(code: str) -> str:
    """Lines of code with `***` for who logs in by a URL, and for each text that is given as a password."""
    lowered = code.lower()
    if code.isascii() and not any(sign in lowered for sign in _SIGNS):  # other letters may be small forms of these
        return code
    return _SECRETS.sub(lambda found: f"{found[1] or ''}***", code)
