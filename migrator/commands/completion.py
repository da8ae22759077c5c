"""`migrate completion`: what a shell needs to complete commands, options and the names of engines."""

from __future__ import annotations

import click

from migrator.errors import DONE

EXAMPLES = """\b
Examples:
  migrate completion bash >> ~/.bashrc
  migrate completion zsh >> ~/.zshrc
  migrate completion fish > ~/.config/fish/completions/migrate.fish
"""

SHELLS = ("bash", "zsh", "fish")


@click.command("completion", epilog=EXAMPLES)
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def command(context: click.Context, shell: str) -> int:
    """Print what a shell needs to complete what you type.

    It completes commands, options and their values; engines by their names in engines.yaml.
    """
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    assert kind is not None  # one of SHELLS
    click.echo(kind(context.find_root().command, {}, "migrate", "_MIGRATE_COMPLETE").source())
    return DONE
