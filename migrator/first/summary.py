"""What `migrate init` says on the terminal: what it found, and how much is left to a person."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from migrator.first.text import FirstConfig
from migrator.report.plain import INDENT, WIDTH

NAMES = 15  # columns


def summary(written: str, first: FirstConfig, command: str) -> str:
    """The lines to print: where it is, what was found, and the command to type next."""
    rows = [line for name, value in _rows(first) for line in _row(name, value)]
    next_ = [*_wrapped(_next(written, first)), f"{INDENT}{command}"]
    return "\n".join([f"wrote {written}, from {first.base} ({first.commit[:12]})", "", *rows, "", *next_])


def _row(name: str, value: str) -> list[str]:
    return _wrapped(f"{name:<{NAMES}}{value}", " " * NAMES)


def _wrapped(text: str, below: str = "") -> list[str]:
    return textwrap.wrap(text, WIDTH, subsequent_indent=below, break_long_words=False, break_on_hyphens=False)


def _rows(first: FirstConfig) -> Iterator[tuple[str, str]]:
    yield "import root", first.source_root or "the repository itself"
    yield "target", first.target if first.target_path else "not found"
    classes = [f"{module} ({', '.join(shape.client)})" for module, shape in first.wrappers]
    yield "wrappers", ", ".join(classes) or "none"
    yield "to migrate", _names(engine.name for engine in first.engines if not engine.migrated)
    yield "migrated", _names(engine.name for engine in first.engines if engine.migrated)
    routes = sum(each.certain for each in first.routes)
    yield "routes", f"{routes} suggested, {len(first.routes) - routes} to be decided"


def _names(engines: Iterable[str]) -> str:
    names = list(engines)
    return f"{len(names)}: {', '.join(names)}" if names else "none"


def _next(written: str, first: FirstConfig) -> str:
    count = first.questions
    if not count:
        return f"No question is open. Read {written}, then type:"
    many = f'{count} questions are open, each a line with "question:" in {written}. Answer them there'
    one = f'1 question is open, the line with "question:" in {written}. Answer it there'
    return f"{one if count == 1 else many}, and type:"
