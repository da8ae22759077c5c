"""`--pr-body`: the text for a pull request, on stdout and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

from changes import CHANGE
from click.testing import CliRunner, Result
from statuses import BRANCH, ONE_PHASE, campaign
from tinyplatform import ASKING

from codemods.proof.table import CHECKS
from migrator.cli import cli
from migrator.report.pull_request import pull_request
from migrator.results import EngineResult, Run, Status

RESULT = EngineResult(
    "strategy",
    2,
    Status.COMMITTED,
    "dual-bus/phase-2/strategy",
    CHANGE,
    commit="a" * 40,
    destinations=("publish strategy.signal.*: STRATEGY_SIGNAL on engine_logic",),
    test_command="(cd backend && python -m pytest engines/strategy -q)",
)
RUN = Run("b" * 40, "c" * 64, False, (RESULT,), base_name="main")


def migrate(root: Path, *arguments: str) -> Result:
    words = ["--repo", str(root), *arguments]
    return CliRunner().invoke(cli, words, prog_name="migrate", catch_exceptions=False)


def test_the_text_says_what_moves_what_is_left_what_was_proved_and_what_to_type() -> None:
    service = "backend/engines/strategy/service.py"
    proved = "\n".join(f"- {each}" for each in CHECKS.values())
    assert (
        pull_request(RESULT, RUN)
        == f"""\
# Move strategy to the dual message bus

Phase 2. The branch is `dual-bus/phase-2/strategy`, on `main` at bbbbbbbbbbbb.

## What changes on which bus

- `publish strategy.signal.*: STRATEGY_SIGNAL on engine_logic`

## Counts

| sites found | rewrite | ask | keep | refuse | suppressed |
|---|---|---|---|---|---|
| 7 | 2 | 1 | 1 | 3 | 0 |

1 file: `{service}`

## Left to a person

- [ ] {service}:31 Which message type replaces the topic risk.limit.&#42;?
- [ ] {service}:52 publish/subscribe reaches every listener, and the target delivers to one consumer of each engine \
type (2 more sites wait for it)
- [ ] backend/engines/strategy/old.py:3: invalid syntax

## Look closely at

- {service}:40 broken: redis has no getx

## Notes

- MessageBusConfig is no longer used: its host, port and stream went with it

## Proved before it was committed

{proved}

## To verify

```console
$ git diff main...dual-bus/phase-2/strategy
$ migrate check dual-bus/phase-2/strategy
$ migrate scan --engine strategy --base dual-bus/phase-2/strategy
$ (cd backend && python -m pytest engines/strategy -q)
$ migrate status --engine strategy
```
"""
    )


def test_stdout_is_the_text_of_each_engine_that_has_a_branch(tmp_path: Path) -> None:
    root = campaign(tmp_path)
    dry = migrate(root, "--all", "--pr-body", "--dry-run")
    real = migrate(root, "--all", "--pr-body")
    again = migrate(root, "--all", "--pr-body")
    assert dry.stdout == real.stdout == again.stdout
    titles = [line for line in real.stdout.splitlines() if line.startswith("# ")]
    assert titles == ["# Move strategy to the dual message bus"]
    assert f"branch {BRANCH} at " in real.stderr


def test_an_engine_without_a_branch_has_no_text(tmp_path: Path) -> None:
    result = migrate(campaign(tmp_path, strategy=ASKING), "--all", "--pr-body")
    assert (result.stdout, result.exit_code) == ("", 4)


def test_what_the_text_says_to_type_can_be_typed(tmp_path: Path) -> None:
    config = ONE_PHASE.replace("engine_type: STRATEGY", 'engine_type: STRATEGY, test_command: "true"')
    root = campaign(tmp_path, config=config)
    result = migrate(root, "--engine", "strategy", "--run-checks", "--pr-body", "--json")
    body = json.loads(result.stdout)["engines"][0]["pr_body"]
    assert "- its own tests pass\n" in body
    assert "$ (cd backend && true)\n" in body
    typed = [line.removeprefix("$ migrate ").split() for line in body.splitlines() if line.startswith("$ migrate ")]
    assert [words[0] for words in typed] == ["check", "scan", "status"]
    assert [migrate_there(root, words).exit_code for words in typed] == [0, 0, 0]


def migrate_there(root: Path, words: list[str]) -> Result:
    return CliRunner().invoke(cli, [*words, "--repo", str(root)], prog_name="migrate", catch_exceptions=False)


def test_json_has_the_texts_only_where_they_are_asked_for(tmp_path: Path) -> None:
    root = campaign(tmp_path)
    engines = json.loads(migrate(root, "--all", "--json", "--pr-body").stdout)["engines"]
    assert [bool(each["pr_body"]) for each in engines] == [True, False]
    assert "pr_body" not in json.loads(migrate(root, "--all", "--json").stdout)["engines"][0]
