"""How the work is done, which never changes what comes out."""

from __future__ import annotations

from msgspec import Struct

from migrator.workers.workers import NOBODY, Workers


class Means(Struct, frozen=True):
    """What a run may use. Without any it works alone and remembers nothing, as code that calls it would expect."""

    cache: bool = False  # what was found before is taken from the user's cache, and what is found now goes there
    workers: Workers = NOBODY  # who else does the work


ALONE = Means()
"""What there is without any wish."""
