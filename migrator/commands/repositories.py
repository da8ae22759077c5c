"""The same asked of several repositories: shown in their order, and none ends another's work."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Generic, TypeVar

import click
from msgspec import Struct

from migrator.errors import DONE, FAILED, LEFT_TO_A_PERSON, WOULD_CHANGE, WRONG_USAGE, MigrateError, of_system
from migrator.report.terminal import progress_on
from migrator.results import Progress

T = TypeVar("T")

GRAVEST = (FAILED, WRONG_USAGE, LEFT_TO_A_PERSON, WOULD_CHANGE, DONE)
"""Of several exit codes, the first of these is that of the whole."""


class Asked(Struct, Generic[T], frozen=True):
    """What came of one repository: a result, or the error that ended its work."""

    repo: str
    result: T | None = None
    error: Exception | None = None


def ask(
    repos: Sequence[str],
    work: Callable[[str, Progress], T],
    show: Callable[[T], int],
    *,
    as_json: bool,
    to_stderr: bool = False,
    at_once: int = 1,
) -> int:
    """Do the work for each repository, so many at once, show what came of it, and give the exit code of the whole.

    Several are shown with their names: as text below a heading each, on stderr too where something is shown there; for
    machines as one object with `repositories`.
    """
    if len(repos) == 1:
        with progress_on(sys.stderr) as progress:
            result = work(repos[0], progress)
        return show(result)
    if len({Path(repo).resolve() for repo in repos}) < len(repos):
        raise MigrateError("--repo names a repository twice; leave one of them out", WRONG_USAGE)
    asked = _one_by_one(repos, work) if at_once == 1 else _side_by_side(repos, work, at_once)
    codes = list(_objects(list(asked), show) if as_json else _texts(asked, show, to_stderr))
    return next(code for code in GRAVEST if code in codes)


def _one_by_one(repos: Sequence[str], work: Callable[[str, Progress], T]) -> Iterator[Asked[T]]:
    for repo in repos:
        with progress_on(sys.stderr) as progress:
            asked = _asked(repo, work, progress)
        yield asked


def _side_by_side(repos: Sequence[str], work: Callable[[str, Progress], T], at_once: int) -> list[Asked[T]]:
    from concurrent.futures import ThreadPoolExecutor

    from migrator.collector import without_collector

    # One that ends would have the collector on again for the others, and parsing is broken off by what it calls.
    with without_collector(), progress_on(sys.stderr) as progress, ThreadPoolExecutor(at_once) as pool:

        def one(repo: str) -> Asked[T]:
            return _asked(repo, work, lambda what, done, total: progress(f"{repo}: {what}", done, total))

        try:
            return list(pool.map(one, repos))
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _asked(repo: str, work: Callable[[str, Progress], T], progress: Progress) -> Asked[T]:
    try:
        return Asked(repo, work(repo, progress))
    except (MigrateError, OSError) as error:
        return Asked(repo, error=error)


def _texts(asked: Iterable[Asked[T]], show: Callable[[T], int], to_stderr: bool) -> Iterator[int]:
    for number, each in enumerate(asked):
        for err in (False, True) if to_stderr else (False,):
            click.echo(f"{chr(10) * bool(number)}repository {each.repo}", err=err)
        yield _shown(each, show)


def _objects(asked: Sequence[Asked[T]], show: Callable[[T], int]) -> Iterator[int]:
    """One object, in which each repository's own stands as it would alone."""
    import json  # as late as this: it takes 1 % of a dry run

    click.echo('{"repositories": [')
    for number, each in enumerate(asked, 1):
        click.echo(f'{{"repository": {json.dumps(each.repo)}, "result": ', nl=False)
        if each.error is not None:
            click.echo("null")
        code = _shown(each, show)
        error = None if each.error is None else _sentences(each.error)
        click.echo(f', "error": {json.dumps(error)}, "exit_code": {code}}}{"," * (number < len(asked))}')
        yield code
    click.echo("]}")


def _shown(asked: Asked[T], show: Callable[[T], int]) -> int:
    """Show one result; what went wrong goes to stderr, with the repository's name."""
    try:
        if asked.error is not None:
            raise asked.error
        return show(asked.result)  # type: ignore[arg-type]  # there is one where there is no error
    except (MigrateError, OSError) as error:
        for line in _sentences(error).splitlines():
            click.echo(f"migrate: {asked.repo}: {line}", err=True)
        return error.exit_code if isinstance(error, MigrateError) else FAILED


def _sentences(error: Exception) -> str:
    if isinstance(error, OSError):
        return of_system(error)
    return str(error)
