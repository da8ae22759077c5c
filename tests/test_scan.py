"""`migrate scan`: what it finds on the sample platform and on tiny ones, and the same bytes for every order."""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from engines_of_one import ENGINE, SERVICE, settings, slug, texts_of
from gitrepo import clean_environment, commit_files, git, use_fixed_git, write_files
from msgspec.structs import asdict, replace
from tinyplatform import ASKING, CONFIG, PUBLISHER, platform_file, tiny_platform

from codemods.model import Change, Ledger, Site, Verdict
from codemods.verdicts.engine import Unit, judge_engine
from codemods.verdicts.sites import describe
from codemods.work import read_contract, scan_engine
from migrator.cli import cli
from migrator.demo.edges import EDGES
from migrator.demo.results import compare_edges
from migrator.demo.write import write_platform
from migrator.graph import Graph
from migrator.ground import open_campaign, read_ground
from migrator.probing.warning import NOT_PROBED
from migrator.report.plain import coloured, uncoloured
from migrator.report.scan_json import scan_json
from migrator.report.scan_text import scan_text
from migrator.scan import ledger_faults, scan_ground
from migrator.scanned import EngineScan, Scanned

CHANNELS = {
    "MARKET_DATA": "market.data",
    "VPIN_CALCULATION": "vpin",
    "market.data.*": "market.data",
    "ml.prediction.*": "ml.prediction",
    "portfolio.update.*": "portfolio.update",
    "risk.metric.*": "risk.metric",
    "strategy.signal.*": "strategy.signal",
}
"""The demo's word for what the code names otherwise; raw streams have one name."""

TABLE = """\
engine      phase state  clients rewrite ask keep refuse questions warnings
collateral      1 legacy       2       7   0    2      0         0        0
ml              1 legacy       2       9   0    5      0         0        1
portfolio       1 legacy       1      11   0    0      0         0        1
phase 1                        5      27   0    7      0         0        2
factor          2 legacy       1       8   0    0      0         0        0
strategy        2 legacy       1      11   0    0      0         0        1
websocket       2 legacy       1       6   0    2      0         0        0
phase 2                        3      25   0    2      0         0        1
features        3 legacy       1       4   0    4      0         0        0
phase 3                        1       4   0    4      0         0        0
analytics       - moved        0       0   0    0      0         0        0
backtesting     - moved        0       0   0    0      0         0        0
marketdata      - moved        0       0   0    0      0         0        0
risk            - moved        0       0   0    0      0         0        0
toraniko        - moved        0       0   0    0      0         0        0
vpin            - moved        0       0   0    0      0         0        0
(no engine)     - none         0       0   0    2      0         0        0
all                            9      56   0   15      0         0        3

7 engines have legacy bus use left, 6 moved.
  phase 1: 3 ready
  phase 2: 3 ready
  phase 3: 1 ready

Warnings
  backend/engines/ml/service.py:45 activates: the `except` in line 47 runs where
    the server is away: the factory raises, start() only logged
  backend/engines/portfolio/service.py:38 activates: the `except` in line 58
    runs where the server is away: the factory raises, start() only logged
  backend/engines/strategy/service.py:35 activates: the `except` in line 38 runs
    where the server is away: the factory raises, start() only logged

In files of no engine; to move one, add it to the `paths` of an engine
  backend/dual_messagebus_client.py:1 implementation: keep, the target's own
    implementation
  backend/enhanced_messagebus_client.py:68 implementation: keep, the wrapper's
    own implementation
"""


@pytest.fixture(autouse=True)
def fixed_git(monkeypatch: pytest.MonkeyPatch) -> None:
    use_fixed_git(monkeypatch)


@pytest.fixture
def platform(tmp_path: Path) -> Path:
    root = tmp_path / "platform"
    write_platform(root)
    return root


def scan(root: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["scan", "--repo", str(root), *arguments], prog_name="migrate")


def scanned(root: Path, *arguments: str) -> Any:
    return json.loads(scan(root, "--json", *arguments).stdout)


def state(root: Path) -> tuple[str, str, str]:
    return git(root, "for-each-ref"), git(root, "count-objects", "--verbose"), git(root, "status", "--porcelain=v2")


def test_the_sample_platform_at_a_glance(platform: Path) -> None:
    before = state(platform)
    result = scan(platform)
    assert (result.exit_code, result.stdout, result.stderr) == (0, TABLE, f"migrate: {NOT_PROBED}\n")
    assert state(platform) == before


def test_the_manual_shows_what_a_scan_prints(platform: Path) -> None:
    page = (Path(__file__).parent.parent / "docs" / "campaign.md").read_text()
    shown = dict(re.findall(r"^```console\n\$ (migrate scan.*)\n((?:(?!```).*\n)*)```$", page, re.MULTILINE))
    assert shown == {
        "migrate scan": TABLE,
        "migrate scan --streams | head -30": "".join(scan(platform, "--streams").stdout.splitlines(True)[:30]),
    }


def test_every_edge_of_the_sample_platform_is_found_and_none_is_invented(platform: Path) -> None:
    streams = scanned(platform)["streams"]
    found = [
        (edge["publisher"], CHANNELS.get(edge["name"], edge["name"]), edge["consumer"]) for edge in streams["edges"]
    ]
    assert sorted(found) == sorted((edge.publisher, edge.channel, edge.consumer) for edge in EDGES)
    assert {edge["kind"] for edge in streams["edges"]} == {"consume"}


def _named(edge: dict[str, str]) -> tuple[str, str, str]:
    """An edge of the JSON as the demo calls it."""
    return edge["publisher"], CHANNELS.get(edge["name"], edge["name"]), edge["consumer"]


@pytest.mark.parametrize("stage", range(4))
def test_the_cut_edges_are_those_that_the_demo_shows_as_cut(platform: Path, stage: int) -> None:
    _, campaign = open_campaign(str(platform), None)
    phases = {engine.name: engine.phase for engine in campaign.engines}
    cut = {each.edge for each in compare_edges(EDGES, {}, phases, stage) if each.is_cut}
    result = scanned(platform)
    listed = result["phases"][stage - 1]["cut"] if stage else result["streams"]["cut_now"]
    edges = [edge for edge in result["streams"]["edges"] if stage in edge["cut"]]
    expected = sorted((edge.publisher, edge.channel, edge.consumer) for edge in cut)
    assert (sorted(map(_named, listed)), sorted(map(_named, edges))) == (expected, expected)


def test_the_graph_says_of_both_ends_where_they_are_and_go(platform: Path) -> None:
    (edge,) = (each for each in scanned(platform)["streams"]["edges"] if each["name"] == "raw-ticks")
    service = "backend/engines/{}/service.py"
    assert edge == {
        "publisher": "marketdata",
        "name": "raw-ticks",
        "consumer": "features",
        "kind": "consume",
        "message_type": None,
        "bus": "marketdata",
        "cut": [0, 1, 2],
        "joined": 3,
        "publishers": [
            {
                "engine": "marketdata",
                "path": service.format("marketdata"),
                "line": 33,
                "before": "marketdata",
                "after": "marketdata",
                "moves": 0,
            }
        ],
        "consumers": [
            {
                "engine": "features",
                "path": service.format("features"),
                "line": 39,
                "before": "main",
                "after": "marketdata",
                "moves": 3,
            }
        ],
    }


def test_a_scan_says_of_each_site_what_a_dry_run_says_of_it(platform: Path) -> None:
    run = CliRunner().invoke(cli, ["--repo", str(platform), "--all", "--dry-run", "--json"], prog_name="migrate")
    planned = {engine["engine"]: (engine["ledger"], engine["sites"]) for engine in json.loads(run.stdout)["engines"]}
    scan = scanned(platform)
    found = {
        engine["engine"]: (engine["ledger"], [site for site in scan["sites"] if site["engine"] == engine["engine"]])
        for engine in scan["engines"]
    }
    assert {name: found[name] for name in planned} == planned
    assert "goes with its last use" in {site["reason"] for site in scan["sites"]}


def test_the_json_holds_what_is_promised_and_the_ledgers_add_up(platform: Path) -> None:
    result = scanned(platform)
    keys = ["sites", "clients", "questions", "files", "ledger", "engines", "phases", "idle_answers", "streams"]
    assert list(result) == keys
    names = {"engine", "path", "line", "column", "kind", "client", "verdict", "reason", "question", "warnings"}
    assert all(site.keys() >= names | {"evidence"} for site in result["sites"])
    assert all(place.keys() == {"path", "line", "text"} for site in result["sites"] for place in site["evidence"])
    verdicts = [site["verdict"] for site in result["sites"]]
    total = {"found": len(verdicts), **{verdict.value: verdicts.count(verdict.value) for verdict in Verdict}}
    assert result["ledger"] == total
    ledgers = [engine["ledger"] for engine in result["engines"]]
    assert {name: sum(ledger[name] for ledger in ledgers) for name in total} == total
    assert [phase["engines"] for phase in result["phases"]] == [
        ["collateral", "ml", "portfolio"],
        ["factor", "strategy", "websocket"],
        ["features"],
    ]
    assert {file["status"] for file in result["files"]} == {"changed", "unchanged"}
    assert {name: sum(file["ledger"][name] for file in result["files"]) for name in total} == total
    for file in result["files"]:
        verdicts = [site["verdict"] for site in result["sites"] if site["path"] == file["path"]]
        counted = {verdict.value: verdicts.count(verdict.value) for verdict in Verdict}
        assert file["ledger"] == {"found": len(verdicts), **counted}


def test_any_order_of_engines_and_files_gives_the_same_bytes(platform: Path) -> None:
    outputs = set()
    head, _, engines = (platform / "engines.yaml").read_text().partition("\nengines:\n")
    blocks = re.findall(r"^  \w+:.*\n(?:    .*\n)*", engines, re.MULTILINE)
    assert len(blocks) == 13
    for seed in range(4):
        chance = random.Random(seed)
        chance.shuffle(blocks)
        write_files(platform, {"engines.yaml": f"{head}\nengines:\n{''.join(blocks)}"})
        ground = read_ground(*open_campaign(str(platform), None), None)
        texts = list(ground.texts.items())
        chance.shuffle(texts)
        ground = replace(ground, texts=dict(texts))
        result = scan_ground(ground, None, (), lambda what, done, total: None)
        outputs.add((scan_json(result), scan_text(result, True, uncoloured)))
    assert len(outputs) == 1


def test_a_piped_scan_imports_neither_libcst_nor_rich(platform: Path) -> None:
    script = """
import sys
sys.argv = ["migrate", "scan", *sys.argv[1:]]
from migrator.cli import main
try:
    main()
except SystemExit as end:
    loaded = {name.partition(".")[0] for name in sys.modules} & {"libcst", "rich"}
    sys.exit(f"imported: {loaded}" if loaded or end.code else 0)
"""
    for form in ([], ["--json"], ["--streams"], ["--engine", "ml"]):
        command = [sys.executable, "-c", script, "--repo", str(platform), *form]
        done = subprocess.run(command, env=clean_environment(), capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, f"migrate: {NOT_PROBED}\n")


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


SERVICE_OF_STRATEGY = "backend/engines/strategy/service.py"
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


KEPT = PUBLISHER.replace("self.bus.publish(f", "self.bus.publish(  # migrate: keep the desk reads it\n            f")


def test_the_table_fits_a_terminal_with_suppressed_sites_too(tmp_path: Path) -> None:
    names = "|".join(("strategy", "portfolio"))
    longer = re.sub(rf"^  ({names}): ", r"  \1_two: ", CONFIG, flags=re.MULTILINE)
    result = scan(tiny_platform(tmp_path, strategy=KEPT, config=longer))
    lines = result.stdout.split("\n")
    assert " ".join(lines[0].split()) == "engine phase state clients rewrite ask keep refuse suppr. quest. warn."
    assert max(map(len, lines)) <= 80
    assert lines[2].split() == ["phase", "1", "0", "0", "0", "0", "0", "0", "0", "0"]
    assert "  phase 2: 1 with refusals alone" in lines
    said = result.stdout.partition("\nSuppressed\n")[2].split("\n\n")[0]
    assert said == f"  {SERVICE_OF_STRATEGY}:18 the desk reads it"


COMMENTS = {
    "idle where something is used": (
        f"{PUBLISHER}\n\n# migrate: keep nothing here\n",
        21,
        "suppresses nothing: take it away",
    ),
    "idle in a file without any use": ("LOT = 10  # migrate: keep it\n", 1, "suppresses nothing: take it away"),
    "without a reason": (KEPT.replace(" the desk reads it", ""), 18, "gives no reason: write one behind it"),
}


@pytest.mark.parametrize("name", COMMENTS, ids=slug)
def test_a_comment_that_says_too_little_or_too_much_is_told_at_a_glance_and_in_detail(
    tmp_path: Path, name: str
) -> None:
    text, line, said = COMMENTS[name]
    root = tiny_platform(tmp_path, strategy=text)
    told = f"{SERVICE_OF_STRATEGY}:{line}: `# migrate: keep` {said}"
    assert told in " ".join(scan(root).stdout.split())
    assert told in " ".join(scan(root, "--file", SERVICE_OF_STRATEGY).stdout.split())
    assert told not in " ".join(scan(root, "--file", "backend/engines/risk").stdout.split())
    (notes,) = (engine["notes"] for engine in scanned(root)["engines"] if engine["engine"] == "strategy")
    assert told in notes


def test_a_comment_that_suppresses_something_is_not_called_idle_once_its_engine_is_judged(tmp_path: Path) -> None:
    """The trees of an engine are gone by then; what they said of its comments is not looked up anew."""
    folder = SERVICE_OF_STRATEGY.removesuffix("/service.py")
    cached = "import redis\n\ncache = redis.Redis()\ncache.get('a')  # migrate: keep it is no bus\n"
    root = tiny_platform(tmp_path, strategy=KEPT, risk=cached)
    commit_files(root, {f"{folder}/cache.py": cached, f"{folder}/limits.py": "LOT = 1  # migrate: keep it\n"})
    idle = f"{folder}/limits.py:1: `# migrate: keep` suppresses nothing: take it away"
    found = scanned(root)
    assert {each["engine"]: each["notes"] for each in found["engines"] if each["notes"]} == {"strategy": [idle]}
    assert [(site["path"], site["line"]) for site in found["sites"] if site["verdict"] == "suppressed"] == [
        (SERVICE_OF_STRATEGY, 18)
    ]
    for arguments in ((), ("--engine", "strategy"), ("--phase", "2")):
        assert scan(root, *arguments).stdout.count("suppresses nothing") == 1
    assert "suppresses nothing" not in scan(root, "--engine", "risk").stdout


PROGRESS = {
    "ready": PUBLISHER,
    "questions": ASKING,
    "held": PUBLISHER.replace("await self.bus.publish(", "self.bus.publish("),
    "failed": "import redis\nbroken = (\n",
    "done": "LOT = 10\n",
}


@pytest.mark.parametrize("word", PROGRESS)
def test_each_phase_says_how_far_its_engines_are(tmp_path: Path, word: str) -> None:
    both = CONFIG.replace("portfolio: {phase: 1,", "portfolio: {phase: 1, deferred: later,")
    root = tiny_platform(tmp_path, strategy=PROGRESS[word], portfolio=PUBLISHER, config=both)
    for arguments in ((), ("--engine", "risk")):
        result = scanned(root, *arguments)
        assert [phase["progress"] for phase in result["phases"]] == [{"deferred": 1}, {word: 1}]


BROKEN = PUBLISHER.replace("await self.bus.publish(", "self.bus.publish(")


def test_a_warning_stands_at_its_site_and_below_the_table(tmp_path: Path) -> None:
    root = tiny_platform(tmp_path, strategy=BROKEN)
    glance, details = scan(root), scan(root, "--engine", "strategy")
    assert (glance.exit_code, details.exit_code) == (4, 4)
    assert "\n    warning broken: nothing is published\n" in details.stdout
    warning = "\nWarnings\n  backend/engines/strategy/service.py:18 broken: nothing is published\n"
    assert warning in glance.stdout
    assert "(5 more sites wait for it)" in " ".join(glance.stdout.split())


def test_a_file_that_cannot_be_read_is_named_with_its_line_and_fails_the_scan(tmp_path: Path) -> None:
    root = tiny_platform(tmp_path, portfolio="import redis\nbroken = (\n")
    result = scan(root)
    where = "backend/engines/portfolio/service.py"
    said = f"\nFiles that could not be read\n  {where}:2: does not parse: '(' was never closed\n"
    assert result.exit_code == 1
    assert said in result.stdout
    assert "\nportfolio       1 failed" in result.stdout
    failed = [file for file in scanned(root)["files"] if file["status"] == "failed"]
    assert failed == [
        {
            "path": where,
            "status": "failed",
            "reason": f"{where}:2: does not parse: '(' was never closed",
            "warnings": ["broken: it does not parse"],
            "ledger": asdict(Ledger()),
        }
    ]
    (engine,) = (each for each in scanned(root)["engines"] if each["engine"] == "portfolio")
    assert (engine["state"], engine["progress"], engine["warnings"]) == ("failed", "failed", 1)


def test_a_deferred_engine_says_so_and_stays_on_main(tmp_path: Path) -> None:
    deferred = CONFIG.replace("strategy: {phase: 2,", "strategy: {phase: 2, deferred: later,")
    root = tiny_platform(tmp_path, portfolio="LOT = 10\n", config=deferred)
    result = scanned(root)
    assert {engine["engine"]: engine["state"] for engine in result["engines"]} == {
        "portfolio": "none",
        "strategy": "deferred",
        "risk": "moved",
        "(no engine)": "none",
    }
    (name,) = result["streams"]["names"]
    assert [(end["before"], end["after"], end["moves"]) for end in name["publishers"]] == [("main", "main", None)]


CACHE = """\
import redis

CACHE = redis.Redis(host="localhost", port=6379)
PRICE = CACHE.get("price")
"""


def test_legacy_use_in_files_of_no_engine_is_listed_and_no_run_changes_it(tmp_path: Path) -> None:
    root = tiny_platform(tmp_path)
    copy = platform_file("enhanced_messagebus_client.py") + b"\nVERSION = 2\n"
    files = {
        "scripts/replay.py": PUBLISHER,  # outside of the import root
        "backend/common/cache.py": CACHE,
        "backend/old/enhanced_messagebus_client.py": copy,
        "backend/tests/stand_in.py": "class BufferedMessageBusClient:\n    pass\n",
    }
    commit_files(root, files)
    result = scanned(root, "--engine", "(no engine)")
    sites = {(site["path"], site["line"], site["kind"], site["verdict"], site["reason"]) for site in result["sites"]}
    none = "the file belongs to no engine, and no run changes it"
    stays = "no stream command: a cache or key client stays on its server"
    wrapper = "the wrapper's own implementation"
    assert sites == {
        ("backend/common/cache.py", 1, "import", "keep", "goes only when its last use went"),
        ("backend/common/cache.py", 3, "construct", "keep", stays),
        ("backend/common/cache.py", 4, "command", "keep", stays),
        ("backend/dual_messagebus_client.py", 1, "implementation", "keep", "the target's own implementation"),
        ("backend/enhanced_messagebus_client.py", 68, "implementation", "keep", wrapper),
        ("backend/old/enhanced_messagebus_client.py", 68, "implementation", "keep", wrapper),
        ("scripts/replay.py", 3, "import", "refuse", none),
        ("scripts/replay.py", 11, "construct", "refuse", none),
        ("scripts/replay.py", 11, "config", "refuse", none),
        ("scripts/replay.py", 12, "start", "refuse", none),
        ("scripts/replay.py", 15, "stop", "refuse", none),
        ("scripts/replay.py", 18, "publish", "refuse", none),
    }
    assert (result["questions"], result["ledger"]["found"], result["ledger"]["refuse"]) == ([], 12, 6)
    assert {client["verdict"] for client in result["clients"]} == {"keep", "refuse"}
    assert scan(root).exit_code == 4


def test_a_file_of_no_engine_that_cannot_be_read_is_named_too(tmp_path: Path) -> None:
    root = tiny_platform(tmp_path)
    commit_files(root, {"backend/tests/copy.py": "import redis\nclass BufferedMessageBusClient:\n"})
    result = scan(root)
    assert result.exit_code == 1
    assert "\nFiles that could not be read\n  backend/tests/copy.py:2: does not parse: expected" in result.stdout


FACTORY = """\
from enhanced_messagebus_client import BufferedMessageBusClient, MessageBusConfig


def make_bus():
    return BufferedMessageBusClient(MessageBusConfig(redis_host="localhost", redis_port=6379))
"""
USER = """\
from common.factory import make_bus
from enhanced_messagebus_client import MessagePriority


class Engine:
    async def start(self) -> None:
        self.bus = make_bus()
        await self.bus.start()

    async def tell(self) -> None:
        await self.bus.publish("strategy.signal.AAPL", {"symbol": "AAPL"}, priority=MessagePriority.HIGH)
"""


def test_a_client_that_an_engine_reaches_is_counted_with_that_engine_alone(tmp_path: Path) -> None:
    root = tiny_platform(tmp_path, strategy=USER)
    commit_files(root, {"backend/common/factory.py": FACTORY})
    sites = [site for site in scanned(root)["sites"] if site["path"] == "backend/common/factory.py"]
    places = [(site["line"], site["column"], site["kind"]) for site in sites]
    assert len(places) == len(set(places))
    assert ("strategy", 5, "construct") in {(site["engine"], site["line"], site["kind"]) for site in sites}


UNKNOWN = """\
import redis.asyncio as redis


class Watch:
    def __init__(self, name):
        self.name = name

    async def start(self):
        self.client = redis.Redis(host="localhost", port=6379)

    async def read(self):
        await self.later(self.client.xack)
        await self.client.execute_command("XADD", "a", "*", "b", "c")
        pipe = self.client.pipeline()
        pipe.xadd("piped", {"a": "b"})
        await self.client.xadd("orders", {"a": "b"})
        return await self.client.xread({self.name: "$"}, block=10)
"""


def test_ends_that_are_asked_or_refused_or_unknown_are_in_the_graph(tmp_path: Path) -> None:
    root = tiny_platform(tmp_path, strategy=ASKING, portfolio=UNKNOWN)
    names = scanned(root)["streams"]["names"]
    shown = {
        (name["name"], name["kind"], role, end["engine"], end["line"], end["after"])
        for name in names
        for role in ("publishers", "consumers", "inspectors")
        for end in name[role]
    }
    assert shown == {
        ("*", "stream", "inspectors", "portfolio", 12, "?"),
        ("*", "stream", "publishers", "portfolio", 13, "?"),
        ("piped", "stream", "publishers", "portfolio", 15, "?"),
        ("orders", "stream", "publishers", "portfolio", 16, "?"),
        ("*", "stream", "consumers", "portfolio", 17, "?"),
        ("portfolio.weights.*", "topic", "publishers", "strategy", 18, "?"),
    }


def test_a_scan_reads_the_base_and_not_the_working_tree(tmp_path: Path) -> None:
    root = tiny_platform(tmp_path, strategy=ASKING)
    write_files(root, {"backend/engines/strategy/service.py": "LOT = 1\n"})
    assert scan(root).exit_code == 4
    commit_files(root, {"backend/engines/strategy/service.py": "LOT = 2\n"})
    assert scan(root).exit_code == 0
    assert scan(root, "--base", "main~1").exit_code == 4


MISTAKES = {
    "an unknown engine": (
        ("--engine", "portfolo"),
        'engines.yaml:17: no engine is called "portfolo"; did you mean "portfolio"?',
    ),
    "an unknown phase": (("--phase", "9"), "engines.yaml:17: no engine is in phase 9; the phases are: 1, 2"),
    "a phase and an engine": (
        ("--phase", "1", "--engine", "risk"),
        "--phase and --engine contradict each other; keep one of them",
    ),
    "a file that is not there": (
        ("--file", "backend/engines/risk/servise.py"),
        "the base has no Python file backend/engines/risk/servise.py; did you mean backend/engines/risk/service.py?",
    ),
    "a file that is nowhere near": (
        ("--file", "x"),
        "the base has no Python file x; paths are relative to the top of the repository",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_what_is_not_there_is_one_sentence(tmp_path: Path, name: str) -> None:
    arguments, sentence = MISTAKES[name]
    result = scan(tiny_platform(tmp_path), *arguments)
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", f"migrate: {sentence}\n")


def lost(units: list[Unit]) -> None:
    """One verdict is lost on the way to the report."""
    units[0].cases.pop()


def doubled(units: list[Unit]) -> None:
    """One use is judged twice."""
    units[0].cases.append(units[0].cases[-1])


@pytest.mark.parametrize("mistake", [lost, doubled])
def test_a_ledger_that_does_not_add_up_is_an_internal_error(mistake: Callable[[list[Unit]], None]) -> None:
    texts = texts_of(PUBLISHER)
    found = scan_engine(ENGINE, texts, settings(), read_contract(texts, settings()))
    assert found.court is not None
    units = judge_engine(found.court, {})
    assert ledger_faults(describe(found, found.court, units, {}, ())) == ()
    mistake(units)
    broken = describe(found, found.court, units, {}, ())
    problems = ledger_faults(broken)
    assert len(broken.sites) in (5, 7)
    assert broken.ledger == Ledger(found=6, rewrite=len(broken.sites))
    assert problems == tuple(
        f"{name}: internal error: the ledger does not add up ({broken.ledger}). Please report this."
        for name in ("portfolio", SERVICE)
    )
    engine = EngineScan("portfolio", 1, "failed", broken, problems)
    result = Scanned((engine,), (engine,), Graph(), (1,), "b" * 40)
    assert result.exit_code() == 1
    text = " ".join(scan_text(result, False, uncoloured).split())
    assert f"Failed portfolio: internal error: the ledger does not add up ({broken.ledger})" in text
    assert "phase 1: 1 not judged" in text


def test_a_file_whose_sites_are_counted_with_another_does_not_add_up() -> None:
    """The whole may add up where two files do not."""
    site = Site("ml", "ml.py", 1, 0, "import", "", Verdict.KEEP, "stays")
    sound = Change("ml", sites=(site,), ledger=Ledger(found=1, keep=1), found={"ml.py": 1})
    assert ledger_faults(sound) == ()
    assert [fault.split(":")[0] for fault in ledger_faults(replace(sound, found={"other.py": 1}))] == [
        "ml.py",
        "other.py",
    ]


def test_a_terminal_gets_colours_and_the_same_words(platform: Path) -> None:
    ground = read_ground(*open_campaign(str(platform), None), None)
    result = scan_ground(ground, frozenset({"ml"}), (), lambda what, done, total: None)
    painted = scan_text(result, True, coloured)
    assert "\x1b[32mrewrite\x1b[0m" in painted
    assert re.sub(r"\x1b\[\d+m", "", painted) == scan_text(result, True, uncoloured)
