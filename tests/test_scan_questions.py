"""What `migrate scan` asks, and what becomes of a question once its suggestion stands in engines.yaml."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from engines_of_one import slug
from gitrepo import commit_files, write_files
from scans import SERVICE_OF_STRATEGY, scan, scanned
from tinyplatform import ASKING, CONFIG, PUBLISHER, platform_file, tiny_platform

DETAILS = """\
engine   phase state  clients rewrite ask keep refuse questions warnings
strategy     2 legacy       1       0   6    0      0         1        0
phase 2                     1       0   6    0      0         1        0
all                         1       0   6    0      0         1        0

1 engine has legacy bus use left, 1 moved, 1 without any bus use.
  phase 1: 1 done
  phase 2: 1 with questions

strategy
{path}:3:0 import ask held back: {text}
    held by {path}:18
    {path}:3: {imports}
{path}:11:19 construct ask held back: {text}
    held by {path}:18
    {path}:11: {construct}
    {path}:3: {imports}
{path}:11:44 config ask held back: {text}
    held by {path}:18
    {path}:11: {construct}
    {path}:3: {imports}
{path}:12:14 start ask held back: {text}
    held by {path}:18
    {path}:12: await self.bus.start()
    {path}:11: {construct}
    {path}:3: {imports}
{path}:15:14 stop ask held back: {text}
    held by {path}:18
    {path}:15: await self.bus.stop()
    {path}:11: {construct}
    {path}:3: {imports}
{path}:18:14 publish ask {text}
    {path}:18: await self.bus.publish(f"portfolio.weights.{{symbol}}", {{"symbol": symbol}})
    {path}:11: {construct}
    {path}:3: {imports}

Open questions, each with what to put into engines.yaml
  route:portfolio.weights.*: which message type replaces the topic
    `portfolio.weights.*`?
    {path}:18
      routes:
        - {{match: "portfolio.weights.*", message_type: PORTFOLIO_UPDATE}}
"""


def test_an_engine_is_shown_site_by_site_and_its_question_is_ready_to_paste(tmp_path: Path) -> None:
    root = tiny_platform(tmp_path, strategy=ASKING, portfolio="LOT = 10\n")
    result = scan(root, "--engine", "strategy")
    expected = DETAILS.format(
        path="backend/engines/strategy/service.py",
        text="which message type replaces the topic `portfolio.weights.*`?",
        imports="from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig",
        construct='self.bus = BufferedMessageBusClient(MessageBusConfig(redis_host="localhost", redis_port=6379))',
    )
    assert (result.exit_code, result.stdout) == (4, expected)
    assert scan(root, "--file", "backend/engines/strategy/service.py").stdout == expected
    assert scan(root, "--phase", "1").exit_code == 0


def test_a_question_that_is_answered_is_gone(tmp_path: Path) -> None:
    route = '  - {match: "portfolio.weights.*", message_type: PORTFOLIO_UPDATE}\nengines:'
    root = tiny_platform(tmp_path, strategy=ASKING, config=CONFIG.replace("engines:", route, 1))
    result = scan(root, "--engine", "strategy", "--json")
    assert (result.exit_code, json.loads(result.stdout)["questions"]) == (0, [])


def paste(config: str, suggestion: str) -> str:
    """engines.yaml with what a question suggests, put below its key."""
    key, _, rest = suggestion.partition("\n")
    if rest.startswith("  redis:"):
        return re.sub(r"^  redis:.*$", rest, config, flags=re.MULTILINE)
    config = config if f"\n{key}\n" in config else f"{config}{key}\n"
    return config.replace(f"\n{key}\n", f"\n{key}\n{rest}\n", 1)


def paste_all(root: Path) -> list[str]:
    """The ids of all open questions, once everything that they suggest stands in engines.yaml."""
    questions = scanned(root)["questions"]
    for question in questions:
        config = (root / "engines.yaml").read_text()
        write_files(root, {"engines.yaml": paste(config, question["suggestion"])})
    return [question["id"] for question in questions]


def test_pasting_every_suggestion_answers_every_question_of_the_sample_platform(platform: Path) -> None:
    head, _, rest = (platform / "engines.yaml").read_text().partition("\nroutes:\n")
    write_files(platform, {"engines.yaml": head + rest[rest.index("\n# Each path") :]})
    asked = paste_all(platform)
    topics = ["market.data.*", "ml.prediction.*", "portfolio.update.*", "risk.metric.*", "strategy.signal.*"]
    streams = ["client-orders", "factor-values", "feature-vectors", "margin-calls", "raw-ticks"]
    assert asked == sorted(f"route:{name}" for name in (*topics, *streams))
    result = scanned(platform)
    assert (result["questions"], result["ledger"]["ask"], result["ledger"]["refuse"]) == ([], 0, 0)


AWAY = PUBLISHER.replace('redis_host="localhost"', 'redis_host="redis-2"')


SECRET = PUBLISHER.replace("redis_port=6379", "redis_port=6379, redis_db=3")


TOPIC = 'f"strategy.signal.{symbol}"'


RAW = """\
import redis.asyncio as redis


class Engine:
    async def start(self):
        self.client = redis.Redis(host="localhost", port=6379)

    async def use(self, name):
        <use>
"""


def raw(use: str) -> str:
    return RAW.replace("<use>", use)


ASKED: dict[str, tuple[str, list[str]]] = {
    "a topic without a route": (ASKING, ["route:portfolio.weights.*"]),
    "a topic of which a route takes a part": (PUBLISHER.replace(TOPIC, 'f"strategy.{symbol}"'), ["route:strategy.*"]),
    "a stream of which a route takes a part": (
        raw('await self.client.xadd(f"strategy.{name}", {"a": "1"})'),
        ["route:strategy.*"],
    ),
    "a topic whose words say nothing": (PUBLISHER.replace("strategy.signal.", "zz."), ["route:zz.*"]),
    "every topic": (
        PUBLISHER.replace(
            "await self.bus.start()", 'await self.bus.start()\n        await self.bus.subscribe("*", self.on)'
        )
        + "\n    async def on(self, message):\n        print(message.payload)\n",
        ["route:*"],
    ),
    "a topic that is only known at run time": (
        PUBLISHER.replace(TOPIC, "symbol"),
        [f"topic:{SERVICE_OF_STRATEGY}:Engine.signal:symbol"],
    ),
    "a topic with quotes in it": (
        PUBLISHER.replace(TOPIC, 'symbol["a"]').replace("symbol: str", "symbol"),
        [f'topic:{SERVICE_OF_STRATEGY}:Engine.signal:symbol["a"]'],
    ),
    "a payload whose keys are not known": (
        PUBLISHER.replace('{"symbol": symbol}', "self.told"),
        ["topic-key:strategy"],
    ),
    "a payload with a topic of its own": (
        PUBLISHER.replace('{"symbol": symbol}', '{"topic": symbol}'),
        ["own-topic:strategy"],
    ),
    "another server": (AWAY, ["server:redis-2:6379"]),
    "a database": (SECRET, ["server:localhost:6379:database-3"]),
    "a server that is only known at run time": (
        PUBLISHER.replace('redis_host="localhost"', "redis_host=self.host"),
        ["server:the server of `self.host`"],
    ),
    "a stream without a route": (raw('await self.client.xadd("odd", {"a": "1"})'), ["route:odd"]),
    "a stream that is only known at run time": (
        raw('await self.client.xack(name["a"], "g", "1")'),
        [f'stream:{SERVICE_OF_STRATEGY}:Engine.use:name["a"]'.replace('"', "'")],
    ),
    "streams in a mapping that is not known": (
        raw("await self.client.xread(self.streams, block=100)"),
        [f"stream:{SERVICE_OF_STRATEGY}:Engine.use:self.streams"],
    ),
    "a read that may wait for ever": (
        raw('await self.client.xread({"strategy.signal.a": "$"}, block=0)'),
        [f"block:{SERVICE_OF_STRATEGY}:Engine.use:0"],
    ),
    "replies that were bytes": (
        raw('return await self.client.xrange("strategy.signal.a")'),
        [f"decode:{SERVICE_OF_STRATEGY}"],
    ),
}


@pytest.mark.parametrize("name", ASKED, ids=slug)
def test_a_question_whose_suggestion_is_pasted_is_gone(tmp_path: Path, name: str) -> None:
    text, expected = ASKED[name]
    root = tiny_platform(tmp_path, strategy=text)
    assert paste_all(root) == expected
    left = [question["id"] for question in scanned(root)["questions"]]
    assert set(left) & set(expected) == set()


def test_payloads_that_are_not_plain_json_are_asked_about_once(tmp_path: Path) -> None:
    own = platform_file("enhanced_messagebus_client.py").replace(
        b"json.dumps(payload)", b"json.dumps(payload, default=str)"
    )
    root = tiny_platform(tmp_path, strategy=PUBLISHER)
    commit_files(root, {"backend/enhanced_messagebus_client.py": own})
    assert paste_all(root) == ["json:strategy"]
    assert scanned(root)["questions"] == []


@pytest.mark.parametrize("name", ASKED, ids=slug)
def test_a_question_keeps_its_id_where_lines_move_and_other_files_change(tmp_path: Path, name: str) -> None:
    text, expected = ASKED[name]
    root = tiny_platform(
        tmp_path, strategy=f'"""Moved."""\n\nimport os\n\n\n{text}', portfolio=PUBLISHER, risk="RISK = 1\n"
    )
    assert [question["id"] for question in scanned(root, "--engine", "strategy")["questions"]] == expected
