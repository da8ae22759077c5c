"""A review as one HTML file that asks nobody for anything: styles and script are in it, and only these may run."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Sequence
from functools import cached_property
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from msgspec import Struct

from codemods.codemod import Codemod, Example, find
from codemods.model import Ledger, Site, Verdict
from codemods.patterns import Pattern, patterns_of
from codemods.proof.table import CHECKS
from migrator import __version__
from migrator.review.chart import bars_of
from migrator.review.code import COLOURED, html_lines, plain_line, said
from migrator.review.facts import Review, ReviewedEngine, ReviewedFile
from migrator.review.hunks import Block, Hunk, Line, split

AT_ONCE = 300  # hunks of a page that are laid out when it opens; of a larger one each file is, when it is looked at

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

    def statement(self, site: Site) -> str:
        """The line of a site as it stands in the file, by which engines.yaml can name it; "" in another file."""
        lines = split(self.file.old)
        return lines[site.line - 1].strip() if site.path == self.file.path and site.line <= len(lines) else ""

    def asked(self, site: Site) -> str:
        """The YAML that answers the question of a site."""
        return next((each.suggestion for each in self.engine.questions if each.id == site.question), "")


def _laid(lines: Sequence[Line], html: Sequence[Markup]) -> Markup:
    # By hand, because a large review has a million lines, and the template takes ten times as long for each.
    return Markup("".join(f'<div class="l" data-n="{number}">{html[number - 1]}</div>' for number, _ in lines))


def page_of(review: Review) -> str:
    """The whole page."""
    environment = _environment()
    style, script = (_asset(name) for name in ("page.css", "page.js"))
    size = sum(len(file.old) + len(file.new) for engine in review.engines for file in engine.files)
    coloured = size <= COLOURED
    pages = [
        Page(review, file, engine, number, coloured)
        for number, (engine, file) in enumerate((engine, file) for engine in review.engines for file in engine.files)
    ]
    count = sum(len(page.file.hunks) for page in pages)
    body = environment.get_template("file.html.j2")
    bodies = [body.render(page=page, parts=parts_of) for page in pages]
    lazy = count > AT_ONCE
    return environment.get_template("page.html.j2").render(
        review=review,
        version=__version__,
        pages=pages,
        bodies=[Markup(text) for text in bodies],  # made by the same environment, so it is escaped already
        lazy=lazy,
        data=_data(pages, bodies if lazy else ()),
        style=Markup(style),
        script=Markup(script),
        policy=_policy(style, script),
        total=sum((engine.result.change.ledger for engine in review.engines), Ledger()),
        bars=bars_of(review.campaign),
        codemods=_codemods(pages),
        count=count,
        checks=CHECKS,
    )


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("migrator.review"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["seen"] = lambda text: plain_line(str(text))
    environment.filters["said"] = said  # within attributes, where no element may stand
    environment.filters["lines"] = lambda text: Markup("\n").join(plain_line(line) for line in str(text).split("\n"))
    return environment


def _asset(name: str) -> str:
    return files("migrator.review").joinpath("templates", name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    """The content security policy: this style and this script, and no request to anywhere."""
    return f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; base-uri 'none'"


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


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


def _codemods(pages: Sequence[Page]) -> list[tuple[Codemod, Example | None, list[Pattern]]]:
    """The codemods that had a hand in something, each with an example of what it changes, and its patterns."""
    used = dict.fromkeys(name for page in pages for hunk in page.file.hunks for name in hunk.codemods)
    found = (find(name) for name in used)
    return [
        (each, next((shown for shown in each.examples if shown.after is not None), None), patterns_of(each.name))
        for each in found
    ]


def _data(pages: Sequence[Page], bodies: Sequence[str]) -> Markup:
    """What the script needs, as JSON that no HTML parser takes for an end of it."""
    files = [{"path": said(page.file.path), "hunks": [_facts(hunk) for hunk in page.file.hunks]} for page in pages]
    whole = {"files": files, "bodies": list(bodies)}
    text = json.dumps(whole).replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    return Markup(text)


def _facts(hunk: Hunk) -> dict[str, object]:
    """What the filters ask of a hunk, whether it is laid out or not."""
    return {
        "id": hunk.id,
        "verdicts": hunk.verdicts,
        "codemods": hunk.codemods,
        "warned": any(site.warnings for site in hunk.sites),
        "asks": any(site.question for site in hunk.sites),
    }
