"""Writing commits to git: the texts on the parent and nothing else, under any name and with any message."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from commits import MESSAGE, opened, refs
from gitrepo import commit_files, git, make_repo

from migrator.branches import write_commit


def changes(root: Path, old: str, new: str) -> dict[bytes, tuple[str, str, bytes]]:
    """Each path that differs, with its old mode, new mode and new bytes. Raw names: pytest-xdist carries UTF-8 only."""
    words = git(root, "diff-tree", "-r", "-z", "--raw", old, new).split("\0")
    found = {}
    for meta, path in zip(words[:-1:2], words[1::2], strict=True):
        old_mode, new_mode, _, blob, _ = meta.removeprefix(":").split()
        content = git(root, "cat-file", "blob", blob, strip=False).encode("utf-8", "surrogateescape")
        found[path.encode("utf-8", "surrogateescape")] = (old_mode, new_mode, content)
    return found


def test_a_commit_holds_the_texts_on_the_parent_and_nothing_else(tmp_path):
    repository, base = opened(make_repo(tmp_path, {"a.py": "x = 1\n", "b.py": "y = 1\n"}))
    commit = write_commit(repository, base, MESSAGE, {"a.py": b"x = 2\n", "new/c.py": b"z = 1"})
    root = repository.root
    assert git(root, "cat-file", "commit", commit).splitlines()[1:] == [
        f"parent {base}",
        "author A. Tester <tester@example.org> 1700000000 +0000",
        "committer A. Tester <tester@example.org> 1700000000 +0000",
        "",
        *MESSAGE.splitlines(),
    ]
    assert changes(root, base, commit) == {
        b"a.py": ("100644", "100644", b"x = 2\n"),
        b"new/c.py": ("000000", "100644", b"z = 1"),
    }


def test_the_executable_bit_is_kept(tmp_path):
    root = make_repo(tmp_path, {"run.py": "x = 1\n"})
    (root / "run.py").chmod(0o755)
    commit_files(root, {})
    repository, base = opened(root)
    commit = write_commit(repository, base, MESSAGE, {"run.py": b"x = 2\n"})
    assert changes(root, base, commit) == {b"run.py": ("100755", "100755", b"x = 2\n")}


@pytest.mark.parametrize(
    "name",
    [
        b"a b.py",
        b"line\nend.py",
        b'"qu"ote\\n.py',
        b"caf\xe9.py",
        "naïve.py".encode(),
        b"*.py",
        b":(top)x.py",
        b" x.py",
    ],
)
def test_a_file_with_an_odd_name_is_changed_in_its_place(tmp_path, name):
    root = make_repo(tmp_path, {"dir/a.py": "x = 1\n", "dir/b.py": "x = 1\n"})
    (root / "dir" / "a.py").rename(root / "dir" / os.fsdecode(name))
    (root / "dir" / os.fsdecode(name)).chmod(0o755)
    commit_files(root, {})
    repository, base = opened(root)
    path = "dir/" + name.decode("utf-8", "surrogateescape")
    commit = write_commit(repository, base, MESSAGE, {path: b"x = 2\n"})
    assert changes(root, base, commit) == {b"dir/" + name: ("100755", "100755", b"x = 2\n")}


def test_a_message_may_have_any_characters(tmp_path):
    repository, base = opened(make_repo(tmp_path, {"a.py": ""}))
    commit = write_commit(repository, base, "Täglich\n\ncaf\udce9.py changed\n\n\n", {"a.py": b"x"})
    assert git(repository.root, "log", "-1", "--format=%B", commit) == "Täglich\n\ncaf\\udce9.py changed\n"


def test_a_text_that_looks_like_commands_stays_a_text(tmp_path):
    repository, base = opened(make_repo(tmp_path, {"a.py": ""}))
    text = b"done\n\nreset refs/heads/main\nfrom 0000000000000000000000000000000000000000\n\0\xff"
    commit = write_commit(repository, base, "Subject\n\ndone\ndata 3\n", {"a.py": text})
    assert changes(repository.root, base, commit) == {b"a.py": ("100644", "100644", text)}
    assert refs(repository.root) == ["refs/heads/main"]


def test_the_same_commit_written_twice_is_the_same(tmp_path):
    repository, base = opened(make_repo(tmp_path, {"a.py": ""}))
    first, second = (write_commit(repository, base, MESSAGE, {"a.py": b"x"}) for _ in range(2))
    assert first == second


@pytest.mark.parametrize(
    ("texts", "fault"),
    [
        ({}, "a commit without a changed file"),
        ({"a.py": b"x = 1\n"}, "'a.py' is unchanged"),
        ({"a.py": b"x = 2\n", "dir/b.py": b""}, "'dir/b.py' is unchanged"),
        ({"link.py": b"x"}, "'link.py' is no ordinary file (mode 120000)"),
        ({"dir": b"x"}, "'dir' is no ordinary file (mode 040000)"),
        ({"a.py/c.py": b"x"}, "'a.py/c.py' is below something that is no directory"),
        ({"link.py/c.py": b"x"}, "'link.py/c.py' is below something that is no directory"),
        ({".git/config": b"x"}, "'.git/config' is not the path of a file"),
        ({"dir/.GIT/config": b"x"}, "'dir/.GIT/config' is not the path of a file"),
        ({"dir/../c.py": b"x"}, "'dir/../c.py' is not the path of a file"),
        ({"/c.py": b"x"}, "'/c.py' is not the path of a file"),
        ({"dir/": b"x"}, "'dir/' is not the path of a file"),
    ],
)
def test_a_text_that_is_no_honest_change_is_refused_before_anything_is_written(tmp_path, texts, fault):
    root = make_repo(tmp_path, {"a.py": "x = 1\n", "dir/b.py": ""})
    (root / "link.py").symlink_to("a.py")
    commit_files(root, {})
    repository, base = opened(root)
    before = git(root, "count-objects")
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the whole sentence is compared below
        write_commit(repository, base, MESSAGE, texts)
    assert str(caught.value) == fault
    files = {entry.path: entry for entry in repository.list_files(base)}
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the same, where the files have been listed
        write_commit(repository, base, MESSAGE, texts, files)
    assert str(caught.value) == fault
    assert git(root, "count-objects") == before
