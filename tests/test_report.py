"""What a run prints for people and for machines."""

from __future__ import annotations

import io
import json
import re

import pytest
from changes import CHANGE, QUESTION, SERVICE
from msgspec.structs import replace

from codemods.model import Change, Fault, Ledger
from migrator import __version__
from migrator.report.machine import run_json
from migrator.report.terminal import print_run, progress_on, wants_colour
from migrator.results import EngineResult, Run, Status
from migrator.streams import Mode

COMMITTED = EngineResult("strategy", 2, Status.COMMITTED, "dual-bus/phase-2/strategy", CHANGE, commit="a" * 40)
QUIET = EngineResult("portfolio", 1, Status.NOTHING, "dual-bus/phase-1/portfolio", Change("portfolio"))
BLOCKED = EngineResult(
    "collateral",
    1,
    Status.BLOCKED,
    "dual-bus/phase-1/collateral",
    Change("collateral", ledger=Ledger(found=12, rewrite=12)),
    problems=(
        "collateral: branch dual-bus/phase-1/collateral has 2 commits that are not ours. Merge or rename it, then run "
        '"migrate --engine collateral" again.',
    ),
)
MODES = {
    "raw-ticks": Mode("routed", "no route gives raw-ticks one message type"),
    "margin-calls": Mode("routed", "no engine of this run has an end of it"),
}
RUN = Run("b" * 40, "c" * 64, False, (QUIET, BLOCKED, COMMITTED), modes=MODES)

PIPED = """\
engine     phase status    rewrite ask keep refuse questions
portfolio      1 nothing         0   0    0      0         0
collateral     1 blocked        12   0    0      0         0
strategy       2 committed       2   1    1      3         1

Engines
  portfolio: nothing to do: no legacy use to move
  collateral: branch dual-bus/phase-1/collateral has 2 commits that are not
    ours. Merge or rename it, then run "migrate --engine collateral" again.
  strategy: branch dual-bus/phase-2/strategy at aaaaaaaaaaaa

Raw streams
  raw-ticks: routed; no route gives raw-ticks one message type

Files that could not be read
  backend/engines/strategy/old.py:3: invalid syntax

Questions, each with what to put into engines.yaml
  route.risk.limit: Which message type replaces the topic risk.limit.*?
    backend/engines/strategy/service.py:31
      routes:
        - {match: "risk.limit.*", message_type: RISK_METRIC}

Refused
  backend/engines/strategy/service.py:52 publish/subscribe reaches every
    listener, and the target delivers to one consumer of each engine type (2
    more sites wait for it)

Warnings
  backend/engines/strategy/service.py:40 broken: redis has no getx

Notes
  MessageBusConfig is no longer used: its host, port and stream went with it
"""


class Terminal(io.StringIO):
    """A text stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def printed(run: Run, stream: io.StringIO) -> str:
    print_run(run, stream)
    return stream.getvalue()


def test_a_run_that_is_piped_is_plain_and_fits_80_columns() -> None:
    text = printed(RUN, io.StringIO())
    assert [line.rstrip() for line in text.splitlines()] == PIPED.splitlines()
    assert max(len(line) for line in text.splitlines()) <= 80


def test_a_run_on_a_terminal_has_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    assert wants_colour(Terminal())
    text = printed(RUN, Terminal())
    assert re.sub(r"\x1b\[\d+m", "", text) == printed(RUN, io.StringIO())
    heading, *rows = text.splitlines()[:4]
    assert heading == f"\x1b[1m{PIPED.splitlines()[0]}\x1b[0m"
    assert rows == [
        "portfolio      1 nothing         0   0    0      0         0",
        "collateral     1 \x1b[31mblocked\x1b[0m        12   0    0      0         0",
        "strategy       2 \x1b[32mcommitted\x1b[0m       2   1    1      3         1",
    ]


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_a_terminal_that_wants_no_colour_gets_none(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv(name, value)
    assert not wants_colour(Terminal())
    assert "\x1b[3" not in printed(RUN, Terminal())


def test_a_question_of_two_engines_is_printed_once_with_the_sites_of_both() -> None:
    other = replace(QUESTION, sites=("backend/engines/ml/service.py:5", f"{SERVICE}:31"))
    second = replace(QUIET, engine="ml", change=Change("ml", questions=(other,)))
    text = printed(Run("b", "c", False, (COMMITTED, second)), io.StringIO())
    assert text.count("route.risk.limit:") == 1
    assert f"    {SERVICE}:31\n    backend/engines/ml/service.py:5\n" in text


def test_suppressed_sites_get_a_column_only_where_there_are_some() -> None:
    change = replace(CHANGE, ledger=Ledger(found=3, suppressed=3))
    text = printed(Run("b", "c", False, (replace(COMMITTED, change=change),)), io.StringIO())
    assert "refuse suppressed questions" in text.splitlines()[0]


def test_progress_is_silent_when_piped_and_a_bar_on_a_terminal() -> None:
    for stream, silent in ((io.StringIO(), True), (Terminal(), False)):
        with progress_on(stream) as progress:
            progress("scan portfolio", 1, 3)
        assert (stream.getvalue() == "") is silent


def test_json_has_the_same_facts_for_each_engine() -> None:
    whole = json.loads(run_json(RUN, 1))
    engines = whole.pop("engines")
    assert whole == {
        "version": __version__,
        "base": "b" * 40,
        "config": "c" * 64,
        "dry_run": False,
        "exit_code": 1,
        "gates": [],
        "streams": {"raw-ticks": {"mode": "routed", "reason": "no route gives raw-ticks one message type"}},
    }
    assert [(each["engine"], each["status"], each["branch"], each["commit"]) for each in engines] == [
        ("portfolio", "nothing", "dual-bus/phase-1/portfolio", None),
        ("collateral", "blocked", "dual-bus/phase-1/collateral", None),
        ("strategy", "committed", "dual-bus/phase-2/strategy", "a" * 40),
    ]
    strategy = engines[2]
    assert strategy["ledger"] == {"found": 7, "rewrite": 2, "ask": 1, "keep": 1, "refuse": 3, "suppressed": 0}
    assert strategy["files"][1] == {
        "path": "backend/engines/strategy/old.py",
        "status": "failed",
        "reason": "backend/engines/strategy/old.py:3: invalid syntax",
    }
    assert strategy["questions"] == [
        {"id": QUESTION.id, "text": QUESTION.text, "suggestion": QUESTION.suggestion, "sites": [f"{SERVICE}:31"]}
    ]
    assert strategy["sites"][4]["evidence"] == [{"path": SERVICE, "line": 50, "text": "client = redis.Redis()"}]


LEFT = replace(COMMITTED, status=Status.LEFT, change=replace(CHANGE, files=()))
CLEAN = replace(COMMITTED, change=Change("strategy", texts={SERVICE: b""}))
WOULD = replace(CLEAN, status=Status.WOULD_COMMIT)

EXIT_CODES = {
    "nothing to do is done": ((QUIET,), 0),
    "a commit with nothing left is done": ((CLEAN,), 0),
    "a dry run that would commit tells so": ((WOULD,), 3),
    "something left goes before what would change": ((WOULD, LEFT), 4),
    "a failure goes before what is left": ((LEFT, replace(QUIET, status=Status.FAILED)), 1),
    "a blocked branch is a failure": ((BLOCKED,), 1),
    "a file that cannot be read is a failure": ((COMMITTED,), 1),
    "a deferred engine is none": ((replace(QUIET, status=Status.DEFERRED),), 0),
}


@pytest.mark.parametrize("name", EXIT_CODES)
def test_exit_code(name: str) -> None:
    results, code = EXIT_CODES[name]
    assert Run("b", "c", True, results).exit_code(tell_changes=True) == code


def test_a_dry_run_tells_changes_only_when_asked() -> None:
    assert Run("b", "c", True, (WOULD,)).exit_code() == 0


def test_the_texts_of_a_failed_engine_are_not_shown() -> None:
    failed = replace(CLEAN, status=Status.FAILED, change=replace(CHANGE, texts={"broken.py": b"("}))
    assert Run("b", "c", True, (WOULD, failed)).texts == {SERVICE: b""}


def test_the_lines_that_show_a_fault_tell_no_password() -> None:
    line = 'redis.from_url("redis://me:hunter2@host/0", password="hunter2")'
    fault = Fault("awaits", SERVICE, 3, "close() is not awaited", before=line, after=f"await {line}")
    run = Run("b" * 40, "c" * 64, True, (replace(COMMITTED, change=replace(CHANGE, faults=(fault,))),))
    stream = io.StringIO()
    print_run(run, stream)
    shown = 'redis.from_url("redis://***@host/0", password=***)'
    assert f"    - {shown}\n    + await {shown}\n" in stream.getvalue()
    (told,) = json.loads(run_json(run, 1))["engines"][0]["faults"]
    assert (told["before"], told["after"]) == (shown, f"await {shown}")
