"""A review as one HTML file that asks nobody for anything: styles and script are in it, and only these may run."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Sequence
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from codemods.codemod import Codemod, Example, find
from codemods.model import Ledger, Verdict
from codemods.patterns import Pattern, patterns_of
from codemods.proof.table import CHECKS
from migrator import __version__
from migrator.review.chart import bars_of
from migrator.review.code import COLOURED, plain_line, said
from migrator.review.facts import Review
from migrator.review.file_page import Page, parts_of
from migrator.review.hunks import Hunk

AT_ONCE = 300  # hunks of a page that are laid out when it opens; of a larger one each file is, when it is looked at


def page_of(review: Review) -> str:
    """The whole page."""
    environment = _environment()
    style, script = (_asset(name) for name in ("page.css", "page.js"))
    size = sum(len(file.old) + len(file.new) for engine in review.engines for file in engine.files)
    coloured = size <= COLOURED
    lines = frozenset(_lines(review))
    pages = [
        Page(review, file, engine, number, coloured, lines)
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


def _lines(review: Review) -> Iterator[tuple[str, int]]:
    """The old lines that are shown, each with its path."""
    for engine in review.engines:
        for file in engine.files:
            for hunk in file.hunks:
                yield from ((file.path, number) for block in hunk.blocks for number, _ in block.old)


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
    files = [
        {
            "path": said(page.file.path),
            "hunks": [_facts(hunk) for hunk in page.file.hunks],
            "texts": [(page.file.path, text) for text in page.statements()],
        }
        for page in pages
    ]
    whole = {"files": files, "bodies": list(bodies)}
    text = json.dumps(whole).replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    return Markup(text)


def _facts(hunk: Hunk) -> dict[str, object]:
    """What the filters ask of a hunk, whether it is laid out or not."""
    return {
        "id": hunk.id,
        "verdicts": [each for each in hunk.verdicts if each != Verdict.KEEP] or [Verdict.REWRITE],
        "codemods": hunk.codemods,
        "warned": any(site.warnings for site in hunk.sites),
        "asks": any(site.question for site in hunk.sites),
    }
