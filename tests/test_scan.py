"""`migrate scan`: what it finds on the sample platform, the same bytes for every order, and what is not there."""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from gitrepo import clean_environment, commit_files, write_files
from msgspec.structs import replace
from scans import scan, scanned, state
from tinyplatform import ASKING, tiny_platform

from codemods.model import Verdict
from migrator.cli import cli
from migrator.ground import open_campaign, read_ground
from migrator.probing.warning import NOT_PROBED
from migrator.report.plain import coloured, uncoloured
from migrator.report.scan_json import scan_json
from migrator.report.scan_text import scan_text
from migrator.scan import scan_ground

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


def test_the_sample_platform_at_a_glance(platform: Path) -> None:
    before = state(platform)
    result = scan(platform)
    assert (result.exit_code, result.stdout, result.stderr) == (0, TABLE, f"migrate: {NOT_PROBED} --repo {platform}\n")
    assert state(platform) == before


def test_the_manual_shows_what_a_scan_prints(platform: Path) -> None:
    page = (Path(__file__).parent.parent / "docs" / "campaign.md").read_text()
    shown = dict(re.findall(r"^```console\n\$ (migrate scan.*)\n((?:(?!```).*\n)*)```$", page, re.MULTILINE))
    assert shown == {
        "migrate scan": TABLE,
        "migrate scan --streams | head -30": "".join(scan(platform, "--streams").stdout.splitlines(True)[:30]),
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
        assert (done.returncode, done.stderr) == (0, f"migrate: {NOT_PROBED} --repo {platform}\n")


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
    "a file and streams": (
        ("--file", "backend/engines/risk/service.py", "--streams"),
        "--streams shows what engines tell each other; leave out --file, or --streams",
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


def test_a_terminal_gets_colours_and_the_same_words(platform: Path) -> None:
    ground = read_ground(*open_campaign(str(platform), None), None)
    result = scan_ground(ground, frozenset({"ml"}), (), lambda what, done, total: None)
    painted = scan_text(result, True, coloured)
    assert "\x1b[32mrewrite\x1b[0m" in painted
    assert re.sub(r"\x1b\[\d+m", "", painted) == scan_text(result, True, uncoloured)
