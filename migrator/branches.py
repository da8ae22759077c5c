"""The last step of a run: writes a commit as objects only, and moves a branch to it if nobody else has."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from shlex import quote

from msgspec import Struct

from migrator.repo import DIRECTORY_MODE, HEADS, NEW_FILE_MODE, Entry, Repository, names_a_file, raw_path

NOT_LISTED: Mapping[str, Entry] = {}
SCRATCH = "refs/migrate/scratch"  # lives inside one fast-import stream, and is never written


class Move(Struct, frozen=True):
    """A branch, the commit it shall be at, and the one it was at; None where it is new."""

    branch: str
    new: str
    old: str | None = None


class MoveResult(Struct, frozen=True):
    """Whether the branch is where it shall be; if not, a sentence says why and what to do."""

    branch: str
    moved: bool
    sentence: str = ""


def write_commit(
    repository: Repository,
    parent: str,
    message: str,
    texts: Mapping[str, bytes],
    files: Mapping[str, Entry] = NOT_LISTED,
) -> str:
    """The id of a new commit on the parent, with these files changed; no ref, working tree or index is touched.

    Each text must differ from the parent's file: an unchanged one would make the trailer untrue. `files` are the
    parent's, where they have been listed: git is then not asked again for those that change.
    """
    modes = _modes(repository, parent, texts, files)
    stream = _stream(repository.author(), parent, message, texts, modes)
    # fast-import writes objects only: its way with refs is no compare-and-swap. Without `done` it keeps half a stream.
    options = ("--quiet", "--done", "--date-format=raw")
    return repository.git.run("fast-import", *options, stdin=b"".join(stream)).decode().strip()


def move_branches(repository: Repository, moves: Sequence[Move]) -> list[MoveResult]:
    """Moves each branch if it is still where it was, in a transaction of its own; one result for each, in order."""
    held = repository.checked_out()
    return [_move(repository, move, held.get(move.branch)) for move in moves]


def _modes(
    repository: Repository, parent: str, texts: Mapping[str, bytes], files: Mapping[str, Entry]
) -> dict[str, str]:
    """The mode that each path will have; ValueError for a text that is no honest change."""
    if not texts:
        raise ValueError("a commit without a changed file")
    above = {path: _directories(path) for path in texts}
    present = {path: files[path] for path in texts if path in files}
    if len(present) < len(texts):  # a new file may be below what is no directory, or be one
        present = repository.look_up(parent, {name for path, names in above.items() for name in (path, *names)})
    for path, content in texts.items():
        fault = _fault(path, content, present, above[path])
        if fault:
            raise ValueError(f"{path!r} {fault}")
    return {path: present[path].mode if path in present else NEW_FILE_MODE for path in texts}


def _directories(path: str) -> list[str]:
    """The directories above a file, of any depth; ValueError for a path that no file of a repository can have."""
    if not names_a_file(path):
        raise ValueError(f"{path!r} is not the path of a file")
    parts = path.split("/")
    return ["/".join(parts[:depth]) for depth in range(1, len(parts))]


def _fault(path: str, content: bytes, present: Mapping[str, Entry], above: Sequence[str]) -> str:
    """Why this text cannot be written; fast-import would put it even in the place of a link, or of a directory."""
    if any(present[name].mode != DIRECTORY_MODE for name in above if name in present):
        return "is below something that is no directory"
    entry = present.get(path)
    if entry and not entry.is_file:
        return f"is no ordinary file (mode {entry.mode})"
    return "is unchanged" if entry and entry.blob == _blob_id(content, len(entry.blob)) else ""


def _blob_id(content: bytes, length: int) -> str:
    """Git's own name for this content; its length tells which hash the repository uses."""
    algorithm = "sha1" if length == 40 else "sha256"
    return hashlib.new(algorithm, b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def _stream(
    ident: str, parent: str, message: str, texts: Mapping[str, bytes], modes: Mapping[str, str]
) -> Iterator[bytes]:
    """What fast-import reads. The last `reset` forgets the scratch ref, so that none is ever written."""
    yield f"feature done\ncommit {SCRATCH}\nmark :1\n".encode()
    yield b"committer " + raw_path(ident) + b"\n"
    yield _data(f"{message.rstrip()}\n".encode(errors="backslashreplace"))
    yield f"from {parent}\n".encode()
    for path in sorted(texts):
        yield f"M {modes[path]} inline ".encode() + _quoted(path) + b"\n" + _data(texts[path])
    yield f"get-mark :1\nreset {SCRATCH}\ndone\n".encode()


def _data(content: bytes) -> bytes:
    return b"data %d\n%b\n" % (len(content), content)


def _quoted(path: str) -> bytes:
    escapes = {b"\\": b"\\\\", b'"': b'\\"', b"\n": b"\\n"}  # the backslash first
    raw = raw_path(path)
    for character, escape in escapes.items():
        raw = raw.replace(character, escape)
    return b'"' + raw + b'"'


def _move(repository: Repository, move: Move, held_in: str | None) -> MoveResult:
    if held_in is not None:
        return MoveResult(
            move.branch,
            False,
            f"branch {move.branch} is checked out in {held_in}, so it was not moved; "
            f'type "git -C {quote(held_in)} switch --detach", or end the rebase there, then run migrate again',
        )
    old = move.old or "0" * len(move.new)
    # A branch that is a symbolic ref would otherwise move the branch which it stands for.
    transaction = f"option no-deref\0update {HEADS}{move.branch}\0{move.new}\0{old}\0".encode(errors="surrogateescape")
    answer = repository.git.ask("update-ref", "-m", "migrate", "--stdin", "-z", stdin=transaction)
    if answer.status == 0:
        return MoveResult(move.branch, True)
    return MoveResult(move.branch, False, _why_not(move, repository.branch_tip(move.branch), answer.reason))


def _why_not(move: Move, tip: str | None, reason: str) -> str:
    if tip == move.old:
        is_locked = ".lock'" in reason and "File exists" in reason
        mend = "another git is at it, or died there: where none runs, delete that file" if is_locked else "see to that"
        return f"branch {move.branch} was not moved: {reason.rstrip('.')}; {mend}, then run migrate again"
    found = "gone" if tip is None else f"at {tip[:12]}"
    expected = "did not exist" if move.old is None else f"was at {move.old[:12]}"
    return (
        f"branch {move.branch} is {found} and {expected} when this run began, so it was left as it is; "
        "look at it, then run migrate again"
    )
