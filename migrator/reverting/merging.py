"""One file without what a commit did to it: the old text where nothing else changed, else git's three-way merge."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec import Struct

from migrator.errors import MigrateError
from migrator.repo import Repository

SIZE = 31  # of the marks around a conflict; no text has a line that begins so
OURS, BASE, THEIRS, END = (mark * SIZE for mark in "<|=>")


class Reverted(Struct, frozen=True):
    """A text without the change; with conflicts, the lines of the present text that stand in the way."""

    text: bytes
    conflicts: tuple[int, ...] = ()


def without_change(repository: Repository, now: bytes, after: bytes, before: bytes) -> Reverted:
    """The present text without what led from `before` to `after`."""
    if now == after:
        return Reverted(before)
    if now == before:
        return Reverted(now)
    merged, conflicts = _merged(repository, now, after, before)
    return Reverted(merged, tuple(_lines(merged, now)) if conflicts else ())


def _merged(repository: Repository, now: bytes, after: bytes, before: bytes) -> tuple[bytes, bool]:
    with TemporaryDirectory(prefix="migrate-") as folder:
        files = [Path(folder, name) for name in ("now", "after", "before")]
        for file, text in zip(files, (now, after, before), strict=True):
            file.write_bytes(text)
        answer = repository.git.ask("merge-file", "--stdout", f"--marker-size={SIZE}", *map(str, files))
    if answer.status > 127:  # else it is the number of conflicts
        raise MigrateError(f'"git merge-file" failed: {answer.reason}; see to that, then run migrate again')
    return answer.out, answer.status > 0


def _lines(merged: bytes, now: bytes) -> list[int]:
    """The line of the present text at which each conflict begins; around it, lines may be those of the old text."""
    lines, found, at = now.split(b"\n"), [], 0
    parts = merged.split(f"{OURS} ".encode())
    for above, part in pairwise(parts):
        _, _, block = part.partition(b"\n")
        block = re.split(rf"^(?:{re.escape(BASE)}|{THEIRS})".encode(), block, maxsplit=1, flags=re.MULTILINE)[0]
        wanted, offset = block.split(b"\n")[:-1], 0
        if not wanted:  # the present text has lost what is to change: then it is behind the line above
            wanted, offset = above.split(b"\n")[-2:-1], 1
        places = (number for number in range(at, len(lines)) if lines[number : number + len(wanted)] == wanted)
        at = next(places, at)
        found.append(at + offset + 1)
    return found
