"""The diffs that a dry run prints: git must read them, and they must lose no byte."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from gitrepo import clean_environment, git, make_repo, write_files

from migrator.report.diff import coloured, for_terminal, unified_diff

ODD_FILES = {
    "crlf.py": (b"one\r\ntwo\r\nthree\r\n", b"one\r\nTWO\r\nthree\r\n"),
    "mixed newlines.py": (b"one\r\ntwo\nthree\rstill three\n", b"one\ntwo\nthree\rstill 3\n"),
    "no_final_newline.py": (b"one\ntwo", b"one\n2"),
    "gains_final_newline.py": (b"one\ntwo", b"one\ntwo\n"),
    "loses_final_newline.py": (b"one\ntwo\n", b"one\ntwo"),
    "latin_1.py": (b"# -*- coding: latin-1 -*-\nname = 'caf\xe9'\n", b"# -*- coding: latin-1 -*-\nname = 'th\xe9'\n"),
    "form_feed.py": (b"one\n\x0c\ntwo\x0b\x1c three\n", b"one\n\x0c\n2\x0b\x1c three\n"),
    "empty.py": (b"", b"one\n"),
    "emptied.py": (b"one\n", b""),
    "one_line.py": (b"one\n", b"two\n"),
    "far_apart.py": (b"x\n" * 400, b"y\n" + b"x\n" * 398 + b"y\n"),
    "folder with spaces/a file.py": (b"one\n", b"two\n"),
    'quo"ted.py': (b"one\n", b"two\n"),
    "back\\slash.py": (b"one\n", b"two\n"),
    "tab\there.py": (b"one\n", b"two\n"),
    "prénom.py": (b"one\n", b"two\n"),
    b"latin-\xe9.py".decode("utf-8", "surrogateescape"): (b"one\n", b"two\n"),
    "looks_like_a_header.py": (b"-- old\n", b"++ new\n"),
}


@pytest.mark.parametrize("path", ODD_FILES, ids=ascii)
def test_git_applies_the_diff_of_an_odd_file(tmp_path: Path, path: str) -> None:
    before, after = ODD_FILES[path]
    root = make_repo(tmp_path, {path: before})
    _git_apply(root, unified_diff({path: before}, {path: after}))
    assert (root / path).read_bytes() == after


def test_git_applies_the_diff_of_many_odd_files_at_once(tmp_path: Path) -> None:
    before = {path: old for path, (old, _) in ODD_FILES.items()}
    after = {path: new for path, (_, new) in ODD_FILES.items()}
    root = make_repo(tmp_path, before)
    _git_apply(root, unified_diff(before, after))
    assert {path: (root / path).read_bytes() for path in after} == after


@pytest.mark.parametrize("path", ODD_FILES, ids=ascii)
def test_the_diff_is_what_git_prints_but_for_the_index_line(tmp_path: Path, path: str) -> None:
    before, after = ODD_FILES[path]
    root = make_repo(tmp_path, {path: before})
    write_files(root, {path: after})
    options = ("-c", "diff.noprefix=false", "diff", "--no-color", "--text", "--no-ext-diff")
    printed = git(root, *options).encode("utf-8", "surrogateescape") + b"\n"
    ours = unified_diff({path: before}, {path: after})
    assert _plain_hunks(ours) == _plain_hunks(printed)


def test_a_file_that_the_base_lacks_is_a_new_file(tmp_path: Path) -> None:
    root = make_repo(tmp_path, {"old.py": "one\n"})
    _git_apply(root, unified_diff({}, {"new dir/new.py": b"one\n", "new_and_empty.py": b""}))
    assert (root / "new dir/new.py").read_bytes() == b"one\n"
    assert (root / "new_and_empty.py").read_bytes() == b""


def test_files_come_sorted_and_unchanged_ones_not_at_all() -> None:
    before = {"b.py": b"one\n", "a.py": b"one\n", "same.py": b"one\n"}
    after = {"b.py": b"two\n", "a.py": b"two\n", "same.py": b"one\n"}
    assert unified_diff(before, after) == (
        b"diff --git a/a.py b/a.py\n--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-one\n+two\n"
        b"diff --git a/b.py b/b.py\n--- a/b.py\n+++ b/b.py\n@@ -1 +1 @@\n-one\n+two\n"
    )


def test_colours_leave_the_text_as_it_is() -> None:
    diff = unified_diff({"a.py": b"keep\n-- old\r\n"}, {"a.py": b"keep\n++ new\r\n"})
    assert coloured(diff) == (
        b"\x1b[1mdiff --git a/a.py b/a.py\x1b[m\n\x1b[1m--- a/a.py\x1b[m\n\x1b[1m+++ b/a.py\x1b[m\n"
        b"\x1b[36m@@ -1,2 +1,2 @@\x1b[m\n keep\n\x1b[31m--- old\x1b[m\r\n\x1b[32m+++ new\x1b[m\r\n"
    )


def _git_apply(root: Path, diff: bytes) -> None:
    for options in (["--check"], []):
        command = ["git", "apply", "--whitespace=nowarn", *options, "-"]
        subprocess.run(command, cwd=root, env=clean_environment(), input=diff, check=True)


def _plain_hunks(diff: bytes) -> list[bytes]:
    """Without the index line, and without the function names that git puts behind `@@`."""
    lines = [line for line in diff.split(b"\n") if not line.startswith(b"index ")]
    return [b"@@".join(line.split(b"@@")[:2]) if line.startswith(b"@@ ") else line for line in lines]


def test_a_diff_on_a_terminal_spells_out_what_would_steer_it() -> None:
    diff = unified_diff({"a.py": b"x = 1\n"}, {"a.py": b"x = '\x1b[2J\xff\t'\r\n"})
    assert for_terminal(diff, colours=False).splitlines()[-1] == b"+x = '\\x1b[2J\\xff\t'"
    assert for_terminal(diff, colours=True).splitlines()[-1] == b"\x1b[32m+x = '\\x1b[2J\\xff\t'\x1b[m"
