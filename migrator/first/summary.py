"""What `migrate init` says on the terminal: what it found, and how much is left to a person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from migrator.first.text import FirstConfig

WIDTH = 15


def summary(written: str, first: FirstConfig) -> str:
    """The lines to print, with the next thing to type."""
    rows = [f"{name:<{WIDTH}}{value}" for name, value in _rows(first)]
    return "\n".join(
        [f"wrote {written}, from {first.base} ({first.commit[:12]})", "", *rows, "", *_next(written, first)]
    )


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


def _next(written: str, first: FirstConfig) -> Iterator[str]:
    count = first.questions
    if count:
        many = f'{count} questions are open, each a line with "question:" in {written}. Answer them there'
        one = f'1 question is open, the line with "question:" in {written}. Answer it there'
        yield f"{one if count == 1 else many}, and type: migrate --all --dry-run"
    else:
        yield f"No question is open. Read {written}, then type: migrate --all --dry-run"
