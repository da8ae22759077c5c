"""A client whose proof fails is taken back whole, in all files; the others of its engine get their branch."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from engines_of_one import FOLDER, SERVICE, change
from gitrepo import git
from mutants import RAW_ENGINE, WRAPPER_ENGINE
from tinyplatform import CONFIG, tiny_platform

from codemods import rewriting
from codemods.model import Change, Fault, Verdict
from migrator.cli import cli

TELLS = "await self.bus.publish_message(\n            MessageType.PORTFOLIO_UPDATE,"
ORDER = 'await client.engine_logic_client.xadd("client-orders"'
RAW = f"{FOLDER}/raw.py"
WRAPPER_CLIENT, RAW_CLIENT = f"{SERVICE}:17 BufferedMessageBusClient", f"{RAW}:7 redis.Redis"


@pytest.fixture
def spoil(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """A function that lets the codemods write one text instead of another, wherever that stands."""
    right: Callable[..., str] = rewriting.rewrite

    def spoiling(old: str, new: str) -> None:
        monkeypatch.setattr(rewriting, "rewrite", lambda *given: right(*given).replace(old, new))

    return spoiling


def verdicts(result: Change) -> dict[str, set[Verdict]]:
    """The verdicts of each client's sites."""
    return {client.id: {s.verdict for s in result.sites if s.client == client.id} for client in result.clients}


def test_one_bad_client_takes_no_good_one_with_it(spoil: Callable[[str, str], None]) -> None:
    spoil(ORDER, ORDER.replace("await ", ""))
    result = change(WRAPPER_ENGINE, raw=RAW_ENGINE)
    assert verdicts(result) == {WRAPPER_CLIENT: {Verdict.REWRITE}, RAW_CLIENT: {Verdict.REFUSE}}
    assert (sorted(result.texts), result.ledger.adds_up) == ([SERVICE], True)
    said = "xadd() is a coroutine, and is not awaited (not-awaited)"
    assert result.faults == (
        Fault(
            "promises",
            RAW,
            11,
            said,
            before='    client.xadd("client-orders", {"first": first[0]})',
            after='    client.engine_logic_client.xadd("client-orders", {"first": first[0]})',
            clients=(RAW_CLIENT,),
        ),
    )
    (own,) = [s for s in result.sites if s.client == RAW_CLIENT and s.held_by is None]
    assert own.reason == f"its proof failed: {RAW}:11: promises: {said}"


def test_the_other_client_alone_is_bad(spoil: Callable[[str, str], None]) -> None:
    spoil(TELLS, TELLS.replace("await ", ""))
    result = change(WRAPPER_ENGINE, raw=RAW_ENGINE)
    assert verdicts(result) == {WRAPPER_CLIENT: {Verdict.REFUSE}, RAW_CLIENT: {Verdict.REWRITE}}
    assert sorted(result.texts) == [RAW]
    assert [(fault.check, fault.clients) for fault in result.faults] == [("awaits", (WRAPPER_CLIENT,))]


def test_two_clients_of_one_file_are_told_apart(spoil: Callable[[str, str], None]) -> None:
    """The import of the target is both's: what is wrong in it is wrong for both, what is wrong below only for one."""
    text = RAW_ENGINE + (
        '\n\nasync def count():\n    other = redis.Redis(host="localhost", port=6379, decode_responses=True)\n'
        '    return other.xlen("client-orders")\n'
    )
    spoil("other.engine_logic_client.xlen", "other.marketdata_client.xlen")
    result = change(text)
    assert [set(each) for each in verdicts(result).values()] == [{Verdict.REWRITE}, {Verdict.REFUSE}]
    assert [fault.check for fault in result.faults] == ["ends"]
    spoil("import EngineType", "import EngineTypes")
    result = change(text)
    assert (dict(result.texts), [fault.check for fault in result.faults]) == ({}, ["bound", "bound"])


def test_a_fault_that_only_two_clients_make_together_takes_back_one(monkeypatch: pytest.MonkeyPatch) -> None:
    right: Callable[..., str] = rewriting.rewrite

    def wrong(*given: object) -> str:
        after = right(*given)
        return after.replace("xlen", "xtrim") if "xadd(" in after and "client.xlen" in after else after

    monkeypatch.setattr(rewriting, "rewrite", wrong)
    result = change(
        "import redis.asyncio as redis\n\n\n"
        'async def tell():\n    a = redis.Redis(host="localhost", port=6379)\n'
        '    await a.xadd("client-orders", {"a": "b"})\n\n\n'
        'async def count():\n    b = redis.Redis(host="localhost", port=6379)\n'
        '    return await b.xlen("client-orders")\n'
    )
    assert sorted(map(sorted, verdicts(result).values())) == [["refuse"], ["rewrite"]]
    assert (len(result.faults), sorted(result.texts)) == (1, [SERVICE])


ROUTE = '  - {match: "client-orders", bus: engine_logic}\n'
BRANCH = "dual-bus/phase-2/strategy"
SAID = """\
engine   phase status    rewrite ask keep refuse questions
strategy     2 committed       6   0    1      2         0

Engines
  strategy: branch dual-bus/phase-2/strategy at 000000000000, with the other
    clients
  strategy: the proof failed: backend/engines/strategy/raw.py:6: promises:
    xadd() is a coroutine, and is not awaited (not-awaited). So
    backend/engines/strategy/raw.py:5 redis.Redis stays whole as before. This is
    a fault of migrate, not of the code: please report it with the lines below

Failed proofs, each with the statements that show it
  backend/engines/strategy/raw.py:6 promises
    -     await client.xadd("client-orders", {"first": "1"})
    +     client.engine_logic_client.xadd("client-orders", {"first": "1"})
"""
RUN_RAW = """\
import redis.asyncio as redis


async def tell(values):
    client = redis.Redis(host="localhost", port=6379, decode_responses=True)
    await client.xadd("client-orders", {"first": "1"})
"""


def test_a_run_says_both_and_exits_with_one(tmp_path: Path, spoil: Callable[[str, str], None]) -> None:
    root = tiny_platform(tmp_path, config=CONFIG.replace("engines:\n", ROUTE + "engines:\n", 1))
    (root / "backend/engines/strategy/raw.py").write_text(RUN_RAW)
    git(root, "add", ".")
    git(root, "commit", "--quiet", "--message", "Add a raw client")
    spoil("await client.engine_logic_client.xadd", "client.engine_logic_client.xadd")
    result = CliRunner().invoke(cli, ["--engine", "strategy", "--repo", str(root)])
    shown = result.stdout.split("\nRaw streams")[0].replace(git(root, "rev-parse", BRANCH)[:12], "0" * 12)
    assert (result.exit_code, shown) == (1, SAID)
    assert git(root, "diff", "--name-only", "main", BRANCH) == "backend/engines/strategy/service.py"
    told = CliRunner().invoke(cli, ["--engine", "strategy", "--repo", str(root), "--json"])
    (engine,) = json.loads(told.stdout)["engines"]
    assert (told.exit_code, engine["status"], len(engine["problems"])) == (1, "unchanged", 1)
    assert engine["faults"] == [
        {
            "check": "promises",
            "path": "backend/engines/strategy/raw.py",
            "line": 6,
            "sentence": "xadd() is a coroutine, and is not awaited (not-awaited)",
            "before": '    await client.xadd("client-orders", {"first": "1"})',
            "after": '    client.engine_logic_client.xadd("client-orders", {"first": "1"})',
            "clients": ["backend/engines/strategy/raw.py:5 redis.Redis"],
        }
    ]


def test_an_engine_whose_only_client_fails_has_no_branch(tmp_path: Path, spoil: Callable[[str, str], None]) -> None:
    root = tiny_platform(tmp_path)
    spoil("await self.bus.publish_message", "self.bus.publish_message")
    told = CliRunner().invoke(cli, ["--all", "--repo", str(root), "--json"])
    portfolio, strategy = json.loads(told.stdout)["engines"]
    assert (told.exit_code, portfolio["status"], strategy["status"]) == (1, "nothing", "failed")
    assert ([fault["check"] for fault in strategy["faults"]], git(root, "branch", "--list", BRANCH)) == (["awaits"], "")
