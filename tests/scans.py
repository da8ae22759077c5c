"""What tests of `migrate scan` type, and the engine that several of them read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result
from gitrepo import git
from tinyplatform import PUBLISHER

from migrator.cli import cli

SERVICE_OF_STRATEGY = "backend/engines/strategy/service.py"
KEPT = PUBLISHER.replace("self.bus.publish(f", "self.bus.publish(  # migrate: keep the desk reads it\n            f")


def scan(root: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["scan", "--repo", str(root), *arguments], prog_name="migrate")


def scanned(root: Path, *arguments: str) -> Any:
    return json.loads(scan(root, "--json", *arguments).stdout)


def state(root: Path) -> tuple[str, str, str]:
    return git(root, "for-each-ref"), git(root, "count-objects", "--verbose"), git(root, "status", "--porcelain=v2")
