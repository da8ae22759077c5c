"""An option that takes one value, given twice: click takes the last, and the others would be lost without a word."""

from __future__ import annotations

import click

from migrator.errors import WRONG_USAGE, MigrateError


def refuse_repeated(context: click.Context, words: list[str]) -> None:
    """Raise MigrateError where these words of the command line give such an option more than once."""
    if context.resilient_parsing:
        return  # a shell completes what is typed so far
    given = context.command.make_parser(context).parse_args(list(words))[2]
    for option in given:
        if isinstance(option, click.Option) and not (option.is_flag or option.multiple) and given.count(option) > 1:
            raise MigrateError(f"{option.opts[0]} is given twice, and takes one value; keep one of them", WRONG_USAGE)
