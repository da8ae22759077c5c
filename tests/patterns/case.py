"""One example of a pattern as plain data: small files whose comments say what must be found on which line.

A line that holds sites ends with `#: kind verdict, kind verdict`, in the order of the columns and then of the kinds. A
line that a reader might take for a site, and that is none, ends with `#!`. The comments are taken off before
anything is scanned.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

MARK = re.compile(r"[ ]*#: (?P<sites>[\w ,-]+)$", re.MULTILINE)
NOTHING = re.compile(r"[ ]*#!$", re.MULTILINE)
SERVICE = "service.py"

Found = tuple[str, str, str, str]  # path below the engine's folder, text of the line, kind, verdict


@dataclass(frozen=True)
class Case:
    """An engine: the text of its `service.py`, `more` files of its folder, and the reasons that hold its clients."""

    name: str
    text: str
    because: tuple[str, ...] = ()  # of every site that is asked or refused, and held by no other
    more: Mapping[str, str | bytes] = field(default_factory=dict)
    failed: tuple[str, ...] = ()  # files that cannot be read: `path:line: cause`
    warned: tuple[str, ...] = ()  # every warning
    known: str = ""  # what is wrong today, and so is expected wrongly here

    @property
    def files(self) -> Mapping[str, str | bytes]:
        return {SERVICE: self.text, **self.more}

    @property
    def code(self) -> dict[str, bytes]:
        """The files as they are scanned: without the comments that are for this test."""
        return {path: _plain(text) if isinstance(text, str) else text for path, text in self.files.items()}

    @property
    def expected(self) -> list[Found]:
        """Every site, by path and line, as the comments say."""
        return [found for path, text in sorted(self.files.items()) for found in _marked(path, text)]

    @property
    def shows_what_is_none(self) -> bool:
        """Whether some line is marked as one that looks like a site and is none."""
        return any(isinstance(text, str) and NOTHING.search(text) for text in self.files.values())


def _plain(text: str) -> bytes:
    return NOTHING.sub("", MARK.sub("", text)).encode()


def _marked(path: str, text: str | bytes) -> Iterator[Found]:
    for line in text.split("\n") if isinstance(text, str) else ():
        mark = MARK.search(line)
        for site in mark["sites"].split(", ") if mark else ():
            kind, _, verdict = site.rpartition(" ")
            yield path, MARK.sub("", line).strip(), kind, verdict
