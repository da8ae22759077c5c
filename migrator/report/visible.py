"""Text from a repository as it may reach a terminal: what would steer one, or hide something, is spelt out."""

from __future__ import annotations

import io
import re

STEERING = (
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters; a tab and a line end are left
    "\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff"  # directions, line ends, nothing at all
    "\ud800-\udfff]"  # bytes of a name that are not UTF-8, as surrogate escapes
)
OWN = r"\x1b\[(?:[012]|3[1-6])?m"  # the colours of the reports
UNSAFE = re.compile(STEERING)
UNSAFE_BUT_OURS = re.compile(f"{OWN}|({STEERING})")


def visible(text: str) -> str:
    """The text with each such character as Python would write it, such as `\\x1b`; other text is left as it is."""
    return UNSAFE.sub(_spelt, text)


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
        return super().write(UNSAFE_BUT_OURS.sub(lambda found: _spelt(found) if found[1] else found[0], text))


def _spelt(found: re.Match[str]) -> str:
    code = ord(found[0])
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"  # the byte itself
    return f"\\x{code:02x}" if code <= 0xFF else f"\\u{code:04x}"
