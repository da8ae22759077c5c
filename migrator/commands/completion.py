"""`migrate completion`: what a shell needs to complete commands, options and the names of engines."""

from __future__ import annotations

import click

from migrator.errors import DONE, WRONG_USAGE, MigrateError

EXAMPLES = """\b
Examples:
  migrate completion bash >> ~/.bashrc
  migrate completion zsh >> ~/.zshrc
  migrate completion fish > ~/.config/fish/completions/migrate.fish
"""

SHELLS = ("bash", "zsh", "fish")


@click.command("completion", epilog=EXAMPLES)
@click.argument("shell", type=click.Choice(SHELLS), metavar="SHELL", required=False)
@click.pass_context
def command(context: click.Context, shell: str | None) -> int:
    """Print what a shell needs to complete what you type.

    It completes commands, options and their values; engines by their names in engines.yaml.
    SHELL is bash, zsh or fish.
    """
    from click.shell_completion import get_completion_class

    if shell is None:
        raise MigrateError("no shell is named; type: migrate completion bash, or zsh, or fish", WRONG_USAGE)
    kind = get_completion_class(shell)
    assert kind is not None  # one of SHELLS
    click.echo(kind(context.find_root().command, {}, "migrate", "_MIGRATE_COMPLETE").source())
    return DONE
