"""The command line: parse, call, print. It imports nothing heavy, so that `--help` is there at once."""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING, Any, NoReturn

import click
from click.core import ParameterSource

from migrator import __version__
from migrator.errors import DONE, FAILED, INTERRUPTED, LEFT_TO_A_PERSON, WRONG_USAGE, MigrateError

if TYPE_CHECKING:
    from migrator.plan import Selection
    from migrator.results import Run

EXAMPLES = """\b
Examples:
  migrate --engine portfolio --dry-run   show the diff, write nothing
  migrate --phase 1                      one branch for each engine of phase 1
  migrate --all --json                   every engine, the result for machines
  migrate --all --dry-run | git apply    try it in the working tree
  migrate scan                           what there is, before anything moves
  migrate demo                           watch it on a sample platform

\b
Exit codes:
  0    done
  1    something failed, or a branch is a person's or checked out
  2    wrong usage or configuration
  3    a dry run with --exit-code would change something
  4    done, and something is left to a person
  130  interrupted
"""

SCAN_EXAMPLES = """\b
Examples:
  migrate scan                     the campaign at a glance, open questions
  migrate scan --engine portfolio  each of its sites, with its evidence
  migrate scan --streams           who tells whom what, and what a phase cuts
  migrate scan --json              the same facts for machines
"""

INIT_EXAMPLES = """\b
Examples:
  migrate init                     write engines.yaml from what is in main
  migrate init --output draft.yaml the same, beside the one that is there
"""

QUESTIONS_EXAMPLES = """\b
Examples:
  migrate questions                     everything that is asked, once each
  migrate questions --engine portfolio  what this engine waits for
  migrate questions > answers.yaml      edit there, then move to engines.yaml
"""

CHECK_EXAMPLES = """\b
Examples:
  migrate check                          every engine that has moved, on main
  migrate check dual-bus/phase-1/ml      what a branch changes
  migrate check --engine risk            one engine, moved or not
  migrate check --staged                 what the next commit would have
  migrate check --sarif > check.sarif    for the code host to show
"""

DEMO_EXAMPLES = """\b
Examples:
  migrate demo                       the whole migration, one table at the end
  migrate demo --keep /tmp/walk      the same, and keep repository, diffs, logs
  migrate demo --write /tmp/platform only write the sample platform, to try on
"""


class Command(click.Group):
    """The command group, with one sentence for each error and the exit codes of the house."""

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run, print what went wrong in one sentence, and leave with its exit code."""
        try:
            code = super().main(*args, **extra | {"standalone_mode": False})
        except MigrateError as error:
            _leave(str(error), error.exit_code)
        except click.Abort:
            _leave("interrupted; branches that were made are whole. Run the same command again to go on.", INTERRUPTED)
        except OSError as error:
            _leave(f"{error.filename or 'a system call'}: {error.strerror or error}", FAILED)
        except click.ClickException as error:
            _leave(f'{error.format_message()} Type "migrate --help" for what there is.', WRONG_USAGE)
        sys.exit(code or DONE)


def _leave(sentences: str, code: int) -> NoReturn:
    for line in sentences.splitlines():
        click.echo(f"migrate: {line}", err=True)
    sys.exit(code)


@click.group(
    cls=Command,
    invoke_without_command=True,
    epilog=EXAMPLES,
    # Asking a terminal for its width imports shutil, which takes 5 % of the time of `--help`.
    context_settings={"help_option_names": ["-h", "--help"], "terminal_width": 80},
)
@click.option("--phase", type=int, metavar="N", help="Migrate the engines of this phase.")
@click.option("--engine", "engines", multiple=True, metavar="NAME", help="Migrate this engine; may be given again.")
@click.option("--all", "everything", is_flag=True, help="Migrate the engines of all phases, in their order.")
@click.option("--dry-run", is_flag=True, help="Print the diff and write nothing; the summary goes to stderr.")
@click.option(
    "--exit-code", "tell_changes", is_flag=True, help="With --dry-run: exit with 3 if something would change."
)
@click.option("--config", metavar="FILE", help="The campaign.  [default: engines.yaml at the repository's top]")
@click.option("--repo", default=".", metavar="DIR", help="The git repository.  [default: where you are]")
@click.option("--base", metavar="REV", help="What branches start from.  [default: `base` of engines.yaml]")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.version_option(__version__, prog_name="migrate", message="%(prog)s %(version)s")
@click.pass_context
def cli(
    context: click.Context,
    /,
    *,
    phase: int | None,
    engines: tuple[str, ...],
    everything: bool,
    tell_changes: bool,
    as_json: bool,
    **where: Any,
) -> int:
    """Move engines from one overloaded Redis to the dual message bus.

    Each engine becomes one commit on a branch of its own. Your working tree, index and HEAD are never touched.
    """
    if context.invoked_subcommand:
        return _refuse_options(context, context.invoked_subcommand)
    from migrator.plan import Selection

    selection = Selection(phase, engines, everything)
    if not selection:
        click.echo(context.get_help(), err=True)
        raise MigrateError("say what to migrate: --phase N, --engine NAME or --all", WRONG_USAGE)
    if tell_changes and not where["dry_run"]:
        raise MigrateError("--exit-code goes with --dry-run; add it, or leave --exit-code out", WRONG_USAGE)
    return _migrate(selection, tell_changes, as_json, where)


def _refuse_options(context: click.Context, subcommand: str) -> int:
    given = [
        parameter.opts[0]
        for parameter in context.command.params
        if parameter.name and context.get_parameter_source(parameter.name) is ParameterSource.COMMANDLINE
    ]
    if given:
        raise MigrateError(f'"migrate {subcommand}" does not take {" and ".join(given)} before it', WRONG_USAGE)
    return DONE


def _migrate(selection: Selection, tell_changes: bool, as_json: bool, where: dict[str, Any]) -> int:
    from migrator.collector import without_collector

    with without_collector():  # what is imported stays, too
        from migrator.report.terminal import progress_on
        from migrator.run import Options, run

        with progress_on(sys.stderr) as progress:
            result = run(Options(selection, **where), progress)
        code = result.exit_code(tell_changes=tell_changes)
        _print(result, code, as_json)
    return code


def _print(result: Run, code: int, as_json: bool) -> None:
    """With --dry-run, stdout is the diff and nothing else; with --json, the object and nothing else."""
    from migrator.report import diff, machine, terminal

    if as_json:
        click.echo(machine.run_json(result, code))
    elif result.dry_run:
        text = diff.unified_diff(result.originals, result.texts)
        click.echo(diff.coloured(text) if terminal.wants_colour(sys.stdout) else text, nl=False)
        terminal.print_run(result, sys.stderr)
    else:
        terminal.print_run(result, sys.stdout)
    for trace in filter(None, (engine.trace for engine in result.engines)):
        click.echo(trace, err=True)


@cli.command(epilog=SCAN_EXAMPLES)
@click.option(
    "--engine", "engines", multiple=True, metavar="NAME", help="Each site of this engine; may be given again."
)
@click.option("--file", "files", multiple=True, metavar="PATH", help="Each site in this file or folder, likewise.")
@click.option("--phase", type=int, metavar="N", help="Only the engines of this phase.")
@click.option("--streams", is_flag=True, help="Print who publishes and who consumes what, and what each phase cuts.")
@click.option("--config", metavar="FILE", help="The campaign.  [default: engines.yaml at the repository's top]")
@click.option("--repo", default=".", metavar="DIR", help="The git repository.  [default: where you are]")
@click.option("--base", metavar="REV", help="What is read.  [default: `base` of engines.yaml]")
@click.option("--json", "as_json", is_flag=True, help="Print everything as one JSON object.")
def scan(
    engines: tuple[str, ...], files: tuple[str, ...], phase: int | None, streams: bool, as_json: bool, **where: Any
) -> int:
    """Show what is legacy and what becomes of it.

    All engines are read at the base commit. Nothing is rewritten, nothing is written.
    """
    from migrator.plan import Selection
    from migrator.report import scan_output
    from migrator.report.terminal import progress_on
    from migrator.scan import Options
    from migrator.scan import scan as read_all

    with progress_on(sys.stderr) as progress:
        result = read_all(Options(Selection(phase, engines), files, **where), progress)
    form = scan_output.form_of(as_json, streams, bool(engines or files))
    click.echo(scan_output.text(result, form, sys.stdout), nl=False)
    for trace in filter(None, (engine.trace for engine in result.engines)):
        click.echo(trace, err=True)
    return result.exit_code()


@cli.command(epilog=QUESTIONS_EXAMPLES)
@click.option("--engine", "engines", multiple=True, metavar="NAME", help="What this engine asks; may be given again.")
@click.option("--phase", type=int, metavar="N", help="What the engines of this phase ask.")
@click.option("--config", metavar="FILE", help="The campaign.  [default: engines.yaml at the repository's top]")
@click.option("--repo", default=".", metavar="DIR", help="The git repository.  [default: where you are]")
@click.option("--base", metavar="REV", help="What is read.  [default: `base` of engines.yaml]")
@click.option("--json", "as_json", is_flag=True, help="Print the questions as JSON.")
def questions(engines: tuple[str, ...], phase: int | None, as_json: bool, **where: Any) -> int:
    """Print what is asked, as YAML to edit.

    Each suggestion is a comment: nothing is answered before you take the # off and move it to engines.yaml.
    """
    from migrator.plan import Selection
    from migrator.report.questions_text import questions_json, questions_yaml
    from migrator.report.terminal import progress_on
    from migrator.scan import Options
    from migrator.scan import scan as read_all

    with progress_on(sys.stderr) as progress:
        result = read_all(Options(Selection(phase, engines), (), **where), progress)
    for unknown in result.unknown:
        click.echo(f"migrate: {unknown}", err=True)
    shown = questions_json(result.questions) if as_json else questions_yaml(result.questions, result.base[:10])
    click.echo(shown, nl=False)
    return result.exit_code_of_questions()


@cli.command(epilog=CHECK_EXAMPLES)
@click.argument("revisions", nargs=-1, metavar="[BRANCH]...")
@click.option("--engine", "engines", multiple=True, metavar="NAME", help="This engine; may be given again.")
@click.option("--staged", is_flag=True, help="Read the index, as a pre-commit hook must.")
@click.option("--config", metavar="FILE", help="The campaign.  [default: engines.yaml at the repository's top]")
@click.option("--repo", default=".", metavar="DIR", help="The git repository.  [default: where you are]")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@click.option("--sarif", "as_sarif", is_flag=True, help="Print the findings as SARIF 2.1.0.")
def check(as_json: bool, as_sarif: bool, **asked: Any) -> int:
    """Find what cannot work in code that uses the dual message bus.

    Without a branch or an engine, those engines are read that engines.yaml calls migrated, at the base. A use of the
    Redis that such an engine has left is a finding, too. Exits with 1 if there are any.
    """
    if as_json and as_sarif:
        raise MigrateError("--json and --sarif are two forms; keep one of them", WRONG_USAGE)
    from migrator.check import Options
    from migrator.check import check as check_all
    from migrator.report import check_text, sarif
    from migrator.report.plain import coloured, uncoloured
    from migrator.report.terminal import progress_on, wants_colour

    with progress_on(sys.stderr) as progress:
        result = check_all(Options(**asked), progress)
    for problem in result.problems:
        click.echo(f"migrate: {problem}", err=True)
    for trace in filter(None, (engine.trace for engine in result.engines)):
        click.echo(trace, err=True)
    if as_json:
        shown = check_text.check_json(result)
    elif as_sarif:
        shown = sarif.sarif(result.findings)
    else:
        shown = check_text.check_text(result, coloured if wants_colour(sys.stdout) else uncoloured)
    click.echo(shown, nl=False)
    return result.exit_code()


@cli.command(epilog=DEMO_EXAMPLES)
@click.option("--write", metavar="DIR", help="Only write the sample platform there, as a git repository.")
@click.option("--keep", metavar="DIR", help="Keep the repository, the diffs and the logs there.")
@click.option("--json", "as_json", is_flag=True, help="Print the table as JSON.")
def demo(write: str | None, keep: str | None, as_json: bool) -> int:
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


@cli.command(epilog=INIT_EXAMPLES)
@click.option("--output", metavar="FILE", help="The file to write.  [default: engines.yaml at the repository's top]")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@click.option("--repo", default=".", metavar="DIR", help="The git repository.  [default: where you are]")
@click.option("--base", metavar="REV", help="What is read, and what branches start from.  [default: main or master]")
def init(output: str | None, force: bool, repo: str, base: str | None) -> int:
    """Write a first engines.yaml from what the code says.

    It has engines, wrappers, the target and routes. What the code does not say is marked as a question in it.
    """
    from migrator.first.summary import summary
    from migrator.first_config import write_first

    path, first = write_first(repo, base, output, force)
    click.echo(summary(str(path) if output else path.name, first))
    return LEFT_TO_A_PERSON if first.questions else DONE


def main() -> None:
    """The console command."""
    for name in ("stdout", "stderr"):
        # A stream that the caller closed is None, and the file opened next would be taken for it.
        stream = getattr(sys, name) or io.TextIOWrapper(io.FileIO(os.devnull, "w"))
        # A file name may hold bytes that no terminal can show.
        stream.reconfigure(errors="backslashreplace")
        setattr(sys, name, stream)
    cli(prog_name="migrate")
