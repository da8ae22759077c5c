"""Options that several commands take, each with the same words everywhere."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import click

config = click.option("--config", metavar="FILE", help="The campaign.  [default: engines.yaml at the repository's top]")
repo = click.option("--repo", default=".", metavar="DIR", help="The git repository.  [default: where you are]")
base = click.option("--base", metavar="REV", help="What is read.  [default: `base` of engines.yaml]")


def engines(what: str) -> Callable[[Any], Any]:
    """`--engine NAME`, which may be given again; a shell completes the names that engines.yaml has."""
    return click.option("--engine", "engines", multiple=True, metavar="NAME", help=what, shell_complete=_names)


def engine(what: str) -> Callable[[Any], Any]:
    """`--engine NAME`, needed and once, completed in the same way."""
    return click.option("--engine", required=True, metavar="NAME", help=what, shell_complete=_names)


def means(command: Callable[..., Any]) -> Callable[..., Any]:
    """What says how the work is done, for every command that reads the code: the command is given it as `means`."""

    @click.option("--no-cache", is_flag=True, help="Read everything anew, and keep nothing of it.")
    @wraps(command)
    def with_means(*args: Any, no_cache: bool, **given: Any) -> Any:
        from migrator.means import Means

        return command(*args, means=Means(cache=not no_cache), **given)

    return with_means


def _names(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """The names that begin so; none where there is no engines.yaml, or one with a fault."""
    from migrator.errors import MigrateError
    from migrator.ground import open_campaign

    given = context.params
    try:
        _, campaign = open_campaign(given.get("repo") or ".", given.get("config"))
    except MigrateError:
        return []
    return [engine.name for engine in campaign.engines if engine.name.startswith(incomplete)]
