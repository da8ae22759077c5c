"""A tiny platform with one odd file: what a scan says of it, and what a dry run makes of it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result
from gitrepo import clean_environment, git

from migrator.cli import cli
from migrator.probing.warning import NOT_PROBED

STRATEGY = "backend/engines/strategy"
SERVICE = f"{STRATEGY}/service.py"
PUBLISHED = '''\
"""Publishes signals."""

from dual_messagebus_client import EngineType, MessageType, get_dual_bus_client


class Engine:
    def __init__(self) -> None:
        self.bus = None

    async def start(self) -> None:
        self.bus = await get_dual_bus_client(EngineType.STRATEGY)

    async def stop(self) -> None:
        await self.bus.close()

    async def signal(self, symbol: str) -> None:
        await self.bus.publish_message(
            MessageType.STRATEGY_SIGNAL, {"symbol": symbol, "topic": f"strategy.signal.{symbol}"}
        )
'''
"""What PUBLISHER becomes."""

MOVED = {"found": 6, "rewrite": 6, "ask": 0, "keep": 0, "refuse": 0, "suppressed": 0}
NOTHING = dict.fromkeys(MOVED, 0)


def migrate(root: Path, *arguments: str) -> Result:
    """What the command says; it never ends in a traceback."""
    done = CliRunner().invoke(cli, [*arguments, "--repo", str(root)], prog_name="migrate", catch_exceptions=False)
    assert "Traceback" not in done.stderr, done.stderr
    return done


def scan(root: Path) -> tuple[int, dict[str, Any]]:
    """The exit code of a scan, and its JSON."""
    done = migrate(root, "scan", "--json")
    assert done.stderr == f"migrate: {NOT_PROBED} --repo {root}\n"
    return done.exit_code, json.loads(done.stdout)


def files(found: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """Status and reason of each file of the strategy engine that a scan names."""
    return {
        file["path"]: (file["status"], file["reason"]) for file in found["files"] if file["path"].startswith(STRATEGY)
    }


def strategy(found: dict[str, Any]) -> dict[str, Any]:
    (engine,) = (each for each in found["engines"] if each["engine"] == "strategy")
    return dict(engine)


def apply_dry_run(root: Path) -> int:
    """Apply what a dry run prints to the working tree, with git; the exit code of the dry run."""
    done = migrate(root, "--all", "--dry-run")
    if done.stdout_bytes:
        subprocess.run(["git", "apply", "-"], cwd=root, env=clean_environment(), input=done.stdout_bytes, check=True)
    return done.exit_code


def apart(root: Path) -> tuple[int, str]:
    """What a dry run with a file that cannot be read gives: its exit code, and what it changes of another engine."""
    code = apply_dry_run(root)
    return code, git(root, "status", "--porcelain")
