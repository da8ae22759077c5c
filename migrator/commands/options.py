"""Options that several commands take, each with the same words everywhere."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from migrator.errors import WRONG_USAGE, MigrateError

config = click.option("--config", metavar="FILE", help="The campaign.  [default: engines.yaml at the repository's top]")
repo = click.option("--repo", default=".", metavar="DIR", help="The git repository.  [default: where you are]")
repos = click.option(
    "--repo",
    "repos",
    multiple=True,
    default=(".",),
    metavar="DIR",
    help="The git repository; may be given again.  [default: where you are]",
)
base = click.option("--base", metavar="REV", help="What is read.  [default: `base` of engines.yaml]")


def engines(what: str) -> Callable[[Any], Any]:
    """`--engine NAME`, which may be given again; a shell completes the names that engines.yaml has."""
    return click.option("--engine", "engines", multiple=True, metavar="NAME", help=what, shell_complete=_names)


def engine(what: str) -> Callable[[Any], Any]:
    """`--engine NAME`, needed and once, completed in the same way."""
    return click.option("--engine", required=True, metavar="NAME", help=what, shell_complete=_names)


_no_cache = click.option("--no-cache", is_flag=True, help="Read everything anew, and keep nothing of it.")


def cached(command: Callable[..., Any]) -> Callable[..., Any]:
    """What says how the work is done, for a command that goes on long after the code is read: it gets `means`."""

    @_no_cache
    @wraps(command)
    def with_means(*args: Any, no_cache: bool, **given: Any) -> Any:
        from migrator.means import Means

        return command(*args, means=Means(not no_cache), **given)

    return with_means


def means(command: Callable[..., Any]) -> Callable[..., Any]:
    """The same for every other command that reads the code, with those who may do the work instead."""

    @_no_cache
    @click.option(
        "--workers", type=click.IntRange(1), metavar="N", help="Processes that work.  [default: as many as help]"
    )
    @click.option("--executor", metavar="URL", help="A Dask cluster that does the work: dask://HOST:PORT.")
    @wraps(command)
    def with_means(*args: Any, no_cache: bool, workers: int | None, executor: str | None, **given: Any) -> Any:
        from migrator.means import Means
        from migrator.workers.workers import Workers

        if workers is not None and executor is not None:
            raise MigrateError("--executor has workers of its own; leave it out, or leave --workers out", WRONG_USAGE)
        with Workers(workers, executor, _tell) as at_work:
            return command(*args, means=Means(not no_cache, at_work), **given)

    return with_means


def _tell(sentence: str) -> None:
    click.echo(f"migrate: {sentence}", err=True)


def _names(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """The names that begin so; none where there is no engines.yaml, or one with a fault."""
    from migrator.ground import open_campaign

    given = context.params
    try:
        _, campaign = open_campaign(given.get("repo") or (given.get("repos") or ".")[0], given.get("config"))
    except MigrateError:
        return []
    return [engine.name for engine in campaign.engines if engine.name.startswith(incomplete)]
