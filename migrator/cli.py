"""The command line: parse, call, print. It imports nothing heavy, so that `--help` is there at once."""

from __future__ import annotations

import importlib
import io
import os
import sys
from typing import TYPE_CHECKING, Any, NoReturn

import click
from click.core import ParameterSource

from migrator import __version__
from migrator.commands import SENTENCES, options
from migrator.commands.repeated import refuse_repeated
from migrator.errors import DONE, FAILED, INTERRUPTED, WRONG_USAGE, MigrateError, of_system
from migrator.report.visible import VisibleStream

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from migrator.report.diff import Said
    from migrator.results import Progress, Run
    from migrator.selection import Selection

EXAMPLES = """\b
Examples:
  migrate --engine portfolio --dry-run   show the diff, write nothing
  migrate --phase 1                      one branch for each engine of phase 1
  migrate --all --json                   every engine, the result for machines
  migrate --engine ml --push origin      its branch, on the remote as well
  migrate --retry                        those that failed, once they are mended
  migrate --all --dry-run | git apply    try it in the working tree
  migrate --phase 1 --run-checks         only branches whose own tests pass
  migrate scan                           what there is, before anything moves
  migrate status                         how far each engine is
  migrate demo                           watch it on a sample platform

\b
Exit codes:
  0    done
  1    something failed, a branch could not be moved, or a phase must wait
  2    wrong usage or configuration
  3    a dry run with --exit-code would change something
  4    done, and something is left to a person
  130  interrupted
"""


class Command(click.Group):
    """The command group, with one sentence for each error and the exit codes of the house.

    A subcommand is imported when it is typed, and not for the list of them.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their names, in the order of the alphabet."""
        return sorted(SENTENCES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The subcommand of this name, imported; None where there is none."""
        if cmd_name not in SENTENCES:
            return super().get_command(ctx, cmd_name)
        command: click.Command = importlib.import_module(f"migrator.commands.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does it; a name that is none is answered with the nearest, and no option's value is lost."""
        try:
            name, command, words = super().resolve_command(ctx, args)
        except click.UsageError as error:
            from difflib import get_close_matches

            near = get_close_matches(args[0], SENTENCES, n=1)
            if not near:
                raise
            raise click.UsageError(f"{error.message} Did you mean '{near[0]}'?", error.ctx) from error
        if command is not None:
            refuse_repeated(click.Context(command, ctx, name, resilient_parsing=ctx.resilient_parsing), words)
        return name, command, words

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does it; an option that takes one value is given once."""
        refuse_repeated(ctx, args)
        return super().parse_args(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of them, from the table alone."""
        with formatter.section("Commands"):
            formatter.write_dl(sorted(SENTENCES.items()))

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run, print what went wrong in one sentence, and leave with its exit code."""
        try:
            code = super().main(*args, **extra | {"standalone_mode": False})
        except MigrateError as error:
            _leave(str(error), error.exit_code)
        except click.Abort:
            _leave("interrupted; branches that were made are whole. Run the same command again to go on.", INTERRUPTED)
        except OSError as error:
            _leave(of_system(error), FAILED)
        except click.ClickException as error:
            _leave(f'{error.format_message()} Type "{_help_of(error)}" for what there is.', WRONG_USAGE)
        sys.exit(code or DONE)


def _help_of(error: click.ClickException) -> str:
    """What to type for the options of the command that was wrongly used."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    is_of_command = context is not None and context.parent is not None
    return f"migrate {context.info_name} --help" if context and is_of_command else "migrate --help"


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
@options.engines("Migrate this engine; may be given again.")
@click.option("--all", "everything", is_flag=True, help="Migrate the engines of all phases, in their order.")
@click.option("--retry", is_flag=True, help="Migrate the engines that failed when they were last run.")
@click.option("--dry-run", is_flag=True, help="Print the diff and write nothing; the summary goes to stderr.")
@click.option(
    "--exit-code", "tell_changes", is_flag=True, help="With --dry-run: exit with 3 if something would change."
)
@click.option("--explain", "reasons", is_flag=True, help="With --dry-run: say above each hunk why it is.")
@click.option("--force", is_flag=True, help="Go on although the order of phases says no; each commit says so.")
@click.option("--run-checks", is_flag=True, help="Run each engine's test_command first: code of the repository runs.")
@click.option(
    "--time-limit",
    type=click.IntRange(1),
    metavar="S",
    help="With --run-checks: seconds for one engine.  [default: 600]",
)
@click.option("--pr-body", is_flag=True, help="Print the text for a pull request; the summary goes to stderr.")
@click.option("--push", metavar="REMOTE", help="Push the branches, never over a person's commits; no hook is run.")
@click.option("--signoff", is_flag=True, help="Add your Signed-off-by line to each commit's message.")
@options.config
@options.repos
@click.option("--base", metavar="REV", help="What branches start from.  [default: `base` of engines.yaml]")
@options.means
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
    retry: bool,
    tell_changes: bool,
    reasons: bool,
    time_limit: int | None,
    repos: tuple[str, ...],
    as_json: bool,
    pr_body: bool,
    **where: Any,
) -> int:
    """Move engines from one overloaded Redis to the dual message bus.

    Each engine becomes one commit on a branch of its own. Your working tree, index and HEAD are never touched.
    """
    if context.invoked_subcommand:
        return _refuse_options(context, context.invoked_subcommand)
    from migrator.selection import Selection

    selection = Selection(phase, engines, everything, retry)
    if not selection:
        click.echo(context.get_help(), err=True)
        raise MigrateError("say what to migrate: --phase N, --engine NAME, --all or --retry", WRONG_USAGE)
    if tell_changes and not where["dry_run"]:
        raise MigrateError("--exit-code goes with --dry-run; add it, or leave --exit-code out", WRONG_USAGE)
    if reasons and not where["dry_run"]:
        raise MigrateError("--explain goes with --dry-run; add it, or leave --explain out", WRONG_USAGE)
    if reasons and (as_json or pr_body):
        raise MigrateError("--explain is for the diff; leave it out, or --json and --pr-body", WRONG_USAGE)
    if where["push"] is not None and where["dry_run"]:
        raise MigrateError("--push goes without --dry-run, which writes nothing; leave one of them out", WRONG_USAGE)
    if time_limit is not None:
        if not where["run_checks"]:
            raise MigrateError("--time-limit goes with --run-checks; add it, or leave --time-limit out", WRONG_USAGE)
        where["time_limit"] = time_limit
    form = {"as_json": as_json, "reasons": reasons, "pr_body": pr_body}
    return _migrate(repos, selection, tell_changes, form, where)


def _refuse_options(context: click.Context, subcommand: str) -> int:
    given = [
        parameter.opts[0]
        for parameter in context.command.params
        if parameter.name and context.get_parameter_source(parameter.name) is ParameterSource.COMMANDLINE
    ]
    if given:
        raise MigrateError(f'"migrate {subcommand}" does not take {" and ".join(given)} before it', WRONG_USAGE)
    return DONE


def _migrate(
    repos: tuple[str, ...], selection: Selection, tell_changes: bool, form: dict[str, bool], where: dict[str, Any]
) -> int:
    from migrator.collector import without_collector

    with without_collector():  # what is imported stays, too
        from migrator.commands.repositories import ask
        from migrator.run import Options, run

        def make(repo: str, progress: Progress) -> Run:
            return run(Options(selection, repo, **where), progress)

        def show(result: Run) -> int:
            code = result.exit_code(tell_changes=tell_changes)
            if result.is_held:
                _refuse(result, code, as_json=form["as_json"])
            if selection.retry and not result.engines:
                click.echo("migrate: nothing to do: no engine failed when it was last run", err=True)
            _print(result, code, _then(repos, selection, where), **form)
            return code

        to_stderr, at_once = where["dry_run"] or form["pr_body"], where["means"].workers.repositories
        return ask(repos, make, show, as_json=form["as_json"], to_stderr=to_stderr, at_once=at_once)


def _refuse(result: Run, code: int, *, as_json: bool) -> NoReturn:
    """Say why nothing was begun; a machine gets the object all the same."""
    from migrator.planning.gate import refusal

    if as_json:
        from migrator.report.machine import run_json

        click.echo(run_json(result, code))
    raise refusal(result.gates)


def _then(repos: tuple[str, ...], selection: Selection, where: Mapping[str, Any]) -> list[str]:
    """To read the branches, and to know what comes after them; of several repositories, `migrate status` tells it."""
    if len(repos) > 1:
        return []
    from shlex import join

    at = ["--repo", repos[0]] if repos[0] != "." else []
    at += [word for name in ("config", "base") if where[name] for word in (f"--{name}", where[name])]
    return [join(["migrate", "review", *selection.words, *at]), join(["migrate", "status", *at])]


def _print(result: Run, code: int, then: Sequence[str], *, as_json: bool, reasons: bool, pr_body: bool) -> None:
    """Stdout is one thing and nothing else: the object, the texts for pull requests, the diff, or the summary."""
    from migrator.report import diff, terminal

    if result.probe and result.engines:
        click.echo(f"migrate: {result.probe}", err=True)
    pull_requests = _pull_requests(result) if pr_body else None
    if as_json:
        from migrator.report.machine import run_json

        click.echo(run_json(result, code, pull_requests))
    elif pull_requests is not None:
        click.echo("\n".join(pull_requests.values()), nl=False)
        terminal.print_run(result, sys.stderr)
    elif result.dry_run:
        text = diff.unified_diff(result.originals, result.texts, _reasons(result) if reasons else None)
        colours = terminal.wants_colour(sys.stdout)
        click.echo(diff.for_terminal(text, colours=colours) if sys.stdout.isatty() else text, nl=False)
        terminal.print_run(result, sys.stderr)
    else:
        terminal.print_run(result, sys.stdout, then)
    for trace in filter(None, (engine.trace for engine in result.engines)):
        click.echo(trace, err=True)


def _pull_requests(result: Run) -> Mapping[str, str]:
    from migrator.report.pull_request import pull_requests

    return pull_requests(result)


def _reasons(result: Run) -> Said:
    from migrator.report.reasons import reasons_of

    return reasons_of(site for engine in result.engines for site in engine.change.sites)


def main() -> None:
    """The console command."""
    for name in ("stdout", "stderr"):
        # A stream that the caller closed is None, and the file opened next would be taken for it.
        stream = getattr(sys, name) or io.TextIOWrapper(io.FileIO(os.devnull, "w"))
        # A file name may hold bytes that no terminal can show, and others that steer one.
        setattr(sys, name, VisibleStream(stream))
    cli(prog_name="migrate")
