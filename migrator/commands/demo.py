"""`migrate demo`: the migration of the sample platform, walked on real servers."""

from __future__ import annotations

import sys

import click

from migrator.errors import DONE, WRONG_USAGE, MigrateError

EXAMPLES = """\b
Examples:
  migrate demo                       the whole migration, one table at the end
  migrate demo --keep /tmp/walk      the same, and keep repository, diffs, logs
  migrate demo --write /tmp/platform only write the sample platform, to try on
"""


@click.command("demo", epilog=EXAMPLES)
@click.option("--write", metavar="DIR", help="Only write the sample platform there, as a git repository.")
@click.option("--keep", metavar="DIR", help="Keep the repository, the diffs and the logs there.")
@click.option("--json", "as_json", is_flag=True, help="Print the table as JSON.")
def command(write: str | None, keep: str | None, as_json: bool) -> int:
    """Walk the migration of a sample platform.

    Real Redis servers and real engines are started on free ports, and stopped at the end.
    """
    from pathlib import Path

    if write is not None:
        if keep is not None or as_json:
            raise MigrateError("--write only writes the platform; leave --keep and --json out", WRONG_USAGE)
        from migrator.demo.write import write_platform

        write_platform(Path(write))
        click.echo(f"The sample platform is in {write}. Go there and type: migrate --all --dry-run")
        return DONE
    from migrator.demo.run import demo as walk

    return walk(Path(keep) if keep else None, keep is not None, sys.stdout, as_json)
