"""Records in the user's cache: each whole or not there, private, and all of them together below a limit."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from stat import S_IMODE, S_ISDIR, S_ISREG

from migrator.user_cache import user_cache

LIMIT = 256 * 1024 * 1024
"""Bytes of all records together: those of some hundred engines on a few branches."""

LEFT = 3 / 4
"""The share of the limit to which records are cleared away: so that not each one that comes takes a look at all."""

PRIVATE = 0o700  # records quote the code
SIZE = 32  # bytes of a digest


def place() -> Path:
    """Where records are; on Linux ~/.cache/migrate/scans. MigrateError where nobody knows where a cache is."""
    return user_cache("scans")


class Folder:
    """Records by name. Nothing here raises: what cannot be read is not there, what cannot be written is not kept."""

    def __init__(self, path: Path, limit: int = LIMIT) -> None:
        self.path, self.limit = path, limit
        self._is_open: bool | None = None  # None: not looked at yet
        self._size: int | None = None  # of all records, once something was written

    def read(self, name: str) -> bytes | None:
        """The record of this name; None where there is none, or it is damaged. It counts as used."""
        if not self._usable(make=False):
            return None
        try:
            file = os.open(self.path / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError:
            return None
        with suppress(OSError), os.fdopen(file, "rb") as record:
            if not S_ISREG(os.fstat(file).st_mode):
                return None
            whole = record.read()
            if _seal(name, whole[SIZE:]) == whole[:SIZE]:
                with suppress(OSError):  # a file system may be there to be read alone
                    os.utime(file)
                return whole[SIZE:]
        return None

    def write(self, name: str, data: bytes) -> None:
        """Keep a record under this name, in the place of the one that was there."""
        if len(data) + SIZE > self.limit * LEFT or not self._usable(make=True):
            return
        with suppress(OSError):
            self._make_room(len(data) + SIZE)
            file, temporary = tempfile.mkstemp(dir=self.path)
            try:
                with os.fdopen(file, "wb") as record:
                    record.write(_seal(name, data))
                    record.write(data)
                Path(temporary).replace(self.path / name)
            except BaseException:
                with suppress(OSError):
                    Path(temporary).unlink()
                raise

    def _usable(self, *, make: bool) -> bool:
        """Whether the folder is there, ours, and closed to everybody else."""
        if self._is_open is None or (make and not self._is_open):
            self._is_open = self._opened(make)
        return self._is_open

    def _opened(self, make: bool) -> bool:
        try:
            if make:
                self.path.mkdir(PRIVATE, parents=True, exist_ok=True)
            found = self.path.lstat()
            if not S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
                return False
            if S_IMODE(found.st_mode) != PRIVATE:
                self.path.chmod(PRIVATE)
        except OSError:
            return False
        return True

    def _make_room(self, more: int) -> None:
        """Clear the records away that were used longest ago, where all of them would be too large with the next."""
        self._size = (self._measured() if self._size is None else self._size) + more
        if self._size <= self.limit:
            return
        records = sorted(self._records())
        self._size = sum(size for _, size, _ in records) + more  # another run may have written, or cleared away
        for _, size, record in records:
            if self._size <= self.limit * LEFT:
                return
            with suppress(FileNotFoundError):  # the other run was first
                Path(record).unlink()
            self._size -= size

    def _measured(self) -> int:
        return sum(size for _, size, _ in self._records())

    def _records(self) -> list[tuple[int, int, str]]:
        """When each was used, its size and its path."""
        found = []
        with os.scandir(self.path) as entries:
            for entry in entries:
                with suppress(FileNotFoundError):
                    about = entry.stat(follow_symlinks=False)
                    if S_ISREG(about.st_mode):
                        found.append((about.st_mtime_ns, about.st_size, entry.path))
        return found


def _seal(name: str, data: bytes) -> bytes:
    """What stands before a record: it is whole, and has the name under which it was kept."""
    return sha256(name.encode() + b"\0" + data).digest()
