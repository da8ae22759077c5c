"""What a run stands on, and what is said where it gives way: the campaign against the base, folders, links, streams."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from gitrepo import clean_environment, commit_files, git, write_files
from tinyplatform import CONFIG, tiny_platform

from migrator.cli import cli
from migrator.probing.warning import NOT_PROBED

STRATEGY = "backend/engines/strategy"
COMMANDS = {"a run": ("--all",), "a dry run": ("--all", "--dry-run"), "a scan": ("scan",)}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with the tiny platform."""
    return tiny_platform(tmp_path)


def migrate(root: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, [*arguments, "--repo", str(root)], prog_name="migrate", catch_exceptions=False)


def outcome(result: Result) -> tuple[int, str, str]:
    return result.exit_code, result.stdout, result.stderr


SLIPS = {
    "an engine type that is nearly one": (
        ("engine_type: STRATEGY", "engine_type: STRATEGIE"),
        "engines.yaml:18: the target has no engine type STRATEGIE; did you mean STRATEGY?\n",
    ),
    "an engine type that is like none": (
        ("engine_type: RISK", "engine_type: QQQ"),
        "engines.yaml:20: the target has no engine type QQQ; it has ANALYTICS, BACKTESTING, COLLATERAL, FACTOR, "
        "FEATURES, MARKETDATA, ML, PORTFOLIO, RISK, STRATEGY, TORANIKO, VPIN, WEBSOCKET\n",
    ),
    "a wrapper that no file names": (
        ("module: enhanced_messagebus_client", "module: enhanced_bus_client"),
        "engines.yaml:11: no Python file of the base names the wrapper enhanced_bus_client\n",
    ),
}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_in_the_campaign_is_told_before_anything_is_done(root: Path, slip: str, command: str) -> None:
    (old, new), said = SLIPS[slip]
    assert old in CONFIG
    write_files(root, {"engines.yaml": CONFIG.replace(old, new)})
    before = git(root, "for-each-ref")
    assert outcome(migrate(root, *COMMANDS[command])) == (2, "", f"migrate: {said}")
    assert git(root, "for-each-ref") == before


def test_all_slips_are_told_at_once(root: Path) -> None:
    config = CONFIG
    for (old, new), _ in SLIPS.values():
        config = config.replace(old, new)
    write_files(root, {"engines.yaml": config})
    result = migrate(root, "--all")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "".join(f"migrate: {said}" for _, said in SLIPS.values())


def test_a_wrapper_whose_own_file_alone_is_there_is_no_slip(root: Path) -> None:
    """Once every engine moved, nothing names it any more."""
    commit_files(root, {f"{STRATEGY}/service.py": "LOT = 10\n"})
    result = migrate(root, "--all", "--dry-run")
    assert (result.exit_code, result.stdout) == (0, "")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_repository_that_is_no_folder(root: Path, command: str) -> None:
    for path in (root / "nowhere", root / "engines.yaml"):
        said = f"migrate: there is no folder {path}; name the repository with --repo\n"
        assert outcome(migrate(path, *COMMANDS[command])) == (2, "", said)


def test_a_repository_that_is_a_loop_of_links(tmp_path: Path) -> None:
    (tmp_path / "one").symlink_to("two")
    (tmp_path / "two").symlink_to("one")
    code, printed, said = outcome(migrate(tmp_path / "one", "--all"))
    assert (code, printed) == (2, "")
    assert said.startswith(f"migrate: {tmp_path}/one cannot be read (")
    assert said.endswith("); name the repository with --repo\n")
    assert said.count("\n") == 1


def test_a_repository_whose_name_is_too_long(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 300)
    said = f"migrate: {path} cannot be read (File name too long); name the repository with --repo\n"
    assert outcome(migrate(path, "--all")) == (2, "", said)


def test_links_within_the_repository_are_not_followed_and_those_of_an_engine_are_told(root: Path) -> None:
    before = migrate(root, "--all", "--dry-run").stdout
    for name, target in {
        "backend/loop": "loop",
        f"{STRATEGY}/around": "..",
        f"{STRATEGY}/itself.py": "itself.py",
        "backend/engines/risk/other.py": "service.py",
    }.items():
        (root / name).symlink_to(target)
    commit_files(root, {})
    result = migrate(root, "--all", "--dry-run")
    assert (result.exit_code, result.stdout) == (0, before)
    notes = " ".join(result.stderr.split("Notes\n")[1].split())
    assert f"{STRATEGY}/itself.py is a symbolic link; it was not read and stays as it is" in notes
    assert "loop" not in notes
    assert "other.py" not in notes


CONFIGS = {
    "larger than any": (
        "is larger than 1000 kB, which no engines.yaml is",
        lambda path: path.write_text("#" * 1_000_001),
    ),
    "a folder": ("cannot be read (Is a directory)", lambda path: path.mkdir()),
    "a loop of links": (
        "cannot be read (Too many levels of symbolic links)",
        lambda path: path.symlink_to(path.name),
    ),
    "a device without an end": (
        "is larger than 1000 kB, which no engines.yaml is",
        lambda path: path.symlink_to("/dev/zero"),
    ),
}


@pytest.mark.parametrize("case", CONFIGS)
def test_a_configuration_that_cannot_be_one(root: Path, tmp_path: Path, case: str) -> None:
    said, make = CONFIGS[case]
    path = tmp_path / "other.yaml"
    make(path)
    result = migrate(root, "--all", "--config", str(path))
    assert outcome(result) == (2, "", f'migrate: {path} {said}; name another with "--config PATH"\n')


def test_a_configuration_of_the_largest_size_is_read(root: Path) -> None:
    write_files(root, {"engines.yaml": CONFIG + "#" * (1_000_000 - len(CONFIG))})
    assert migrate(root, "--all", "--dry-run").exit_code == 0


def shell(root: Path, command: str) -> tuple[int, str, str]:
    """What a shell makes of a command in which `migrate` stands for the tool."""
    whole = f'migrate() {{ "{sys.executable}" -m migrator "$@" --repo "{root}"; }}\n{command}'
    done = subprocess.run(["sh", "-c", whole], env=clean_environment(), capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_a_closed_stdout_takes_nothing_from_the_result(root: Path, command: str) -> None:
    typed = " ".join(COMMANDS[command])
    code, _, said = shell(root, f"migrate {typed} >&-")
    assert (code, "Traceback" in said) == (0, False)
    assert git(root, "status", "--porcelain") == ""
    made = ["dual-bus/phase-2/strategy"] if command == "a run" else []
    assert git(root, "branch", "--list", "dual-bus/*").split() == made


def test_closed_streams_hide_no_failure(root: Path) -> None:
    assert shell(root, "migrate --engine nobody >&- 2>&-") == (2, "", "")
    code, printed, _ = shell(root, "migrate --all --dry-run 2>&-")
    assert (code, printed.startswith("diff --git ")) == (0, True)


def test_a_reader_that_goes_away_ends_the_run_without_a_word(root: Path) -> None:
    """`migrate scan | head` is no fault."""
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "migrator", "scan", "--json", "--repo", str(root)]
    try:
        done = subprocess.run(
            command, env=clean_environment(), stdout=write, stderr=subprocess.PIPE, text=True, check=False
        )
    finally:
        os.close(write)
    assert (done.returncode, done.stderr) == (1, f"migrate: {NOT_PROBED} --repo {root}\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full device")
def test_a_full_disk_is_told(root: Path) -> None:
    assert shell(root, "migrate scan >/dev/full") == (
        1,
        "",
        f"migrate: {NOT_PROBED} --repo {root}\nmigrate: a file or a stream failed: No space left on device; "
        "see to that, then run migrate again\n",
    )
