"""What earlier runs found: taken only where the same would be found again, and never a reason to fail."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from gitrepo import commit_files, git
from statuses import migrate
from tinyplatform import PUBLISHER, tiny_platform

from codemods import work
from migrator.asked import Asked
from migrator.demo.write import write_platform
from migrator.git_command import GitCommand
from migrator.remembered.folder import Folder, place

SERVICE = "backend/engines/strategy/service.py"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The tiny platform."""
    return tiny_platform(tmp_path)


@pytest.fixture
def scanned(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The engines that are really scanned, as they are."""
    names: list[str] = []
    whole: Callable[..., work.Scan] = work.scan_engine

    def noting(engine: work.Engine, *rest: object, **more: object) -> work.Scan:
        names.append(engine.name)
        return whole(engine, *rest, **more)

    monkeypatch.setattr(work, "scan_engine", noting)
    return names


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What git is asked, by its first word; it answers as ever."""
    words: list[str] = []
    command: Callable[..., list[str]] = GitCommand._command

    def noting(git: GitCommand, arguments: tuple[str, ...]) -> list[str]:
        words.append(arguments[0])
        return command(git, arguments)

    monkeypatch.setattr(GitCommand, "_command", noting)
    return words


def test_a_second_status_of_the_same_tree_lists_and_reads_no_file(root: Path, asked: list[str]) -> None:
    first = migrate(root, "status", "--json").stdout
    assert {"ls-tree", "cat-file"} <= set(asked)
    asked.clear()
    assert migrate(root, "status", "--json").stdout == first
    assert asked == [*["rev-parse"] * 3, "for-each-ref", "remote", "rev-list", "show-ref"]


def test_one_engine_is_asked_about_as_well_where_all_were(root: Path, asked: list[str]) -> None:
    migrate(root, "status")
    asked.clear()
    remembered = migrate(root, "status", "--json", "--engine", "strategy")
    assert "ls-tree" not in asked
    assert remembered.stdout == migrate(root, "status", "--json", "--engine", "strategy", "--no-cache").stdout


def test_an_engine_that_failed_is_read_again(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = migrate(root, "status", "--json", "--no-cache")
    with monkeypatch.context() as broken:
        broken.setattr(work, "judge_and_forget", lambda scan: 1 / 0)
        broken.setattr(work, "judge_scan", lambda scan, modes: 1 / 0)
        assert migrate(root, "status").exit_code == 1
    again = migrate(root, "status", "--json")
    assert (again.stdout, again.exit_code) == (plain.stdout, plain.exit_code)


def test_a_second_look_at_the_same_code_scans_nothing(root: Path, scanned: list[str]) -> None:
    first = migrate(root, "scan", "--json").stdout
    assert set(scanned) == {"strategy", "portfolio", "risk", "(no engine)"}
    scanned.clear()
    assert migrate(root, "scan", "--json").stdout == first
    assert scanned == []


def test_of_the_sample_platform_a_second_look_scans_nothing_either(tmp_path: Path, scanned: list[str]) -> None:
    """Two of its engines have streams that become messages."""
    write_platform(tmp_path / "sample")
    first = migrate(tmp_path / "sample", "scan", "--json").stdout
    scanned.clear()
    assert migrate(tmp_path / "sample", "scan", "--json").stdout == first
    assert scanned == []


def test_after_an_edit_only_those_are_scanned_whom_it_may_concern(root: Path, scanned: list[str]) -> None:
    migrate(root, "scan")
    scanned.clear()
    commit_files(root, {SERVICE: PUBLISHER.replace("signal(", "tell(")}, "Rename a method")
    changed = migrate(root, "scan", "--json").stdout
    assert scanned == ["strategy"]
    assert changed == migrate(root, "scan", "--json", "--no-cache").stdout


def test_a_check_of_what_is_staged_reads_the_engines_alone_whom_it_may_concern(root: Path, scanned: list[str]) -> None:
    migrate(root, "check")
    scanned.clear()
    (root / SERVICE).write_text(PUBLISHER.replace("signal(", "tell("))
    git(root, "add", "--all")
    said = migrate(root, "check", "--staged", "--json").stdout
    assert scanned == ["strategy"]
    assert said == migrate(root, "check", "--staged", "--json", "--no-cache").stdout


def test_a_run_reads_the_engine_that_it_rewrites_and_remembers_the_others(root: Path, scanned: list[str]) -> None:
    migrate(root, "status")
    scanned.clear()
    said = migrate(root, "--engine", "strategy", "--dry-run")
    assert set(scanned) == {"strategy"}
    plain = migrate(root, "--engine", "strategy", "--dry-run", "--no-cache")
    assert (said.stdout, said.exit_code) == (plain.stdout, plain.exit_code)


def test_after_an_edit_git_is_asked_for_no_file_but_that_and_what_is_looked_at(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit_files(root, {f"backend/library/part_{number}.py": f"PART = {number}\n" for number in range(60)})
    migrate(root, "scan")
    commit_files(root, {"backend/library/part_7.py": "PART = 70\n"})
    read: list[str] = []
    fetch: Callable[..., None] = Asked._fetch

    def noting(asked: Asked, numbers: Sequence[int]) -> None:
        read.extend(asked.ids[number] for number in numbers)
        fetch(asked, numbers)

    monkeypatch.setattr(Asked, "_fetch", noting)
    migrate(root, "scan")
    parts = {line.split()[2] for line in git(root, "ls-tree", "-r", "HEAD", "backend/library").splitlines()}
    assert parts & set(read) == {git(root, "rev-parse", "HEAD:backend/library/part_7.py")}


def test_a_new_file_that_an_engine_may_import_is_looked_at(root: Path, scanned: list[str]) -> None:
    commit_files(root, {"backend/engines/risk/service.py": "from shared import bus\n\n\nbus().publish('a', {})\n"})
    migrate(root, "scan")
    scanned.clear()
    commit_files(root, {"backend/shared.py": "import redis\n\n\ndef bus():\n    return redis.Redis(port=6379)\n"})
    assert {site["engine"] for site in json.loads(migrate(root, "scan", "--json").stdout)["sites"]} >= {"risk"}
    assert "risk" in scanned


def test_without_the_cache_nothing_is_read_or_kept(root: Path, scanned: list[str]) -> None:
    migrate(root, "status", "--no-cache")
    assert not place().exists()
    migrate(root, "status")
    scanned.clear()
    migrate(root, "status", "--no-cache")
    assert set(scanned) == {"strategy", "portfolio", "risk", "(no engine)"}


def test_another_route_is_another_question(root: Path) -> None:
    migrate(root, "scan")
    config = root / "engines.yaml"
    config.write_text(config.read_text().replace("STRATEGY_SIGNAL}", "PORTFOLIO_UPDATE}"))
    assert migrate(root, "scan", "--json").stdout == migrate(root, "scan", "--json", "--no-cache").stdout


def test_records_that_are_damaged_or_cut_short_are_made_again(root: Path, scanned: list[str]) -> None:
    first = migrate(root, "scan", "--json")
    whole = {path: path.read_bytes() for path in sorted(place().iterdir())}
    for path, spoilt in zip(whole, (b"", b"x" * 50, whole[min(whole)][:-1], whole[min(whole)]), strict=False):
        path.write_bytes(spoilt)
    said = migrate(root, "scan", "--json")
    assert (said.stdout, said.stderr) == (first.stdout, first.stderr)
    assert {path: path.read_bytes() for path in sorted(place().iterdir())} == whole


def test_a_place_that_is_no_folder_or_cannot_be_written_is_passed_over(root: Path) -> None:
    plain = migrate(root, "scan", "--json", "--no-cache").stdout
    place().parent.mkdir(parents=True)
    place().write_text("a file")
    assert migrate(root, "scan", "--json").stdout == plain
    assert place().read_text() == "a file"


def test_records_are_closed_to_others(root: Path) -> None:
    place().mkdir(0o755, parents=True)
    migrate(root, "scan")
    assert stat.S_IMODE(place().stat().st_mode) == 0o700
    assert {stat.S_IMODE(each.stat().st_mode) for each in place().iterdir()} == {0o600}


def test_what_was_used_longest_ago_goes_first(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "scans", limit=900)
    for name in ("one", "two", "three"):
        folder.write(name, name.encode() * 60)
    for age, name in enumerate(("three", "one", "two")):
        os.utime(tmp_path / "scans" / name, (age, age))
    assert folder.read("three") == b"three" * 60  # which counts as used
    folder.write("four", b"x" * 200)
    assert sorted(each.name for each in (tmp_path / "scans").iterdir()) == ["four", "three"]


def test_a_link_in_the_place_of_a_record_is_not_followed(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "scans")
    folder.write("one", b"kept")
    (tmp_path / "scans/one").rename(tmp_path / "elsewhere")
    (tmp_path / "scans/one").symlink_to(tmp_path / "elsewhere")
    assert folder.read("one") is None


def test_two_who_write_at_once_leave_whole_records(tmp_path: Path) -> None:
    def use(number: int) -> set[bytes | None]:
        folder, texts = Folder(tmp_path / "scans", limit=4000), set()
        for each in range(60):
            folder.write(f"{each % 7}", bytes([65 + number]) * 900)
            texts.add(folder.read(f"{each % 5}"))
        return texts

    with ThreadPoolExecutor(4) as pool:
        seen = set().union(*pool.map(use, range(4)))
    assert seen <= {None, *(bytes([65 + number]) * 900 for number in range(4))}


def test_runs_at_the_same_time_say_what_one_alone_says(root: Path) -> None:
    """They begin without anything remembered, and each keeps what it finds."""
    command = [sys.executable, "-m", "migrator", "scan", "--json", "--repo", str(root)]
    runs = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) for _ in range(4)]
    said = {run.communicate()[0].decode() for run in runs}
    assert said == {migrate(root, "scan", "--json", "--no-cache").stdout}
    assert migrate(root, "scan", "--json").stdout in said


def test_other_history_with_the_same_files_is_the_same_code(root: Path, scanned: list[str]) -> None:
    migrate(root, "status")
    scanned.clear()
    git(root, "commit", "--allow-empty", "-qm", "Nothing")
    migrate(root, "status")
    assert scanned == []
