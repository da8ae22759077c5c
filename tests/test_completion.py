"""Completion in a shell: commands, options, and the engines of the repository that one is in."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from gitrepo import clean_environment
from tinyplatform import tiny_platform

from migrator.cli import cli

HOUSE = Path(__file__).parent.parent


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tiny_platform(tmp_path)


def completed(folder: Path, *words: str) -> list[str]:
    """What bash offers for the last of these words, by the script that the command prints."""
    command = folder.parent / "migrate"
    command.write_text(f'#!/bin/sh\nPYTHONPATH={HOUSE} exec {sys.executable} -m migrator "$@"\n')
    command.chmod(0o755)
    script = f"""
source <({command} completion bash)
COMP_WORDS=({" ".join(f"'{word}'" for word in words)})
COMP_CWORD={len(words) - 1}
_migrate_completion {command}
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
    bash = shutil.which("bash")
    assert bash
    done = subprocess.run(
        [bash, "-c", script], cwd=folder, env=clean_environment(), capture_output=True, text=True, check=True
    )
    return [line for line in done.stdout.splitlines() if line]


def test_engines_are_completed_by_their_names(root: Path) -> None:
    assert completed(root, "migrate", "--engine", "") == ["strategy", "portfolio", "risk"]
    assert completed(root, "migrate", "scan", "--engine", "p") == ["portfolio"]


def test_commands_and_options_are_completed(root: Path) -> None:
    assert completed(root, "migrate", "sc") == ["scan"]
    assert completed(root, "migrate", "scan", "--str") == ["--streams"]


OTHERS = {
    "fish": "source {script}; complete -C 'migrate sc'; complete -C 'migrate scan --engine p'",
    "zsh": """
compdef() {{ }}
_describe() {{ print -l -- $completions_with_descriptions }}
compadd() {{ print -l -- $completions }}
source {script}
words=(migrate sc) CURRENT=2 _migrate_completion
words=(migrate scan --engine p) CURRENT=4 _migrate_completion
""",
}
"""What shows in another shell what is offered."""


@pytest.mark.parametrize("shell", OTHERS)
def test_another_shell_offers_the_same(shell: str, root: Path) -> None:
    command, script = root.parent / "migrate", root.parent / "script"
    command.write_text(f'#!/bin/sh\nPYTHONPATH={HOUSE} exec {sys.executable} -m migrator "$@"\n')
    command.chmod(0o755)
    script.write_text(CliRunner().invoke(cli, ["completion", shell], prog_name="migrate").stdout)
    program, environment = shutil.which(shell), clean_environment()
    if program is None:
        pytest.skip(f"{shell} is not installed")
    environment["PATH"] = f"{root.parent}:{environment['PATH']}"
    arguments = [program, *(["-f"] if shell == "zsh" else ["--no-config"]), "-c", OTHERS[shell].format(script=script)]
    done = subprocess.run(arguments, cwd=root, env=environment, capture_output=True, text=True, check=True)
    offered = [re.split(r"[\t:]", line)[0] for line in done.stdout.splitlines()]
    assert offered == ["scan", "portfolio"], done.stderr


def test_without_a_campaign_no_engine_is_offered(tmp_path: Path) -> None:
    assert completed(tmp_path, "migrate", "--engine", "") == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_shell_gets_a_script_for_this_command(shell: str) -> None:
    result = CliRunner().invoke(cli, ["completion", shell])
    assert result.exit_code == 0
    assert f"_MIGRATE_COMPLETE={shell}_complete" in result.stdout


def test_a_shell_that_is_not_named_is_asked_for_in_one_sentence() -> None:
    result = CliRunner().invoke(cli, ["completion"], prog_name="migrate")
    assert (result.exit_code, result.stdout, result.stderr) == (
        2,
        "",
        "migrate: no shell is named; type: migrate completion bash, or zsh, or fish\n",
    )
