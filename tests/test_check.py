"""`migrate check` on real repositories: engines that have moved, branches, the index; for people and machines."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result
from gitrepo import commit_files, git, write_files
from tinyplatform import PUBLISHER, tiny_platform

from codemods.checking.rules import RULES
from migrator.cli import cli

ROOT = Path(__file__).parent.parent
RISK = "backend/engines/risk/service.py"
STRATEGY = "backend/engines/strategy/service.py"
RIGHT = """\
from dual_messagebus_client import EngineType, MessageType, get_dual_bus_client


async def main():
    bus = await get_dual_bus_client(EngineType.RISK)
    await bus.publish_message(MessageType.RISK_METRIC, {"a": 1})
    await bus.close()
"""
WRONG = RIGHT.replace("bus.close()", "bus.disconnect()").replace("RISK_METRIC", "RISK_METRICS")
LEGACY = (
    RIGHT
    + "\n\nimport redis.asyncio as redis\n\n\nasync def tell():\n"
    + '    await redis.Redis().xadd("raw-ticks", {"a": "1"})\n'
)
REPORT = f"""\
risk in main
  {RISK}:6:31: no-such-member
    MessageType has no RISK_METRICS; perhaps RISK_METRIC is meant
      At run time: AttributeError, when this line runs.
      Instead: Name a member of the enum.
  {RISK}:7:11: no-such-method
    DualMessageBusClient has no method disconnect(); it is called close()
      At run time: AttributeError, when this line runs; where that is caught,
        nothing happens and nobody is told.
      Instead: Call what the client has.

2 findings in 1 of 2 engines.
"""


def check(root: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["check", "--repo", str(root), *arguments])


def rules(result: Result) -> list[tuple[str, int, str]]:
    return [(each["path"], each["line"], each["rule"]) for each in json.loads(result.stdout)["findings"]]


def test_an_engine_that_can_work_has_no_findings(tmp_path: Path) -> None:
    result = check(tiny_platform(tmp_path, risk=RIGHT))
    assert (result.stdout, result.exit_code) == ("No findings in 2 engines.\n", 0)


def test_an_engine_that_cannot_work_is_told_what_happens_and_what_is_right(tmp_path: Path) -> None:
    result = check(tiny_platform(tmp_path, risk=WRONG))
    assert (result.stdout, result.exit_code) == (REPORT, 1)


def test_an_engine_that_uses_nothing_of_the_target_is_said_to(tmp_path: Path) -> None:
    result = check(
        tiny_platform(tmp_path, risk=RIGHT, portfolio="LOT = 10\n"), "--engine", "portfolio", "--engine", "risk"
    )
    assert result.stdout == "No findings in 2 engines.\n  portfolio uses nothing of the target.\n"


def test_a_use_of_redis_that_came_back_is_a_finding_and_a_cache_is_none(tmp_path: Path) -> None:
    back = check(tiny_platform(tmp_path / "back", risk=LEGACY), "--json")
    line = LEGACY.split("\n").index('    await redis.Redis().xadd("raw-ticks", {"a": "1"})') + 1
    assert set(rules(back)) == {(RISK, line, "legacy-use")}
    cache = LEGACY.replace('xadd("raw-ticks", {"a": "1"})', 'set("last", "1")')
    assert rules(check(tiny_platform(tmp_path / "cache", risk=cache), "--json")) == []


def test_a_use_that_is_to_stay_is_no_finding_where_its_line_says_why(tmp_path: Path) -> None:
    said = LEGACY.replace('{"a": "1"})', '{"a": "1"})  # migrate: keep the recorder reads it there')
    assert rules(check(tiny_platform(tmp_path, risk=said), "--json")) == []


def test_a_file_that_does_not_parse_is_a_finding(tmp_path: Path) -> None:
    result = check(tiny_platform(tmp_path, risk=RIGHT + "\n\ndef broken(:\n"), "--json")
    assert rules(result) == [(RISK, 10, "unreadable")]


def test_a_branch_of_the_tool_has_no_findings_and_a_hand_edit_on_it_has(tmp_path: Path) -> None:
    root = tiny_platform(tmp_path, strategy=PUBLISHER)
    assert CliRunner().invoke(cli, ["--repo", str(root), "--engine", "strategy"]).exit_code == 0
    branch = "dual-bus/phase-2/strategy"
    assert check(root, branch).stdout == "No findings in 1 engine.\n"
    git(root, "checkout", "-q", branch)
    text = (root / STRATEGY).read_text()
    commit_files(root, {STRATEGY: text.replace("publish_message(", "publish(")})
    git(root, "checkout", "-q", "main")
    result = check(root, branch, "--json")
    assert [(path, rule) for path, _, rule in rules(result)] == [(STRATEGY, "no-such-method")]
    assert {each["revision"] for each in json.loads(result.stdout)["findings"]} == {branch}


def test_the_base_under_another_name_is_checked_as_the_base_is(tmp_path: Path) -> None:
    root = tiny_platform(tmp_path, risk=WRONG)
    git(root, "tag", "release")
    for name in ("HEAD", "release", git(root, "rev-parse", "main")):
        assert [rule for _, _, rule in rules(check(root, name, "--json"))] == ["no-such-member", "no-such-method"]


def test_a_branch_that_changes_no_engine_is_said_to(tmp_path: Path) -> None:
    root = tiny_platform(tmp_path, risk=RIGHT)
    git(root, "checkout", "-q", "-b", "words")
    commit_files(root, {"notes.txt": "nothing of an engine\n"})
    git(root, "checkout", "-q", "main")
    idle = "  words changes no engine.\n"
    assert check(root, "words").stdout == f"No engine was checked. Name one with --engine.\n{idle}"
    assert check(root, "main", "words").stdout == f"No findings in 2 engines.\n{idle}"


def test_a_campaign_in_which_nothing_has_moved_has_nothing_to_check(tmp_path: Path) -> None:
    root = tiny_platform(tmp_path, portfolio="LOT = 10\n")
    config = (root / "engines.yaml").read_text().replace("migrated: true", "phase: 1")
    (root / "engines.yaml").write_text(config)
    said = "No engine was checked: none is called migrated or uses the target. Name one with --engine, or a branch.\n"
    assert check(root).stdout == said


def test_an_engine_that_was_merged_is_checked_before_engines_yaml_calls_it_migrated(tmp_path: Path) -> None:
    root = tiny_platform(tmp_path, risk=WRONG)
    config = (root / "engines.yaml").read_text().replace("migrated: true", "phase: 1")
    (root / "engines.yaml").write_text(config)
    assert check(root).stdout == REPORT
    assert check(root, "--staged").exit_code == 1


def test_what_is_staged_is_checked_and_what_is_not_is_not(tmp_path: Path) -> None:
    root = tiny_platform(tmp_path, risk=RIGHT)
    write_files(root, {RISK: WRONG})
    assert check(root, "--staged").exit_code == 0
    git(root, "add", "-A")
    before = git(root, "status", "--porcelain")
    result = check(root, "--staged", "--json")
    assert [rule for _, _, rule in rules(result)] == ["no-such-member", "no-such-method"]
    assert (check(root).exit_code, git(root, "status", "--porcelain")) == (0, before)


def test_sarif_names_each_rule_and_the_place_of_each_finding(tmp_path: Path) -> None:
    result = check(tiny_platform(tmp_path, risk=WRONG), "--sarif")
    (run,) = json.loads(result.stdout)["runs"]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == list(RULES)
    told = [
        (
            run["tool"]["driver"]["rules"][each["ruleIndex"]]["id"],
            each["ruleId"],
            place["artifactLocation"]["uri"],
            place["region"],
        )
        for each in run["results"]
        for place in [each["locations"][0]["physicalLocation"]]
    ]
    assert told == [
        ("no-such-member", "no-such-member", RISK, {"startLine": 6, "startColumn": 31}),
        ("no-such-method", "no-such-method", RISK, {"startLine": 7, "startColumn": 11}),
    ]
    assert result.exit_code == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--json", "--sarif"], "--json and --sarif are two forms; keep one of them"),
        (["--staged", "main"], "--staged reads the index; leave it out to check a branch"),
        (["--engine", "risky"], 'no engine is called "risky"; did you mean "risk"?'),
        (["nowhere"], "; name a branch, tag or commit, or an engine with --engine\n"),
        (["strategi"], '; did you mean "strategy"?\n'),
        (["mian"], '; did you mean "main"?\n'),
        (["strategy"], '; it is an engine: type "migrate check --engine strategy"\n'),
        ([STRATEGY], '; it is a path of strategy: type "migrate check --engine strategy"\n'),
    ],
)
def test_wrong_usage_says_what_to_type(tmp_path: Path, arguments: list[str], said: str) -> None:
    result = check(tiny_platform(tmp_path), *arguments)
    assert (said in result.stderr, "--base" in result.stderr, result.exit_code) == (True, False, 2)


def test_a_path_that_a_branch_lacks_is_missing_in_that_branch(tmp_path: Path) -> None:
    root = tiny_platform(tmp_path)
    git(root, "checkout", "-q", "-b", "older")
    git(root, "rm", "-q", "-r", "backend/engines/risk")
    git(root, "commit", "-q", "-m", "Take risk away")
    result = check(root, "older")
    assert (' is "engines/risk", which is not in "older"; ' in result.stderr, result.exit_code) == (True, 2)


def test_the_hook_and_the_workflow_type_commands_that_there_are(tmp_path: Path) -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    root = tiny_platform(tmp_path, risk=RIGHT)
    for command in [hook["entry"], *(line for run in workflow_runs() for line in run if line.startswith("migrate "))]:
        words = command.split(" > ")[0].split()
        assert CliRunner().invoke(cli, [*words[1:], "--repo", str(root)]).exit_code == 0


def test_the_workflow_checks_what_a_pull_request_changes(tmp_path: Path) -> None:
    """As the code host has it: the merge is checked out, and the base is only there as the remote's branch."""
    root = tiny_platform(tmp_path, strategy=PUBLISHER)
    assert CliRunner().invoke(cli, ["--repo", str(root), "--engine", "strategy"]).exit_code == 0
    git(root, "checkout", "-q", "dual-bus/phase-2/strategy")
    text = (root / STRATEGY).read_text()
    commit_files(root, {STRATEGY: text.replace("publish_message(", "publish(")})
    git(root, "update-ref", "refs/remotes/origin/main", "main")
    git(root, "checkout", "-q", "--detach")
    git(root, "branch", "-q", "-D", "main")
    (step,) = [run for run in workflow_runs() if run[0].startswith("git branch")]
    branched, checked = step
    git(root, *branched.replace('"', "").replace("$base_ref", "main").split()[1:])
    result = check(root, *checked.split(" > ")[0].split()[2:])
    assert ("no-such-method" in result.stdout, result.exit_code) == (True, 1)


def workflow_runs() -> list[list[str]]:
    """The lines that each step of the workflow types."""
    steps = yaml.safe_load((ROOT / "examples" / "migrate-check.yml").read_text())["jobs"]["check"]["steps"]
    return [step["run"].splitlines() for step in steps if "run" in step]
