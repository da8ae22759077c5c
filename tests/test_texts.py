"""The Python files of a repository as a mapping: the same bytes as git's, read late, and never many at once."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from random import Random

import pytest
from gitrepo import clean_environment, commit_files, git, make_repo

from codemods.reading.lots import walk
from migrator import blobs as blobs_module
from migrator.blobs import LOT, Blobs
from migrator.errors import MigrateError
from migrator.repo import Repository
from migrator.texts import Texts

ODD = {
    "a.py": b"x = 1\n",
    "again.py": b"x = 1\n",
    "app/empty.py": b"",
    "app/no line end.py": b"x = 1",
    "app/lé.py": b"\xe9\r\n\0",
    "app/large.py": b"x = 1\n" * 200_000,
    "app/zeros.py": bytes(100_000),
    "z.py": b"y = 2\n",
}
NUMBERED = {f"m{number:03}.py": f"x = {number}\n".encode() * 200 for number in range(300)}


def texts_of(root: Path) -> tuple[Texts, Blobs]:
    """The texts of main, and what they are read through."""
    repository = Repository.open(root)
    entries = repository.list_files(repository.resolve("main"))
    texts = Texts.of(repository, reversed(entries))
    return texts, texts._blobs


def test_every_file_has_the_bytes_that_git_shows(tmp_path: Path) -> None:
    root = make_repo(tmp_path, ODD)
    texts, _ = texts_of(root)
    shown = {
        path: subprocess.run(["git", "show", f"main:{path}"], cwd=root, capture_output=True, check=True).stdout
        for path in ODD
    }
    assert dict(texts) == shown == ODD
    assert list(texts) == sorted(ODD)


@pytest.mark.parametrize("lot", [100, 200, LOT])
@pytest.mark.parametrize("seed", range(3))
def test_any_order_gives_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lot: int, seed: int) -> None:
    """Walks in order, jumps and repetitions, mixed; what is read at a time is cut anywhere, before a blob too."""
    monkeypatch.setattr(blobs_module, "LOT", lot)
    chance = Random(seed)
    files = NUMBERED if lot == LOT else ODD | {"app/large.py": b"x = 1\n" * 200, "app/zeros.py": bytes(10)}
    texts, _ = texts_of(make_repo(tmp_path, files))
    paths = list(texts)
    for _ in range(30):
        start = chance.randrange(len(paths))
        for path in paths[start : start + chance.choice([1, 1, 3, 40]) : chance.choice([1, 1, 2])]:
            assert texts[path] == files[path]


@pytest.mark.parametrize("seed", range(4))
def test_a_walk_gives_the_same_bytes_in_its_order_whoever_reads_meanwhile(tmp_path: Path, seed: int) -> None:
    """Several walks at a time, some left half way, and single reads in between: all of them read one file."""
    chance = Random(seed)
    files = {**NUMBERED, **ODD}
    texts, _ = texts_of(make_repo(tmp_path, files))
    walks = [walk(texts, chance.choices(sorted(files), k=200)) for _ in range(3)]
    for _ in range(500):
        pair = next(chance.choice(walks), None)
        if pair is not None:
            assert pair[1] == files[pair[0]]
        if not chance.randrange(20):
            path = chance.choice(sorted(files))
            assert texts[path] == files[path]
    assert [*walk(texts, files)] == [*files.items()]


def test_a_walk_over_a_file_that_is_not_there_says_so_and_the_rest_can_be_read(tmp_path: Path) -> None:
    root = make_repo(tmp_path, NUMBERED)
    lost = git(root, "rev-parse", "main:m020.py")
    texts, _ = texts_of(root)
    lose_objects(root, lost)
    pairs = walk(texts, NUMBERED)
    for path in sorted(NUMBERED)[:20]:
        assert next(pairs) == (path, NUMBERED[path])
    with pytest.raises(MigrateError, match=lost):
        next(pairs)
    assert texts["m021.py"] == NUMBERED["m021.py"]


def lose_objects(root: Path, *ids: str) -> None:
    """Take these loose objects, or all, out of the repository."""
    for file in (root / ".git/objects").glob("??/*"):
        if not ids or file.parent.name + file.name in ids:
            file.unlink()


def test_only_a_look_at_a_value_reads(tmp_path: Path) -> None:
    root = make_repo(tmp_path, ODD)
    texts, _ = texts_of(root)
    lose_objects(root)
    assert (len(texts), "z.py" in texts, "y.py" in texts, list(texts)) == (len(ODD), True, False, sorted(ODD))
    assert list(texts.only(lambda path: path > "b")) == [path for path in sorted(ODD) if path > "b"]
    with pytest.raises(MigrateError, match=r"lacks the file content"):
        texts["z.py"]
    with pytest.raises(KeyError):
        texts["y.py"]
    assert texts.get("y.py") is None


def test_what_was_read_through_one_view_is_not_read_again_through_another(tmp_path: Path) -> None:
    root = make_repo(tmp_path, ODD)
    texts, _ = texts_of(root)
    assert texts["a.py"] == ODD["a.py"]
    lose_objects(root)
    assert dict(texts.only(lambda path: path in ("a.py", "again.py"))) == {"a.py": b"x = 1\n", "again.py": b"x = 1\n"}


@pytest.mark.parametrize("damage", ["gone", "no object"])
def test_a_file_that_git_cannot_give_spoils_no_other(tmp_path: Path, damage: str) -> None:
    """A missing object is an answer; a broken one ends git in the middle of what was asked ahead."""
    root = make_repo(tmp_path, NUMBERED)
    lost = git(root, "rev-parse", "main:m020.py")
    file = root / ".git/objects" / lost[:2] / lost[2:]
    file.unlink()
    if damage == "no object":
        file.write_bytes(b"no object")
    texts, _ = texts_of(root)
    for _ in range(2):
        for path, content in NUMBERED.items():
            if path != "m020.py":
                assert texts[path] == content
        with pytest.raises(MigrateError) as caught:
            texts["m020.py"]
        assert str(caught.value) == (
            f"{root} lacks the file content {lost}: it is a partial clone, or damaged; fetch it, or clone again "
            'without "--filter", then run migrate again'
        )


def test_a_git_that_was_ended_is_started_again(tmp_path: Path) -> None:
    files = {f"m{number:03}.py": f"x = {number}\n".encode() * 20_000 for number in range(40)}
    texts, blobs = texts_of(make_repo(tmp_path, files))
    pairs = walk(texts, files)
    assert [next(pairs) for _ in range(5)] == [*files.items()][:5]
    blobs._running.close()
    os.ftruncate(blobs._file, min(os.fstat(blobs._file).st_size, 1_000_000))  # in the middle of a file
    assert [*pairs] == [*files.items()][5:]
    assert dict(texts) == files


def test_what_was_walked_over_is_read_without_git(tmp_path: Path) -> None:
    root = make_repo(tmp_path, NUMBERED)
    texts, _ = texts_of(root)
    assert [*walk(texts, NUMBERED)] == [*NUMBERED.items()]
    lose_objects(root)
    assert [*walk(texts, reversed(NUMBERED))] == [*reversed(NUMBERED.items())]
    assert texts["m123.py"] == NUMBERED["m123.py"]


def test_a_disk_without_room_is_told_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    texts, _ = texts_of(make_repo(tmp_path / "repo", NUMBERED))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
    try:
        with pytest.raises(MigrateError) as caught:
            texts["m299.py"]
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert str(caught.value) == (
        f"the Python files of the base cannot be kept in {tmp_path} (File too large); make room there, or set TMPDIR "
        "to a folder that has it, then run migrate again"
    )
    assert dict(texts) == NUMBERED


@pytest.mark.parametrize(("name", "value"), [("TMPDIR", "chosen"), ("TMP", "chosen"), ("TMPDIR", "")])
def test_the_file_is_on_a_disk_unless_somebody_chose_another_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """A /tmp may be memory, which is what the file is to save."""
    (tmp_path / "chosen").mkdir()
    for each in ("TMPDIR", "TEMP", "TMP"):
        monkeypatch.delenv(each, raising=False)
    monkeypatch.setenv(name, str(tmp_path / value) if value else "")
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(blobs_module, "ON_DISK", str(tmp_path))
    assert blobs_module.folder() == str(tmp_path / value)
    monkeypatch.setattr(blobs_module, "ON_DISK", str(tmp_path / "missing"))
    assert blobs_module.folder() == tempfile.gettempdir()


def test_the_commit_is_read_and_not_the_working_tree(tmp_path: Path) -> None:
    root = make_repo(tmp_path, ODD)
    texts, _ = texts_of(root)
    commit_files(root, {"a.py": "x = 2\n"})
    (root / "z.py").write_text("y = 3\n")
    assert (texts["a.py"], texts["z.py"]) == (b"x = 1\n", b"y = 2\n")


def test_a_large_tree_takes_little_memory_and_leaves_no_git_behind(tmp_path: Path) -> None:
    root = make_repo(tmp_path, {f"m{number:03}.py": f"x = {number}\n" * 20_000 for number in range(300)})
    git(root, "gc", "--quiet")
    code = """
        import os, resource, sys
        from pathlib import Path
        from migrator.blobs import LOT
        from migrator.repo import Repository
        from migrator.texts import Texts
        repository = Repository.open(Path(sys.argv[1]))
        entries = repository.list_files(repository.resolve("main"))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        texts = Texts.of(repository, entries)
        total = sum(len(text) for text in texts.values())
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
        print(total > 100 * LOT, grown < 20 * LOT)
        del texts
        try:
            print("still there:", os.waitpid(-1, os.WNOHANG))
        except ChildProcessError:
            print("all ended")
    """
    lines = [line.removeprefix(" " * 8) for line in code.splitlines()]
    command = [sys.executable, "-W", "error", "-c", "\n".join(lines), str(root)]
    done = subprocess.run(command, env=clean_environment(), capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("True True\nall ended\n", "")
