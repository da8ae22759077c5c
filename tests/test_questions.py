"""`migrate questions`: what is asked, as YAML that answers when its comments are taken off."""

from __future__ import annotations

import json
import re
from pathlib import Path

import yaml
from click.testing import CliRunner, Result
from gitrepo import git
from tinyplatform import ASKING, CONFIG, tiny_platform

from codemods.model import Question
from migrator.cli import cli
from migrator.report.questions_text import questions_yaml


def ask(root: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["questions", "--repo", str(root), *arguments])


EXPECTED = """\
# 1 question is open at {base}. For each: take the # off where the suggestion is right, or write what is,
# and move the lines to the same key of engines.yaml, routes above those that would take the name before them.

routes:
  # which message type replaces the topic `portfolio.weights.*`?
  #   backend/engines/strategy/service.py:{line}
  # - {{match: "portfolio.weights.*", message_type: PORTFOLIO_UPDATE}}
"""


def test_a_question_comes_with_its_places_and_a_suggestion_to_uncomment(tmp_path: Path) -> None:
    root = tiny_platform(tmp_path, strategy=ASKING)
    result = ask(root)
    line = next(i for i, text in enumerate(ASKING.splitlines(), 1) if "portfolio.weights." in text)
    assert result.stdout == EXPECTED.format(base=git(root, "rev-parse", "main")[:10], line=line)
    assert result.exit_code == 4
    assert yaml.safe_load(result.stdout) == {"routes": None}


def test_the_suggestion_answers_when_it_is_taken_out_of_its_comment(tmp_path: Path) -> None:
    suggested = re.findall(r"^  # (- \{.*)$", ask(tiny_platform(tmp_path / "a", strategy=ASKING)).stdout, re.MULTILINE)
    config = CONFIG.replace("routes:\n", "routes:\n" + "".join(f"  {line}\n" for line in suggested))
    result = ask(tiny_platform(tmp_path / "b", strategy=ASKING, config=config))
    assert (result.stdout, result.exit_code) == ("# No question is open.\n", 0)


def test_where_nothing_tells_the_type_none_is_suggested_and_all_are_named(tmp_path: Path) -> None:
    text = ASKING.replace("portfolio.weights.", "lunch.menu.")
    config = CONFIG.replace("  strategy:", "  kitchen:")
    lines = ask(tiny_platform(tmp_path, strategy=text, config=config)).stdout.splitlines()
    assert '  # - {match: "lunch.menu.*", message_type: ...}' in lines
    listed = " ".join(line.removeprefix("  # # ") for line in lines if line.startswith("  # # "))
    assert listed.startswith("one of VPIN_CALCULATION, ")
    assert listed.endswith(", TRADE_EXECUTION")
    assert max(map(len, lines[2:])) <= 80


def test_only_the_engines_that_are_named_ask(tmp_path: Path) -> None:
    root = tiny_platform(tmp_path, strategy=ASKING)
    assert ask(root, "--engine", "portfolio").stdout == "# No question is open.\n"
    assert ask(root, "--engine", "strategy").stdout == ask(root).stdout


def test_json_holds_the_same_questions(tmp_path: Path) -> None:
    (question,) = json.loads(ask(tiny_platform(tmp_path, strategy=ASKING), "--json").stdout)["questions"]
    assert question["id"] == "route:portfolio.weights.*"
    assert question["suggestion"] == 'routes:\n  - {match: "portfolio.weights.*", message_type: PORTFOLIO_UPDATE}'
    assert [site.partition(":")[0] for site in question["sites"]] == ["backend/engines/strategy/service.py"]


def test_a_file_that_cannot_be_read_is_named_and_is_no_success(tmp_path: Path) -> None:
    result = ask(tiny_platform(tmp_path, strategy="import redis\ndef f(:\n"))
    assert (result.stdout, result.exit_code) == ("# No question is open.\n", 1)
    assert result.stderr == (
        "migrate: backend/engines/strategy/service.py:2: does not parse: invalid syntax; what it asks is not known\n"
    )


def test_an_unknown_engine_is_told_with_the_nearest_name(tmp_path: Path) -> None:
    result = ask(tiny_platform(tmp_path), "--engine", "strategi")
    assert result.exit_code == 2
    assert result.stderr.endswith('no engine is called "strategi"; did you mean "strategy"?\n')


def test_questions_stand_below_the_key_of_their_answer_and_many_sites_are_counted() -> None:
    questions = [
        Question("a", "is a accepted?", 'answers:\n  "a": accept', tuple(f"x.py:{i}" for i in range(6))),
        Question("b", "which type?", "routes:\n  - {match: b, message_type: B}", ("y.py:1",)),
        Question("c", "is c accepted?", 'answers:\n  "c": accept', ()),
    ]
    text = questions_yaml(questions, "main")
    assert text.split("\n\n", 1)[1] == (
        "routes:\n  # which type?\n  #   y.py:1\n  # - {match: b, message_type: B}\n\n"
        "answers:\n  # is a accepted?\n  #   x.py:0\n  #   x.py:1\n  #   x.py:2\n  #   x.py:3\n  #   and 2 more\n"
        '  # "a": accept\n  # is c accepted?\n  # "c": accept\n'
    )
    uncommented = re.sub(r"^  # ((?:- |\").*)$", r"  \1", text, flags=re.MULTILINE)
    assert yaml.safe_load(uncommented) == {
        "routes": [{"match": "b", "message_type": "B"}],
        "answers": {"a": "accept", "c": "accept"},
    }
