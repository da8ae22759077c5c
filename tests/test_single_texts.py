"""Texts that are asked for one by one: the same bytes as git's, and of no file that nobody looks at."""

from __future__ import annotations

import os
import resource
import signal
import tempfile
from pathlib import Path
from random import Random

import pytest
from gitrepo import git, make_repo

from codemods.reading.lots import walk
from migrator.errors import MigrateError
from migrator.repo import Repository
from migrator.texts import Texts

FILES = {f"m{number:03}.py": f"x = {number}\n".encode() * 200 for number in range(60)} | {
    "empty.py": b"",
    "large.py": b"x = 1\n" * 200_000,
    "no line end.py": b"x = 1",
    "again.py": b"x = 1",
    "odd.py": b"\xe9\r\n\0",
}


def texts_of(root: Path) -> Texts:
    """The texts of main."""
    repository = Repository.open(root)
    return Texts.of(repository, repository.list_files(repository.resolve("main"))).one_by_one(repository)


def object_of(root: Path, path: str) -> Path:
    """Where git has the file's content."""
    blob = git(root, "rev-parse", f"main:{path}")
    return root / ".git/objects" / blob[:2] / blob[2:]


def test_every_file_has_its_bytes_whatever_is_read_meanwhile(tmp_path: Path) -> None:
    chance, paths = Random(1), sorted(FILES)
    texts = texts_of(make_repo(tmp_path, FILES))
    walks = [walk(texts, chance.choices(paths, k=100)) for _ in range(3)]
    for _ in range(250):
        pair = next(chance.choice(walks), None)
        if pair is not None:
            assert pair[1] == FILES[pair[0]]
        path = chance.choice(paths)
        assert texts[path] == FILES[path]
    assert dict(texts) == FILES


def test_only_what_is_looked_at_need_be_there_and_only_once(tmp_path: Path) -> None:
    root = make_repo(tmp_path, FILES)
    texts = texts_of(root)
    object_of(root, "m001.py").unlink()
    assert (texts["m000.py"], texts["m002.py"]) == (FILES["m000.py"], FILES["m002.py"])
    object_of(root, "m000.py").unlink()
    assert texts["m000.py"] == FILES["m000.py"]


@pytest.mark.parametrize("damage", ["gone", "no object"])
def test_a_file_that_git_cannot_give_spoils_no_other(tmp_path: Path, damage: str) -> None:
    root = make_repo(tmp_path, FILES)
    file = object_of(root, "m020.py")
    file.unlink()
    if damage == "no object":
        file.write_bytes(b"no object")
    texts = texts_of(root)
    for _ in range(2):
        pairs = walk(texts, sorted(FILES))
        before = sorted(FILES).index("m020.py")
        assert [next(pairs) for _ in range(before)] == [(path, FILES[path]) for path in sorted(FILES)[:before]]
        with pytest.raises(MigrateError, match=file.parent.name + file.name):
            next(pairs)
        assert texts["m021.py"] == FILES["m021.py"]


def test_a_git_that_was_ended_is_started_again(tmp_path: Path) -> None:
    texts = texts_of(make_repo(tmp_path, FILES))
    assert texts["m000.py"] == FILES["m000.py"]
    for child in Path("/proc/thread-self/children").read_text().split():
        if Path("/proc", child, "comm").read_text() == "git\n":
            os.kill(int(child), signal.SIGKILL)
    assert dict(texts) == FILES


def test_a_disk_without_room_is_told_and_what_is_read_after_it_is_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    texts = texts_of(make_repo(tmp_path / "repo", FILES))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
    try:
        with pytest.raises(MigrateError, match=r"cannot be kept in .* \(File too large\); make room there"):
            texts["large.py"]
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert dict(texts) == FILES
