"""`migrate plan`: phases, sizes, cuts and questions on the sample platform and on tiny ones; what `--write` fixes."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from gitrepo import commit_files, git
from tinyplatform import ASKING, CONFIG, PUBLISHER, tiny_platform

from migrator.cli import cli

TICKER = '''\
"""Publishes ticks."""

import redis


class Ticker:
    def __init__(self) -> None:
        self.redis = redis.Redis(host="localhost", port=6379)

    def tick(self, price: str) -> None:
        self.redis.xadd("ticks", {"price": price})
'''
ROUTE = "  - {match: ticks, bus: marketdata}\n"
TICKS = CONFIG.replace("engines:\n", f"{ROUTE}engines:\n")


def plan(root: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["plan", "--repo", str(root), *arguments], prog_name="migrate")


def planned(root: Path, *arguments: str) -> Any:
    return json.loads(plan(root, "--json", *arguments).stdout)


def edges(cuts: list[dict[str, Any]]) -> list[str]:
    return [f"{cut['publisher']} -> {cut['consumer']} {cut['name']} until {cut['joined']}" for cut in cuts]


def without_edges(root: Path) -> Path:
    """The sample platform before anybody decided about its cuts."""
    path = root / "engines.yaml"
    path.write_text(path.read_text().partition("\nedges:\n")[0] + "\n")
    return root


def test_the_plan_of_the_sample_platform_has_each_phase_with_what_it_cuts_and_joins(platform: Path) -> None:
    found = planned(without_edges(platform))
    assert [(each["phase"], [engine["engine"] for engine in each["engines"]]) for each in found["phases"]] == [
        (1, ["portfolio", "collateral", "ml"]),
        (2, ["factor", "strategy", "websocket"]),
        (3, ["features"]),
    ]
    assert [edges(phase["cuts"]) for phase in found["phases"]] == [
        [
            "collateral -> websocket margin-calls until 2",
            "ml -> strategy ml.prediction.* until 2",
            "portfolio -> strategy portfolio.update.* until 2",
            "strategy -> portfolio strategy.signal.* until 2",
            "websocket -> collateral client-orders until 2",
        ],
        ["features -> factor feature-vectors until 3"],
        [],
    ]
    assert edges(found["cut_now"])[0] == "marketdata -> features raw-ticks until 3"
    assert [(move["engine"], move["after"], len(move["mends"]), len(move["makes"])) for move in found["moves"]] == [
        ("strategy", 1, 3, 0),
        ("websocket", 1, 2, 1),
        ("features", 2, 1, 0),
    ]
    assert (found["exit_code"], found["next_phase"]) == (4, 1)


def test_a_plan_writes_nothing(platform: Path) -> None:
    before = git(platform, "for-each-ref"), git(platform, "count-objects", "--verbose")
    assert plan(platform).exit_code in (0, 4)
    assert (git(platform, "for-each-ref"), git(platform, "count-objects", "--verbose")) == before
    assert git(platform, "status", "--porcelain") == ""


def test_the_sizes_are_those_of_the_branches(platform: Path) -> None:
    sizes = {each["engine"]: each for phase in planned(platform)["phases"] for each in phase["engines"]}
    CliRunner().invoke(cli, ["--repo", str(platform), "--all"])
    for engine in ("ml", "factor"):
        branch = sizes[engine]["branch"]
        added, removed, _ = git(platform, "diff", "--numstat", "main", branch).split("\t")
        assert (sizes[engine]["lines_added"], sizes[engine]["lines_removed"]) == (int(added), int(removed))
        assert sizes[engine]["files"] == 1


def test_the_yaml_that_it_prints_can_be_pasted_and_closes_the_cuts(platform: Path) -> None:
    text = plan(without_edges(platform)).stdout
    pasted = "".join(
        f"{line[6:]}\n" for line in text.splitlines() if line.startswith(("      edges:", "        - {from"))
    )
    with (platform / "engines.yaml").open("a") as file:
        file.write(pasted)
    found = planned(platform)
    assert {cut["treatment"] for phase in found["phases"] for cut in phase["cuts"]} == {"bridged"}
    assert (found["exit_code"], found["moves"], found["idle"]) == (0, [], [])


def test_what_is_merged_is_said_and_its_cuts_are_those_of_the_base(platform: Path) -> None:
    CliRunner().invoke(cli, ["--repo", str(platform), "--phase", "1"])
    for engine in ("portfolio", "collateral", "ml"):
        git(platform, "merge", "--quiet", "--no-ff", "--message", f"Merge {engine}", f"dual-bus/phase-1/{engine}")
    found = planned(without_edges(platform))
    first = found["phases"][0]
    assert ([each["state"] for each in first["engines"]], first["merged"], first["cuts"]) == (["merged"] * 3, True, [])
    assert "ml -> strategy ml.prediction.* until 2" in edges(found["cut_now"])
    assert found["next_phase"] == 2
    assert "  ml: merged; it uses the target, and no legacy bus use is left in it\n" in plan(platform).stdout


def test_questions_and_refusals_are_told_with_what_to_paste(tmp_path: Path) -> None:
    lost = '    def count(self) -> None:\n        self.redis.xlen(self.redis.get("which"))\n'
    root = tiny_platform(tmp_path, strategy=ASKING, portfolio=f"{TICKER}\n{lost}", config=TICKS)
    found = planned(root)
    assert found["exit_code"] == 4
    assert "route:portfolio.weights.*" in [question["id"] for question in found["questions"]]
    text = plan(root).stdout
    assert '        - {match: "portfolio.weights.*", message_type: ' in text


def test_a_refusal_is_left_with_the_name_that_accepts_it(tmp_path: Path) -> None:
    listener = PUBLISHER + (
        "\n    def listen(self) -> None:\n        import redis\n"
        '        redis.Redis(host="localhost", port=6379).pubsub().subscribe("news")\n'
    )
    text = plan(tiny_platform(tmp_path, strategy=listener)).stdout
    name = "backend/engines/strategy/service.py:Engine.listen:redis.Redis"
    assert f'      accepted:\n        "{name}": why it may stay\n' in text


def test_an_engine_of_which_nothing_can_be_moved_is_left_with_what_defers_it(tmp_path: Path) -> None:
    listener = "import redis\n\npubsub = redis.Redis(host='localhost', port=6379).pubsub()\npubsub.subscribe('news')\n"
    root = tiny_platform(tmp_path, strategy=listener)
    assert "      deferred: why it does not move\n" in plan(root).stdout
    text = (root / "engines.yaml").read_text()
    line = next(line for line in text.splitlines() if line.startswith("  strategy: {"))
    (root / "engines.yaml").write_text(text.replace(line, line.replace("{", "{deferred: a person moves it, ", 1)))
    assert "  strategy: deferred; a person moves it\n" in plan(root).stdout


def test_an_engine_that_cannot_be_read_fails_the_plan_and_nothing_is_fixed(tmp_path: Path) -> None:
    root = tiny_platform(tmp_path, strategy="import redis\nbroken = (\n", portfolio=TICKER, config=TICKS)
    result = plan(root)
    assert result.exit_code == 1
    assert "backend/engines/strategy/service.py:2" in result.stdout
    result = plan(root, "--write")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.endswith("migrate: the streams are not fixed, because of this\n")
    assert (root / "engines.yaml").read_text() == TICKS


def test_write_fixes_the_streams_once(tmp_path: Path) -> None:
    root = tiny_platform(tmp_path, portfolio=TICKER, config=TICKS)
    path = root / "engines.yaml"
    result = plan(root, "--write")
    added = "streams:\n  ticks: {mode: routed, bus: marketdata}\n"
    assert (result.exit_code, result.stdout) == (0, f"Added to {path}:\n{added}")
    assert path.read_text() == f"{TICKS}\n{added}"
    result = plan(root, "--write")
    assert (result.exit_code, result.stdout) == (0, f"Nothing to add to {path}.\n")
    assert path.read_text() == f"{TICKS}\n{added}"


def test_write_says_that_the_file_had_changes_already(tmp_path: Path) -> None:
    root = tiny_platform(tmp_path, portfolio=TICKER, config=TICKS)
    (root / "engines.yaml").write_text(f"{TICKS}# mine\n")
    said = " ".join(plan(root, "--write").stdout.split())
    assert "beside changes of yours that are not committed:" in said


def test_a_stream_without_a_route_is_not_fixed_and_the_exit_code_says_so(tmp_path: Path) -> None:
    root = tiny_platform(tmp_path, portfolio=TICKER)
    result = plan(root, "--write")
    said = "ticks is not fixed: its mode waits for an answer to backend/engines/portfolio/service.py:11"
    assert (result.exit_code, " ".join(result.stdout.split())) == (
        4,
        f"Nothing to add to {root / 'engines.yaml'}. {said}",
    )
    assert (root / "engines.yaml").read_text() == CONFIG


FIXED = f"{TICKS}streams:\n  ticks: {{mode: message, bus: engine_logic}}\n"
TYPED = FIXED.replace("ticks, bus: marketdata", "ticks, message_type: STRATEGY_SIGNAL")
LINE = TYPED.count("\n")
OTHERWISE = (
    f'migrate: engines.yaml:{LINE}: streams fixes "ticks" as message, but the code now says routed: '
    "backend/engines/portfolio/service.py:11: xadd is routed. Mend the code; or keep message, and say why with "
    "`reason`; or, while no engine of it is merged, take the entry out.\n"
)


@pytest.mark.parametrize("command", [["plan"], ["--engine", "portfolio"], ["--all", "--dry-run"]])
def test_a_run_that_would_choose_otherwise_stops_and_says_why(tmp_path: Path, command: list[str]) -> None:
    root = tiny_platform(tmp_path, portfolio=TICKER, config=TYPED)
    result = CliRunner().invoke(cli, [*command, "--repo", str(root)])
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", OTHERWISE)
    assert git(root, "branch", "--list", "dual-bus/*") == ""


def test_a_reason_keeps_what_the_code_alone_would_not_choose(tmp_path: Path) -> None:
    known = TYPED.replace("bus: engine_logic}", "bus: engine_logic, reason: the vendor reads it}")
    (stream,) = planned(tiny_platform(tmp_path, portfolio=TICKER, config=known))["streams"]
    assert (stream["mode"], stream["is_fixed"]) == ("message", True)


WRONG = {
    "a bus that its message type is not on": (
        TYPED.replace("{mode: message, bus: engine_logic}", "{mode: message, bus: marketdata}"),
        "streams.ticks.bus is marketdata, but the target has its STRATEGY_SIGNAL on engine_logic; write "
        "engine_logic, or change its route",
    ),
    "a name that was meant for another": (
        TYPED.replace("  ticks: {mode: message, bus: engine_logic}", "  tick: {mode: message}").replace(
            "match: ticks,", 'match: "tick*",'
        ),
        'no code uses the stream "tick"; did you mean "ticks"?',
    ),
    "messages by a route with a bus": (
        FIXED,
        "streams.ticks is to become messages, but routes[1] (line 17) sends it to marketdata raw; give the route a "
        'message_type, or write "routed"',
    ),
    "another bus than its route": (
        FIXED.replace("mode: message", "mode: routed"),
        "streams.ticks.bus is engine_logic, but routes[1] (line 17) says marketdata; make them the same",
    ),
    "no route": (
        CONFIG + "streams:\n  ticks: {mode: routed}\n",
        "streams.ticks is taken by no route; add the route that says where it goes",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_stream_that_contradicts_its_route_is_an_error_with_its_line(tmp_path: Path, name: str) -> None:
    config, sentence = WRONG[name]
    root = tiny_platform(tmp_path, portfolio=TICKER, config=config)
    result = plan(root)
    line = config.count("\n")
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", f"migrate: engines.yaml:{line}: {sentence}\n")


def test_what_is_about_nothing_any_more_is_told(tmp_path: Path) -> None:
    gone = '\nedges:\n  - {from: strategy, to: portfolio, stream: "a.*", bridge: true}\n'
    routed = "streams:\n  feeds: {mode: routed, bus: marketdata}\n"
    config = TICKS.replace("match: ticks,", 'match: "*",') + routed + gone
    root = tiny_platform(tmp_path, portfolio=TICKER, config=config)
    commit_files(root, {"README.md": "new\n"})
    first, second = planned(root)["idle"]
    before = TICKS.count("\n") + 2
    assert first == f'engines.yaml:{before}: no code uses the stream "feeds" any more; take it out'
    assert (
        second
        == f"engines.yaml:{config.count(chr(10))}: nothing goes from strategy -> portfolio a.* any more; take it out"
    )


def test_the_graph_has_phases_as_boxes_and_cuts_as_dashed_arrows(platform: Path) -> None:
    lines = plan(without_edges(platform), "--mermaid").stdout.splitlines()
    assert lines[0] == "flowchart LR"
    ids = {line.split('"')[1]: line.split("[")[0].strip() for line in lines if line.startswith("    n")}
    boxes = [line.split('"')[1] for line in lines if line.startswith("  subgraph")]
    assert boxes == ["on the dual bus already", "phase 1", "phase 2", "phase 3"]
    cut = f'  {ids["ml"]} -. "ml.prediction.*, cut by phase 1, open" .-> {ids["strategy"]}'
    whole = f'  {ids["factor"]} -- "factor-values" --> {ids["websocket"]}'
    assert {cut, whole} <= set(lines)
    assert len(ids) == 13


NEXT = {
    "streams to fix": (TICKS, TICKER, "otherwise:\n  migrate plan --write\n"),
    "a phase that may begin": (CONFIG, PUBLISHER, "\nNext, type:\n  migrate --phase 1\nMerge its branches"),
}


@pytest.mark.parametrize("name", NEXT)
def test_the_last_line_says_what_to_type(tmp_path: Path, name: str) -> None:
    config, portfolio, expected = NEXT[name]
    root = tiny_platform(tmp_path, portfolio=portfolio, config=config)
    assert expected in plan(root).stdout


def test_what_is_left_to_a_person_comes_before_its_phase(tmp_path: Path) -> None:
    root = tiny_platform(tmp_path, strategy=ASKING)
    said = "Next, decide about the questions and refusals of phase 2, then type:\n  migrate --phase 2\n"
    assert plan(root).stdout.endswith(said)


def test_when_all_is_merged_nothing_is_next(tmp_path: Path) -> None:
    root = tiny_platform(tmp_path, config=CONFIG.replace("STRATEGY}", "STRATEGY, deferred: next year}"))
    assert plan(root).stdout.endswith("\nNext: nothing; every engine is merged or deferred\n")
    assert planned(root)["next_phase"] is None


def test_only_one_form_is_printed(tmp_path: Path) -> None:
    result = plan(tiny_platform(tmp_path), "--json", "--mermaid")
    said = "migrate: --write, --mermaid and --json are three things to print; keep one of them\n"
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", said)


def test_the_manual_shows_what_a_plan_of_the_platform_prints(platform: Path) -> None:
    page = (Path(__file__).parent.parent / "docs" / "campaign.md").read_text()
    (shown,) = re.findall(r"^```console\n\$ migrate plan \| head -20\n((?:(?!```).*\n)*)```$", page, re.MULTILINE)
    assert shown.splitlines() == plan(platform).stdout.splitlines()[:20]
