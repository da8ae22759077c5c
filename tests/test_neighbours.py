"""A question about a stream is told what the engines on the dual bus know of it: the bus that it is on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from engines_of_one import slug
from tinyplatform import tiny_platform

from codemods.model import Change, Question, StreamEnd
from migrator.cli import cli
from migrator.neighbours import with_known_buses

NATIVE = """\
from dual_messagebus_client import EngineType, get_dual_bus_client


async def tell():
    client = await get_dual_bus_client(EngineType.RISK)
    await client.marketdata_client.xadd("odd-orders", {"a": "1"})
"""
READER = """\
import redis.asyncio as redis


async def read():
    client = redis.Redis(host="localhost", port=6379, decode_responses=True)
    return await client.xlen("odd-orders")
"""
ASKED = Question("route:odd", "which bus carries the stream `odd`?", 'routes:\n  - {match: "odd", bus: a}   # or b')


def end(name: str, bus: str, line: int = 3) -> StreamEnd:
    return StreamEnd(name, "publish", "stream", "risk", "risk.py", line, reason="on the dual bus already", bus=bus)


KNOWN = {
    "the stream itself": ([end("odd", "marketdata")], "marketdata"),
    "a glob of it": ([end("even", "engine_logic"), end("od*", "marketdata")], "marketdata"),
    "two ends of one bus": ([end("odd", "marketdata"), end("odd", "marketdata", 9)], "marketdata"),
}


@pytest.mark.parametrize("name", KNOWN, ids=slug)
def test_the_suggestion_names_the_bus_and_who_has_the_stream_there(name: str) -> None:
    ends, bus = KNOWN[name]
    (question,) = with_known_buses(Change("ml", questions=(ASKED,)), ends).questions
    assert question.suggestion == f'routes:\n  - {{match: "odd", bus: {bus}}}   # risk has it there, risk.py:3'
    assert (question.id, question.text) == (ASKED.id, ASKED.text)


UNKNOWN = {
    "nobody has it": [end("even", "marketdata")],
    "an end without a bus": [end("odd", "")],
    "an end whose stream is not known": [end("*", "marketdata")],
    "ends on two buses": [end("odd", "marketdata"), end("odd", "engine_logic")],
}


@pytest.mark.parametrize("name", UNKNOWN, ids=slug)
def test_the_suggestion_stays_a_guess_where_it_is_not_known(name: str) -> None:
    change = Change("ml", questions=(ASKED,))
    assert with_known_buses(change, UNKNOWN[name]) is change


def test_a_question_about_something_else_is_left_alone() -> None:
    topic = Question("route:odd", "which message type?", 'routes:\n  - {match: "odd", message_type: A}')
    other = Question("stream:odd", "which stream?", 'answers:\n  "stream:odd": "a"')
    change = Change("ml", questions=(topic, other))
    assert with_known_buses(change, [end("odd", "marketdata")]) is change


def test_a_scan_and_a_run_suggest_the_bus_on_which_another_engine_has_the_stream(tmp_path: Path) -> None:
    root = tiny_platform(tmp_path, strategy=READER, risk=NATIVE)
    suggestion = (
        'routes:\n  - {match: "odd-orders", bus: marketdata}   # risk has it there, backend/engines/risk/service.py:6'
    )
    for command in (["scan", "--json"], ["--all", "--dry-run", "--json"]):
        done = CliRunner().invoke(cli, [*command, "--repo", str(root)], prog_name="migrate", catch_exceptions=False)
        found = json.loads(done.stdout)
        (question,) = found.get("questions") or [each for engine in found["engines"] for each in engine["questions"]]
        assert (question["id"], question["suggestion"]) == ("route:odd-orders", suggestion)
