"""git as the platform's own team uses it: a fixed author, and nothing of this user's configuration or hooks."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from migrator.errors import WRONG_USAGE, MigrateError
from migrator.git_command import NO_GIT

NAME, EMAIL = "Platform Team", "platform@example.com"
OPTIONS = ("-c", "core.hooksPath=/dev/null", "-c", "commit.gpgSign=false", "-c", "gc.auto=0")


def git(folder: Path, *arguments: str, date: str = "") -> str:
    """What git prints; `date` is that of the author and of the committer, in ISO 8601."""
    try:
        done = subprocess.run(
            ["git", *OPTIONS, *arguments], cwd=folder, env=environment(date), capture_output=True, check=False
        )
    except FileNotFoundError as error:
        raise MigrateError(NO_GIT, WRONG_USAGE) from error
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()
        raise MigrateError(f"{folder}: git {arguments[0]} failed: {said}")
    return done.stdout.decode(errors="surrogateescape")


def environment(date: str = "") -> dict[str, str]:
    """This process's environment without its GIT_ variables, and with the author of the sample platform."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    variables |= {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C",
    }
    for role in ("AUTHOR", "COMMITTER"):
        variables |= {f"GIT_{role}_NAME": NAME, f"GIT_{role}_EMAIL": EMAIL}
        if date:
            variables[f"GIT_{role}_DATE"] = date
    return variables
