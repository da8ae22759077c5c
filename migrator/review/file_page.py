"""One file of a review as the template asks for it: its lines as HTML, and the sites in place or below their hunk."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence, Set
from functools import cached_property

from markupsafe import Markup
from msgspec import Struct

from codemods.model import Place, Site, Verdict
from migrator.report.reasons import NONE
from migrator.review.code import html_lines
from migrator.review.facts import Review, ReviewedEngine, ReviewedFile
from migrator.review.hunks import Block, Hunk, Line, split

NAME = re.compile(r"[\w.]+")
IN_PLACE = {Verdict.ASK, Verdict.REFUSE, Verdict.SUPPRESSED}
"""The verdicts whose sites are shown right below the line where they stand."""


class Part(Struct, frozen=True):
    """A piece of a hunk: lines, or the site that stands on the last of them."""

    block: Block | None = None
    site: Site | None = None


class Page(Struct, frozen=True, dict=True):
    """What the template asks of a file and its lines."""

    review: Review
    file: ReviewedFile
    engine: ReviewedEngine
    number: int
    coloured: bool = True
    lines: Set[tuple[str, int]] = frozenset()  # the old lines that the whole page shows, each with its path

    @cached_property
    def _old(self) -> Sequence[Markup]:
        wanted = {number for block in self._blocks for number, _ in block.old}
        return html_lines(self.file.old, wanted, self.coloured)

    @cached_property
    def _new(self) -> Sequence[Markup]:
        wanted = {number for block in self._blocks for number, _ in block.new}
        return html_lines(self.file.new, wanted, self.coloured)

    @property
    def _blocks(self) -> Iterator[Block]:
        return (block for hunk in self.file.hunks for block in hunk.blocks)

    def old(self, lines: Sequence[Line]) -> Markup:
        """Lines of the old text as HTML."""
        return _laid(lines, self._old)

    def new(self, lines: Sequence[Line]) -> Markup:
        """Lines of the new text as HTML."""
        return _laid(lines, self._new)

    def below(self, hunk: Hunk) -> list[Site]:
        """The sites that are told below the hunk: those that are not told in place."""
        return [site for site in hunk.sites if site.verdict not in IN_PLACE or site.path != hunk.path]

    @property
    def lacks(self) -> str:
        """What is said where the branch does not have all that a run would make."""
        count = self.file.lacking
        amount = "1 hunk that a run makes is" if count == 1 else f"{count} hunks that a run makes are"
        return f"{amount} not on this branch; the verdicts and reasons below are those of a run."

    def alone(self, hunk: Hunk) -> str:
        """What is said of a hunk where no site stands; "" where one does, or where a run would not make the hunk."""
        return (
            "" if {*hunk.verdicts} - {Verdict.KEEP} or hunk.id in self.file.by_hand else f"{NONE[0].upper()}{NONE[1:]}."
        )

    def shows(self, place: Place) -> bool:
        """Whether the page shows that line, so that a link can lead to it."""
        return (place.path, place.line) in self.lines

    @cached_property
    def _alike(self) -> Counter[tuple[str, int, str]]:
        """How many sites of each kind stand on a line."""
        return Counter((site.path, site.line, site.kind) for site in self.engine.result.change.sites)

    def place(self, site: Site) -> str:
        """`line 7`; where others of its kind stand on that line, its column and what stands there as well."""
        if self._alike[site.path, site.line, site.kind] < 2:
            return f"line {site.line}"
        lines = split(self.file.old) if site.path == self.file.path else []
        here = NAME.match(lines[site.line - 1], site.column) if site.line <= len(lines) else None
        named = f", {here.group()}" if here else ""
        return f"line {site.line}, column {site.column + 1}{named}"

    def statement(self, site: Site) -> str:
        """The line of a site as it stands in the file, by which engines.yaml can name it; "" in another file."""
        lines = split(self.file.old)
        return lines[site.line - 1].strip() if site.path == self.file.path and site.line <= len(lines) else ""

    def statements(self) -> list[str]:
        """The lines of its sites that are rewritten, each once: what a reviewer can say no to."""
        sites = (site for hunk in self.file.hunks for site in hunk.sites if site.verdict is Verdict.REWRITE)
        return list(filter(None, dict.fromkeys(map(self.statement, sites))))

    def asked(self, site: Site) -> str:
        """The YAML that answers the question of a site."""
        return next((each.suggestion for each in self.engine.questions if each.id == site.question), "")


def _laid(lines: Sequence[Line], html: Sequence[Markup]) -> Markup:
    # By hand, because a large review has a million lines, and the template takes ten times as long for each.
    return Markup("".join(f'<div class="l" data-n="{number}">{html[number - 1]}</div>' for number, _ in lines))


def parts_of(hunk: Hunk) -> Iterator[Part]:
    """The hunk's blocks, cut where a site stands that is asked or refused, each with that site below it."""
    waiting = [site for site in hunk.sites if site.verdict in IN_PLACE and site.path == hunk.path]
    for block in hunk.blocks:
        here = [site for site in waiting if any(site.line == number for number, _ in block.old)]
        if not here:
            yield Part(block)
        elif block.stays:
            yield from _cut(block, here)
        else:
            yield Part(block)
            yield from (Part(site=site) for site in here)


def _cut(block: Block, sites: Sequence[Site]) -> Iterator[Part]:
    start = 0
    for index, (number, _) in enumerate(block.old):
        here = [site for site in sites if site.line == number]
        if here:
            yield Part(Block(block.old[start : index + 1], block.new[start : index + 1], stays=True))
            yield from (Part(site=site) for site in here)
            start = index + 1
    if start < len(block.old):
        yield Part(Block(block.old[start:], block.new[start:], stays=True))
