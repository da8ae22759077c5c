"""The command line: what is typed, one clear sentence for each mistake, and the exit codes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from gitrepo import clean_environment, commit_files, git, write_files
from tinyplatform import CONFIG, tiny_platform

import migrator.commands
from migrator import __version__
from migrator.cli import Command, cli
from migrator.commands import SENTENCES

HEAVY = ("libcst", "git", "rich", "yaml", "msgspec", "redis", "pathlib", "codemods")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with the tiny platform."""
    return tiny_platform(tmp_path)


def migrate(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments, prog_name="migrate")


def state(root: Path) -> tuple[str, str, str]:
    return (
        git(root, "for-each-ref"),
        git(root, "count-objects", "--verbose"),
        git(root, "status", "--porcelain=v2", "--branch"),
    )


USAGE = {
    "an unknown option": (
        ("--phas", "1"),
        "No such option '--phas'. (Did you mean one of: '--base', '--phase', '--push'?) "
        'Type "migrate --help" for what there is.',
    ),
    "an unknown command": (
        ("scna",),
        "No such command 'scna'. Did you mean 'scan'? Type \"migrate --help\" for what there is.",
    ),
    "a word that is near to no command": (
        ("portfolio",),
        "No such command 'portfolio'. Type \"migrate --help\" for what there is.",
    ),
    "a phase that is no number": (
        ("--phase", "one"),
        "Invalid value for '--phase': 'one' is not a valid integer. Type \"migrate --help\" for what there is.",
    ),
    "a wrong option of a command": (
        ("status", "--phase", "one"),
        "Invalid value for '--phase': 'one' is not a valid integer. Type \"migrate status --help\" for what there is.",
    ),
    "two phases": (
        ("--phase", "1", "--dry-run", "--phase=2"),
        "--phase is given twice, and takes one value; keep one of them",
    ),
    "two engines of a command that takes one": (
        ("revert", "--engine", "portfolio", "--engine", "ml"),
        "--engine is given twice, and takes one value; keep one of them",
    ),
    "a phase and all": (("--phase", "1", "--all"), "--phase and --all contradict each other; keep one of them"),
    "a phase and an engine": (
        ("--engine", "portfolio", "--phase", "1"),
        "--phase and --engine contradict each other; keep one of them",
    ),
    "an exit code without a dry run": (
        ("--all", "--exit-code"),
        "--exit-code goes with --dry-run; add it, or leave --exit-code out",
    ),
    "reasons above hunks that are not printed": (
        ("--all", "--dry-run", "--explain", "--pr-body"),
        "--explain is for the diff; leave it out, or --json and --pr-body",
    ),
    "a selection before demo": (("--all", "demo"), '"migrate demo" does not take --all before it'),
    "demo that writes and keeps": (
        ("demo", "--write", "x", "--keep", "y"),
        "--write only writes the platform; leave --keep and --json out",
    ),
}


@pytest.mark.parametrize("name", USAGE)
def test_wrong_usage(name: str) -> None:
    arguments, sentence = USAGE[name]
    result = migrate(*arguments)
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", f"migrate: {sentence}\n")


@pytest.mark.parametrize("arguments", [(), ("--dry-run",)])
def test_no_selection_shows_the_help_and_is_wrong_usage(arguments: tuple[str, ...]) -> None:
    result = migrate(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("Usage: migrate [OPTIONS] [COMMAND] [ARGS]...\n")
    assert result.stderr.endswith("migrate: say what to migrate: --phase N, --engine NAME, --all or --retry\n")


FAULTS = {
    "an unknown engine": (
        ("--engine", "portfolo"),
        'engines.yaml:17: no engine is called "portfolo"; did you mean "portfolio"?',
    ),
    "an unknown phase": (("--phase", "9"), "engines.yaml:17: no engine is in phase 9; the phases are: 1, 2"),
    "a migrated engine": (
        ("--engine", "risk"),
        'risk uses the dual message bus already (engines.yaml:20 says "migrated: true"); '
        "select an engine that is to be migrated",
    ),
    "a base that is no commit": (
        ("--all", "--base", "develop"),
        '"develop" is not a commit in {root}; name a branch, tag or commit with --base',
    ),
    "a base that looks like an option": (
        ("--all", "--base=--all"),
        '"--all" is not a commit in {root}; name a branch, tag or commit with --base',
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_what_is_not_in_the_campaign(root: Path, name: str) -> None:
    arguments, sentence = FAULTS[name]
    before = state(root)
    result = migrate("--repo", str(root), *arguments)
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", f"migrate: {sentence.format(root=root)}\n")
    assert state(root) == before


def changed(old: str, new: str) -> str:
    assert old in CONFIG
    return CONFIG.replace(old, new)


CONFIGS = {
    "broken YAML": (changed("version: 1", "version: [1"), "engines.yaml:"),
    "a path that is gone at the base": (
        changed("paths: [engines/portfolio]", "paths: [engines/portfolo]"),
        "engines.yaml:19:",
    ),
    "a message type that the target lacks": (
        changed("message_type: STRATEGY_SIGNAL", "message_type: STRATEGY_SIGNALS"),
        "engines.yaml:16: the target has no message type STRATEGY_SIGNALS; did you mean STRATEGY_SIGNAL?",
    ),
}


@pytest.mark.parametrize("name", CONFIGS)
def test_a_wrong_configuration(root: Path, name: str) -> None:
    config, sentence = CONFIGS[name]
    write_files(root, {"engines.yaml": config})
    before = state(root)
    result = migrate("--repo", str(root), "--all")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"migrate: {sentence}")
    assert result.stderr.count("\n") == 1
    assert state(root) == before


def test_a_missing_engines_yaml_says_how_to_name_another(root: Path) -> None:
    (root / "engines.yaml").unlink()
    result = migrate("--repo", str(root), "--all")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "engines.yaml" in result.stderr
    assert "--config" in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_folder_without_a_repository(tmp_path: Path) -> None:
    result = migrate("--repo", str(tmp_path), "--all")
    sentence = f"{tmp_path} is not inside a git repository; run migrate inside the one that holds the engines"
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", f"migrate: {sentence}\n")


def test_a_repository_without_a_commit(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    result = migrate("--repo", str(tmp_path), "--all")
    sentence = f"{tmp_path} has no commit yet; commit the code, then run migrate again"
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", f"migrate: {sentence}\n")


def test_a_target_client_that_cannot_be_relied_on_stops_the_run(root: Path) -> None:
    commit_files(root, {"backend/dual_messagebus_client.py": "class DualMessageBusClient:\n    pass\n"})
    before = state(root)
    result = migrate("--repo", str(root), "--all")
    assert (result.exit_code, result.stdout) == (1, "")
    lines = result.stderr.splitlines()
    assert lines
    assert all(line.startswith("migrate: backend/dual_messagebus_client.py") for line in lines)
    assert state(root) == before


def test_help_names_every_exit_code_and_gives_examples() -> None:
    result = migrate("--help")
    assert result.exit_code == 0
    assert "migrate --engine portfolio --dry-run" in result.stdout
    codes = result.stdout.split("Exit codes:\n")[1].splitlines()
    assert [line.split()[0] for line in codes] == ["0", "1", "2", "3", "4", "130"]


@pytest.mark.parametrize("command", sorted(SENTENCES))
def test_help_of_every_command_has_examples(command: str) -> None:
    result = migrate(command, "--help")
    assert result.exit_code == 0
    assert f"Examples:\n    migrate {command}" in result.stdout


def test_version() -> None:
    result = migrate("--version")
    assert (result.exit_code, result.stdout) == (0, f"migrate {__version__}\n")


def test_help_imports_nothing_heavy() -> None:
    script = f"""
import sys
sys.argv = ["migrate", "--help"]
from migrator.cli import main
try:
    main()
except SystemExit as end:
    loaded = sorted({{name.partition(".")[0] for name in sys.modules}} & {set(HEAVY)!r})
    sys.exit(f"imported: {{loaded}}" if loaded or end.code else 0)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def _interrupted(process: subprocess.Popen[str]) -> str:
    """What a process prints that is interrupted; again where Python took the signal just before it began to read."""
    for _ in range(12):
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            return process.communicate(timeout=5)[1]
    raise TimeoutError


def test_an_interrupted_run_ends_with_130(root: Path) -> None:
    """The configuration is a pipe that nobody writes to: the run stands still there until the signal comes."""
    pipe = root / "pipe.yaml"
    os.mkfifo(pipe)
    command = [sys.executable, "-m", "migrator", "--all", "--config", str(pipe), "--repo", str(root)]
    process = subprocess.Popen(command, env=clean_environment(), stderr=subprocess.PIPE, text=True)
    with pipe.open("wb"):  # opens only when the run has opened its end
        errors = _interrupted(process)
    assert process.returncode == 130
    assert errors.strip() == (
        "migrate: interrupted; branches that were made are whole. Run the same command again to go on."
    )


def test_the_unexpected_keeps_its_traceback() -> None:
    @click.group(cls=Command)
    def group() -> None:
        """A command of the same class, with a fault in it."""

    @group.command()
    def faulty() -> None:
        raise KeyError("client")

    result = CliRunner().invoke(group, ["faulty"])
    assert (result.exit_code, repr(result.exception), result.stderr) == (1, "KeyError('client')", "")


def test_demo_write_leaves_a_repository_to_try_on(tmp_path: Path) -> None:
    folder = tmp_path / "platform"
    result = migrate("demo", "--write", str(folder))
    assert (result.exit_code, result.stdout) == (
        0,
        f"The sample platform is in {folder}. Go there and type: migrate --all --dry-run\n",
    )
    assert git(folder, "status", "--porcelain") == ""
    assert (folder / "engines.yaml").is_file()


def test_the_list_of_commands_says_of_each_what_its_own_help_says() -> None:
    folder = Path(migrator.commands.__file__).parent
    modules = {file.stem for file in folder.glob("*.py")} - {"__init__", "options"}
    own = {name: cli.get_command(click.Context(cli), name) for name in modules}
    sentences = {name: command.get_short_help_str(100) for name, command in own.items() if command}
    assert sentences == SENTENCES


def test_a_run_that_made_branches_says_what_to_type_next(root: Path) -> None:
    place = ("--repo", str(root), "--base", "main")
    at = " ".join(place)
    ends = f"\nWhat to type next\n  migrate review {at}\n  migrate status {at}\n"
    made, again = (migrate("--all", *place).stdout for _ in range(2))
    assert (made.endswith(ends), again.endswith(ends)) == (True, True)
    assert "What to type next" not in migrate("--all", "--dry-run", *place).stderr
