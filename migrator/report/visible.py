"""Text from a repository as it may reach a terminal: what would steer one, or hide something, is spelt out."""

from __future__ import annotations

import io
import re
from functools import cache

STEERING = (
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters; a tab and a line end are left
    "\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff"  # directions, line ends, nothing at all
    "\ud800-\udfff]"  # bytes of a name that are not UTF-8, as surrogate escapes
)
OWN = r"\x1b\[(?:[012]|3[1-6])?m"  # the colours of the reports


@cache
def unsafe() -> re.Pattern[str]:
    """What finds such a character. To compile it takes a millisecond, and hardly any text has one."""
    return re.compile(STEERING)


@cache
def _unsafe_but_ours() -> re.Pattern[str]:
    return re.compile(f"{OWN}|({STEERING})")


def _is_plain(text: str) -> bool:
    """Whether certainly nothing in a text is to be spelt out: Python prints none of these characters."""
    return text.replace("\n", "").replace("\t", "").isprintable()


def visible(text: str) -> str:
    """The text with each such character as Python would write it, such as `\\x1b`; other text is left as it is."""
    return text if _is_plain(text) else unsafe().sub(_spelt, text)


def one_line(text: str) -> str:
    """The same on one line: every run of white space is one space."""
    return visible(" ".join(text.split()))


class VisibleStream(io.TextIOWrapper):
    """A stream of the command, for what no report has looked at: nothing but text and our own colours passes."""

    def __init__(self, unguarded: io.TextIOWrapper) -> None:
        super().__init__(
            unguarded.buffer, unguarded.encoding, "backslashreplace", line_buffering=unguarded.line_buffering
        )
        self.unguarded = unguarded  # for a bar that moves the cursor

    def write(self, text: str) -> int:
        """Write the text, with what is not to reach a terminal spelt out."""
        if not _is_plain(text):
            text = _unsafe_but_ours().sub(lambda found: _spelt(found) if found[1] else found[0], text)
        return super().write(text)


def _spelt(found: re.Match[str]) -> str:
    code = ord(found[0])
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"  # the byte itself
    return f"\\x{code:02x}" if code <= 0xFF else f"\\u{code:04x}"
