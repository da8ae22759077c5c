"""Repositories without an engines.yaml, and what `migrate init` writes for them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from click.testing import CliRunner, Result
from gitrepo import make_repo
from tinyplatform import PUBLISHER, platform_file

from migrator.cli import cli
from migrator.config import Campaign, load

TARGET = platform_file("dual_messagebus_client.py")
WRAPPER = platform_file("enhanced_messagebus_client.py")
SERVED = f"from fastapi import FastAPI\n{PUBLISHER}\napp = FastAPI()\n"
NATIVE = """\
from dual_messagebus_client import EngineType, MessageType, get_dual_bus_client
from fastapi import FastAPI

PORT = 8200
app = FastAPI()


async def start():
    bus = await get_dual_bus_client(EngineType.RISK)
    await bus.publish_message(MessageType.RISK_METRIC, {"value": 1})
"""


def migrate(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments, prog_name="migrate")


def init(tmp_path: Path, files: Mapping[str, str | bytes]) -> tuple[str, Campaign]:
    """The text that init writes for a repository with these files, and the campaign that it loads as."""
    root = make_repo(tmp_path, files)
    result = migrate("init", "--repo", str(root))
    assert (result.exit_code, result.stderr) == (4, ""), result.output
    text = (root / "engines.yaml").read_text()
    assert f"{len(questions(text))} question" in result.stdout
    return text, load(root / "engines.yaml")


def questions(text: str) -> list[str]:
    """The open questions of a file."""
    return re.findall(r"# question: (.*)", text)


def engines(campaign: Campaign) -> dict[str, tuple[tuple[str, ...], int, str, bool]]:
    return {each.name: (each.paths, each.port, each.engine_type, each.migrated) for each in campaign.engines}


SECOND = '''\
"""A simple channel."""

import redis.asyncio as redis


class Channel:
    def __init__(self, url):
        self.client = redis.from_url(url)

    async def emit(self, topic, payload):
        await self.client.xadd("channel", {"topic": topic, "payload": payload})
'''
