"""What `migrate scan` says of engines and files: how far each is, what is left, and that its ledger adds up."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from engines_of_one import ENGINE, SERVICE, settings, slug, texts_of
from gitrepo import commit_files
from msgspec.structs import asdict, replace
from scans import KEPT, SERVICE_OF_STRATEGY, scan, scanned
from tinyplatform import ASKING, CONFIG, PUBLISHER, platform_file, tiny_platform

from codemods.model import Change, Ledger, Site, Verdict
from codemods.verdicts.engine import Unit, judge_engine
from codemods.verdicts.sites import describe
from codemods.work import read_contract, scan_engine
from migrator.graph import Graph
from migrator.report.plain import uncoloured
from migrator.report.scan_text import scan_text
from migrator.scan import ledger_faults
from migrator.scanned import EngineScan, Scanned


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
