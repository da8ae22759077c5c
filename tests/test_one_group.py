"""Two engines that the target would give one group are told, and get no branch; where none hears, none is meant."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from tinyplatform import CONFIG, PUBLISHER, tiny_platform

from migrator.cli import cli

LISTENER = PUBLISHER.replace(
    'await self.bus.publish(f"strategy.signal.{symbol}", {"symbol": symbol})',
    'await self.bus.subscribe("strategy.signal.*", self.on_signal)\n\n'
    "    async def on_signal(self, message) -> None:\n        print(message.payload)",
)
NATIVE = """\
from dual_messagebus_client import EngineType, MessageType, get_dual_bus_client


class Engine:
    async def start(self) -> None:
        self.bus = await get_dual_bus_client(EngineType.STRATEGY)
        await self.bus.subscribe_to_engine_logic([MessageType.STRATEGY_SIGNAL], self.on_signal)

    async def on_signal(self, message: dict[str, str]) -> None:
        print(message)
"""
ALIKE = CONFIG.replace("engine_type: PORTFOLIO", "engine_type: STRATEGY")


def dry_run(tmp_path: Path, **texts: str) -> tuple[int, dict[str, Any]]:
    """The exit code, and each engine's result."""
    root = tiny_platform(tmp_path, **texts)
    done = CliRunner().invoke(cli, ["--all", "--dry-run", "--json", "--repo", str(root)], prog_name="migrate")
    return done.exit_code, {each["engine"]: each for each in json.loads(done.stdout)["engines"]}


def test_two_engines_of_one_type_that_hear_the_same_get_no_branch(tmp_path: Path) -> None:
    code, engines = dry_run(tmp_path, strategy=LISTENER, portfolio=LISTENER, config=ALIKE)
    assert code == 1
    assert [(each["status"], each["problems"]) for each in (engines["strategy"], engines["portfolio"])] == [
        (
            "failed",
            [
                f"{name}: {other} is STRATEGY too (engines.yaml:{line}), and hears STRATEGY_SIGNAL as well: the target "
                "names a group after the type, so each message would go to one of the two alone; give one of them "
                "another `engine_type`"
            ],
        )
        for name, other, line in (("strategy", "portfolio", 19), ("portfolio", "strategy", 18))
    ]


def test_an_engine_on_the_buses_already_is_such_a_neighbour(tmp_path: Path) -> None:
    code, engines = dry_run(tmp_path, strategy=LISTENER, portfolio=NATIVE, config=ALIKE)
    assert (code, engines["strategy"]["status"]) == (1, "failed")
    assert engines["strategy"]["problems"][0].startswith("strategy: portfolio is STRATEGY too ")


@pytest.mark.parametrize(
    ("strategy", "portfolio", "config"),
    [(PUBLISHER, LISTENER, ALIKE), (PUBLISHER, PUBLISHER, ALIKE), (LISTENER, LISTENER, CONFIG)],
    ids=["one sends", "both send", "two types"],
)
def test_where_no_group_is_shared_nothing_is_said(tmp_path: Path, strategy: str, portfolio: str, config: str) -> None:
    code, engines = dry_run(tmp_path, strategy=strategy, portfolio=portfolio, config=config)
    assert (code, [each["problems"] for each in engines.values()]) == (0, [[], []])
