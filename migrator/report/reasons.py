"""Why each part of a diff is as it is: the reasons of the sites that stand there, or whose rewrite it shows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from codemods.model import Site
from migrator.report.diff import Said
from migrator.report.plain import wrapped
from migrator.report.visible import one_line

NONE = "comes with the other changes of this file"
"""What is said of lines where no site stands, such as a new import."""


def reasons_of(sites: Iterable[Site]) -> Said:
    """A function from a file's lines to what is to be said of them, in lines of 80, each reason once."""
    by_path: dict[str, list[tuple[range, Site]]] = defaultdict(list)
    for site in sorted(sites, key=lambda each: (each.path, each.line, each.column)):
        for path, lines in _spans(site):
            by_path[path].append((lines, site))
    return lambda path, first, last: _said(by_path, path, first, last)


def _said(by_path: Mapping[str, list[tuple[range, Site]]], path: str, first: int, last: int) -> Iterator[str]:
    here = [site for lines, site in by_path.get(path, ()) if lines.start <= last and lines.stop > first]
    for text in dict.fromkeys(_text(site) for site in here) or (NONE,):
        yield from (line.removeprefix("  ") for line in wrapped(text))


def _text(site: Site) -> str:
    warnings = "".join(f" [{one_line(each)}]" for each in site.warnings)
    return f"{site.line} {site.codemod or site.verdict}: {one_line(site.reason)}{warnings}"


def _spans(site: Site) -> Iterator[tuple[str, range]]:
    yield site.path, range(site.line, site.line + 1)
    for span in site.lines:
        path, _, lines = span.rpartition(":")
        first, _, last = lines.partition("-")
        yield path, range(int(first), int(last or first) + 1)
