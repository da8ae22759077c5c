"""Answers in engines.yaml that fit no question, that nobody asks for any more, or that are none that it takes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tinyplatform import CONFIG, tiny_platform

from migrator.cli import cli

PAYLOAD = """\
from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig


class Engine:
    async def start(self, topic):
        self.bus = BufferedMessageBusClient(MessageBusConfig(redis_host="localhost", redis_port=6379))
        await self.bus.start()
        await self.bus.publish(topic, {"a": 1})
"""
ASKED = "topic:backend/engines/strategy/service.py:Engine.start:topic"


def answered(tmp_path: Path, *answers: str) -> Path:
    lines = "".join(f"  {answer}\n" for answer in answers)
    return tiny_platform(tmp_path, strategy=PAYLOAD, config=CONFIG + (f"answers:\n{lines}" if answers else ""))


def migrate(root: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, [*arguments, "--repo", str(root)])


LINE = CONFIG.count("\n") + 2


def test_the_question_is_asked_and_its_answer_closes_it(tmp_path: Path) -> None:
    found = json.loads(migrate(answered(tmp_path / "a"), "scan", "--json").stdout)
    assert [question["id"] for question in found["questions"]] == [ASKED]
    found = json.loads(migrate(answered(tmp_path / "b", f'"{ASKED}": strategy.signal.*'), "scan", "--json").stdout)
    assert (found["questions"], found["ledger"]["ask"], found["idle_answers"]) == ([], 0, [])


@pytest.mark.parametrize("command", [("scan",), ("questions",), ("--engine", "strategy", "--dry-run")])
def test_an_answer_that_fits_no_question_is_an_error_with_the_nearest(tmp_path: Path, command: tuple[str, ...]) -> None:
    wrong = ASKED.replace("Engine.start", "Engine.begin")
    result = migrate(answered(tmp_path, f'"{wrong}": strategy.signal.*'), *command)
    sentence = f"migrate: engines.yaml:{LINE}: the answer {wrong!r} fits no question; did you mean {ASKED!r}?\n"
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", sentence)


def test_an_answer_that_nobody_asks_for_any_more_is_told(tmp_path: Path) -> None:
    root = answered(tmp_path, f'"{ASKED}": strategy.signal.*', '"server:gone.example:6379": leave')
    said = f"engines.yaml:{LINE + 1}: no question asks for 'server:gone.example:6379' any more; take it out"
    assert json.loads(migrate(root, "scan", "--json").stdout)["idle_answers"] == [said]
    text = " ".join(migrate(root, "scan").stdout.split())
    assert f"Answers that nobody asks for {said}" in text


def test_an_answer_that_the_question_does_not_take_is_an_error(tmp_path: Path) -> None:
    root = answered(tmp_path, f'"{ASKED}": 7')
    result = migrate(root, "scan")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"migrate: engines.yaml:{LINE}: {ASKED!r} does not take 7; it takes: ")
    result = migrate(root, "--engine", "strategy", "--dry-run")
    assert (result.exit_code, result.stdout) == (1, "")
    assert f"{ASKED!r} does not take 7" in " ".join(result.stderr.split())


def test_nothing_is_said_of_answers_while_an_engine_cannot_be_scanned(tmp_path: Path) -> None:
    """What it asks is not known."""
    root = tiny_platform(tmp_path, strategy="import redis\ndef f(:\n", config=CONFIG + f'answers:\n  "{ASKED}": a\n')
    assert json.loads(migrate(root, "scan", "--json").stdout)["idle_answers"] == []
