"""Files of odd names, links and submodules through the real command: none is lost, and none is followed elsewhere."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from gitrepo import clean_environment, commit_files, git
from odd_files import MOVED, NOTHING, PUBLISHED, SERVICE, STRATEGY, apart, apply_dry_run, files, scan, strategy
from tinyplatform import CONFIG, PUBLISHER, tiny_platform

PATHS = {
    "spaces": "a folder/with spaces .py",
    "a newline": "two\nlines.py",
    "quotes": "\"double\" and 'single'.py",
    "backslashes": "back\\slash\\n.py",
    "a tab": "tab\there.py",
    "UTF-8": "prénom/値/\U0001f600.py",
    "bytes that are not UTF-8": b"latin-\xe9/\xff.py".decode("utf-8", "surrogateescape"),
    "a dash first": "-rf.py",
    "a pattern": "[a-z]*?.py",
    "nothing but its suffix": ".py",
    "build": "build/lib/service.py",
    "venv": "venv/lib/python3.11/site-packages/service.py",
    "hidden": ".venv/.git_/service.py",
    "a folder that looks like a file": "service.py/service.py",
}


def moved_to(root: Path, path: str) -> None:
    """Commit the strategy engine's one file under another name."""
    file = Path(os.fsdecode(os.fsencode(root / STRATEGY) + b"/" + path.encode("utf-8", "surrogateescape")))
    (root / SERVICE).unlink()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(PUBLISHER)
    commit_files(root, {})


@pytest.mark.parametrize("name", PATHS)
def test_a_file_is_found_and_moved_under_any_name(tmp_path: Path, name: str) -> None:
    root = tiny_platform(tmp_path)
    moved_to(root, PATHS[name])
    path = f"{STRATEGY}/{PATHS[name]}"
    code, found = scan(root)
    assert (code, files(found), strategy(found)["ledger"]) == (0, {path: ("changed", "")}, MOVED)
    assert {site["path"] for site in found["sites"] if site["engine"] == "strategy"} == {path}
    assert apply_dry_run(root) == 0
    raw = path.encode("utf-8", "surrogateescape")
    assert git(root, "status", "--porcelain", "-z").encode("utf-8", "surrogateescape") == b" M " + raw + b"\0"
    assert (root / os.fsdecode(raw)).read_text() == PUBLISHED


@pytest.mark.parametrize("name", PATHS)
def test_a_file_of_any_name_is_shown_to_people_in_a_process_of_its_own(tmp_path: Path, name: str) -> None:
    root = tiny_platform(tmp_path)
    moved_to(root, PATHS[name])
    for arguments in (("scan", "--engine", "strategy"), ("--all", "--dry-run")):
        command = [sys.executable, "-m", "migrator", *arguments, "--repo", str(root)]
        done = subprocess.run(command, env=clean_environment(), capture_output=True, check=False)
        assert (done.returncode, b"Traceback" in done.stderr, bool(done.stdout)) == (0, False, True)


LINKS = {
    "a file outside of the repository": ("{outside}", "symbolic link"),
    "a file of another engine": ("../portfolio/service.py", "symbolic link"),
    "a folder": ("..", "symbolic link"),
    "itself": ("link.py", "symbolic link"),
    "nothing": ("nowhere.py", "symbolic link"),
}


@pytest.mark.parametrize("name", LINKS)
def test_a_link_is_noted_and_neither_read_nor_changed(tmp_path: Path, name: str) -> None:
    outside = tmp_path / "outside.py"
    outside.write_text(PUBLISHER)
    root = tiny_platform(tmp_path)
    target, kind = LINKS[name]
    (root / STRATEGY / "link.py").symlink_to(target.format(outside=outside))
    commit_files(root, {})
    code, found = scan(root)
    assert (code, files(found), strategy(found)["ledger"]) == (0, {SERVICE: ("changed", "")}, MOVED)
    assert f"{STRATEGY}/link.py is a {kind}; it was not read and stays as it is" in strategy(found)["notes"]
    assert apart(root) == (0, f" M {SERVICE}")
    assert outside.read_text() == PUBLISHER


def test_an_engine_that_is_a_submodule_is_noted_and_the_others_move(tmp_path: Path) -> None:
    config = CONFIG.replace(
        "  risk:", "  vpin: {phase: 2, port: 10000, paths: [engines/vpin], engine_type: VPIN}\n  risk:"
    )
    root = tiny_platform(tmp_path, config=config)
    commit = git(root, "rev-parse", "HEAD")
    git(root, "update-index", "--add", "--cacheinfo", f"160000,{commit},backend/engines/vpin")
    git(root, "commit", "--quiet", "--message", "Add a submodule")
    code, found = scan(root)
    (vpin,) = (engine for engine in found["engines"] if engine["engine"] == "vpin")
    assert (code, vpin["ledger"], vpin["problems"]) == (0, NOTHING, [])
    assert vpin["notes"] == ["backend/engines/vpin is a submodule; it was not read and stays as it is"]
    assert files(found) == {SERVICE: ("changed", "")}
    assert apply_dry_run(root) == 0
    assert (root / SERVICE).read_text() == PUBLISHED
