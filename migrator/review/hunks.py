"""A file's change as hunks: what goes, what comes, the lines around, and the sites that stand there."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher

from msgspec import Struct

from codemods.model import Site, Verdict
from codemods.reading.source import split_lines
from migrator.report.diff import LONG

AROUND = 3  # lines of context

ENDS = {"\n": "LF", "\r\n": "CRLF", "\r": "CR", "": "none at the last line"}
"""The line ends, in words."""

Line = tuple[int, str]
"""A line's number, from 1, and its text without the line end."""


class Block(Struct, frozen=True):
    """Lines that go with the lines that take their place; lines that stay are both."""

    old: tuple[Line, ...]
    new: tuple[Line, ...]
    stays: bool


class Hunk(Struct, frozen=True):
    """A part of a file that a reviewer looks at in one go."""

    path: str
    blocks: tuple[Block, ...]
    sites: tuple[Site, ...]  # those whose statement, or whose rewrite, it shows

    @property
    def id(self) -> str:
        """The same for the same lines in the same file, so that a mark on it outlives another run."""
        digest = hashlib.sha256(self.path.encode("utf-8", "surrogateescape"))
        for block in self.blocks:
            if not block.stays:
                digest.update(repr([[text for _, text in side] for side in (block.old, block.new)]).encode())
        if not self.changes:
            digest.update(repr([text for block in self.blocks for _, text in block.old]).encode())
        return digest.hexdigest()[:16]

    @property
    def changes(self) -> bool:
        """Whether anything of it changes; else it shows a place where a site stands."""
        return any(not block.stays for block in self.blocks)

    @property
    def first(self) -> int:
        """The first line that it shows; of the old text, or of a new file."""
        block = self.blocks[0]
        return (block.old or block.new)[0][0]

    @property
    def codemods(self) -> tuple[str, ...]:
        """Those that had a hand in it, each once."""
        return tuple(dict.fromkeys(site.codemod for site in self.sites if site.codemod))

    @property
    def verdicts(self) -> tuple[str, ...]:
        """The verdicts of its sites, each once."""
        return tuple(dict.fromkeys(site.verdict.value for site in self.sites))


def hunks_of(path: str, old: str, new: str, sites: Iterable[Site]) -> tuple[Hunk, ...]:
    """Every change of the file, and every place where a site stands that is not rewritten, in their order.

    A kept site makes no hunk of its own; it is told in the hunk that shows its line.
    """
    mine = sorted((site for site in sites if _reaches(site, path)), key=lambda site: (site.line, site.column))
    before, after = split(old), split(new)
    shown = {line for site in mine for line in _lines_of(site, path) if site.verdict is not Verdict.KEEP}
    parts = _parts(before, after, shown)
    return tuple(_hunk(path, blocks, mine) for blocks in parts)


def split(text: str) -> list[str]:
    """The lines without their ends, split where Python splits them: the numbers of sites count these."""
    return [line.rstrip("\r\n") for line in split_lines(text)]


def ends_of(text: str) -> str:
    """The kinds of line end of a text, in words; a last line without an end is one of its own."""
    ends = {line[len(line.rstrip("\r\n")) :] for line in split_lines(text)}
    return ", ".join(words for end, words in ENDS.items() if end in ends)


def _reaches(site: Site, path: str) -> bool:
    return site.path == path or any(span.rpartition(":")[0] == path for span in site.lines)


def _lines_of(site: Site, path: str) -> set[int]:
    """The lines of the old text that a site stands on, or that its rewrite changes."""
    found = {site.line} if site.path == path else set()
    for span in site.lines:
        where, _, lines = span.rpartition(":")
        first, _, last = lines.partition("-")
        if where == path:
            found |= set(range(int(first), int(last or first) + 1))
    return found


def _parts(before: Sequence[str], after: Sequence[str], shown: set[int]) -> Iterator[list[Block]]:
    """Blocks that follow each other without a gap."""
    matcher = SequenceMatcher(None, before, after, autojunk=max(len(before), len(after)) > LONG)
    part: list[Block] = []
    opcodes = matcher.get_opcodes()
    for number, (tag, i, i_end, j, j_end) in enumerate(opcodes):
        if tag != "equal":
            part.append(Block(_numbered(before, i, i_end), _numbered(after, j, j_end), stays=False))
            continue
        is_last = number == len(opcodes) - 1
        for first, last in _kept(i, i_end, shown, after_change=number > 0, before_change=not is_last):
            if part and first != i:
                yield part
                part = []
            shift = j - i
            part.append(Block(_numbered(before, first, last), _numbered(after, first + shift, last + shift), True))
            if last != i_end:
                yield part
                part = []
        if part and not part[-1].stays:  # nothing is kept between two changes that are far apart
            yield part
            part = []
    if part:
        yield part


def _kept(start: int, end: int, shown: set[int], *, after_change: bool, before_change: bool) -> list[tuple[int, int]]:
    """The runs of equal lines that stand near a change or a site; numbers from 0, the end left out."""
    keep = {line for site in shown if start < site <= end for line in range(site - 1 - AROUND, site + AROUND)}
    if after_change:
        keep |= set(range(start, start + AROUND))
    if before_change:
        keep |= set(range(end - AROUND, end))
    runs: list[tuple[int, int]] = []
    for line in sorted(line for line in keep if start <= line < end):
        if runs and runs[-1][1] == line:
            runs[-1] = (runs[-1][0], line + 1)
        else:
            runs.append((line, line + 1))
    return runs


def _numbered(lines: Sequence[str], first: int, last: int) -> tuple[Line, ...]:
    return tuple((number + 1, lines[number]) for number in range(first, last))


def _hunk(path: str, blocks: Sequence[Block], sites: Sequence[Site]) -> Hunk:
    there = {number for block in blocks for number, _ in block.old}
    return Hunk(path, tuple(blocks), tuple(site for site in sites if not there.isdisjoint(_lines_of(site, path))))
