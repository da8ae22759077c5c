"""`migrate init` as a command: what it reads, writes, prints and refuses."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from first_configs import NATIVE, TARGET, WRAPPER, migrate
from gitrepo import clean_environment, git, make_repo, write_files

from migrator.config import load
from migrator.demo.write import write_platform

PAGE = (Path(__file__).parent.parent / "docs" / "engines-yaml.md").read_text()


def test_the_manual_shows_what_init_prints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_platform(tmp_path / "platform")
    monkeypatch.chdir(tmp_path / "platform")
    (shown,) = re.findall(r"^\$ migrate init --output first.yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    printed = migrate("init", "--output", "first.yaml").stdout
    commit = re.compile(r"\([0-9a-f]{12}\)")
    assert commit.sub("", printed) == commit.sub("", shown)


NO_ENGINES = {
    "no Python at all": ({"README.md": "Nothing.\n"}, ""),
    "a library": ({"lib/bus.py": WRAPPER}, ""),
    "a service without a bus": (
        {"web/main.py": "from fastapi import FastAPI\n\napp = FastAPI()\n"},
        "; programs that use neither: web",
    ),
}


@pytest.mark.parametrize("name", NO_ENGINES)
def test_no_engine_is_one_sentence_and_no_file(name: str, tmp_path: Path) -> None:
    files, more = NO_ENGINES[name]
    root = make_repo(tmp_path, files)
    result = migrate("init", "--repo", str(root))
    sentence = (
        f"no engine was found in main: no program in it uses a legacy client or the dual bus{more}. Name another "
        'commit with "--base", or write engines.yaml by hand'
    )
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", f"migrate: {sentence}\n")
    assert git(root, "status", "--porcelain") == ""


def test_a_file_that_is_there_is_only_replaced_by_force(tmp_path: Path) -> None:
    root = make_repo(tmp_path, {"dual_messagebus_client.py": TARGET, "risk/service.py": NATIVE})
    path = root / "engines.yaml"
    path.write_text("mine\n")
    result = migrate("init", "--repo", str(root))
    sentence = f'{path} is there already; name another with "--output", or add "--force"'
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", f"migrate: {sentence}\n")
    assert path.read_text() == "mine\n"
    assert migrate("init", "--repo", str(root), "--force").exit_code == 0
    assert load(path).source_root == ""
    assert sorted(each.name for each in root.iterdir()) == [".git", "dual_messagebus_client.py", "engines.yaml", "risk"]


def test_output_and_base_name_another_file_and_another_commit(tmp_path: Path) -> None:
    root = make_repo(tmp_path, {"dual_messagebus_client.py": TARGET, "risk/service.py": NATIVE})
    git(root, "branch", "release")
    git(root, "rm", "--quiet", "-r", "risk")
    git(root, "commit", "--quiet", "--message", "Take it away")
    path = tmp_path / "draft.yaml"
    result = migrate("init", "--repo", str(root), "--base", "release", "--output", str(path))
    assert (result.exit_code, load(path).base) == (0, "release")
    assert result.stdout.startswith(f"wrote {path}, from release (")
    assert migrate("init", "--repo", str(root)).exit_code == 2
    assert git(root, "status", "--porcelain") == ""


def test_a_dash_prints_the_text_that_a_file_would_have_and_writes_none(tmp_path: Path) -> None:
    root = make_repo(tmp_path, {"dual_messagebus_client.py": TARGET, "risk/service.py": NATIVE})
    migrate("init", "--repo", str(root), "--output", str(tmp_path / "draft.yaml"))
    done = migrate("init", "--repo", str(root), "--output", "-")
    assert (done.exit_code, done.stdout) == (0, (tmp_path / "draft.yaml").read_text())
    assert done.stderr.startswith("wrote the text on stdout, from main (")
    assert not Path("-").exists()


def test_without_a_main_the_base_is_master_or_else_what_is_checked_out(tmp_path: Path) -> None:
    root = make_repo(tmp_path, {"dual_messagebus_client.py": TARGET, "risk/service.py": NATIVE})
    for branch, base in (("master", "master"), ("trunk", "HEAD")):
        git(root, "branch", "--move", branch)
        assert migrate("init", "--repo", str(root), "--force").exit_code == 0
        assert load(root / "engines.yaml").base == base


def test_a_file_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    root = make_repo(tmp_path, {"dual_messagebus_client.py": TARGET, "risk/service.py": NATIVE})
    folder = tmp_path / "folder.yaml"
    folder.mkdir()
    result = migrate("init", "--repo", str(root), "--output", str(folder), "--force")
    sentence = f'{folder} cannot be written (Is a directory); name another with "--output"'
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", f"migrate: {sentence}\n")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["folder.yaml", "platform"]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    root = make_repo(tmp_path, {"a.py": ""})
    result = migrate("init", "--repo", str(root), "--output", str(tmp_path / "none" / "e.yaml"))
    sentence = f"there is no folder {tmp_path / 'none'}; make it, or name another file"
    assert (result.exit_code, result.stderr) == (2, f"migrate: {sentence}\n")


def test_the_code_is_read_from_the_base_and_not_from_the_working_tree(tmp_path: Path) -> None:
    root = make_repo(tmp_path, {"dual_messagebus_client.py": TARGET, "risk/service.py": NATIVE})
    write_files(root, {"risk/service.py": "", "dual_messagebus_client.py": ""})
    assert migrate("init", "--repo", str(root)).exit_code == 0


def test_init_does_not_import_libcst(tmp_path: Path) -> None:
    root = make_repo(tmp_path, {"dual_messagebus_client.py": TARGET, "risk/service.py": NATIVE})
    script = """
import sys
from migrator.cli import cli
try:
    cli(["init"])
except SystemExit as end:
    sys.exit(f"libcst was imported, {end.code}" if "libcst" in sys.modules else end.code)
"""
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=root, env=clean_environment(), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
