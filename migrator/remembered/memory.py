"""What earlier runs found, by all that it follows from: found again as it was, or not at all."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import TypeVar

from msgspec import MsgspecError, msgpack

from migrator.errors import MigrateError
from migrator.means import Means
from migrator.remembered.folder import Folder, place
from migrator.remembered.maker import maker

T = TypeVar("T")

NOT_KEPT = (OSError, TypeError, ValueError, OverflowError, RecursionError)
"""What an encoder says of values that have no form: a path may be any bytes, and is no text then."""


class Memory:
    """Values by the work that they came of and all that it was given. Nothing here raises.

    Without a folder nothing is known, and nothing is kept.
    """

    def __init__(self, folder: Folder | None = None) -> None:
        self._folder = folder
        self._digests: dict[int, tuple[object, bytes]] = {}

    def __bool__(self) -> bool:
        return self._folder is not None

    def recall(
        self, work: str, given: tuple[object, ...], kind: type[T], make: Callable[[], T], is_final: Callable[[T], bool]
    ) -> T:
        """What came of the work; made now where that is not known, and kept where it is final."""
        found = self.load(work, given, kind)
        if found is None:
            found = make()
            if is_final(found):
                self.save(work, given, found)
        return found

    def load(self, work: str, given: tuple[object, ...], kind: type[T]) -> T | None:
        """What was kept of this work; None where nothing was."""
        name = self._name(work, given)
        data = self._folder.read(name) if self._folder is not None and name else None
        try:
            return msgpack.decode(data, type=kind) if data is not None else None
        except (MsgspecError, *NOT_KEPT):
            return None

    def save(self, work: str, given: tuple[object, ...], value: object) -> None:
        """Keep what came of this work."""
        name = self._name(work, given)
        if self._folder is None or not name:
            return
        try:
            data = msgpack.encode(value, order="deterministic")
        except NOT_KEPT:
            return
        self._folder.write(name, data)

    def _name(self, work: str, given: tuple[object, ...]) -> str:
        """The name of a record: a digest of everything that decides what is in it; "" where something has no form."""
        if self._folder is None:
            return ""
        try:
            parts = [maker().encode(), work.encode(), *map(self._digest, given)]
        except NOT_KEPT:
            return ""
        return sha256(b"\0".join(sha256(part).digest() for part in parts)).hexdigest()

    def _digest(self, given: object) -> bytes:
        """Of one thing that a work is given: mostly, each work is given the same few."""
        known = self._digests.get(id(given))
        if known is None:
            data = msgpack.encode(given, order="deterministic", enc_hook=_form)
            known = self._digests[id(given)] = (given, sha256(data).digest())  # kept, so that its id stays its own
        return known[1]


def memory_of(means: Means) -> Memory:
    """The user's own memory, where it may be used and there is a place for it."""
    try:
        return Memory(Folder(place()) if means.cache else None)
    except MigrateError:
        return Memory()


def _form(value: object) -> object:
    """What has no form of its own: parameters of functions, and mappings that cannot be written to."""
    if isinstance(value, ast.AST):
        return ast.dump(value, include_attributes=True)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(type(value))
