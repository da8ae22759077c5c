"""`migrate probe` on real servers: the sample platform's client passes, and each fault is named, and no other."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from defective_clients import DEFECTS
from gitrepo import commit_files
from tinyplatform import tiny_platform

from migrator.cli import cli
from migrator.demo.write import write_platform
from migrator.probing.probes import PROBES

CLIENT = "backend/dual_messagebus_client.py"


@pytest.fixture(autouse=True)
def _apart(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def probe(root: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["probe", "--repo", str(root), *arguments])


def verdicts(result: Result) -> dict[str, str]:
    return {each["id"]: each["status"] for each in json.loads(result.stdout)["verdicts"]}


def with_client(tmp_path: Path, text: bytes) -> Path:
    root = tiny_platform(tmp_path)
    commit_files(root, {CLIENT: text})
    return root


def test_the_sample_platforms_client_passes_every_probe(tmp_path: Path) -> None:
    result = probe(tiny_platform(tmp_path), "--json")
    assert verdicts(result) == dict.fromkeys(PROBES, "passed")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["servers"] == "embedded servers"


def test_every_fault_of_deployed_clients_has_a_probe_and_a_client() -> None:
    assert {probe.fault for probe in PROBES.values()} == set(range(1, 15))
    assert {each.fault for each in DEFECTS.values()} == set(range(1, 15))


TIMED = {"a socket timeout below the read's"}
"""Clients that lose a message only where they are quick enough to give up a read while it is answered."""


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.alone if name in TIMED else ()) for name in DEFECTS]
)
def test_a_fault_fails_its_probe(name: str, tmp_path: Path) -> None:
    named = DEFECTS[name].probes
    result = probe(with_client(tmp_path, DEFECTS[name].client()), "--json", *(f"--only={each}" for each in named))
    assert verdicts(result) == dict.fromkeys(named, "failed")
    assert result.exit_code == 1


@pytest.mark.parametrize("name", ["a stream for each engine"])
def test_a_fault_fails_no_other_probe(name: str, tmp_path: Path) -> None:
    assert_exactly_named(name, tmp_path)


@pytest.mark.soak
@pytest.mark.parametrize("name", DEFECTS)
def test_no_fault_fails_another_probe(name: str, tmp_path: Path) -> None:
    assert_exactly_named(name, tmp_path)


def assert_exactly_named(name: str, tmp_path: Path) -> None:
    found = verdicts(probe(with_client(tmp_path, DEFECTS[name].client()), "--json"))
    assert {each for each, status in found.items() if status == "failed"} == DEFECTS[name].probes
    assert "not run" not in found.values()


def test_a_failure_says_what_happens_and_which_places_depend_on_it(tmp_path: Path) -> None:
    write_platform(tmp_path / "platform")
    commit_files(tmp_path / "platform", {CLIENT: DEFECTS["a stream for each engine"].client()})
    result = probe(tmp_path / "platform", "--only", "delivery")
    lines = result.stdout.splitlines()
    assert lines[0] == "failed  delivery        engine logic: 0 of 25 message types get from BACKTESTING"
    happens = lines.index("At run time")
    assert lines[happens + 1].startswith("  delivery: What one engine publishes never reaches the engines that")
    places = lines.index("9 places depend on delivery")
    assert lines[places + 3 : places + 5] == [
        "  backend/engines/ml/service.py:72 ml.prediction.* from ml to strategy",
        "    (backend/engines/strategy/service.py:36)",
    ]
    assert "  and 1 more; --json has them all" in lines
    assert lines[-2].startswith("1 of 1 probe failed: dual_messagebus_client on embedded servers, ")
    assert max(map(len, lines[:-1])) <= 80


def test_an_unknown_probe_is_named_with_the_nearest(tmp_path: Path) -> None:
    result = probe(tiny_platform(tmp_path), "--only", "delivry")
    assert (result.exit_code, result.stderr) == (2, "migrate: no probe is called delivry; did you mean delivery?\n")
