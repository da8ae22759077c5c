"""A tiny campaign of one phase for tests of `migrate status`: what it says, and a person who types what it says."""

from __future__ import annotations

import json
import shlex
import subprocess
from contextlib import chdir
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result
from gitrepo import clean_environment, git
from tinyplatform import CONFIG, PUBLISHER, tiny_platform

from migrator.cli import cli

ONE_PHASE = CONFIG.replace("phase: 2", "phase: 1")
SERVICE = "backend/engines/strategy/service.py"
BRANCH = "dual-bus/phase-1/strategy"
LATER = {"GIT_COMMITTER_DATE": "1700009999 +0000"}
OTHER = PUBLISHER.replace("def signal", "def other_signal").replace("await self.bus.stop()", "self.bus = None")
"""A second file of the engine, as legacy as the first; it closes nothing, which the first one does for both."""


def campaign(tmp_path: Path, **texts: str | bytes) -> Path:
    """The tiny platform with all its engines in phase 1; one has nothing to move."""
    return tiny_platform(tmp_path, **{"config": ONE_PHASE, "portfolio": "LOT = 10\n", **texts})


def migrate(root: Path, *arguments: str) -> Result:
    """What this command line does in the repository."""
    with chdir(root):
        return CliRunner().invoke(cli, arguments, prog_name="migrate", catch_exceptions=False)


def states(root: Path, *arguments: str) -> dict[str, dict[str, Any]]:
    """What `migrate status` says of each engine."""
    result = migrate(root, "status", "--json", *arguments)
    return {each["engine"]: each for each in json.loads(result.stdout)["engines"]}


def strategy(root: Path) -> tuple[str, str, list[str]]:
    """State, detail and next commands of the engine that most tests are about."""
    found = states(root)["strategy"]
    return found["state"], found["detail"], found["next"]


def typed(root: Path, commands: list[str]) -> None:
    """What a person does who copies the commands into a shell; `migrate` runs in this process."""
    for command in commands:
        words = shlex.split(command)
        if words[0] == "migrate":
            assert migrate(root, *words[1:]).exit_code in (0, 4)
            continue
        done = subprocess.run(words, cwd=root, env=clean_environment(), capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()


def edited_by_hand(root: Path, text: str = "By hand", path: str = SERVICE) -> str:
    """The id of a person's commit on the branch: the file begins with another comment."""
    git(root, "switch", "--quiet", BRANCH)
    old = (root / path).read_text() if (root / path).exists() else ""
    (root / path).write_text(f"# {text}\n{old}")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", text, **LATER)
    git(root, "switch", "--quiet", "main")
    return git(root, "rev-parse", BRANCH)
