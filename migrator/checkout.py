"""The files of a change in a temporary folder: git checks nothing out, so no filter, hook or attribute has a say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from migrator.blobs import folder
from migrator.errors import FAILED, MigrateError
from migrator.repo import SUBMODULE_MODE, SYMLINK_MODE, Entry, Repository, names_a_file

EXECUTABLE_MODE = "100755"


@contextmanager
def checkout(repository: Repository, files: Mapping[str, Entry], texts: Mapping[str, bytes]) -> Iterator[Path]:
    """A folder with these files, in which `texts` take the place of what they had; it is gone when the block ends.

    Links are links and submodules empty folders, as after `git checkout`; what a filter would put in is not there, so
    a file of LFS is its pointer. MigrateError where the disk cannot hold these names side by side.
    """
    with TemporaryDirectory(prefix="migrate-", dir=folder(), ignore_cleanup_errors=True) as top:
        tree = Path(top) / "tree"
        tree.mkdir()
        try:
            _fill(tree, repository, files, texts)
        except (OSError, ValueError) as error:
            sentence = f"the files of the change cannot be laid out in {top} ({error}); see to that, or leave the tests"
            raise MigrateError(f"{sentence} to others: run migrate again without --run-checks", FAILED) from error
        yield tree


def _fill(tree: Path, repository: Repository, files: Mapping[str, Entry], texts: Mapping[str, bytes]) -> None:
    """Files first and links last, so that nothing is ever written through a link."""
    for path in (*files, *texts):
        if not names_a_file(path):
            raise ValueError(f"{path!r} is not the path of a file")
    kept = [entry for path, entry in files.items() if path not in texts]
    for entry in kept:
        if entry.mode == SUBMODULE_MODE:
            (tree / entry.path).mkdir(parents=True)
    for path, content in texts.items():
        _write(tree / path, content, path in files and files[path].mode == EXECUTABLE_MODE)
    for entry, content in _contents(repository, (entry for entry in kept if entry.is_file)):
        _write(tree / entry.path, content, entry.mode == EXECUTABLE_MODE)
    for entry, content in _contents(repository, (entry for entry in kept if entry.mode == SYMLINK_MODE)):
        link = tree / entry.path
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(content.decode("utf-8", "surrogateescape"))


def _contents(repository: Repository, entries: Iterable[Entry]) -> Iterator[tuple[Entry, bytes]]:
    """Each file with its bytes; one blob is in memory at a time."""
    by_blob: dict[str, list[Entry]] = {}
    for entry in entries:
        by_blob.setdefault(entry.blob, []).append(entry)
    for blob, content in repository.stream(by_blob):
        for entry in by_blob[blob]:
            yield entry, content


def _write(path: Path, content: bytes, executable: bool) -> None:
    """Write a new file; one that is there, as where two names differ in case alone, is an OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:
        file.write(content)
    if executable:
        path.chmod(0o755)
