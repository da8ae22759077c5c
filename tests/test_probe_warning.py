"""What runs and scans say from the stored result of a probe, and how that result is kept."""

from __future__ import annotations

from contextlib import chdir
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from gitrepo import commit_files
from tinyplatform import platform_file, tiny_platform

from migrator.cli import cli
from migrator.ground import open_campaign, read_ground
from migrator.probing import stored
from migrator.probing.client_files import client_files, client_of
from migrator.probing.probes import PROBES
from migrator.probing.values import FAILS, PASSED, Probed, Verdict
from migrator.probing.warning import NOT_PROBED

CLIENT = "backend/dual_messagebus_client.py"
TWO_FAIL = "probe: 2 of the target's behaviours fail: delivery, idle; migrate probe --repo {} says what they mean"


def result_of(root: Path, *failing: str) -> Probed:
    """A whole result for the client of this repository."""
    client = client_of(read_ground(*open_campaign(str(root), None), None))
    verdicts = (Verdict(name, FAILS if name in failing else PASSED, "seen") for name in PROBES)
    return Probed(client.module, client.hash, "0" * 40, "embedded", tuple(verdicts), "a.log", 1.5)


def migrate(root: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, [*arguments, "--repo", str(root)])


COMMANDS = [["--all", "--dry-run"], ["--all", "--json", "--dry-run"], ["scan"], ["scan", "--json"]]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_client_that_was_not_probed_is_told_in_one_line(command: list[str], tmp_path: Path) -> None:
    root = tiny_platform(tmp_path)
    result = migrate(root, *command)
    assert result.stderr.splitlines()[0] == f"migrate: {NOT_PROBED} --repo {root}"
    assert NOT_PROBED not in result.stdout


def test_of_several_repositories_each_is_named_for_its_probe(tmp_path: Path) -> None:
    tiny_platform(tmp_path / "second one")
    first = tiny_platform(tmp_path / "first")
    with chdir(first):
        result = migrate(first, "scan", "--repo", "../../second one/platform")
    told = [line for line in result.stderr.splitlines() if NOT_PROBED in line]
    assert told == [f"migrate: {NOT_PROBED} --repo '../../second one/platform'", f"migrate: {NOT_PROBED}"]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_behaviours_that_fail_are_told_by_name(command: list[str], tmp_path: Path) -> None:
    root = tiny_platform(tmp_path)
    stored.save(result_of(root, "delivery", "idle"))
    assert migrate(root, *command).stderr.splitlines()[0] == f"migrate: {TWO_FAIL.format(root)}"


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_nothing_is_said_where_every_probe_has_passed(command: list[str], tmp_path: Path) -> None:
    root = tiny_platform(tmp_path)
    stored.save(result_of(root))
    assert "prob" not in migrate(root, *command).stderr


def test_another_source_of_the_client_has_not_been_probed(tmp_path: Path) -> None:
    root = tiny_platform(tmp_path)
    stored.save(result_of(root))
    commit_files(root, {CLIENT: platform_file("dual_messagebus_client.py") + b"\n\nLATER = 1\n"})
    assert NOT_PROBED in migrate(root, "scan").stderr


def test_what_is_saved_is_loaded_again(tmp_path: Path) -> None:
    result = result_of(tiny_platform(tmp_path), "delivery")
    stored.save(result)
    assert stored.load(result.client) == result
    assert [path.suffix for path in stored.folder().iterdir()] == [".json"]


def test_a_probe_whose_result_could_not_be_kept_is_not_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tiny_platform(tmp_path)
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    result = migrate(root, "probe")
    assert (result.exit_code, result.stdout, result.stderr) == (
        1,
        "",
        f"migrate: {tmp_path}/file/migrate/probe cannot be written to (Not a directory); "
        "put another cache into the environment variable XDG_CACHE_HOME\n",
    )


@pytest.mark.parametrize(
    "damage", ["", "[]", "{", '{"verdicts": []}', "null", '{"verdicts": [{"id": "delivery"}]}', '{"verdicts": 3}']
)
def test_a_damaged_result_is_as_none(damage: str, tmp_path: Path) -> None:
    result = result_of(tiny_platform(tmp_path))
    stored.save(result)
    (file,) = stored.folder().iterdir()
    file.write_text(damage)
    assert stored.load(result.client) is None
    file.write_bytes(b"\xff\xfe")
    assert stored.load(result.client) is None


def test_a_result_that_is_not_whole_is_as_none(tmp_path: Path) -> None:
    result = result_of(tiny_platform(tmp_path))
    stored.save(
        Probed(**{name: getattr(result, name) for name in result.__slots__} | {"verdicts": result.verdicts[1:]})
    )
    assert stored.load(result.client) is None


def test_the_files_of_a_client_are_those_that_it_imports() -> None:
    texts = {
        "src/bus/__init__.py": b"",
        "src/bus/dual.py": b"from . import codes\nfrom bus.kinds import Kind\nimport redis.asyncio, tools.deep\n",
        "src/bus/codes.py": b"from ..bus import extra\n",
        "src/bus/extra.py": b"def later():\n    from tools import lazy\n",
        "src/bus/kinds.py": b"",
        "src/bus/other.py": b"",
        "src/tools/deep.py": b"this does not parse",
        "src/tools/lazy/__init__.py": b"",
        "src/redis.py": b"",
        "elsewhere/bus/dual.py": b"",
    }
    found = client_files("bus.dual", texts, "src").texts
    assert list(found) == [
        "bus/__init__.py",
        "bus/codes.py",
        "bus/dual.py",
        "bus/extra.py",
        "bus/kinds.py",
        "redis.py",
        "tools/deep.py",
        "tools/lazy/__init__.py",
    ]


def test_the_hash_of_a_client_is_of_names_and_bytes() -> None:
    one = client_files("a", {"a.py": b"import b\n", "b.py": b"1"}, "")
    same = client_files("a", {"b.py": b"1", "a.py": b"import b\n", "c.py": b""}, "")
    other = client_files("a", {"a.py": b"import b\n", "b.py": b"2"}, "")
    assert one.hash == same.hash != other.hash
